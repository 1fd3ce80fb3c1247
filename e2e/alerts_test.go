package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// One text to many: drafted, looked at, tried out, started, paused in the middle,
// and to the end. On a server that lets two messages a second leave.
func TestEmailAlerts(t *testing.T) {
	eachWidth(t, alertsStory)
}

// The same on a phone without JavaScript.
func TestEmailAlertsPlain(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	w.plain, w.width = true, phone
	alertsStory(t, w)
}

const (
	emailAlerts = happyPaws + "/clients/email-alerts"
	readers     = 16 // who can be written to
)

func alertsStory(t *testing.T, w *world) {
	w.mailLimit = 120
	c := w.crew()
	var list strings.Builder
	list.WriteString("client_id,first_name,last_name,email,pet_name,species\n")
	for i := range readers {
		fmt.Fprintf(&list, "R%d,Reader%d,News,reader%d@home.example,Rex,dog\n", i, i, i)
	}
	list.WriteString("N1,Nora,None,,Nik,dog\n")
	c.bring(list.String())
	within(t, patience, "the clients are there", func() error {
		return errUnless(len(items[struct{ ID string }](w, "/api/v1/pet-parents", c.token)) == readers+1)
	})
	w.send(http.MethodPost, "/api/v1/templates", c.token, map[string]any{
		"name": "Spring", "language": "en", "subject": "Spring at {{practice}}", "html": "<h1>Spring</h1><p>Dear {{first_name}}, think of {{pets}}.</p>",
	})
	b := w.atDesk(c.maria.name, c.maria, "North")
	b.Open(emailAlerts)
	b.See("No e-mail alerts yet")
	b.Click("New e-mail alert")
	b.Fill("Name", "Spring news")
	b.Click("Look at who gets it")
	b.Expect(422)
	b.See("Choose a template")
	b.Fill("Template", "Spring")
	b.Picture("email-alert-new")
	b.Click("Look at who gets it")
	b.See("16 get it", "1 left out", "No e-mail", "Send to 16 people", "Preview for Reader", "Spring at Happy Paws")
	b.Click("Send a test message to me")
	b.See("A test message is on its way to " + c.maria.email)
	if l := w.letter(c.maria.email, "Dear Reader"); l.Header.Get("Subject") != "Spring at Happy Paws" {
		t.Errorf("the test message is %q", l.Header.Get("Subject"))
	}

	b.Click("Send to 16 people")
	b.See("You can leave this page", "Pause", "of 17 people")
	b.waitFor("1 left out", "Look again", patience)
	within(t, patience, "some have left", func() error { return errUnless(w.news() > 0) })
	b.Picture("email-alert-progress")
	b.Click("Pause")
	b.See("Nothing more leaves until you resume it.", "Resume")
	time.Sleep(time.Second) // what was being handed over
	sent := w.news()
	if sent >= readers {
		t.Fatalf("all %d have left, which is not the middle", sent)
	}
	time.Sleep(3 * time.Second)
	if now := w.news(); now != sent {
		t.Errorf("%d messages left while it was paused", now-sent)
	}
	b.Picture("email-alert-paused")
	b.Click("Resume")
	b.waitFor("Everything has left.", "Look again", time.Minute)
	b.See("17 of 17 people", "16 sent", "1 left out", "Remind those who never signed in")
	if n := w.news(); n != readers {
		t.Errorf("%d messages for %d people", n, readers)
	}
	b.Picture("email-alert-done")
	b.Click("View recipients")
	b.See("reader0@home.example", "Sent", "Left out", "No e-mail")
	b.Click("Left out")
	b.See("Nora None")
	b.Miss("reader0@home.example")
	b.Picture("email-alert-recipients")
	b.Open(emailAlerts)
	b.See("Spring news", "16 messages")
	b.Picture("email-alerts")
}

// news counts the messages that the mail server took for readers, each of whom
// gets one.
func (w *world) news() int {
	w.t.Helper()
	n := 0
	for i := range readers {
		got := len(w.mail.To(fmt.Sprintf("reader%d@home.example", i)))
		if got > 1 {
			w.t.Errorf("reader %d got %d messages", i, got)
		}
		n += got
	}
	return n
}
