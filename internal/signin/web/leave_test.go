package signinweb_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/httpd"
	"catflap/internal/role"
	"catflap/internal/session"
)

// TestWhySignedOut: whatever ended a session, the next page says so.
func TestWhySignedOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		for reason, words := range map[session.Reason]string{
			session.SignedOut: "You signed out in another tab", session.Idle: "nothing happened for a while",
			session.Expired: "signed in for a long time", session.Ended: "ended from another device",
			session.Replaced: "Somebody signed in after you", session.PasswordChanged: "Your password was changed",
			session.Deactivated: "Your account was deactivated", session.ByOther: "An administrator of your practice ended",
			session.AccessChanged: "You have no role any more", session.OffNetwork: "from its own networks",
			session.PracticeClosed: "not open for signing in", session.Protected: "to protect the account",
		} {
			b := a.Enter("paws", vet, "")
			token := cookie(t, b, "catflap")
			apptest.Exec(a, `UPDATE session SET ended_at = created_at, ended_reason = $2 WHERE account_id = $1 AND ended_at IS NULL`, vet.ID, string(reason))
			a.API("GET", "/session", token, nil).Want(t, 401)
			page := b.Get("/paws/account/sessions").Want(t, 200, words, "Email or login ID")
			u, err := url.Parse(page.Path)
			if err != nil || u.Query().Get("return") != "/paws/account/sessions" || u.Query().Get("for") == "" {
				t.Errorf("%s: led to %s", reason, page.Path)
			}
		}
		a.Browser().Get("/paws/login?why=%3Cb%3Ex").Want(t, 200).Without(t, "<b>x")
	})
}

// TestReturnIsTheirs: the page to return to is bound to whose session it was.
func TestReturnIsTheirs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		whose := func(page apptest.Page) string {
			u, err := url.Parse(page.Path)
			if err != nil {
				t.Fatal(err)
			}
			return u.Query().Get("for")
		}
		b := a.Enter("paws", vet, "")
		a.Clock.Advance(16 * time.Minute)
		first := whose(b.Get("/paws/account/sessions"))
		desk := a.Hire(c, "Dora Desk", "dora@paws.example", role.Receptionist, c.North.ID)
		for person, want := range map[*apptest.Person]string{&vet: "/paws/account/sessions", &desk: "/paws/"} {
			f := form(*person)
			f.Set("return", "/paws/account/sessions")
			f.Set("for", first)
			fresh := a.Browser()
			fresh.Get("/paws/login")
			if got := fresh.Post("/paws/login", f).Want(t, 200).Path; got != want {
				t.Errorf("%s was led to %s", person.Name, got)
			}
		}
		b = a.Enter("paws", vet, "")
		a.Clock.Advance(16 * time.Minute)
		if again := whose(b.Get("/paws/")); again != first || first == "" {
			t.Errorf("%q and %q of the same person", first, again)
		}
		b = a.Enter("paws", c.Administrator, c.North.ID)
		a.Clock.Advance(16 * time.Minute)
		if other := whose(b.Get("/paws/")); other == first || other == "" {
			t.Errorf("%q of another person", other)
		}
		if nobody := whose(a.Browser().Get("/paws/account/sessions")); nobody != "" {
			t.Errorf("%q of nobody", nobody)
		}
		if httpd.ReturnBinding("a") == httpd.ReturnBinding("b") {
			t.Error("the binding does not tell people apart")
		}
	})
}

// TestReceipt: signing out names the session that is over.
func TestReceipt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		apptest.Exec(a, `UPDATE branch SET time_zone = 'Europe/Vienna' WHERE id = $1`, c.North.ID)
		b := a.Browser()
		b.Get("/paws/login")
		f := form(vet)
		f.Set("shared", "yes")
		b.Post("/paws/login", f).Want(t, 200, "Others use this computer too")
		a.Clock.Advance(3 * time.Minute)
		b.Get("/paws/account/sessions").Want(t, 200, "1 July 2026, 11:00 CEST", "shared computer")
		page := b.Post("/paws/sign-out", nil)
		page.Want(t, 200, "You are signed out", "The session of Vera Vet on Firefox on Windows in North, since 11:00, ended at 11:03 CEST", "Where you are signed in")
		b.Get("/paws/login").Want(t, 200).Without(t, "Vera Vet")
	})
}

// TestState: tabs ask how the session stands without keeping it alive; pressing
// "Stay signed in" keeps it.
func TestState(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		b := a.Enter("paws", vet, "")
		state := func() (s struct {
			Session, Branch string
			Locked          bool
			Idle, End       int
		}) {
			t.Helper()
			if err := json.Unmarshal([]byte(b.Get("/paws/account/state").Want(t, 200).Body), &s); err != nil {
				t.Fatal(err)
			}
			return s
		}
		if s := state(); s.Idle != 15*60 || s.End != 12*3600 || s.Branch != c.North.ID || s.Session == "" || s.Locked {
			t.Errorf("at the beginning: %+v", s)
		}
		for range 14 {
			a.Clock.Advance(time.Minute)
			state()
		}
		if s := state(); s.Idle != 60 {
			t.Errorf("after 14 minutes of asking: %+v", s)
		}
		b.Page.Body = b.Get("/paws/").Body // moves the clock
		a.Clock.Advance(14 * time.Minute)
		b.Post("/paws/account/stay", url.Values{"return": {"/paws/account/sessions"}}).Want(t, 200, "Where you are signed in")
		if s := state(); s.Idle != 15*60 {
			t.Errorf("after staying: %+v", s)
		}
		page := b.Get("/paws/account/sessions")
		b.Post("/paws/account/lock", nil)
		if s := state(); !s.Locked {
			t.Errorf("after locking: %+v", s)
		}
		b.Page = page
		b.Post("/paws/account/stay", nil).Want(t, 200, "This session is locked")
		a.Clock.Advance(15 * time.Minute)
		b.Get("/paws/account/state").Want(t, 200, "nothing happened for a while")
	})
}
