package signinweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

// TestPlatformBesidePractice: in a browser that is signed in to a practice the
// platform's pages are the platform's, and the other way round.
func TestPlatformBesidePractice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c := a.Administrator(), a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		b := a.Enter("paws", vet, "")
		old := cookie(t, b, "catflap")
		for _, page := range []string{"/platform/login", "/platform/forgot-password"} {
			if body := b.Get(page).Want(t, 200).Body; !strings.Contains(body, `action="`+page+`"`) || strings.Contains(body, "Clinic paws") {
				t.Errorf("%s belongs to the practice", page)
			}
		}
		b.Get("/platform/login").Without(t, "Go on")
		for _, page := range []string{"/platform/account/sessions", "/platform/account/confirm"} {
			b.Get(page).Want(t, 403)
		}
		b.Get("/platform/login")
		b.Post("/platform/login", form(host)).Want(t, 200, "Type your code")
		if p := b.Post("/platform/login/second-factor", coded("totp", a.Code(host))).Want(t, 200, "Practices"); p.Path != "/platform/" {
			t.Errorf("led to %s", p.Path)
		}
		a.API("GET", "/session", old, nil).Want(t, 401)
		b.Get("/paws/login").Want(t, 200)
		if p := b.Post("/paws/login", form(vet)).Want(t, 200, "Vera Vet"); p.Path != "/paws/" {
			t.Errorf("led to %s", p.Path)
		}
	})
}

// TestPendingElsewhere: a sign-in that is not finished opens nothing but its
// own steps, at its own practice.
func TestPendingElsewhere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		other := a.Clinic("other")
		b := a.Browser()
		b.Get("/paws/login")
		b.Post("/paws/login", form(c.Administrator)).Want(t, 200, "Where do you work today?")
		first := cookie(t, b, "catflap-signin")
		choice := b.Page.Body
		for _, page := range []string{"/other/login/branch", "/other/login/next", "/paws/", "/paws/account/sessions", "/paws/security/audit", "/platform/"} {
			if p := b.Get(page); p.Path == page {
				t.Errorf("%s answers %d", page, p.Status)
			}
		}
		b.Page.Body = choice
		b.Post("/other/login/branch", url.Values{"branch": {other.North.ID}}).Want(t, 200, "Email or login ID")
		for _, call := range []string{"GET /session", "GET /sessions", "DELETE /sessions", "GET /pet-parents", "GET /audit", "POST /session/step-up"} {
			method, path, _ := strings.Cut(call, " ")
			var body any
			if method == "POST" {
				body = map[string]any{"password": c.Administrator.Password}
			}
			if r := a.API(method, path, first, body); r.Status != 401 {
				t.Errorf("%s answers %d", call, r.Status)
			}
		}
		b.Page.Body = choice
		b.Post("/paws/login/branch", url.Values{"branch": {c.North.ID}, "form": {"forged"}}).Want(t, 403)

		// Somebody else begins in the same browser: the first sign-in is over.
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, "")
		b.Get("/paws/login")
		b.Post("/paws/login", form(vet)).Want(t, 200, "Where do you work today?")
		a.API("POST", "/sign-in/branch", first, map[string]any{"branch": c.North.ID}).Want(t, 401)
		b.Page.Body = choice // the page that the first person left open
		b.Post("/paws/login/branch", url.Values{"branch": {c.North.ID}}).Want(t, 403)
	})
}

// TestReturnPathWithDots: a browser would walk out of the practice.
func TestReturnPathWithDots(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera", "vera@paws.example", role.Veterinarian, c.North.ID)
		for path, want := range map[string]string{
			"/paws/account/sessions?x=1": "/paws/account/sessions?x=1",
			"/paws/../other/":            "/paws/", "/paws/%2e%2e/platform/login": "/paws/", "/paws/\xff": "/paws/",
			"/paws//evil.example": "/paws/", `/paws/\evil.example`: "/paws/", "/pawsome/": "/paws/", "/paws/..": "/paws/",
		} {
			b := a.Browser()
			b.Get("/paws/login")
			f := form(vet)
			f.Set("return", path)
			if p := b.Post("/paws/login", f); p.Path != want || p.Status != 200 {
				t.Errorf("return=%q led to %s (%d), want %s", path, p.Path, p.Status, want)
			}
			b.Get("/paws/account/confirm")
			if p := b.Post("/paws/account/confirm", url.Values{"password": {vet.Password}, "return": {path}}); p.Path != want {
				t.Errorf("after confirming, return=%q led to %s", path, p.Path)
			}
		}
	})
}

// TestStepUpOnRecord: each outcome with its cause, and a token that is new.
func TestStepUpOnRecord(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera", "vera@paws.example", role.Veterinarian, c.North.ID)
		old := try(a, vet.LoginID, vet.Password).Want(t, 200).Text("session", "token")
		for range 5 {
			a.API("POST", "/session/step-up", old, map[string]any{"password": "wrong"}).Want(t, 422)
		}
		a.API("POST", "/session/step-up", old, map[string]any{"password": vet.Password}).Want(t, 429)
		a.Clock.Advance(time.Minute)
		fresh := a.API("POST", "/session/step-up", old, map[string]any{"password": vet.Password}).Want(t, 200).Text("token")
		a.API("GET", "/session", old, nil).Want(t, 401)
		a.API("GET", "/session", fresh, nil).Want(t, 200)
		lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: "step_up"}, "", 9)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lines {
			got = append(got, string(l.Action)+" "+l.Cause)
		}
		if want := "step_up.done , step_up.refused throttled, step_up.refused wrong-password"; strings.Join(got, ", ") != want {
			t.Errorf("on record: %q", got)
		}
	})
}
