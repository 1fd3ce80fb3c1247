package petparentweb_test

import (
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/mail/mailtest"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// TestAddressRefused: an address that its mail server refuses is left out of bulk
// mail until it changes, or somebody knows better.
func TestAddressRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, server := worldRefusing(t, d, "ken@example.com")
		trainer := w.Enter("paws", w.Hire(w.clinic, "Toni Trainer", "toni@paws.example", role.Trainer, w.clinic.North.ID), "")
		b := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		token := w.Token("paws", w.clinic.Administrator, w.clinic.North.ID)
		write := func() {
			t.Helper()
			w.API("POST", "/messages", token, map[string]any{"pet_parent_id": w.ken, "to": []string{w.ken}, "subject": "Hello", "text": "Hello.", "despite": true}).Want(t, 202)
			w.Work()
		}
		// A refusal of the letter says nothing about the address.
		server.Next(mailtest.Answer{Code: 550, Words: "5.7.1 Looks like spam"})
		write()
		b.Get(page(w.ken)).Want(t, 200, "Can be mailed").Without(t, "came back")
		write()
		b.Get(page(w.ken)).Want(t, 200, "e-mail came back", "550 No such mailbox", "Try this address again")
		b.Get("/paws/pet-parents/pet-app?reason=refused_email").Want(t, 200, "Ken Ito", "E-mail came back").Without(t, "Aya Ito")
		got := w.API("GET", "/pet-parents?reason=refused_email", token, nil).Want(t, 200)
		if !strings.Contains(got.Raw, `"not_mailable":["refused_email"]`) {
			t.Errorf("the API says %s", got.Raw)
		}
		// An import that brings the same address changes nothing about it.
		w.put(w.clinic, petparent.HouseholdInput{
			System: "cornerstone", ExternalID: "C1", HomeBranchID: w.clinic.North.ID, Active: true,
			People: []petparent.PersonInput{{FirstName: "Kenneth", LastName: "Ito", Emails: []string{"ken@example.com"}}, {FirstName: "Aya", LastName: "Ito"}},
		})
		trainer.Get(page(w.ken)).Want(t, 200, "came back").Without(t, "Try this address again")
		trainer.Post(page(w.ken, "email-again"), nil).Want(t, 403)
		w.Browser().Post(page(w.ken, "email-again"), nil).Want(t, 200, "Password")
		w.Enter("other", w.other.Administrator, w.other.North.ID).Post("/other/pet-parents/"+w.ken+"/email-again", nil).Want(t, 404)
		b.Post(page(w.ken, "email-again"), nil).Want(t, 200, "tried again from now on", "Can be mailed")
		b.Post(page(w.ken, "email-again"), nil).Want(t, 409, "Nothing is noted")
		b.Get("/paws/security/audit").Want(t, 200, "that had refused it")
		write()
		b.Post(page(w.ken, "edit"), url.Values{"first_name": {"Ken"}, "last_name": {"Ito"}, "email": {"Ken@example.com"}}).Want(t, 200, "came back")
		b.Post(page(w.ken, "edit"), url.Values{"first_name": {"Ken"}, "last_name": {"Ito"}, "email": {"ken@example.org"}}).Want(t, 200, "Can be mailed")
	})
}

// TestBounced: a mail service tells of a message that came back later.
func TestBounced(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := w.Token("paws", w.clinic.Administrator, w.clinic.North.ID)
		desk := w.Token("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
		w.API("POST", "/messages", token, map[string]any{"pet_parent_id": w.ken, "to": []string{w.ken}, "subject": "Hello", "text": "Hello."}).Want(t, 202)
		id := w.newest(w.ken)
		report := map[string]string{"words": "552 5.2.2\r\nMailbox full"}
		w.API("POST", "/messages/"+id+"/bounced", token, report).Want(t, 409)
		w.Work()
		w.API("POST", "/messages/"+id+"/bounced", "", report).Want(t, 401)
		w.API("POST", "/messages/"+id+"/bounced", desk, report).Want(t, 403)
		w.API("POST", "/messages/"+id+"/bounced", w.Token("other", w.other.Administrator, w.other.North.ID), report).Want(t, 404)
		w.API("POST", "/messages/"+id+"/bounced", token, map[string]string{"words": " "}).Want(t, 422)
		w.API("POST", "/messages/"+id+"/bounced", token, map[string]string{"words": strings.Repeat("x", 10<<20)}).Want(t, 413)
		for range 2 {
			w.API("POST", "/messages/"+url.PathEscape("<"+id+"@localhost>")+"/bounced", token, report).Want(t, 204)
		}
		if n := apptest.Number(w.App, `SELECT count(*) FROM message WHERE state = 'failed' AND last_error = 'It came back: 552 5.2.2 Mailbox full'`); n != 1 {
			t.Errorf("%d messages came back", n)
		}
		b := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		b.Get(page(w.ken)).Want(t, 200, "e-mail came back", "Mailbox full")
		b.Get("/paws/settings/mail").Want(t, 200, "Mailbox full")
	})
}
