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
