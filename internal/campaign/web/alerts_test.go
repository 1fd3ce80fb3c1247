package campaignweb_test

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"catflap/internal/app/apptest"
	"catflap/internal/role"
)

const alerts = "/paws/clients/email-alerts"

// The way through the pages, without a script.
func TestAlertPages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put("C1", "Ann", "Able", "ann@example.com")
		w.put("C2", "Bob", "Brown", "bob@example.com")
		w.put("C3", "=cmd|'/c calc'!A1", "Evil", "")
		w.Browser().Get(alerts).Want(t, 200, "Forgot password?")
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, ""), w.clinic.North.ID)
		vet.Get(alerts).Want(t, 403)
		vet.Get("/paws/").Without(t, "Email Alerts")
		north := w.Enter("paws", w.Hire(w.clinic, "Nora North", "nora@paws.example", role.Receptionist, w.clinic.North.ID), "")
		north.Get(alerts).Want(t, 403)
		other := w.Clinic("claws")
		stranger := w.Enter("claws", other.Administrator, other.North.ID)

		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, "")
		b := w.Enter("paws", rita, w.clinic.North.ID)
		b.Get(alerts).Want(t, 200, "No e-mail alerts yet", "Email Alerts")
		b.Get(alerts+"/new").Want(t, 200, "Spring", "Client Login Credentials", "Home branch")
		b.Post(alerts+"/new", url.Values{"name": {""}, "template": {""}, "q": {"able"}}).Want(t, 422, "Give it a name", "Choose a template", `value="able"`)
		page := b.Post(alerts+"/new", url.Values{"name": {"Spring <b>news</b>"}, "template": {w.template}}).Want(t, 200,
			"Draft", "2</b> get it", "1</b> left out", "No e-mail", "show=not_mailable", "Preview for", "Hello Ann", "Send to 2 people", "Send a test message to me")
		page.Without(t, "Spring <b>news</b></h1>")
		one := page.Path
		if !strings.Contains(page.Header.Get("Content-Security-Policy"), "frame-src 'self'") {
			t.Error("the page cannot show the letter")
		}
		letter := b.Get(one+"/letter").Want(t, 200, "Dear Ann, bring Rex")
		for _, want := range []string{"sandbox;", "default-src 'none'", "frame-ancestors 'self'"} {
			if !strings.Contains(letter.Header.Get("Content-Security-Policy"), want) {
				t.Errorf("the letter comes with %s", letter.Header.Get("Content-Security-Policy"))
			}
		}
		b.Get(one)
		another := between(b.Page.Body, `href="`+one+"?after=", `#preview"`)
		b.Get(one+"?after="+another).Want(t, 200, "Hello Bob")
		b.Post(one+"/test", nil).Want(t, 200, "A test message is on its way to rita@paws.example")
		if l := w.LastMail("rita@paws.example"); l.Subject != "Hello Ann" {
			t.Errorf("the test message is %q", l.Subject)
		}
		path := strings.TrimPrefix(one, "/paws")
		stranger.Get("/claws"+path).Want(t, 404)
		stranger.Get("/claws"+path+"/letter").Want(t, 404)
		stranger.Get("/claws/")
		for _, below := range []string{"/start", "/test", "/delete", "/pause", "/cancel", "/remind"} {
			stranger.Post("/claws"+path+below, nil).Want(t, 404)
			stranger.Get("/claws/")
		}

		b.Get(one+"/edit").Want(t, 200, "Save Changes", "Spring <b>news</b>")
		form := url.Values{"name": {"Spring"}, "template": {w.template}, "show": {"not_invited"}, "mark": {"1"}}
		b.Post(one+"/edit", form).Want(t, 200, "Not invited yet", "Send to 2 people")
		b.Get(one + "/edit")
		b.Post(one+"/edit", form).Want(t, 409)
		b.Get(one)
		b.Post(one+"/start", url.Values{"mark": {"1"}}).Want(t, 200, "Somebody changed this", "Send to 2 people")
		b.Post(one+"/start", url.Values{"mark": {"2"}}).Want(t, 200, "Writing and sending", "0 of 3 people", "Pause", "Look again")
		b.Get(one)
		b.Post(one+"/pause", nil).Want(t, 200, "Nothing more leaves", "Resume")
		b.Post(one+"/pause", nil).Want(t, 200, "not possible any more")
		w.Work()
		b.Get(one)
		b.Post(one+"/resume", nil).Want(t, 200, "It goes on")
		w.Work()
		w.Clock.Advance(3 * time.Second)
		if part := b.Get(one+"/progress?state=preparing").Want(t, 200, "2</b> sent"); part.Header.Get("HX-Refresh") != "true" {
			t.Error("the page does not learn that it has ended")
		}
		b.Get(one).Want(t, 200, "Everything has left", "3 of 3 people", "1</b> left out").Without(t, "every 2s", "Retry failed")
		b.Get(one+"/recipients").Want(t, 200, "ann@example.com", "Sent", "Left out", "No e-mail")
		b.Get(one+"/recipients?outcome=left_out").Want(t, 200, "No e-mail").Without(t, "ann@example.com")
		b.Get(one+"/recipients?outcome=failed").Want(t, 200, "Nobody here")
		w.Clock.Advance(30 * time.Second)
		w.Work() // the end is noted down
		b.Get(alerts).Want(t, 200, "2 messages", "Report", "Done")

		// The report takes names away: after a fresh proof, and on record.
		w.Clock.Advance(6 * time.Minute)
		b.Get(one)
		b.Post(one+"/report.csv", nil).Want(t, 200, "Confirm that it is you").Without(t, "Ann Able")
		b.Post("/paws/account/confirm", url.Values{"password": {rita.Password}, "return": {one}}).Want(t, 200, "Download the report")
		file := b.Post(one+"/report.csv", nil)
		lines, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
		if err != nil || len(lines) != 4 {
			t.Fatalf("%d lines: %v\n%s", len(lines), err, file.Body)
		}
		for _, l := range lines[1:] {
			l[4] = ""
		}
		if d := cmp.Diff([][]string{
			{"client", "name", "email", "outcome", "sent_at", "reason", "words"},
			{"C1", "Ann Able", "ann@example.com", "sent", "", "", ""},
			{"C2", "Bob Brown", "bob@example.com", "sent", "", "", ""},
			{"C3", "'=cmd|'/c calc'!A1 Evil", "", "left_out", "", "no_email", "No e-mail"},
		}, lines); d != "" {
			t.Errorf("report (-want +got): %s", d)
		}
		if n := apptest.Number(w.App, `SELECT count(*) FROM audit WHERE action = 'export.campaign_report' AND practice_id = $1`, w.clinic.ID); n != 1 {
			t.Errorf("%d downloads on record", n)
		}
		b.Get(one)
		again := b.Post(one+"/remind", nil).Want(t, 200, "This is a draft", "recipients of Spring", "Nobody would get this", "Have a login and never signed in")
		b.Post(again.Path+"/delete", nil).Want(t, 200, "The draft is deleted")
		b.Get(again.Path).Want(t, 404)
	})
}

// Credentials ask for a fresh proof on the page too, and for the right to manage
// logins.
func TestCredentialsOnPages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put("C1", "Ann", "Able", "ann@example.com")
		w.login("C1", "ann@example.com")
		b := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		b.Get(alerts + "/new")
		one := b.Post(alerts+"/new", url.Values{"name": {"Logins"}, "template": {"welcome"}}).Want(t, 200,
			"new temporary password or link", "Send to 1 person", "Your login for Clinic paws").Path
		w.Clock.Advance(6 * time.Minute)
		b.Get(one)
		b.Post(one+"/start", url.Values{"mark": {"1"}}).Want(t, 200, "Confirm that it is you")
		b.Post("/paws/account/confirm", url.Values{"password": {w.clinic.Administrator.Password}, "return": {one}}).Want(t, 200, "Send to 1 person")
		b.Post(one+"/start", url.Values{"mark": {"1"}}).Want(t, 200, "Writing and sending")
		w.Work()
		w.Clock.Advance(3 * time.Second)
		b.Get(one).Want(t, 200, "1</b> sent")
		b.Post(one+"/remind", nil).Want(t, 200, "Send to 1 person", "Reminder: Logins")
		if m := temporaryForm.FindStringSubmatch(w.LastMail("ann@example.com").Text); m == nil {
			t.Error("no temporary password")
		} else {
			b.Page.Without(t, m[1])
			b.Get(one+"/recipients").Without(t, m[1])
		}
	})
}

// What failed is tried again.
func TestRetryFailed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.many(2)
		id := w.started(w.template, nil)
		w.API("POST", "/campaigns/"+id+"/again", w.token, nil).Want(t, 409)
		if err := w.Jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		apptest.Exec(w.App, `UPDATE message SET state = 'failed', last_error = 'No such mailbox' WHERE to_address = 'm001@example.com'`)
		w.Work()
		w.stands(id, "done", 0, 1, 1, 0, 0)
		b := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		b.Get(alerts+"/"+id).Want(t, 200, "1 message could not be delivered", "Retry failed")
		b.Get(alerts+"/"+id+"/recipients?outcome=failed").Want(t, 200, "No such mailbox", "m001@example.com")
		b.Get(alerts + "/" + id)
		b.Post(alerts+"/"+id+"/again", nil).Want(t, 200, "in the queue again")
		w.Work()
		w.stands(id, "done", 0, 2, 0, 0, 0)
	})
}

func between(s, before, after string) string {
	_, rest, _ := strings.Cut(s, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}
