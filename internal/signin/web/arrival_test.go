package signinweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/role"
)

// TestArrival: the first page after a sign-in confirms who is in, and where;
// the second does not.
func TestArrival(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		in := func(back string) *apptest.Browser {
			b := a.Browser()
			b.Get("/paws/login")
			f := form(vet)
			f.Set("return", back)
			b.Post("/paws/login", f)
			return b
		}
		first := in("").Page
		first.Want(t, 200, `id="arrival"`, "Vera Vet, vera@paws.example", "Clinic paws", "North", "Veterinarian", "This is your first one", "Not you? Sign out")
		a.Clock.Advance(time.Hour)
		b := in("/paws/account/sessions")
		b.Page.Want(t, 200, "Where you are signed in", `id="arrival"`, "1 July 2026, 09:00 UTC, from Firefox on Windows 127.0.0.1")
		b.Get("/paws/account/sessions").Want(t, 200).Without(t, `id="arrival"`)

		// What another session left in the browser is not shown to this one.
		apptest.Exec(a, `UPDATE session SET failed_before = 3 WHERE account_id = $1`, vet.ID)
		b = in("/paws/account/confirm")
		b.Page.Want(t, 200, "Confirm that it is you").Without(t, `id="arrival"`)
		apptest.Exec(a, `UPDATE session SET failed_before = 3 WHERE account_id = $1`, vet.ID)
		b.Get("/paws/account/sessions").Want(t, 200, `id="arrival"`, "3 wrong tries", "choose a new password")

		admin := a.Enter("paws", c.Administrator, c.North.ID)
		if !strings.Contains(admin.Page.Body, "Wrong branch?") {
			t.Error("with several branches there is no way to another one")
		}
	})
}

// TestStart: without a page to return to, the role's landing page is first,
// where it is one that the person can open.
func TestStart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		desk := a.Hire(c, "Dora Desk", "dora@paws.example", role.Receptionist, c.North.ID)
		first := func(back string) string {
			b := a.Browser()
			b.Get("/paws/login")
			f := form(desk)
			f.Set("return", back)
			return b.Post("/paws/login", f).Want(t, 200).Path
		}
		land := func(path string) {
			apptest.Exec(a, `UPDATE role SET landing = $2 WHERE practice_id = $1`, c.ID, path)
		}
		for landing, want := range map[string]string{
			"": "/paws/", "/pet-parents/pet-app": "/paws/pet-parents/pet-app",
			"/security/audit": "/paws/", "//evil.example": "/paws/", "/../other/": "/paws/",
		} {
			land(landing)
			if got := first(""); got != want {
				t.Errorf("landing %q led to %s", landing, got)
			}
		}
		land("/pet-parents/pet-app")
		if got := first("/paws/"); got != "/paws/pet-parents/pet-app" {
			t.Errorf("from the practice's address: %s", got)
		}
		if got := first("/paws/account/sessions"); got != "/paws/account/sessions" {
			t.Errorf("with a return path: %s", got)
		}
		a.Browser().Get("/paws/start").Want(t, 200, "Email or login ID")
	})
}

// TestStepUpReturns: what was sent without a fresh proof is asked for again.
func TestStepUpReturns(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		b := a.Enter("paws", c.Administrator, c.North.ID)
		a.Enter("paws", vet, "")
		a.Clock.Advance(6 * time.Minute)
		b.Get("/paws/security/sessions?person="+vet.ID).Want(t, 200, "End all sessions of Vera Vet")
		p := b.Post("/paws/security/sessions/end-person", url.Values{"person": {vet.ID}})
		p.Want(t, 200, "Confirm that it is you", "was not carried out", "Ada Admin", "Clinic paws", "North")
		f := password(c.Administrator.Password)
		f.Set("return", "/paws/security/sessions?person="+vet.ID)
		f.Set("again", "yes")
		b.Post("/paws/account/confirm", f).Want(t, 200, "You can go on now", "End all sessions of Vera Vet")
		b.Post("/paws/security/sessions/end-person", url.Values{"person": {vet.ID}}).Want(t, 200, "One session is over.")
	})
}
