package onboardingweb_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/role"
)

// settle takes an invited pet parent through the first sign-in.
func settle(t testing.TB, a *apptest.App, p invited) apptest.Person {
	t.Helper()
	pending := signIn(a, "paws", p.Login.LoginID, p.temporary).Want(t, 200).Text("sign_in")
	confirmAsShown(t, a, pending)
	own := apptest.Person{Password: apptest.Password()}
	newPassword(a, pending, own.Password).Want(t, 200)
	var err error
	if own.Account, err = a.Accounts.ByLogin(t.Context(), a.DB, p.PracticeID, p.Login.LoginID); err != nil {
		t.Fatal(err)
	}
	return own
}

// sessionCookie is the cookie of the session that an answer sets.
func sessionCookie(header http.Header) *http.Cookie {
	for _, c := range (&http.Response{Header: header}).Cookies() {
		if c.Name == "catflap" {
			return c
		}
	}
	return nil
}

// keeping signs in with the boxes ticked and returns the cookie that came.
func keeping(t testing.TB, a *apptest.App, p apptest.Person, boxes ...string) (*apptest.Browser, *http.Cookie) {
	t.Helper()
	b := a.Browser()
	b.Get("/paws/login").Want(t, 200)
	var got *http.Cookie
	follow := b.Client.CheckRedirect
	b.Client.CheckRedirect = func(next *http.Request, _ []*http.Request) error {
		if c := sessionCookie(next.Response.Header); c != nil {
			got = c
		}
		return nil
	}
	form := url.Values{"login": {p.LoginID}, "password": {p.Password}}
	for _, box := range boxes {
		form.Set(box, "on")
	}
	b.Post("/paws/login", form)
	b.Client.CheckRedirect = follow
	if got == nil {
		t.Fatalf("no session: %d %s", b.Page.Status, b.Page.Path)
	}
	return b, got
}

// allow sets for how many days pet parents may stay signed in.
func allow(t testing.TB, a *apptest.App, c apptest.Clinic, days int) {
	t.Helper()
	a.API("PUT", "/policy", token(t, a, "paws", c.Administrator, c.North.ID), map[string]any{"policy": map[string]any{"keep_clients": days}}).Want(t, 200)
}

// A pet parent who asks for it stays signed in for the days that the practice
// allows; nobody else does, and nobody on a shared computer.
func TestKeepMeSignedIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		apptest.Exec(a, `UPDATE role SET second_factor = 'optional' WHERE practice_id = $1`, c.ID) // the test takes longer than the grace
		ken := settle(t, a, invite(t, a, c, "C1", "Ken", "ken@example.com"))
		a.Browser().Get("/paws/login").Want(t, 200).Without(t, "Keep me signed in")
		if _, got := keeping(t, a, ken, "keep"); got.MaxAge != 0 { // not offered, not taken
			t.Errorf("kept for %d s by a practice that does not allow it", got.MaxAge)
		}
		allow(t, a, c, 30)
		a.Browser().Get("/paws/login").Want(t, 200, "Keep me signed in", "30 days")
		a.Browser().Get("/platform/login").Want(t, 200).Without(t, "Keep me signed in")

		if _, got := keeping(t, a, ken); got.MaxAge != 0 {
			t.Errorf("kept without being asked: %d s", got.MaxAge)
		}
		if _, got := keeping(t, a, ken, "keep", "shared"); got.MaxAge != 0 {
			t.Errorf("kept on a shared computer: %d s", got.MaxAge)
		}
		desk := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		if _, got := keeping(t, a, desk, "keep"); got.MaxAge != 0 {
			t.Errorf("staff are kept: %d s", got.MaxAge)
		}
		b, got := keeping(t, a, ken, "keep")
		if want := 30 * 24 * 3600; got.MaxAge != want {
			t.Fatalf("the browser keeps it for %d s, want %d", got.MaxAge, want)
		}
		b.Get("/paws/account/sessions").Want(t, 200, "stays signed in until 31 July 2026")
		a.Clock.Advance(29 * 24 * time.Hour)
		a.Work() // the sweep leaves it
		b.Get("/paws/pet-app").Want(t, 200, "Hello, Ken")
		// A fresh proof gives a new token that lasts as long as the old one would have.
		b.Get("/paws/account/confirm")
		b.Client.CheckRedirect = func(next *http.Request, _ []*http.Request) error {
			if c := sessionCookie(next.Response.Header); c != nil {
				got = c
			}
			return nil
		}
		b.Post("/paws/account/confirm", url.Values{"password": {ken.Password}}).Want(t, 200)
		if want := 24 * 3600; got.MaxAge != want {
			t.Errorf("after a step-up the browser keeps it for %d s, want %d", got.MaxAge, want)
		}
		a.Clock.Advance(24 * time.Hour)
		b.Get("/paws/pet-app").Want(t, 200, "Email or login ID")

		// A new password ends it everywhere else.
		kept := keepBy(t, a, ken, true)
		other := keepBy(t, a, ken, true)
		a.API("POST", "/session/step-up", other, map[string]any{"password": ken.Password}).Want(t, 200)
		fresh := keepBy(t, a, ken, false)
		next := apptest.Password()
		a.API("PUT", "/account/password", fresh, map[string]any{"current_password": ken.Password, "new_password": next}).Want(t, 200)
		ken.Password = next
		a.API("GET", "/session", kept, nil).Want(t, 401)

		// A policy that allows less ends what it would not have begun.
		kept = keepBy(t, a, ken, true)
		a.Clock.Advance(2 * 24 * time.Hour)
		a.API("GET", "/session", kept, nil).Want(t, 200)
		allow(t, a, c, 3)
		a.API("GET", "/session", kept, nil).Want(t, 200)
		allow(t, a, c, 0)
		a.API("GET", "/session", kept, nil).Want(t, 401)
	})
}

func keepBy(t testing.TB, a *apptest.App, p apptest.Person, keep bool) string {
	t.Helper()
	return a.API("POST", "/practices/paws/sign-in", "", map[string]any{
		"login": p.LoginID, "password": p.Password, "keep_signed_in": keep,
	}).Want(t, 200).Text("session", "token")
}

// The first sign-in remembers what was ticked when it began, also by link.
func TestKeepFromTheFirstSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		apptest.Exec(a, `UPDATE practice SET policy = '{"keep_clients": 7}' WHERE id = $1`, c.ID)
		ken := invite(t, a, c, "C1", "Ken", "ken@example.com")
		pending := a.API("POST", "/practices/paws/sign-in", "", map[string]any{
			"login": "ken@example.com", "password": ken.temporary, "keep_signed_in": true,
		}).Want(t, 200).Text("sign_in")
		confirmAsShown(t, a, pending)
		bearer := newPassword(a, pending, apptest.Password()).Want(t, 200).Text("session", "token")
		a.Clock.Advance(6 * 24 * time.Hour)
		a.API("GET", "/session", bearer, nil).Want(t, 200)

		apptest.Exec(a, `UPDATE practice SET policy = '{"keep_clients": 7, "temporary_passwords": false}' WHERE id = $1`, c.ID)
		fill(t, a, c.ID, one("C2", "Aya", "Ito", "aya@example.com"))
		if err := giveLogin(a, c, person(t, a, c.ID, "C2").ID, "aya@example.com", true); err != nil {
			t.Fatal(err)
		}
		b := a.Browser()
		link := a.Link(a.LastMail("aya@example.com"), "/activate")
		b.Get(link).Want(t, 200, "Keep me signed in", "7 days")
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		b.Post("/paws/activate/begin", url.Values{"token": {u.Query().Get("token")}, "keep": {"on"}}).Want(t, 200, "Is everything right?")
		aya, err := a.Accounts.ByLogin(t.Context(), a.DB, c.ID, "aya@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if n := number(t, a, `SELECT count(*) FROM signin WHERE account_id = $1 AND keep`, aya.ID); n != 1 {
			t.Error("what was ticked is forgotten")
		}
	})
}
