package mailweb_test

import (
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

func TestMailbox(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	host := a.Administrator()
	b := a.Enter("platform", host, "")
	b.Get("/platform/mailbox").Want(t, 200, "No messages yet")
	a.Clinic("paws")
	b.Get("/platform/mailbox").Want(t, 200, "You are invited to Clinic paws", "admin@paws.example")
	id := a.LastMail("admin@paws.example").ID
	page := b.Get("/platform/mailbox/"+id).Want(t, 200, "Choose your password")
	if !strings.Contains(page.Body, `href="`+a.URL+`/paws/activate?token=`) {
		t.Error("the link cannot be followed")
	}
	letter := b.Get("/platform/mailbox/" + id + "/letter")
	if letter.Status != 200 || !strings.Contains(letter.Body, "<!doctype html>") || !strings.Contains(letter.Header.Get("Content-Security-Policy"), "sandbox;") {
		t.Errorf("the letter: %d %v", letter.Status, letter.Header)
	}
	a.Browser().Get("/platform/mailbox/"+id+"/letter").Want(t, 200, "Password") // of the sign-in
	b.Get("/platform/mailbox/none/letter").Want(t, 404, "not in the mailbox any more")
	b.Get("/platform/mailbox/none").Want(t, 404, "not in the mailbox any more")

	token := a.Token("platform", host, "")
	if r := a.API("GET", "/platform/mailbox", token, nil).Want(t, 200); !strings.Contains(r.Raw, "You are invited") {
		t.Errorf("unexpected: %s", r.Raw)
	}
	a.API("GET", "/platform/mailbox", "", nil).Want(t, 401)
}
