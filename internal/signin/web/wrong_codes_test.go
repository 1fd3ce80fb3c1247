package signinweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/mail"
)

// toldOfCodes is how many letters tell of wrong codes.
func toldOfCodes(a *apptest.App, p apptest.Person) int {
	return apptest.Number(a, `SELECT count(*) FROM message WHERE account_id = $1 AND template = $2`, p.ID, mail.WrongCodes)
}

// TestOwnerIsToldOfWrongCodes: five wrong codes after the right password are
// told to whom it belongs, who can close the account; once an hour.
func TestOwnerIsToldOfWrongCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		guess := func(times int) {
			t.Helper()
			apptest.Exec(a, `DELETE FROM attempt`)
			b := a.Browser()
			typed(b, v.LoginID, v.Password).Want(t, 200, "Type your code")
			for range times {
				apptest.Exec(a, `UPDATE attempt SET blocked_until = 0`)
				b.Get("/paws/login/second-factor")
				b.Post("/paws/login/second-factor", coded("totp", "000000"))
			}
		}
		want := func(n int) {
			t.Helper()
			if got := toldOfCodes(a, v); got != n {
				t.Errorf("%d letters, want %d", got, n)
			}
		}
		guess(4)
		guess(4)
		want(0) // sign-ins that did not end
		guess(5)
		want(1)
		letter := a.LastMail(v.LoginID)
		if !strings.Contains(letter.Subject, "five codes were not") || !strings.Contains(letter.Text, "Nobody was let in") || !strings.Contains(letter.Text, "Where: ") {
			t.Errorf("%s: %s", letter.Subject, letter.Text)
		}
		link, err := url.Parse(a.Link(letter, "/paws/protect"))
		if err != nil {
			t.Fatal(err)
		}

		a.Clock.Advance(time.Hour - time.Second)
		guess(5)
		want(1)
		a.Clock.Advance(2 * time.Second)
		guess(5)
		want(2)

		b := a.Browser()
		b.Get(link.RequestURI()).Want(t, 200)
		b.Post("/paws/protect", url.Values{"token": {link.Query().Get("token")}}).Want(t, 200)
		typed(a.Browser(), v.LoginID, v.Password).Want(t, 401) // the password is worth nothing any more
	})
}

// TestToldOfWrongCodesAtOnce: sixteen sign-ins that end at once are one letter.
func TestToldOfWrongCodesAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	v, _ := vera(a, a.Clinic("paws"))
	tokens := make([]string, 16)
	for i := range tokens {
		tokens[i] = half(t, a, v)
	}
	apptest.Exec(a, `UPDATE signin SET second_tries = 4`)
	methods := []string{"totp", "backup_code"}
	ended := apptest.AtOnce(len(tokens), func(i int) bool {
		return a.API("POST", "/sign-in/second-factor", tokens[i], map[string]any{"method": methods[i%2], "code": "000000"}).Status == 401
	})
	if n := toldOfCodes(a, v); n != 1 || ended < 2 {
		t.Errorf("%d letters of %d sign-ins that ended", n, ended)
	}
}

// TestWrongCodesCountForTheNetwork: whoever tries codes at many accounts waits
// with the whole network, and a device that is known does not wait with it.
func TestWrongCodesCountForTheNetwork(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		known := a.Enter("paws", v, "")
		failures := func() int { return apptest.Number(a, `SELECT coalesce(sum(failures), 0) FROM address_failure`) }
		typed(known, v.LoginID, v.Password)
		known.Post("/paws/login/second-factor", coded("totp", "000000")).Want(t, 422)
		if n := failures(); n != 0 {
			t.Errorf("%d failures on a device that is known", n)
		}
		token := half(t, a, v)
		prove := func(token, code string) apptest.Answer {
			return a.API("POST", "/sign-in/second-factor", token, map[string]any{"method": "totp", "code": code})
		}
		for range 4 {
			prove(token, "000000").Want(t, 422)
		}
		waiting := half(t, a, v)
		stranger := a.Browser()
		typed(stranger, v.LoginID, v.Password).Want(t, 200, "Type your code")
		if n := failures(); n != 4 {
			t.Errorf("%d failures are counted", n)
		}
		apptest.Exec(a, `UPDATE address_failure SET failures = 99`)
		prove(token, "000000").Want(t, 401) // the fifth
		apptest.Exec(a, `DELETE FROM attempt`)
		if r := prove(waiting, a.Code(v)).Want(t, 429); !strings.HasSuffix(r.Text("type"), "too-many-tries-from-here") {
			t.Errorf("type %q", r.Text("type"))
		}
		stranger.Post("/paws/login/second-factor", coded("totp", a.Code(v))).
			Want(t, 429, "codes from devices that are new to you have to wait", "Try again in 10 minutes", "a device on which you signed in before").
			Without(t, "Forgot password?")
		if n := apptest.Number(a, `SELECT count(*) FROM attempt WHERE factor LIKE 'totp%' AND factor NOT LIKE '%@%'`); n != 0 {
			t.Error("a code that was not looked at counts")
		}
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE cause = 'address-throttled'`); n == 0 {
			t.Error("nothing is on record")
		}
		known.Post("/paws/login/second-factor", coded("totp", a.Code(v))).Want(t, 200, "Vera Vet")
	})
}

// TestWrongStepUpCodesCountForTheNetwork: a session that was taken elsewhere is
// no better place to guess codes than a sign-in.
func TestWrongStepUpCodesCountForTheNetwork(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		known := a.Enter("paws", v, "")
		token := a.Token("paws", v, "")
		stepUp := func(code string) apptest.Answer {
			return a.API("POST", "/session/step-up", token, map[string]any{"password": v.Password, "method": "totp", "code": code})
		}
		failures := func(want int) {
			t.Helper()
			if n := apptest.Number(a, `SELECT coalesce(sum(failures), 0) FROM address_failure`); n != want {
				t.Errorf("%d failures are counted, want %d", n, want)
			}
		}
		confirm := func(code string) apptest.Page {
			known.Get("/paws/account/confirm")
			return known.Post("/paws/account/confirm", url.Values{"password": {v.Password}, "method": {"totp"}, "code": {code}})
		}
		confirm("000000").Want(t, 422)
		failures(0)
		stepUp("000000").Want(t, 422)
		failures(1)
		apptest.Exec(a, `UPDATE address_failure SET failures = 99`)
		stepUp("000000").Want(t, 422)
		a.Clock.Advance(time.Minute)
		r := stepUp(a.Code(v)).Want(t, 429)
		if !strings.HasSuffix(r.Text("type"), "too-many-tries-from-here") || !strings.Contains(r.Raw, "Try again in 9 minutes") || r.Header.Get("Retry-After") != "540" {
			t.Errorf("refused as %s", r.Raw)
		}
		failures(100)
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE account_id = $1 AND action = 'step_up.refused' AND cause = 'address-throttled'`, v.ID); n != 1 {
			t.Errorf("%d entries", n)
		}
		confirm(a.Code(v)).Want(t, 200)
	})
}
