package signinweb_test

import (
	"context"
	"encoding/base32"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
)

// demand makes a second factor required of everybody with a ready-made role.
func demand(a *apptest.App, c apptest.Clinic, key string) {
	a.T.Helper()
	apptest.Exec(a, `UPDATE role SET second_factor = 'required', second_factor_grace = 0, email_code = FALSE WHERE practice_id = $1 AND key = $2`, c.ID, key)
}

// keyOn is the key that a page of the wizard shows.
func keyOn(t *testing.T, p apptest.Page) otp.Key {
	t.Helper()
	m := regexp.MustCompile(`secret=([A-Z2-7]+)`).FindStringSubmatch(p.Body)
	if m == nil {
		t.Fatalf("%s: no key", p.Path)
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var setupID = regexp.MustCompile(`name="setup" value="([^"]+)"`)

// typedCode is the form of the verification on the page that is shown.
func typedCode(p apptest.Page, code string) url.Values {
	return url.Values{"setup": {setupID.FindStringSubmatch(p.Body + `name="setup" value="none"`)[1]}, "code": {code}}
}

var backupForm = regexp.MustCompile(`\b[0-9a-z]{4}-[0-9a-z]{5}-[0-9a-z]{4}\b`)

func TestForcedWizard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		demand(a, c, role.Veterinarian)
		v := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, "")
		b := a.Browser()
		typed(b, v.LoginID, v.Password).Want(t, 200, "Two-factor authentication", "Your practice requires this for your role", "Google Authenticator", "Step 1 of 4")
		pending := cookie(t, b, "catflap-signin")

		closed := func(what, leads string) {
			t.Helper()
			for _, path := range []string{"/paws/", "/paws/start", "/paws/account/two-factor", "/paws/account/sessions", "/platform/"} {
				if p := b.Get(path); !strings.Contains(p.Path, "/login") {
					t.Errorf("%s: %s opened", what, p.Path)
				}
			}
			for _, path := range []string{"/paws/login/next", "/paws/login/branch", "/paws/login/details", "/paws/login/new-password", "/paws/login/second-factor", "/paws/login/two-factor/codes"} {
				if p := b.Get(path).Want(t, 200); p.Path != leads {
					t.Errorf("%s: %s led to %s", what, path, p.Path)
				}
			}
			for path, form := range map[string]url.Values{
				"/paws/login/branch": {"branch": {c.North.ID}}, "/paws/login/second-factor": coded("totp", "123456"),
				"/paws/login/details": {}, "/paws/login/new-password": {"new_password": {"a whole new password"}, "repeat_password": {"a whole new password"}},
				"/paws/login/email-code": {},
			} {
				b.Get(leads)
				if p := b.Post(path, form).Want(t, 200); p.Path != leads {
					t.Errorf("%s: a form to %s led to %s", what, path, p.Path)
				}
			}
			a.API("GET", "/session", pending, nil).Want(t, 401)
			a.API("POST", "/sign-in/branch", pending, map[string]any{"branch": c.North.ID}).Want(t, 409)
			a.API("POST", "/sign-in/second-factor", pending, map[string]any{"method": "totp", "code": "1"}).Want(t, 409)
			a.API("POST", "/session/branch", pending, map[string]any{"branch": c.South.ID}).Want(t, 401)
			a.API("POST", "/account/two-factor/setup", pending, nil).Want(t, 401)
		}
		closed("before", "/paws/login/two-factor")
		b.Get("/paws/login/two-factor")
		if p := b.Post("/paws/login/two-factor/stored", url.Values{"stored": {"yes"}}); p.Path != "/paws/login/two-factor" {
			t.Errorf("storing first led to %s", p.Path)
		}
		if p := b.Get("/paws/login/two-factor/scan"); p.Path != "/paws/login/two-factor?over=yes" {
			t.Errorf("the picture before the start led to %s", p.Path)
		}

		key := keyOn(t, b.Post("/paws/login/two-factor/start", nil).Want(t, 200, "Scan the picture", "I can't scan this code"))
		again := keyOn(t, b.Post("/paws/login/two-factor/start", nil).Want(t, 200))
		other := a.Browser()
		typed(other, v.LoginID, v.Password)
		theirs := keyOn(t, other.Post("/paws/login/two-factor/start", nil).Want(t, 200))
		if string(key) != string(again) || string(key) == string(theirs) {
			t.Error("two tabs have one key, and another device has its own")
		}
		b.Get("/paws/login/two-factor/verify").Want(t, 200, "Type the code", "Step 3 of 4")
		now := otp.Step(a.Clock.Now())
		b.Post("/paws/login/two-factor/verify", typedCode(b.Page, "000000")).Want(t, 422, "not the code that the app shows now")
		b.Post("/paws/login/two-factor/verify", typedCode(b.Page, key.Code(now+10))).Want(t, 422, "about 5 minutes fast")
		foreign := typedCode(other.Get("/paws/login/two-factor/verify"), key.Code(now))
		b.Get("/paws/login/two-factor/verify")
		verify := typedCode(b.Page, key.Code(now))
		if p := b.Post("/paws/login/two-factor/verify", foreign); p.Path != "/paws/login/two-factor?over=yes" {
			t.Errorf("the set-up of another sign-in led to %s", p.Path)
		}
		closed("during", "/paws/login/two-factor")

		b.Get("/paws/login/two-factor/verify")
		page := b.Post("/paws/login/two-factor/verify", verify).Want(t, 200, "Two-factor authentication is on", "Store your backup codes")
		codes := backupForm.FindAllString(page.Body, -1)
		if len(codes) < 10 {
			t.Fatalf("%d backup codes", len(codes))
		}
		closed("after the code", "/paws/login/two-factor/codes")
		if p := b.Post("/paws/login/two-factor/verify", verify); p.Path != "/paws/login/two-factor/codes" {
			t.Errorf("the same code again led to %s", p.Path)
		}
		if p := other.Post("/paws/login/two-factor/verify", typedCode(other.Page, theirs.Code(now))); p.Path != "/paws/login/second-factor" {
			t.Errorf("the other sign-in was led to %s", p.Path)
		}
		b.Get("/paws/login/two-factor/codes").Want(t, 200, "Show backup codes").Without(t, codes[0])
		b.Post("/paws/login/two-factor/codes", nil).Want(t, 200, codes[0], codes[9])
		b.Post("/paws/login/two-factor/codes/file", url.Values{"code": {codes[0]}}).Want(t, 200, codes[0])
		b.Get("/paws/login/two-factor/codes")
		b.Post("/paws/login/two-factor/stored", nil).Want(t, 422, "tick this")
		b.Post("/paws/login/two-factor/stored", url.Values{"stored": {"yes"}}).Want(t, 200, "Where do you work today?")
		b.Post("/paws/login/branch", url.Values{"branch": {c.North.ID}}).Want(t, 200, "Vera Vet", "North")

		r := try(a, v.LoginID, v.Password).Want(t, 200)
		a.API("POST", "/sign-in/second-factor", r.Text("sign_in"), map[string]any{"method": "totp", "code": key.Code(now)}).Want(t, 422)
		a.API("POST", "/sign-in/second-factor", r.Text("sign_in"), map[string]any{"method": "backup_code", "code": codes[3]}).Want(t, 200)
	})
}

// TestForcedWizardGivenUp: it says what that means, and nothing is changed.
func TestForcedWizardGivenUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		demand(a, c, role.Veterinarian)
		v := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		b := a.Browser()
		typed(b, v.LoginID, v.Password)
		key := keyOn(t, b.Post("/paws/login/two-factor/start", nil))
		verify := typedCode(b.Get("/paws/login/two-factor/verify"), key.Code(otp.Step(a.Clock.Now())))
		b.Post("/paws/login/two-factor/cancel", nil).Want(t, 200, "The set-up is not complete", "remove that entry", "you are not signed in", "Back to the sign-in page")
		b.Get("/paws/").Want(t, 200, "Email or login ID")
		b.Get("/paws/login/two-factor")
		if p := b.Post("/paws/login/two-factor/verify", verify); p.Path != "/paws/login/two-factor?over=yes" {
			t.Errorf("a code after that led to %s", p.Path)
		}
		if fresh := keyOn(t, b.Post("/paws/login/two-factor/start", nil)); string(fresh) == string(key) {
			t.Error("the key that was given up is shown again")
		}
		a.Clock.Advance(16 * time.Minute)
		b.Get("/paws/login/two-factor/verify").Want(t, 200, "Email or login ID")
		// The next visit says that one was left, and the set-up of its own does not.
		b = a.Browser()
		typed(b, v.LoginID, v.Password).Want(t, 200, "was never finished", "remove it before you begin again")
		b.Post("/paws/login/two-factor/start", nil)
		b.Get("/paws/login/two-factor").Want(t, 200).Without(t, "was never finished")
	})
}

// TestForcedWizardForPrograms: the same through the API, with the backup codes in
// the answer.
func TestForcedWizardForPrograms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		demand(a, c, role.Veterinarian)
		v := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		r := try(a, v.LoginID, v.Password).Want(t, 200)
		token := r.Text("sign_in")
		if r.Text("next") != "set_up_second_factor" || a.API("GET", "/sign-in", token, nil).Text("next") != "set_up_second_factor" {
			t.Fatalf("next is %q", r.Text("next"))
		}
		a.API("POST", "/sign-in/two-factor/verify", token, map[string]any{"setup": "none", "code": "123456"}).Want(t, 409)
		begun := a.API("POST", "/sign-in/two-factor", token, nil).Want(t, 200)
		for _, field := range []string{"setup", "secret", "otpauth_uri", "qr_svg"} {
			if begun.Text(field) == "" {
				t.Errorf("no %s", field)
			}
		}
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(begun.Text("secret"))
		if err != nil {
			t.Fatal(err)
		}
		code := otp.Key(raw).Code(otp.Step(a.Clock.Now()))
		a.API("POST", "/sign-in/two-factor/verify", token, map[string]any{"setup": begun.Text("setup"), "code": "000000"}).Want(t, 422)
		done := a.API("POST", "/sign-in/two-factor/verify", token, map[string]any{"setup": begun.Text("setup"), "code": code}).Want(t, 200)
		if codes := texts(done.Body["backup_codes"]); done.Text("next") != "done" || len(codes) != 10 {
			t.Fatalf("next %q with %d backup codes", done.Text("next"), len(codes))
		}
		a.API("GET", "/session", done.Text("session", "token"), nil).Want(t, 200)
		a.API("POST", "/sign-in/two-factor/verify", token, map[string]any{"setup": begun.Text("setup"), "code": code}).Want(t, 401)
	})
}

// TestForcedEmailForPrograms: codes by e-mail do where the practice allows them.
func TestForcedEmailForPrograms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		demand(a, c, role.Veterinarian)
		apptest.Exec(a, `UPDATE role SET email_code = TRUE WHERE practice_id = $1`, c.ID)
		v := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		r := try(a, v.LoginID, v.Password).Want(t, 200)
		if methods := texts(r.Body["methods"]); len(methods) != 2 || methods[0] != "totp" || methods[1] != "email_code" {
			t.Errorf("what would do: %v", methods)
		}
		token := r.Text("sign_in")
		choose := func(code string) map[string]any { return map[string]any{"code": code} }
		a.API("PUT", "/sign-in/two-factor/email", token, choose("12345678")).Want(t, 422)
		a.API("POST", "/sign-in/two-factor/email-code", token, nil).Want(t, 202)
		code := mailed(t, a, v.LoginID)
		done := a.API("PUT", "/sign-in/two-factor/email", token, choose(code)).Want(t, 200)
		if codes := texts(done.Body["backup_codes"]); done.Text("next") != "done" || len(codes) != 10 {
			t.Fatalf("next %q with %d backup codes", done.Text("next"), len(codes))
		}
		a.API("GET", "/session", done.Text("session", "token"), nil).Want(t, 200)
		if next := try(a, v.LoginID, v.Password).Want(t, 200).Text("next"); next != "second_factor" {
			t.Errorf("the next sign-in waits for %s", next)
		}
	})
}

// TestForcedWizardAtOnce: of sixteen with the code one finishes it.
func TestForcedWizardAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	demand(a, c, role.Veterinarian)
	v := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
	token := try(a, v.LoginID, v.Password).Want(t, 200).Text("sign_in")
	begun := a.API("POST", "/sign-in/two-factor", token, nil).Want(t, 200)
	raw, _ := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(begun.Text("secret"))
	code := otp.Key(raw).Code(otp.Step(a.Clock.Now()))
	if n := apptest.AtOnce(16, func(int) bool {
		return a.API("POST", "/sign-in/two-factor/verify", token, map[string]any{"setup": begun.Text("setup"), "code": code}).Status == 200
	}); n != 1 {
		t.Errorf("%d finished it", n)
	}
	if n := apptest.Number(a, `SELECT count(*) FROM backup_code WHERE account_id = $1`, v.ID); n != 10 {
		t.Errorf("%d backup codes", n)
	}
}

// TestForcedWizardAfterSkipAndReset: who was helped with a lost phone sets up
// another before anything else; a skip is used up by that and not before.
func TestForcedWizardAfterSkipAndReset(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		admin := access.WithViewer(context.Background(), access.Viewer{Kind: access.KindStaff, AccountID: c.Administrator.ID, Name: "Ada Admin", PracticeID: c.ID})
		within := func(f func(tx *db.Tx) error) {
			t.Helper()
			if err := a.DB.Write(admin, f); err != nil {
				t.Fatal(err)
			}
		}
		within(func(tx *db.Tx) error {
			_, err := a.Factors.GrantSkip(admin, tx, v.Account, "The phone fell into the pond")
			return err
		})
		first, second := a.Browser(), a.Browser()
		typed(first, v.LoginID, v.Password).Want(t, 200, "let in once without a code").Without(t, "Use codes by e-mail instead")
		typed(second, v.LoginID, v.Password).Want(t, 200, "let in once without a code")
		first.Get("/paws/").Want(t, 200, "Email or login ID")
		first.Get("/paws/login/two-factor")
		v.Key = keyOn(t, first.Post("/paws/login/two-factor/start", nil))
		first.Post("/paws/login/two-factor/verify", typedCode(first.Get("/paws/login/two-factor/verify"), v.Key.Code(otp.Step(a.Clock.Now())))).Want(t, 200, "Store your backup codes")
		second.Post("/paws/login/two-factor/start", nil).Want(t, 200, "Email or login ID")
		if !strings.Contains(second.Page.Path, "why=sign-in-over") {
			t.Errorf("a skip that was used led to %s", second.Page.Path)
		}
		first.Get("/paws/login/two-factor/codes")
		first.Post("/paws/login/two-factor/stored", url.Values{"stored": {"yes"}}).Want(t, 200, "Vera Vet")
		typed(a.Browser(), v.LoginID, v.Password).Want(t, 200, "Type your code")
		a.Token("paws", v, "")

		within(func(tx *db.Tx) error {
			if err := a.Factors.RemoveSecond(admin, tx, v.Account); err != nil {
				return err
			}
			return a.Factors.OweSecond(admin, tx, v.Account)
		})
		third := a.Browser()
		typed(third, v.LoginID, v.Password).Want(t, 200, "was reset", "Use codes by e-mail instead")
		third.Get("/paws/login/two-factor/email").Want(t, 200, "v•••@")
		third.Post("/paws/login/two-factor/email", url.Values{"code": {"12345678"}}).Want(t, 422, "not the code of the newest e-mail")
		third.Post("/paws/login/two-factor/email/send", nil).Want(t, 200, "We sent a code to")
		code := mailed(t, a, v.LoginID)
		third.Post("/paws/login/two-factor/email", url.Values{"code": {code}}).Want(t, 200, "Store your backup codes", "A code by e-mail is asked for")
		third.Post("/paws/login/two-factor/stored", url.Values{"stored": {"yes"}}).Want(t, 200, "Vera Vet")
		typed(a.Browser(), v.LoginID, v.Password).Want(t, 200, "Type your code", "v•••@paws.example")
	})
}

// TestForcedWizardForbidsEmail: where the policy does not allow codes by e-mail,
// they are no way around the app.
func TestForcedWizardForbidsEmail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		demand(a, c, role.Veterinarian)
		v := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		b := a.Browser()
		typed(b, v.LoginID, v.Password).Without(t, "by e-mail instead")
		b.Get("/paws/login/two-factor/email").Want(t, 403)
		b.Get("/paws/login/two-factor")
		b.Post("/paws/login/two-factor/email/send", nil).Want(t, 403)
		b.Get("/paws/login/two-factor")
		b.Post("/paws/login/two-factor/email", url.Values{"code": {"12345678"}}).Want(t, 403)
	})
}

// TestFirstSignInWithForcedWizard: a pet parent of a practice that requires a
// second factor goes on to the wizard after the password; should they stop there,
// the password is theirs.
func TestFirstSignInWithForcedWizard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		apptest.Exec(a, `UPDATE practice SET policy = '{"second_factor_clients": "required"}' WHERE id = $1`, c.ID)
		temporary := guest(t, a, c, "gus@example.com")
		b := a.Browser()
		typed(b, "gus@example.com", temporary).Want(t, 200, "Is everything right?")
		b.Post("/paws/login/details", url.Values{"person.first_name": {"Gus"}, "person.last_name": {"Guest"}, "person.email": {"gus@example.com"}}).
			Want(t, 200, "Choose your password")
		own := apptest.Password()
		b.Post("/paws/login/new-password", url.Values{"new_password": {own}, "repeat_password": {own}}).Want(t, 200, "Two-factor authentication", "Start")
		typed(a.Browser(), "gus@example.com", temporary).Want(t, 401)
		b.Get("/paws/login/two-factor")
		key := keyOn(t, b.Post("/paws/login/two-factor/start", nil).Want(t, 200))
		b.Post("/paws/login/two-factor/verify", typedCode(b.Get("/paws/login/two-factor/verify"), key.Code(otp.Step(a.Clock.Now())))).Want(t, 200, "Store your backup codes")
		b.Post("/paws/login/two-factor/stored", url.Values{"stored": {"yes"}}).Want(t, 200, "Gus")
		again := a.Browser()
		typed(again, "gus@example.com", own).Want(t, 200, "Type your code", "call Clinic paws")
		again.Post("/paws/login/second-factor", coded("totp", key.Code(otp.Step(a.Clock.Now())+1))).Want(t, 200, "Gus")
	})
}

// TestLastEmailCode: who used codes by e-mail when the policy forbids them uses
// one a last time and is led to an authenticator app; no way leads back to them.
func TestLastEmailCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		apptest.Exec(a, `INSERT INTO second_factor (account_id, practice_id, email_since, owed) VALUES ($1, $2, 1, FALSE)`, v.ID, c.ID)
		demand(a, c, role.Veterinarian)
		b := a.Browser()
		typed(b, v.LoginID, v.Password).Want(t, 200, "We send eight digits to v•••@paws.example").Without(t, "Authenticator App", "Backup code")
		b.Post("/paws/login/email-code", nil).Want(t, 200, "on its way")
		b.Post("/paws/login/second-factor", coded("email_code", mailed(t, a, v.LoginID))).
			Want(t, 200, "does not allow codes by e-mail any more", "Step 1 of 4").Without(t, "by e-mail instead")
		b.Get("/paws/login/two-factor/email").Want(t, 403)
		b.Get("/paws/login/two-factor")
		v.Key = b.SetUpSecond("/paws")
		b.Page.Want(t, 200, "Vera Vet")
		typed(a.Browser(), v.LoginID, v.Password).Want(t, 200, "Type your code", "Authenticator App").Without(t, "Email Code")
		a.Token("paws", v, "")
	})
}

// TestGraceBeforeTheWizard: it begins at the first sign-in at which the policy
// asks for a factor, and then nothing leads past it.
func TestGraceBeforeTheWizard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		demand(a, c, role.Veterinarian)
		apptest.Exec(a, `UPDATE role SET second_factor_grace = 7 WHERE practice_id = $1`, c.ID)
		v := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		a.Clock.Advance(30 * 24 * time.Hour)
		a.Enter("paws", v, "")
		a.Clock.Advance(7*24*time.Hour - time.Second)
		a.Enter("paws", v, "")
		a.Clock.Advance(time.Second)
		typed(a.Browser(), v.LoginID, v.Password).Want(t, 200, "Step 1 of 4")
		if next := try(a, v.LoginID, v.Password).Text("next"); next != "set_up_second_factor" {
			t.Errorf("next is %s", next)
		}
		apptest.Exec(a, `UPDATE role SET second_factor = 'optional' WHERE practice_id = $1`, c.ID)
		a.Enter("paws", v, "")
		demand(a, c, role.Veterinarian)
		apptest.Exec(a, `UPDATE role SET second_factor_grace = 7 WHERE practice_id = $1`, c.ID)
		a.Enter("paws", v, "") // counted anew
	})
}
