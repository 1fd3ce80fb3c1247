package recoveryweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
)

func tokenIn(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("token")
}

func TestForgottenPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		a.Clinic("other")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		signedIn := a.Enter("paws", vet, "")

		t.Run("the answer is the same for everybody", func(t *testing.T) {
			var bodies []string
			for _, login := range []string{vet.LoginID, "nobody@paws.example", "admin@other.example"} {
				b := a.Browser()
				b.Get("/paws/forgot-password").Want(t, 200, "Forgot password?")
				page := b.Post("/paws/forgot-password", url.Values{"login": {login}})
				page.Want(t, 200, "an e-mail is on its way")
				bodies = append(bodies, page.Body)
			}
			if bodies[0] != bodies[1] || bodies[0] != bodies[2] {
				t.Error("the answers differ")
			}
			a.Work()
			for _, l := range a.Mailbox.Letters() {
				if l.To.Address == "nobody@paws.example" || (l.To.Address == "admin@other.example" && strings.Contains(l.Subject, "password")) {
					t.Errorf("mail to %s", l.To.Address)
				}
			}
		})
		link := a.Link(a.LastMail(vet.LoginID), "/reset-password")
		b := a.Browser()
		t.Run("looking at the link changes nothing", func(t *testing.T) {
			for range 3 {
				b.Get(link).Want(t, 200, "Choose a new password")
			}
		})
		t.Run("complaints keep the link good", func(t *testing.T) {
			for _, row := range []struct{ password, repeat, words string }{
				{"short", "short", "at least 12"},
				{"one thing entirely", "another thing entirely", "not the same"},
				{"Vera Vet 1234", "Vera Vet 1234", "a name or login"},
				{"aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "first things a guesser tries"},
				{strings.Repeat("long", 40), strings.Repeat("long", 40), "at most 128"},
			} {
				b.Post("/paws/reset-password", url.Values{"token": {tokenIn(t, link)}, "new_password": {row.password}, "repeat_password": {row.repeat}}).
					Want(t, 422, row.words)
			}
		})
		t.Run("the link of one practice is none at another", func(t *testing.T) {
			b.Get("/other/reset-password?token="+tokenIn(t, link)).Want(t, 410, "does not work any more")
			b.Get("/paws/activate?token="+tokenIn(t, link)).Want(t, 410, "does not work any more")
		})
		t.Run("it works once, ends every session and signs nobody in", func(t *testing.T) {
			fresh := apptest.Password()
			b.Post("/paws/reset-password", url.Values{"token": {tokenIn(t, link)}, "new_password": {fresh}, "repeat_password": {fresh}}).
				Want(t, 200, "Sign in with it", "Email or login ID")
			if l := a.LastMail(vet.LoginID); !strings.Contains(l.Text, "Your password was changed") {
				t.Errorf("no notice: %s", l.Subject)
			}
			signedIn.Get("/paws/account/sessions").Want(t, 200, "Sign in")
			b.Get(link).Want(t, 410, "Ask for a new one")
			a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": vet.LoginID, "password": vet.Password}).Want(t, 401)
			a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": vet.LoginID, "password": fresh}).Want(t, 200)
		})
		t.Run("a link expires, and a new one ends the old one", func(t *testing.T) {
			ask := func() string {
				a.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": vet.LoginID}).Want(t, 202)
				return tokenIn(t, a.Link(a.LastMail(vet.LoginID), "/reset-password"))
			}
			old := ask()
			a.Clock.Advance(time.Minute)
			newer := ask()
			a.API("POST", "/password-reset", "", map[string]any{"token": old, "new_password": apptest.Password()}).Want(t, 410)
			a.Clock.Advance(31 * time.Minute)
			a.API("POST", "/password-reset", "", map[string]any{"token": newer, "new_password": apptest.Password()}).Want(t, 410)
		})
		t.Run("three mails an hour", func(t *testing.T) {
			a.Clock.Advance(2 * time.Hour)
			before := len(a.Mailbox.Letters())
			for range 6 {
				a.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": vet.LoginID}).Want(t, 202)
				a.Work()
			}
			if n := len(a.Mailbox.Letters()) - before; n != 3 {
				t.Errorf("%d mails, want 3", n)
			}
		})
	})
}

func TestResetOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		a.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": c.Administrator.LoginID}).Want(t, 202)
		token := tokenIn(t, a.Link(a.LastMail(c.Administrator.LoginID), "/reset-password"))
		won := apptest.AtOnce(16, func(int) bool {
			return a.API("POST", "/password-reset", "", map[string]any{"token": token, "new_password": apptest.Password()}).Status == 204
		})
		if won != 1 {
			t.Errorf("%d used the same link", won)
		}
	})
}

func TestFrontPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := a.Browser()
		b.Get("/").Want(t, 200, "There is no practice on this server yet")
		a.Clinic("paws")
		if got := b.Get("/").Path; got != "/paws/login" {
			t.Errorf("the only practice is at %s", got)
		}
		c := a.Clinic("other")
		a.Hire(c, "Ada Again", "admin@paws.example", role.Sitter, c.North.ID)
		b.Get("/").Want(t, 200, "Which practice?")
		b.Post("/", url.Values{"email": {"nobody@nowhere.example"}}).Want(t, 200, "an e-mail with the sign-in pages")
		b.Post("/", url.Values{"email": {"Admin@paws.example"}}).Want(t, 200, "an e-mail with the sign-in pages")
		if l := a.LastMail("admin@paws.example"); !strings.Contains(l.Text, "/paws/login") || !strings.Contains(l.Text, "/other/login") {
			t.Errorf("the mail lacks a page:\n%s", l.Text)
		}
	})
}

// TestFrontPageLanguage: whoever looks for their practice chooses a language as on
// its pages, and keeps it there.
func TestFrontPageLanguage(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	c := a.Clinic("paws")
	a.Clinic("other")
	b := a.Browser()
	b.Speaks = "es-MX,es;q=0.9"
	b.Get("/").Want(t, 200, `<html lang="es">`, `<form class="languages" method="post" action="/"`, `<b lang="es" aria-current="true">`, `<button name="language" value="de" lang="de">Deutsch</button>`)
	choose := func(tag string) apptest.Page {
		b.Get("/")
		return b.Post("/", url.Values{"language": {tag}, "return": {"/paws/login"}})
	}
	for _, wrong := range []string{"xx", ""} {
		choose(wrong).Want(t, 200, `<html lang="es">`)
	}
	if p := choose("de").Want(t, 200, `<html lang="de">`, `<b lang="de" aria-current="true">`); p.Path != "/" {
		t.Errorf("the choice leads to %s", p.Path)
	}
	b.Get("/paws/login").Want(t, 200, `<html lang="de">`)
	b.Get("/")
	b.Post("/", url.Values{"email": {"admin@paws.example"}}).Want(t, 200, `<html lang="de">`).Without(t, `class="languages"`)
	if l := a.LastMail("admin@paws.example"); !strings.Contains(l.Text, "/paws/login") {
		t.Errorf("the mail lacks the page:\n%s", l.Text)
	}
	b.Get("/platform/login").Want(t, 200, `<html lang="en">`).Without(t, `class="languages"`)

	// Staff have their own language, and a page elsewhere does not change it.
	a.Enter("paws", c.Administrator, c.North.ID).Get("/").Want(t, 200, `<html lang="en">`)
}

// TestSignInPages: the platform's own page is mailed too, pages where nobody
// gets in are not, nor pages of somebody who has left, and nobody is flooded.
func TestSignInPages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c := a.Administrator(), a.Clinic("paws")
		other := a.Clinic("other")
		for _, clinic := range []apptest.Clinic{c, other} {
			a.Hire(clinic, "Pat Host", host.LoginID, role.Sitter, clinic.North.ID)
		}
		a.Clock.Advance(time.Hour)
		b := a.Browser()
		ask := func(email string) apptest.Page {
			b.Get("/")
			return b.Post("/", url.Values{"email": {email}}).Want(t, 200, "an e-mail with the sign-in pages")
		}
		if ask(host.LoginID).Body != ask("nobody@nowhere.example").Body {
			t.Error("the answer tells who is known")
		}
		if l := a.LastMail(host.LoginID); !strings.Contains(l.Text, "/platform/login") || !strings.Contains(l.Text, "/paws/login") || !strings.Contains(l.Text, "/other/login") {
			t.Errorf("the mail lacks a page:\n%s", l.Text)
		}
		apptest.Exec(a, `UPDATE practice SET status = 'suspended' WHERE id = $1`, c.ID)
		apptest.Exec(a, `UPDATE account SET active = $2 WHERE practice_id = $1`, other.ID, false)
		ask(host.LoginID)
		if l := a.LastMail(host.LoginID); strings.Contains(l.Text, "/paws/login") || strings.Contains(l.Text, "/other/login") || !strings.Contains(l.Text, "/platform/login") {
			t.Errorf("the mail has a page that opens nothing:\n%s", l.Text)
		}
		before := len(a.Mailbox.Letters())
		for range 9 {
			ask(host.LoginID)
		}
		a.Work()
		if n := len(a.Mailbox.Letters()) - before; n > 3 {
			t.Errorf("%d mails within the hour", n)
		}
	})
}

// TestOptOutKeepsSecurityMail: who wants no bulk mail still gets what they ask for.
func TestOptOutKeepsSecurityMail(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		_, login := w.petParent(w.clinic, "Ken", "ken@example.com", true, false)
		apptest.Exec(w.App, `UPDATE household SET opt_out = TRUE WHERE practice_id = $1`, w.clinic.ID)
		b := w.Browser()
		b.Get("/paws/forgot-password")
		b.Post("/paws/forgot-password", url.Values{"login": {login.LoginID}}).Want(t, 200, "an e-mail is on its way")
		link := w.Link(w.LastMail("ken@example.com"), "/reset-password")
		password := apptest.Password()
		b.Get(link).Want(t, 200, "Choose a new password")
		b.Post("/paws/reset-password", url.Values{"token": {tokenIn(t, link)}, "new_password": {password}, "repeat_password": {password}}).Want(t, 200)
		w.told("ken@example.com", "Your password was changed")
	})
}
