package onboardingweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
)

// visible is what a person sees of a page, without what is new each time.
func visible(body string) string {
	return regexp.MustCompile(`name="form" value="[^"]*"`).ReplaceAllString(body, "")
}

// Whatever keeps somebody out, the pages are the same and name every way on;
// what can be mailed brings its owner in.
func TestDeadEnds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		burnt := invite(t, a, c, "C1", "Bea", "bea@example.com")
		expired := invite(t, a, c, "C2", "Eve", "eve@example.com")
		off := settle(t, a, invite(t, a, c, "C3", "Off", "off@example.com"))
		known := settle(t, a, invite(t, a, c, "C4", "Kim", "kim@example.com"))
		fill(t, a, c.ID, one("C5", "Ned", "Nomail", ""))
		if err := giveLogin(a, c, person(t, a, c.ID, "C5").ID, "ned.nomail", false); err != nil {
			t.Fatal(err)
		}
		apptest.Exec(a, `UPDATE account SET active = FALSE WHERE id = $1`, off.ID)
		for range 5 {
			signIn(a, "paws", "bea@example.com", expired.temporary).Want(t, 401)
			a.Clock.Advance(10 * time.Minute)
		}
		a.Clock.Advance(73 * time.Hour)
		a.Work()

		logins := []string{"nobody@example.com", "bea@example.com", "eve@example.com", "off@example.com", "ned.nomail", "kim@example.com"}
		var refused, asked string
		for _, login := range logins {
			b := a.Browser()
			b.Get("/paws/login")
			page := b.Post("/paws/login", url.Values{"login": {login}, "password": {"plumb-otter-canoe-lamp"}}).
				Want(t, 401, "Forgot password?", "Clinic paws can give you a new one", "+1 555 0100")
			if got := strings.ReplaceAll(visible(page.Body), login, "X"); refused == "" {
				refused = got
			} else if got != refused {
				t.Errorf("%s is refused in other words", login)
			}
			b.Get("/paws/forgot-password").Want(t, 200, "Clinic paws helps you", "+1 555 0100", "desk@paws.example")
			page = b.Post("/paws/forgot-password", url.Values{"login": {login}}).
				Want(t, 200, "spam folder", "Type it again", "temporary password", "No e-mail address on record", "+1 555 0100", "desk@paws.example")
			if got := visible(page.Body); asked == "" {
				asked = got
			} else if got != asked {
				t.Errorf("%s is answered in other words", login)
			}
			a.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": login}).Want(t, http.StatusAccepted)
		}
		a.Work()
		for _, l := range a.Mailbox.Letters() {
			if strings.Contains(l.Text, "/reset-password") && l.To.Address != "kim@example.com" || strings.Contains(l.To.Address, "nobody") {
				t.Errorf("a letter to %s: %s", l.To.Address, l.Subject)
			}
		}

		// What was burnt or has run out is replaced by a link.
		for _, p := range []invited{burnt, expired} {
			b := a.Browser()
			a.Clock.Advance(10 * time.Minute) // beyond every delay
			link := a.Link(a.LastMail(p.Login.LoginID), "/activate")
			b.Get(link).Want(t, 200, "Begin")
			u, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			b.Post("/paws/activate/begin", url.Values{"token": {u.Query().Get("token")}}).Want(t, 200, "Is everything right?")
			signIn(a, "paws", p.Login.LoginID, p.temporary).Want(t, 401)
		}
		// A link that works no more leads to where the next one comes from.
		b := a.Browser()
		link := a.Link(a.LastMail("kim@example.com"), "/reset-password")
		a.Clock.Advance(31 * time.Minute)
		b.Get(link).Want(t, 410, "does not work any more", "Ask for a new link")
		if !strings.Contains(b.Page.Body, `href="/paws/forgot-password"`) {
			t.Error("no way to a new link")
		}
		// Locked by strangers, the owner comes in with a mailed link.
		apptest.Exec(a, `UPDATE attempt SET failures = 100 WHERE subject = $1`, known.ID)
		signIn(a, "paws", "kim@example.com", known.Password).Want(t, 429)
		b.Get("/paws/login")
		b.Post("/paws/login", url.Values{"login": {"kim@example.com"}, "password": {known.Password}}).
			Want(t, 429, "Forgot password?", "+1 555 0100")
		a.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": "kim@example.com"}).Want(t, http.StatusAccepted)
		u, err := url.Parse(a.Link(a.LastMail("kim@example.com"), "/reset-password"))
		if err != nil {
			t.Fatal(err)
		}
		fresh := apptest.Password()
		a.API("POST", "/password-reset", "", map[string]any{"token": u.Query().Get("token"), "new_password": fresh}).Want(t, 204)
		signIn(a, "paws", "kim@example.com", fresh).Want(t, 200)
	})
}
