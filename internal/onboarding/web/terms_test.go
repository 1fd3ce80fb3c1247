package onboardingweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
)

const termsSettings = "/paws/settings/terms"

func termsForm(version, terms, privacyURL string) url.Values {
	return url.Values{
		"version": {version}, "terms_title": {"Terms of use"}, "terms_text": {terms}, "terms_url": {""},
		"privacy_title": {"Privacy notice"}, "privacy_text": {""}, "privacy_url": {privacyURL},
	}
}

// The practice publishes, everybody accepts at the next sign-in: new ones first
// of all, those who know it already when there is a new version.
func TestTerms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		known := settle(t, a, invite(t, a, c, "C0", "Kim", "kim@example.com"))
		a.Browser().Get(termsSettings).Want(t, 200, "Forgot password?")
		desk := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, "")
		a.Enter("paws", desk, c.North.ID).Get(termsSettings).Want(t, 403)
		a.Enter("other", other.Administrator, other.North.ID).Get(termsSettings).Want(t, 200, "Forgot password?")
		a.Browser().Get("/paws/terms").Want(t, 200, "has published none")

		admin := a.Enter("paws", c.Administrator, c.North.ID)
		admin.Get(termsSettings).Want(t, 200, "nobody is asked", "Publish version 1")
		for _, row := range [][2]string{
			{"privacy_url", "javascript:alert(1)"}, {"privacy_url", "example.com/privacy"}, {"privacy_url", "https://user:pw@example.com/"},
			{"terms_title", ""}, {"terms_title", strings.Repeat("t", 201)}, {"terms_url", "https://example.com/terms"}, {"terms_text", strings.Repeat("é", 100_001)},
		} {
			form := termsForm("0", "Be kind.", "https://example.com/privacy")
			form.Set(row[0], row[1])
			admin.Get(termsSettings)
			if p := admin.Post(termsSettings, form); p.Status != 422 {
				t.Errorf("%s %.30q is answered %d", row[0], row[1], p.Status)
			}
		}
		admin.Get(termsSettings)
		admin.Post(termsSettings, termsForm("7", "Be kind.", "")).Want(t, 409, "published a version meanwhile")
		admin.Get(termsSettings)
		admin.Post(termsSettings, termsForm("0", "Be kind.\n<b>Pay</b> your bills.", "https://example.com/privacy")).
			Want(t, 200, "Version 1 is published", "Accepted by", "0 pet parents")
		admin.Post(termsSettings, termsForm("1", "Be kind.\n<b>Pay</b> your bills.", "https://example.com/privacy")).Want(t, 200, "nothing was published")
		a.Browser().Get("/paws/terms").Want(t, 200, "<b>Pay</b> your bills.", "version 1").Without(t, "You accepted")

		// A first sign-in begins with it, and opens nothing else.
		ken := invite(t, a, c, "C1", "Ken", "ken@example.com")
		b := a.Browser()
		b.Get("/paws/login")
		b.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {ken.temporary}}).
			Want(t, 200, "Before you go on", "Step 1 of 3", "<b>Pay</b> your bills.", `href="https://example.com/privacy"`, "+1 555 0100")
		for _, closed := range []string{"/paws/login/details", "/paws/login/new-password", "/paws/pet-app", "/paws/account/sessions"} {
			if p := b.Get(closed); strings.HasPrefix(p.Path, closed) {
				t.Errorf("%s is open before the terms are accepted: %d", closed, p.Status)
			}
		}
		b.Get("/paws/login/terms").Want(t, 200)
		b.Post("/paws/login/terms", url.Values{"version": {"1"}}).Want(t, 422, "Tick the box")
		b.Post("/paws/login/terms", url.Values{"version": {"2"}, "accept": {"on"}}).Want(t, 409, "newer version")
		b.Post("/paws/login/terms", url.Values{"version": {"1"}, "accept": {"on"}}).Want(t, 200, "Is everything right?", "Step 2 of 3")

		// Broken off, it goes on with the details; another temporary password asks again.
		pending := signIn(a, "paws", "ken@example.com", ken.temporary).Want(t, 200)
		if pending.Text("next") != "confirm_details" {
			t.Errorf("next is %q", pending.Text("next"))
		}
		a.API("GET", "/sign-in/terms", pending.Text("sign_in"), nil).Want(t, 409)
		a.API("POST", "/pet-parents/"+ken.ID+"/login/temporary-password", token(t, a, "paws", desk, c.North.ID), nil).Want(t, 200)
		ken.temporary = temporaryIn(t, a.LastMail("ken@example.com"))
		pending = signIn(a, "paws", "ken@example.com", ken.temporary).Want(t, 200)
		if pending.Text("next") != "accept_terms" {
			t.Fatalf("next is %q", pending.Text("next"))
		}
		bearer := pending.Text("sign_in")
		a.API("GET", "/sign-in/details", bearer, nil).Want(t, 409)
		newPassword(a, bearer, apptest.Password()).Want(t, 409)
		shown := a.API("GET", "/sign-in/terms", bearer, nil).Want(t, 200)
		if shown.Text("terms", "title") != "Terms of use" || shown.Text("privacy", "url") != "https://example.com/privacy" {
			t.Errorf("%s", shown.Raw)
		}
		a.API("POST", "/sign-in/terms", bearer, map[string]any{"version": 0}).Want(t, 409)
		if r := a.API("POST", "/sign-in/terms", bearer, map[string]any{"version": 1}).Want(t, 200); r.Text("next") != "confirm_details" {
			t.Errorf("next is %q", r.Text("next"))
		}
		confirmAsShown(t, a, bearer)
		newPassword(a, bearer, apptest.Password()).Want(t, 200)

		// Who has been in before accepts at the next sign-in, and not twice.
		if r := signIn(a, "paws", known.LoginID, known.Password).Want(t, 200); r.Text("next") != "accept_terms" {
			t.Fatalf("next is %q", r.Text("next"))
		}
		b = a.Browser()
		b.Get("/paws/login")
		b.Post("/paws/login", url.Values{"login": {known.LoginID}, "password": {known.Password}}).Want(t, 200, "has published a new version")
		b.Post("/paws/login/terms", url.Values{"version": {"1"}, "accept": {"on"}}).Want(t, 200, "Hello, Kim")
		b.Get("/paws/terms").Want(t, 200, "You accepted this version on 1 July 2026")
		if r := signIn(a, "paws", known.LoginID, known.Password).Want(t, 200); r.Text("next") != "done" {
			t.Errorf("asked twice: %q", r.Text("next"))
		}
		admin.Get(termsSettings).Want(t, 200, "2 pet parents")
		if n := number(t, a, `SELECT count(*) FROM audit WHERE action = 'terms.accepted'`); n != 3 {
			t.Errorf("%d acceptances on record", n)
		}
		// A new version asks again; nothing to accept asks nobody.
		admin.Post(termsSettings, termsForm("1", "Be kinder.", "")).Want(t, 200, "Version 2 is published", "0 pet parents")
		admin.Get("/paws/security/why/"+ken.AccountID).Want(t, 200, "Terms wait to be accepted", "version 2 of your terms", "Open the profile")
		b.Get("/paws/pet-app").Want(t, 200, "Hello, Kim") // at the next sign-in
		b.Get("/paws/terms").Want(t, 200, "You accepted version 1")
		if r := signIn(a, "paws", known.LoginID, known.Password).Want(t, 200); r.Text("next") != "accept_terms" {
			t.Errorf("next is %q", r.Text("next"))
		}
		admin.Get(termsSettings)
		admin.Post(termsSettings, termsForm("2", "", "")).Want(t, 200, "asked for nothing any more")
		if r := signIn(a, "paws", known.LoginID, known.Password).Want(t, 200); r.Text("next") != "done" {
			t.Errorf("next is %q", r.Text("next"))
		}
		// Staff are asked for nothing, and no practice for another's.
		token(t, a, "paws", desk, c.North.ID)
	})
}

// Of many at once one publishes, and one acceptance of a sign-in counts.
func TestTermsAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	known := settle(t, a, invite(t, a, c, "C0", "Kim", "kim@example.com"))
	admin := token(t, a, "paws", c.Administrator, c.North.ID)
	if won := apptest.AtOnce(16, func(i int) bool {
		r := a.API("PUT", "/practice/terms", admin, map[string]any{
			"version": 0, "terms": map[string]any{"title": "Terms", "text": strings.Repeat("x", i+1)},
		})
		if r.Status != 200 && r.Status != 409 {
			t.Errorf("%d: %s", r.Status, r.Raw)
		}
		return r.Status == 200
	}); won != 1 {
		t.Errorf("%d versions were published over the same one", won)
	}
	pending := signIn(a, "paws", known.LoginID, known.Password).Want(t, 200).Text("sign_in")
	if won := apptest.AtOnce(16, func(int) bool {
		r := a.API(http.MethodPost, "/sign-in/terms", pending, map[string]any{"version": 1})
		if r.Status != 200 && r.Status != 409 && r.Status != 401 {
			t.Errorf("%d: %s", r.Status, r.Raw)
		}
		return r.Status == 200
	}); won != 1 {
		t.Errorf("%d sign-ins by one acceptance", won)
	}
	if n := number(t, a, `SELECT count(*) FROM audit WHERE action = 'terms.accepted'`); n != 1 {
		t.Errorf("%d acceptances on record", n)
	}
}
