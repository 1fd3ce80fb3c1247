package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Somebody who wants no more news, and thinks better of it: from the letter on a
// phone, without a sign-in and without JavaScript.
func TestUnsubscribe(t *testing.T) {
	t.Parallel()
	skipShort(t)
	w := newWorld(t, "")
	w.plain = true
	unsubscribeStory(t, w)
}

func unsubscribeStory(t *testing.T, w *world) {
	c := w.crew()
	c.bring("client_id,first_name,last_name,email,pet_name,species\nR1,Rita,Reader,rita@home.example,Rex,dog\nN1,Nora,Next,nora@home.example,Nik,cat\n")
	type found struct{ ID, Name string }
	within(t, patience, "the clients are there", func() error {
		return errUnless(len(items[found](w, "/api/v1/pet-parents", c.token)) == 2)
	})
	var news struct{ Template string }
	w.into(&news, w.send(http.MethodPost, "/api/v1/templates", c.token, map[string]any{
		"name": "News", "language": "en", "subject": "News", "html": "<p>Dear {{first_name}}, we have news.</p>",
	}))
	w.alert(c, news.Template, "First")
	letter := w.letter("rita@home.example", "Dear Rita")
	w.letter("nora@home.example", "Dear Nora")
	link := letter.Link("/unsubscribe?")
	if !strings.HasPrefix(link, w.url("/")) || letter.Header.Get("List-Unsubscribe") != "<"+link+">" ||
		letter.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Fatalf("the letter has the link %q and the headers %v", link, letter.Header)
	}

	b := w.browser("Rita Reader", narrow)
	b.Open(link)
	b.See("News by e-mail", "Do you want no more news by e-mail from Happy Paws?")
	b.fits()
	b.Picture("unsubscribe")
	b.Click("Unsubscribe")
	b.See("You are unsubscribed", "Messages to you alone still reach you")
	b.Click("Undo")
	b.See("You get news from Happy Paws by e-mail.")
	b.Click("Unsubscribe")
	b.See("You are unsubscribed")
	b.fits()
	b.Picture("unsubscribed")
	b.Open(link) // looking at it changes nothing
	b.See("You are unsubscribed")

	w.alert(c, news.Template, "Second")
	within(t, patience, "the second one is there", func() error { return errUnless(len(w.mail.To("nora@home.example")) == 2) })
	if n := len(w.mail.To("rita@home.example")); n != 1 {
		t.Errorf("%d messages after opting out", n-1)
	}
	desk := w.atDesk(c.maria.name, c.maria, "North")
	desk.Open(happyPaws + "/pet-parents/pet-app?reason=opt_out")
	desk.See("Rita Reader", "Opted out")
	desk.Miss("Nora Next")
	desk.Click("View Details of Rita Reader")
	desk.See("Opted out", "Bulk e-mail")
}

// alert has an e-mail alert sent to everybody.
func (w *world) alert(c *crew, template, name string) {
	w.t.Helper()
	var made struct{ ID string }
	w.into(&made, w.send(http.MethodPost, "/api/v1/campaigns", c.token, map[string]any{"name": name, "template": template}))
	w.send(http.MethodPost, fmt.Sprintf("/api/v1/campaigns/%s/start", made.ID), c.token, map[string]any{})
}
