package accountweb_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
)

func changeForm(current, fresh, repeat string) url.Values {
	return url.Values{"current_password": {current}, "new_password": {fresh}, "repeat_password": {repeat}}
}

// kindOf is the stable word of a refusal.
func kindOf(r apptest.Answer) string {
	return strings.TrimPrefix(r.Text("type"), "urn:catflap:problem:")
}

func TestChangePassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		other := a.Clinic("other")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		const page = "/paws/account/password"

		t.Run("only one's own, signed in", func(t *testing.T) {
			a.Browser().Get(page).Want(t, 200, "Email or login ID")
			a.API("PUT", "/account/password", "", map[string]any{"current_password": vet.Password, "new_password": apptest.Password()}).Want(t, 401)
			a.Enter("other", other.Administrator, other.North.ID).Get(page).Want(t, 200, "Email or login ID")
		})
		b := a.Enter("paws", vet, "")
		t.Run("the page", func(t *testing.T) {
			b.Get("/paws/").Want(t, 200, "Change password")
			p := b.Get(page).Want(t, 200, "Current password", "New password again", "At least 12 characters", `data-strength="/paws/password-strength"`)
			for _, want := range []string{`autocomplete="current-password"`, `autocomplete="new-password"`, `autocomplete="username" value="vera@paws.example"`} {
				if !strings.Contains(p.Body, want) {
					t.Errorf("no %s", want)
				}
			}
			p.Without(t, "maxlength")
		})
		t.Run("complaints change nothing", func(t *testing.T) {
			fresh := apptest.Password()
			for _, row := range []struct {
				form  url.Values
				words string
			}{
				{changeForm("not my password", fresh, fresh), "This is not your password"},
				{changeForm(vet.Password, fresh, fresh+"x"), "not the same"},
				{changeForm(vet.Password, "kettle", "kettle"), "at least 12"},
				{changeForm(vet.Password, "Sunshine2024!", "Sunshine2024!"), "first things a guesser tries"},
				{changeForm(vet.Password, "Vera-Clinic-North", "Vera-Clinic-North"), "a name or login"},
				{changeForm(vet.Password, vet.Password, vet.Password), "the password you have now"},
				{url.Values{}, "at least 12"},
			} {
				b.Post(page, row.form).Want(t, 422, row.words).Without(t, fresh, vet.Password)
			}
			b.Post(page, changeForm(vet.Password, strings.Repeat("a fine day ", 1<<20), "")).Want(t, 413)
			b.Get(page).Want(t, 200)
		})
		t.Run("all that hung on the old one ends", func(t *testing.T) {
			elsewhere, fresh := tokenOf(t, a, "paws", vet), apptest.Password()
			a.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": vet.LoginID}).Want(t, 202)
			reset := a.Link(a.LastMail(vet.LoginID), "/reset-password")
			b.Post(page, changeForm(vet.Password, fresh, fresh)).Want(t, 200, "Your password is changed", "Where you are signed in", "this one")
			if l := a.LastMail(vet.LoginID); !strings.Contains(l.Text, "Your password was changed.") || !strings.Contains(l.Text, "/paws/protect?token=") {
				t.Errorf("the notice says: %s", l.Text)
			}
			if r := a.API("GET", "/session", elsewhere, nil).Want(t, 401); kindOf(r) != "session-password-changed" {
				t.Errorf("the other session: %s", r.Raw)
			}
			a.Browser().Get(reset).Want(t, 410)
			b.Get(page).Want(t, 200)
			a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": vet.LoginID, "password": vet.Password}).Want(t, 401)
			vet.Password = fresh
			tokenOf(t, a, "paws", vet)
		})
		t.Run("on record, without the passwords", func(t *testing.T) {
			lines, err := a.Audit.List(context.Background(), c.ID, audit.Filter{Subject: "password", PersonID: vet.ID}, "", 9)
			if err != nil {
				t.Fatal(err)
			}
			said := map[audit.Action]string{}
			for _, l := range lines {
				said[l.Action] = l.Cause
			}
			if cause, ok := said[audit.PasswordRefused]; !ok || cause != "wrong-password" {
				t.Errorf("the wrong try: %v", said)
			}
			if _, ok := said[audit.PasswordChanged]; !ok {
				t.Errorf("the change: %v", said)
			}
			for _, where := range []string{a.Logged(), apptest.Everything(a)} {
				if strings.Contains(where, vet.Password) {
					t.Error("the new password stands somewhere")
				}
			}
		})
	})
}

// TestPendingSignInDiesWithThePassword: who stands before the choice of a branch
// with the old password does not get in.
func TestPendingSignInDiesWithThePassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		who := map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password}
		begin := func() string { return a.API("POST", "/practices/paws/sign-in", "", who).Want(t, 200).Text("sign_in") }
		in := a.API("POST", "/sign-in/branch", begin(), map[string]any{"branch": c.North.ID}).Want(t, 200).Text("session", "token")
		pending := begin()
		a.API("PUT", "/account/password", in, map[string]any{
			"current_password": c.Administrator.Password, "new_password": apptest.Password(),
		}).Want(t, 200)
		a.API("POST", "/sign-in/branch", pending, map[string]any{"branch": c.North.ID}).Want(t, 401)
	})
}

func TestChangePasswordByProgram(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host := a.Administrator()
		token := a.Token("platform", host, "")
		put := func(current, fresh string) apptest.Answer {
			return a.API("PUT", "/account/password", token, map[string]any{"current_password": current, "new_password": fresh})
		}
		if r := put(host.Password, "Pat Host 2026"); r.Status != 422 || !strings.Contains(r.Raw, "new_password") {
			t.Errorf("a name: %s", r.Raw)
		}
		if r := put("wrong", apptest.Password()); r.Status != 422 || !strings.Contains(r.Raw, "current_password") {
			t.Errorf("a wrong password: %s", r.Raw)
		}
		fresh := apptest.Password()
		renewed := put(host.Password, fresh).Want(t, 200).Text("token")
		a.API("GET", "/session", token, nil).Want(t, 401)
		a.API("GET", "/session", renewed, nil).Want(t, 200)
		host.Password = fresh
		b := a.Enter("platform", host, "")
		b.Get("/platform/account/password").Want(t, 200, "Change password", `data-strength="/platform/password-strength"`)
	})
}

// TestWrongCurrentPasswordIsThrottled: whoever sits at somebody's open session
// does not guess the password there; the person can still sign in elsewhere.
func TestWrongCurrentPasswordIsThrottled(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		b := a.Enter("paws", vet, "")
		b.Get("/paws/account/password")
		fresh := apptest.Password()
		for range 5 {
			b.Post("/paws/account/password", changeForm("a wrong password", fresh, fresh)).Want(t, 422)
		}
		b.Post("/paws/account/password", changeForm(vet.Password, fresh, fresh)).Want(t, 429, "too many tries", "Current password")
		tokenOf(t, a, "paws", vet)
		a.Clock.Advance(time.Minute)
		b.Post("/paws/account/password", changeForm(vet.Password, fresh, fresh)).Want(t, 200, "Your password is changed")
	})
}

// TestChangesAtOnce: of sixteen changes from as many sessions one wins, and only
// its session goes on.
func TestChangesAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
	var tokens []string
	for range 4 {
		tokens = append(tokens, tokenOf(t, a, "paws", vet))
	}
	fresh := make([]string, 16)
	answers := make([]apptest.Answer, len(fresh))
	won := apptest.AtOnce(len(fresh), func(i int) bool {
		fresh[i] = apptest.Password()
		answers[i] = a.API("PUT", "/account/password", tokens[i%len(tokens)],
			map[string]any{"current_password": vet.Password, "new_password": fresh[i]})
		return answers[i].Status == 200
	})
	if won != 1 {
		t.Errorf("%d changed it", won)
	}
	for i, r := range answers {
		switch r.Status {
		case 200:
			a.API("GET", "/session", r.Text("token"), nil).Want(t, 200)
			vet.Password = fresh[i]
		case 401, 409, 422, 429:
		default:
			t.Errorf("a loser was told %s", r.Raw)
		}
	}
	if n := apptest.Number(a, `SELECT count(*) FROM session WHERE account_id = $1 AND ended_at IS NULL`, vet.ID); n != 1 {
		t.Errorf("%d sessions go on", n)
	}
	tokenOf(t, a, "paws", vet)
}

func TestStrength(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		stranger, known := a.Browser(), a.Enter("paws", vet, "")
		for _, row := range []struct {
			who                 *apptest.Browser
			path, password      string
			level, words, login string
		}{
			{stranger, "/paws", "kettle", "too_short", "Use at least 12", ""},
			{stranger, "/paws", "Sunshine2024!", "weak", "guesser", ""},
			{stranger, "/paws", "Clinic Paws 2026", "weak", "name or login", ""},
			{stranger, "/paws", "ken.ito.ken.ito", "weak", "name or login", "ken.ito@example.com"},
			{stranger, "/platform", "my dog eats socks", "fair", "One more word", ""},
			{stranger, "/setup", "blue kettle sings at dawn", "strong", "Strong", ""},
			{known, "/paws", "Vera/North/Vera", "weak", "name or login", ""},
		} {
			row.who.Post(row.path+"/password-strength", url.Values{"password": {row.password}, "login": {row.login}}).
				Want(t, 200, `"level":"`+row.level+`"`, row.words)
		}
		// What only people of the practice know is not for strangers.
		stranger.Post("/paws/password-strength", url.Values{"password": {"North*South*North"}}).Want(t, 200).Without(t, "name or login")
		stranger.Post("/paws/password-strength", url.Values{"password": {strings.Repeat("kettle ", 9000)}}).Want(t, 413)
		stranger.Post("/nowhere/password-strength", url.Values{"password": {"kettle"}}).Want(t, 404)
		if strings.Contains(a.Logged(), "Sunshine2024") {
			t.Error("the password was logged")
		}
	})
}

// TestChangePasswordForgetsDevices: after a new password only the device on which
// it was chosen is known; whoever signs in elsewhere is told of by mail.
func TestChangePasswordForgetsDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		known := func() int {
			return apptest.Number(a, `SELECT count(*) FROM known_device WHERE account_id = $1`, vet.ID)
		}
		a.Enter("paws", vet, "")
		a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": vet.LoginID, "password": vet.Password}).Want(t, 200)
		here := a.Enter("paws", vet, "")
		if known() != 3 {
			t.Fatalf("%d devices are known", known())
		}
		fresh := apptest.Password()
		here.Get("/paws/account/password")
		here.Post("/paws/account/password", changeForm(vet.Password, fresh, fresh)).Want(t, 200)
		vet.Password = fresh
		if known() != 1 {
			t.Errorf("%d devices are known after the change", known())
		}
		a.Work()
		letters := len(a.Mailbox.Letters())
		here.Post("/paws/sign-out", nil)
		here.Get("/paws/login")
		here.Post("/paws/login", url.Values{"login": {vet.LoginID}, "password": {vet.Password}}).Want(t, 200, "Vera Vet")
		if a.Work(); len(a.Mailbox.Letters()) != letters {
			t.Error("the device on which it was chosen is unknown")
		}

		// A program is recognised by its mark.
		in := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": vet.LoginID, "password": vet.Password}).Want(t, 200)
		fresh = apptest.Password()
		a.API("PUT", "/account/password", in.Text("session", "token"), map[string]any{"current_password": vet.Password, "new_password": fresh}).Want(t, 200)
		if known() != 1 {
			t.Errorf("%d devices are known after a program's change", known())
		}
	})
}

// TestChangePasswordAsksForTheSecondFactor: whoever sits at a session that was
// left open and knows the password does not change it without a code.
func TestChangePasswordAsksForTheSecondFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		a.Authenticator(&vet)
		b, token := a.Enter("paws", vet, ""), a.Token("paws", vet, "")
		const page = "/paws/account/password"
		b.Get(page).Want(t, 200, "Current password") // the sign-in counts
		a.Clock.Advance(6 * time.Minute)
		fresh := apptest.Password()
		put := func() apptest.Answer {
			return a.API("PUT", "/account/password", token, map[string]any{"current_password": vet.Password, "new_password": fresh})
		}
		b.Post(page, changeForm(vet.Password, fresh, fresh)).Want(t, 200, "and a code")
		if r := put().Want(t, 403); kindOf(r) != "step-up-required" {
			t.Errorf("a program: %s", r.Raw)
		}
		confirmed := func(code string) url.Values {
			return url.Values{"password": {vet.Password}, "method": {"totp"}, "code": {code}, "return": {page}}
		}
		b.Get(page).Want(t, 200, "and a code")
		b.Post("/paws/account/confirm", confirmed("000000")).Want(t, 422)
		b.Get("/paws/account/confirm")
		b.Post("/paws/account/confirm", confirmed(a.Code(vet))).Want(t, 200, "Current password")
		b.Post(page, changeForm(vet.Password, fresh, fresh)).Want(t, 200, "Your password is changed")
	})
}

// TestChangePasswordForgivesNoCodes: wrong codes on the device where a password is
// changed still count there, and those on devices that are forgotten do not.
func TestChangePasswordForgivesNoCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		a.Authenticator(&vet)
		here, there := a.Enter("paws", vet, ""), a.Enter("paws", vet, "")
		wrong := func(b *apptest.Browser) apptest.Page {
			b.Get("/paws/account/confirm")
			return b.Post("/paws/account/confirm", url.Values{"password": {vet.Password}, "method": {"totp"}, "code": {"000000"}})
		}
		change := func() {
			fresh := apptest.Password()
			here.Get("/paws/account/password")
			here.Post("/paws/account/password", changeForm(vet.Password, fresh, fresh)).Want(t, 200, "Your password is changed")
			vet.Password = fresh
		}
		wrong(there).Want(t, 422)
		for range 4 {
			wrong(here).Want(t, 422)
			change()
		}
		if n := apptest.Number(a, `SELECT count(*) FROM attempt WHERE factor LIKE 'totp@%'`); n != 1 {
			t.Errorf("%d devices have wrong codes", n)
		}
		wrong(here).Want(t, 422)
		change()
		wrong(here).Want(t, 429)
	})
}
