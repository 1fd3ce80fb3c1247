package signinweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/secret"
	"catflap/internal/role"
)

// coded is the form of a second proof.
func coded(method, code string) url.Values {
	return url.Values{"method": {method}, "code": {code}}
}

// vera works in North, with an authenticator app.
func vera(a *apptest.App, c apptest.Clinic) (p apptest.Person, backup []secret.Text) {
	a.T.Helper()
	p = a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
	backup = a.Authenticator(&p)
	return p, backup
}

// mailed is the code in the newest letter.
func mailed(t *testing.T, a *apptest.App, to string) string {
	t.Helper()
	l := a.LastMail(to)
	_, after, found := strings.Cut(l.Text, "This is your code for")
	if !found {
		t.Fatalf("the newest letter is %q", l.Subject)
	}
	return strings.Fields(after[strings.Index(after, ":")+1:])[0]
}

// half begins a sign-in through the API and stops before the code.
func half(t *testing.T, a *apptest.App, p apptest.Person) string {
	t.Helper()
	r := try(a, p.LoginID, p.Password).Want(t, 200)
	if r.Text("next") != "second_factor" {
		t.Fatalf("next is %q", r.Text("next"))
	}
	return r.Text("sign_in")
}

func TestSecondFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, backup := vera(a, c)

		t.Run("the app's code, pasted as it is shown", func(t *testing.T) {
			b := a.Browser()
			typed(b, v.LoginID, v.Password).Want(t, 200, "Type your code", "Authenticator App", "Email Code", "Backup code", "I don't have my phone", "Security Manager")
			for _, want := range []string{`autocomplete="one-time-code"`, `inputmode="numeric"`, `name="method" value="totp"`} {
				if !strings.Contains(b.Page.Body, want) {
					t.Errorf("%s is missing", want)
				}
			}
			code := a.Code(v)
			b.Post("/paws/login/second-factor?method=totp", coded("totp", " "+code[:3]+"\u00a0"+code[3:]+" ")).Want(t, 200, "Vera Vet", "North")
			b.Get("/paws/login/second-factor").Want(t, 200, "Vera Vet")
		})
		t.Run("the method is remembered", func(t *testing.T) {
			b := a.Browser()
			typed(b, v.LoginID, v.Password)
			b.Get("/paws/login/second-factor?method=backup_code").Want(t, 200, "One of the ten codes")
			b.Post("/paws/login/second-factor?method=backup_code", coded("backup_code", "0000-00000-0000")).
				Want(t, 422, "none of your unused backup codes", "One of the ten codes")
			b.Get("/paws/login/second-factor?method=nonsense").Want(t, 200, "Code from your authenticator app")
			b.Post("/paws/login/second-factor", coded("passkey", "1")).Want(t, 422, "not open for this sign-in")
		})
		t.Run("a code by e-mail, sent when asked for", func(t *testing.T) {
			b := a.Browser()
			typed(b, v.LoginID, v.Password)
			b.Get("/paws/login/second-factor?method=email_code").Want(t, 200, "We send eight digits to v•••@paws.example", "Send the code").
				Without(t, "Code from the e-mail")
			b.Post("/paws/login/email-code", url.Values{"method": {"email_code"}}).
				Want(t, 200, "A code is on its way to v•••@paws.example", "Code from the e-mail", "Send a new code")
			first := mailed(t, a, v.LoginID)
			b.Get(b.Page.Path).Want(t, 200, "Code from the e-mail")
			b.Post("/paws/login/email-code", nil).Want(t, 200, "on its way")
			second := mailed(t, a, v.LoginID)
			if len(first) != 8 || first == second {
				t.Errorf("codes %s and %s", first, second)
			}
			b.Post("/paws/login/second-factor?method=email_code", coded("email_code", first)).Want(t, 422, "not the code of the newest e-mail")
			b.Post("/paws/login/second-factor?method=email_code", coded("email_code", second[:4]+" "+second[4:])).Want(t, 200, "Vera Vet")
		})
		t.Run("a backup code, and the wizard at once", func(t *testing.T) {
			b := a.Browser()
			typed(b, v.LoginID, v.Password)
			p := b.Post("/paws/login/second-factor", coded("backup_code", strings.ToUpper(backup[0].Reveal())))
			if p.Path != "/paws/account/two-factor" {
				t.Errorf("led to %s", p.Path)
			}
			other := a.Browser()
			typed(other, v.LoginID, v.Password)
			other.Post("/paws/login/second-factor", coded("backup_code", backup[0].Reveal())).Want(t, 422)
		})
	})
}

// TestFifthWrongCode: it ends the sign-in and says so; the right password and a
// new code forget nothing.
func TestFifthWrongCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		b := a.Browser()
		typed(b, v.LoginID, v.Password)
		for range 4 {
			b.Post("/paws/login/second-factor", coded("totp", "000000")).Want(t, 422, "does not match")
		}
		b.Post("/paws/login/second-factor", coded("totp", "000000")).Want(t, 200, "That was the fifth code", "Email or login ID")
		b.Post("/paws/login/second-factor", coded("totp", a.Code(v))).Want(t, 200, "Email or login ID")

		again := a.Browser()
		typed(again, v.LoginID, v.Password).Want(t, 200, "Type your code")
		page := again.Post("/paws/login/second-factor", coded("totp", a.Code(v))).Want(t, 429, "Too many codes did not match")
		if page.Header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
		a.API("POST", "/sign-in/second-factor", half(t, a, v), map[string]any{"method": "totp", "code": a.Code(v)}).Want(t, 429)
		again.Post("/paws/login/email-code", nil).Want(t, 200, "on its way")
		again.Get("/paws/login/second-factor")
		again.Post("/paws/login/second-factor", coded("totp", a.Code(v))).Want(t, 429)
		a.Clock.Advance(3 * time.Second)
		again.Post("/paws/login/second-factor", coded("totp", a.Code(v))).Want(t, 200, "Vera Vet")
		if n := apptest.Number(a, `SELECT count(*) FROM attempt WHERE subject = $1 AND factor LIKE 'totp%'`, v.ID); n != 0 {
			t.Error("a right code did not forget the wrong ones")
		}
	})
}

// TestCodeOnce: a code is accepted once, ever, wherever it is typed.
func TestCodeOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		first, second := half(t, a, v), half(t, a, v)
		prove := func(token, code string) apptest.Answer {
			return a.API("POST", "/sign-in/second-factor", token, map[string]any{"method": "totp", "code": code})
		}
		prove(first, v.Key.Code(otp.Step(a.Clock.Now())-1)).Want(t, 422) // finished the wizard
		code := a.Code(v)
		in := prove(first, code).Want(t, 200).Text("session", "token")
		prove(second, code).Want(t, 422)
		step := func(token, code string) apptest.Answer {
			return a.API("POST", "/session/step-up", token, map[string]any{"password": v.Password, "code": code})
		}
		step(in, code).Want(t, 422)
		fresh := a.Code(v)
		in = step(in, fresh).Want(t, 200).Text("token")
		prove(second, fresh).Want(t, 422)
		step(in, fresh).Want(t, 422)
		prove(second, a.Code(v)).Want(t, 200)
	})
}

// TestOthersEmailCode: a code by e-mail belongs to one sign-in or session.
func TestOthersEmailCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		mine, theirs := half(t, a, v), half(t, a, v)
		a.API("POST", "/sign-in/email-code", mine, nil).Want(t, 202)
		code := mailed(t, a, v.LoginID)
		prove := func(token, code string) apptest.Answer {
			return a.API("POST", "/sign-in/second-factor", token, map[string]any{"method": "email_code", "code": code})
		}
		prove(theirs, code).Want(t, 422)
		in := a.Token("paws", v, "")
		again := func(code string) apptest.Answer {
			return a.API("POST", "/session/step-up", in, map[string]any{"password": v.Password, "method": "email_code", "code": code})
		}
		again(code).Want(t, 422)
		prove(mine, code).Want(t, 200)
		prove(theirs, code).Want(t, 422)

		a.API("POST", "/session/step-up/email-code", in, nil).Want(t, 202)
		code = mailed(t, a, v.LoginID)
		prove(theirs, code).Want(t, 422)
		again(code).Want(t, 200)

		a.API("POST", "/sign-in/email-code", theirs, nil).Want(t, 202)
		code = mailed(t, a, v.LoginID)
		a.Clock.Advance(10 * time.Minute)
		prove(theirs, code).Want(t, 422)
	})
}

// TestProofsAtOnce: of sixteen with one code, one gets in.
func TestProofsAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	v, backup := vera(a, c)
	tokens := make([]string, 16)
	begin := func() {
		for i := range tokens {
			tokens[i] = half(t, a, v)
		}
	}
	won := func(what, method, code string, token func(i int) string) {
		t.Helper()
		apptest.Exec(a, `DELETE FROM attempt`)
		n := apptest.AtOnce(16, func(i int) bool {
			return a.API("POST", "/sign-in/second-factor", token(i), map[string]any{"method": method, "code": code}).Status == 200
		})
		if n != 1 {
			t.Errorf("%s: %d got in, want 1", what, n)
		}
	}
	begin()
	won("the same code in sixteen sign-ins", "totp", a.Code(v), func(i int) string { return tokens[i] })
	begin()
	won("the same backup code in sixteen sign-ins", "backup_code", backup[0].Reveal(), func(i int) string { return tokens[i] })
	begin()
	won("the same code in one sign-in", "totp", a.Code(v), func(int) string { return tokens[0] })
	a.API("POST", "/sign-in/email-code", tokens[1], nil).Want(t, 202)
	won("the same code by e-mail", "email_code", mailed(t, a, v.LoginID), func(int) string { return tokens[1] })

	apptest.Exec(a, `DELETE FROM attempt`)
	looked := apptest.AtOnce(16, func(int) bool {
		r := a.API("POST", "/sign-in/second-factor", tokens[2], map[string]any{"method": "totp", "code": "000000"})
		return r.Status == 422 || r.Status == 401 && strings.HasSuffix(r.Text("type"), "too-many-wrong-codes")
	})
	if looked != 5 {
		t.Errorf("%d wrong codes were looked at, want 5", looked)
	}
	a.API("GET", "/sign-in", tokens[2], nil).Want(t, 401)
}

// TestClocksApart: the phone's clock may be half a minute off, either way.
func TestClocksApart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		for i, row := range []struct {
			off  time.Duration
			want int
		}{{-60 * time.Second, 422}, {-30 * time.Second, 200}, {0, 200}, {30 * time.Second, 200}, {60 * time.Second, 422}} {
			v := a.Hire(c, "Vera Vet", "vera"+string(rune('0'+i))+"@paws.example", role.Veterinarian, c.North.ID)
			a.Authenticator(&v)
			a.Clock.Advance(10 * time.Minute)
			b := a.Browser()
			typed(b, v.LoginID, v.Password)
			b.Post("/paws/login/second-factor", coded("totp", v.Key.Code(otp.Step(a.Clock.Now().Add(row.off)))))
			if b.Page.Status != row.want || (b.Page.Path == "/paws/") != (row.want == 200) {
				t.Errorf("a code %s off: %d at %s, want %d", row.off, b.Page.Status, b.Page.Path, row.want)
			}
		}
	})
}

// TestCodesAfterReset: who came by a mailed link is not believed because of the
// same mailbox, until something else was proved.
func TestCodesAfterReset(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, backup := vera(a, c)
		methods := func() string {
			return strings.Join(texts(try(a, v.LoginID, v.Password).Want(t, 200).Body["methods"]), " ")
		}
		if got := methods(); got != "totp email_code backup_code" {
			t.Errorf("at first: %s", got)
		}
		reset := func() {
			v.Password = apptest.Password()
			a.API("POST", "/password-reset", "", map[string]any{"token": resetToken(t, a, v.LoginID), "new_password": v.Password}).Want(t, 204)
		}
		reset()
		if got := methods(); got != "totp backup_code" {
			t.Errorf("after the reset: %s", got)
		}
		token := half(t, a, v)
		a.API("POST", "/sign-in/email-code", token, nil).Want(t, 422)
		a.API("POST", "/sign-in/second-factor", token, map[string]any{"method": "email_code", "code": "12345678"}).Want(t, 422)
		a.API("POST", "/sign-in/second-factor", token, map[string]any{"method": "totp", "code": a.Code(v)}).Want(t, 200)
		if got := methods(); got != "totp email_code backup_code" {
			t.Errorf("after the app's code: %s", got)
		}
		reset()
		a.API("POST", "/sign-in/second-factor", half(t, a, v), map[string]any{"method": "backup_code", "code": backup[0].Reveal()}).Want(t, 200)
		if got := methods(); got != "totp email_code backup_code" {
			t.Errorf("after a backup code: %s", got)
		}
	})
}

// texts are the strings of a list in an answer.
func texts(list any) (all []string) {
	items, _ := list.([]any)
	for _, one := range items {
		all = append(all, one.(string))
	}
	return all
}

// TestConfirmWithCode: step-up asks for a code where there is a second factor,
// with a choice of how, and keeps where it was asked for.
func TestConfirmWithCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, backup := vera(a, c)
		b := a.Enter("paws", v, "")
		const back = "?return=%2Fpaws%2Faccount%2Fsessions"
		b.Get("/paws/account/confirm"+back).Want(t, 200, "and a code", "Authenticator App", "Email Code", "Backup code", "Code from your authenticator app")
		b.Post("/paws/account/confirm", url.Values{"password": {v.Password}, "return": {"/paws/account/sessions"}}).
			Want(t, 422, "Type the code as well", "Code from your authenticator app")
		b.Post("/paws/account/confirm", url.Values{"password": {"wrong"}, "method": {"totp"}, "code": {a.Code(v)}}).Want(t, 422, "This is not your password")
		b.Post("/paws/account/confirm", url.Values{"password": {v.Password}, "method": {"totp"}, "code": {"000000"}}).Want(t, 422, "does not match")
		b.Post("/paws/account/confirm", url.Values{"password": {v.Password}, "method": {"totp"}, "code": {a.Code(v)}, "return": {"/paws/account/sessions"}}).
			Want(t, 200, "Where you are signed in")

		b.Get("/paws/account/confirm"+back+"&method=email_code").Want(t, 200, "We send eight digits to v•••@paws.example").Without(t, "Code from the e-mail")
		b.Post("/paws/account/confirm/code", url.Values{"return": {"/paws/account/sessions"}, "again": {"yes"}}).
			Want(t, 200, "A code is on its way to v•••@paws.example", "Code from the e-mail", "send it again", `value="/paws/account/sessions"`)
		if confirm, again := strings.Index(b.Page.Body, "Confirm</button>"), strings.Index(b.Page.Body, "Send a new code</button>"); confirm > again {
			t.Error("the Enter key would send a new code")
		}
		b.Post("/paws/account/confirm", url.Values{"password": {v.Password}, "method": {"email_code"}, "code": {mailed(t, a, v.LoginID)}, "return": {"/paws/account/sessions"}, "again": {"yes"}}).
			Want(t, 200, "Where you are signed in", "send once more what you were about to do")
		b.Get("/paws/account/confirm")
		b.Post("/paws/account/confirm", url.Values{"password": {v.Password}, "method": {"backup_code"}, "code": {backup[1].Reveal()}}).Want(t, 200)
		b.Get("/paws/account/confirm")
		a.Clock.Advance(2 * time.Minute)
		for range 5 {
			b.Post("/paws/account/confirm", url.Values{"password": {v.Password}, "method": {"totp"}, "code": {"000000"}}).Want(t, 422)
		}
		if p := b.Post("/paws/account/confirm", url.Values{"password": {v.Password}, "method": {"totp"}, "code": {a.Code(v)}}).Want(t, 429, "Too many codes"); p.Header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
	})
}

// TestStrangersCannotCloseCodes: whoever knows the password and guesses codes
// does not make the owner wait on a device that is known.
func TestStrangersCannotCloseCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		known := a.Enter("paws", v, "")
		guess := func(token string) int {
			return a.API("POST", "/sign-in/second-factor", token, map[string]any{"method": "totp", "code": "000000"}).Status
		}
		token := half(t, a, v)
		for range 5 {
			guess(token)
		}
		apptest.Exec(a, `UPDATE attempt SET failures = 100 WHERE factor = 'totp'`)
		a.Clock.Advance(time.Hour)
		closed := a.Browser()
		typed(closed, v.LoginID, v.Password)
		closed.Post("/paws/login/second-factor", coded("totp", a.Code(v))).Want(t, 429, "Too many codes")
		typed(known, v.LoginID, v.Password)
		known.Post("/paws/login/second-factor", coded("totp", a.Code(v))).Want(t, 200, "Vera Vet")
		closed.Post("/paws/login/second-factor", coded("totp", a.Code(v))).Want(t, 200, "Vera Vet")
	})
}

// TestStrangersCannotUseUpEmailCodes: whoever knows the password has codes sent
// until no more are, and the owner still gets theirs on a device that is known,
// for a sign-in, inside, and to choose them.
func TestStrangersCannotUseUpEmailCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		known := a.Enter("paws", v, "")
		token := half(t, a, v)
		for range 5 {
			a.API("POST", "/sign-in/email-code", token, nil).Want(t, 202)
		}
		a.API("POST", "/sign-in/email-code", token, nil).Want(t, 429)
		stranger := a.Browser()
		typed(stranger, v.LoginID, v.Password)
		stranger.Post("/paws/login/email-code", nil).Want(t, 429, "5 codes within an hour")

		known.Get("/paws/account/confirm")
		known.Post("/paws/account/confirm/code", nil).Want(t, 200, "on its way")
		known.Get("/paws/account/two-factor/email")
		known.Post("/paws/account/two-factor/email/send", nil).Want(t, 200, "We sent a code to")
		typed(known, v.LoginID, v.Password).Want(t, 200, "Type your code")
		for range 3 {
			known.Get("/paws/login/second-factor?method=email_code")
			known.Post("/paws/login/email-code", nil).Want(t, 200, "on its way")
		}
		known.Get("/paws/login/second-factor?method=email_code")
		known.Post("/paws/login/email-code", nil).Want(t, 429, "5 codes within an hour")
		known.Get("/paws/login/second-factor?method=email_code")
		known.Post("/paws/login/second-factor", coded("email_code", mailed(t, a, v.LoginID))).Want(t, 200, "Vera Vet")
	})
}

// TestProvedWithoutBranch: who proved everything and has nowhere to work hears
// whom to ask, on the page and as a program.
func TestProvedWithoutBranch(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, _ := vera(a, c)
		apptest.Exec(a, `DELETE FROM role_grant WHERE account_id = $1`, v.ID)
		b := a.Browser()
		typed(b, v.LoginID, v.Password).Want(t, 200, "Type your code")
		b.Post("/paws/login/second-factor", coded("totp", a.Code(v))).Want(t, 403, "no branch to work in", "Email or login ID")
		r := a.API("POST", "/sign-in/second-factor", half(t, a, v), map[string]any{"method": "totp", "code": a.Code(v)}).Want(t, 403)
		if !strings.HasSuffix(r.Text("type"), "no-branch") {
			t.Errorf("type %q", r.Text("type"))
		}
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE account_id = $1 AND action = 'sign_in.refused' AND cause = 'no-branch'`, v.ID); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
}

// TestProofs: a session tells by what it was begun.
func TestProofs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		v, backup := vera(a, c)
		proofs := func(token string) string {
			return strings.Join(texts(a.API("GET", "/session", token, nil).Want(t, 200).Body["proofs"]), " ")
		}
		if got := proofs(a.Token("paws", v, "")); got != "password totp" {
			t.Errorf("by the app: %s", got)
		}
		r := a.API("POST", "/sign-in/second-factor", half(t, a, v), map[string]any{"method": "backup_code", "code": backup[0].Reveal()}).Want(t, 200)
		if got := proofs(r.Text("session", "token")); got != "password backup_code" {
			t.Errorf("by a backup code: %s", got)
		}
		if got := proofs(a.Token("paws", c.Administrator, c.North.ID)); got != "password" {
			t.Errorf("without a second factor: %s", got)
		}
	})
}
