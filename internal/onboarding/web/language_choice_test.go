package onboardingweb_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

// Which language somebody reads: chosen on a page, asked for by the browser,
// kept by the first sign-in, changed later.
func TestChoiceOfLanguage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		a.Clinic("tails")
		ken := invite(t, a, c, "C1", "Ken", "ken@example.com")
		spoken := func(p apptest.Page, want string) {
			t.Helper()
			if got := p.Header.Get("Content-Language"); got != want || !strings.Contains(p.Body, `<html lang="`+want+`">`) {
				t.Errorf("%s is in %q, want %s", p.Path, got, want)
			}
			if got := p.Header.Get("Vary"); got != "Accept-Language, Cookie" {
				t.Errorf("%s varies with %q", p.Path, got)
			}
		}
		choose := func(b *apptest.Browser, path, tag, back string) apptest.Page {
			t.Helper()
			return b.Post(path, url.Values{"language": {tag}, "return": {back}})
		}

		b := a.Browser()
		b.Speaks = "es-MX,es;q=0.9,en;q=0.8"
		spoken(b.Get("/paws/login"), "es")
		spoken(b.Get("/platform/login"), "en")
		spoken(b.Get("/paws/forgot-password?x=1"), "es")
		spoken(choose(b, "/paws/language", "xx", "/paws/forgot-password?x=1"), "es")
		spoken(choose(b, "/paws/language", "de", "/paws/forgot-password?x=1"), "de")
		if b.Page.Path != "/paws/forgot-password?x=1" {
			t.Errorf("the choice leads to %s", b.Page.Path)
		}
		for _, elsewhere := range []string{"//evil.example/", "https://evil.example/", "/tails/login", "/pawsy", ""} {
			if p := choose(b, "/paws/language", "de", elsewhere); p.Path != "/paws/login" {
				t.Errorf("a choice that came from %q leads to %s", elsewhere, p.Path)
			}
		}

		// The first sign-in goes on in German and keeps it, whatever the next browser says.
		b.Get("/paws/login")
		spoken(b.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {ken.temporary}}).Want(t, 200, "Stimmt alles?"), "de")
		pet := person(t, a, c.ID, "C1").Pets[0]
		b.Post("/paws/login/details", url.Values{
			"person.first_name": {"Ken"}, "person.last_name": {"Guest"}, "person.email": {"ken@example.com"}, "person.phones": {""},
			"pets[0].id": {pet.ID}, "pets[0].name": {"Rex"}, "pets[0].species": {"dog"}, "pets[0].sex": {""}, "pets[0].breed": {""}, "pets[0].born_on": {""},
		}).Want(t, 200, "Wählen Sie Ihr Passwort")
		own := apptest.Password()
		spoken(b.Post("/paws/login/new-password", url.Values{"new_password": {own}, "repeat_password": {own}}).Want(t, 200, "Guten Tag, Ken"), "de")
		if n := apptest.Number(a, `SELECT count(*) FROM account WHERE login_id = 'ken@example.com' AND lang = 'de'`); n != 1 {
			t.Error("the account did not keep the language")
		}
		b = a.Browser()
		b.Speaks = "fr"
		spoken(b.Get("/paws/login"), "fr")
		spoken(b.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {own}}).Want(t, 200, "Guten Tag, Ken"), "de")

		// Changed later, at once and on record.
		spoken(choose(b, "/paws/account/language", "xx", "/paws/pet-app").Want(t, 422, "Das konnte nicht verwendet werden"), "de")
		b.Get("/paws/pet-app")
		spoken(choose(b, "/paws/account/language", "fr", "/paws/pet-app").Want(t, 200, "Bonjour, Ken"), "fr")
		choose(b, "/paws/account/language", "fr", "/paws/pet-app").Want(t, 200)
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE action = $1`, string(audit.LanguageChanged)); n != 1 {
			t.Errorf("%d changes of language on record, want 1", n)
		}
		if p := b.Post("/tails/account/language", url.Values{"language": {"de"}}); p.Path == "/tails/" {
			t.Errorf("another practice took the choice: %d", p.Status)
		}
		nobody := a.Browser()
		nobody.Get("/paws/login")
		if p := nobody.Post("/paws/account/language", url.Values{"language": {"de"}}); !strings.HasPrefix(p.Path, "/paws/login") {
			t.Errorf("somebody who is signed out comes to %s", p.Path)
		}

		// Staff go on in English.
		desk := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		s := a.Browser()
		s.Speaks = "de"
		spoken(s.Get("/paws/login").Want(t, 200, "Anmelden"), "de")
		spoken(s.Post("/paws/login", url.Values{"login": {desk.LoginID}, "password": {desk.Password}}).Want(t, 200, "Good to see you"), "en")
		s.Page.Without(t, "Deutsch")
		choose(s, "/paws/account/language", "de", "/paws/").Want(t, 403)

		// The same for programs.
		a.API(http.MethodPut, "/account/language", "", map[string]any{"language": "es"}).Want(t, 401)
		a.API(http.MethodPut, "/account/language", token(t, a, "paws", desk, c.North.ID), map[string]any{"language": "es"}).Want(t, 403)
		mine := signIn(a, "paws", "ken@example.com", own).Want(t, 200).Text("session", "token")
		if r := a.API(http.MethodPut, "/account/language", mine, map[string]any{"language": "xx"}).Want(t, 422); r.Text("type") != "urn:catflap:problem:invalid-input" ||
			!strings.HasPrefix(r.Text("detail"), "Certaines données") {
			t.Errorf("the problem says %s", r.Raw)
		}
		a.API(http.MethodPut, "/account/language", mine, map[string]any{"language": "es"}).Want(t, 200)
		if r := a.API(http.MethodGet, "/account/language", mine, nil).Want(t, 200); r.Text("language") != "es" {
			t.Errorf("the language is %s", r.Raw)
		}
		refusal(t, a, "de", "Dieser Benutzername und dieses Passwort passen zu keinem Konto hier.")
		refusal(t, a, "", "That login ID and password don't match an account here.")
	})
}

// refusal has a program that speaks a language refused.
func refusal(t *testing.T, a *apptest.App, tag, says string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, a.URL+"/api/v1/practices/paws/sign-in", strings.NewReader(`{"login":"nobody","password":"wrong"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", tag)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var problem struct{ Type, Detail string }
	if err := json.NewDecoder(res.Body).Decode(&problem); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 401 || problem.Type != "urn:catflap:problem:sign-in-refused" || !strings.HasPrefix(problem.Detail, says) {
		t.Errorf("in %q: %d %+v", tag, res.StatusCode, problem)
	}
}
