package signinweb_test

import (
	"net/url"
	"testing"
	"time"

	"catflap/internal/app/apptest"
)

// TestWhyCodes: wrong codes stand in the report of sign-ins and in what keeps
// somebody out, and can be forgotten like wrong passwords.
func TestWhyCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		admin := a.Enter("paws", c.Administrator, c.North.ID)
		guess := func() {
			token := half(t, a, v)
			for range 5 {
				a.API("POST", "/sign-in/second-factor", token, map[string]any{"method": "totp", "code": "000000"})
			}
		}
		guess()
		a.API("POST", "/sign-in/second-factor", half(t, a, v), map[string]any{"method": "totp", "code": a.Code(v)}).Want(t, 429)
		admin.Get("/paws/security/sign-ins").Want(t, 200, "Vera Vet", "The code did not match", "this one was not looked at", "Wrong code")
		admin.Get("/paws/security/sign-ins?cause=wrong-code").Want(t, 200, "Vera Vet", "5 times").Without(t, "was not looked at")
		admin.Get("/paws/security/sign-ins?outcome=done").Want(t, 200).Without(t, "The code did not match")
		admin.Get("/paws/security/why/"+v.ID).Want(t, 200, "Has to wait after wrong codes", "Whoever it was knew the password", "5 codes of an authenticator app", "Open again", "The code did not match")
		apptest.Exec(a, `UPDATE attempt SET failures = 100 WHERE factor = 'totp'`)
		admin.Get("/paws/security/why/"+v.ID).Want(t, 200, "Closed after too many wrong codes", "it has to be changed")
		admin.Post("/paws/security/why/"+v.ID+"/open", nil).Want(t, 200, "forgotten")
		a.API("POST", "/sign-in/second-factor", half(t, a, v), map[string]any{"method": "totp", "code": a.Code(v)}).Want(t, 200)

		known := a.Enter("paws", v, "")
		typed(known, v.LoginID, v.Password)
		for range 5 {
			known.Post("/paws/login/second-factor", url.Values{"method": {"backup_code"}, "code": {"0000-00000-0000"}})
		}
		admin.Get("/paws/security/why/"+v.ID).Want(t, 200, "Has to wait for codes on one of their devices", "5 backup codes")
		apptest.Exec(a, `UPDATE attempt SET failures = 100 WHERE factor LIKE 'backup_code@%'`)
		admin.Get("/paws/security/why/"+v.ID).Want(t, 200, "Closed for codes on one of their devices")

		apptest.Exec(a, `DELETE FROM authenticator WHERE account_id = $1`, v.ID)
		apptest.Exec(a, `DELETE FROM backup_code WHERE account_id = $1`, v.ID)
		apptest.Exec(a, `UPDATE account SET recovery_email = '' WHERE id = $1`, v.ID)
		apptest.Exec(a, `UPDATE second_factor SET email_since = 1 WHERE account_id = $1`, v.ID)
		admin.Get("/paws/security/why/"+v.ID).Want(t, 200, "No second proof is left")
		a.Clock.Advance(time.Minute)
		b := a.Browser()
		typed(b, v.LoginID, v.Password).Want(t, 200, "No code can be asked for", "ask your Security Manager")
		b.Get("/paws/").Want(t, 200, "Email or login ID")
	})
}
