package recoveryweb_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
	"catflap/internal/signin"
)

// change lets somebody change the password of a person; it returns the link of
// the notice and the session that did it.
func change(t *testing.T, a *apptest.App, slug string, p *apptest.Person) (link, session string) {
	t.Helper()
	in := a.API("POST", "/practices/"+slug+"/sign-in", "", map[string]any{"login": p.LoginID, "password": p.Password}).Want(t, 200)
	fresh := apptest.Password()
	session = a.API("PUT", "/account/password", in.Text("session", "token"), map[string]any{"current_password": p.Password, "new_password": fresh}).
		Want(t, 200).Text("token")
	p.Password = fresh
	return a.Link(a.LastMail(p.RecoveryEmail), "/protect"), session
}

func TestProtect(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		a.Clinic("other")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		for range 3 { // a stranger has used up what this hour allows
			ask(t, a, vet.LoginID)
		}
		link, thief := change(t, a, "paws", &vet)
		b := a.Browser()
		stillKnown := func() int {
			return apptest.Number(a, `SELECT count(*) FROM known_device WHERE account_id = $1`, vet.ID)
		}
		if stillKnown() == 0 {
			t.Fatal("no device is known")
		}

		t.Run("looking at it changes nothing", func(t *testing.T) {
			for range 3 {
				b.Get(link).Want(t, 200, "Was this not you?", vet.LoginID, "Clinic paws", "Protect my account")
			}
			head, err := http.Head(a.URL + link)
			if err != nil || head.StatusCode != 200 {
				t.Errorf("%v %v", head, err)
			}
			a.API("GET", "/session", thief, nil).Want(t, 200)
		})
		t.Run("it is good for one practice and one thing", func(t *testing.T) {
			for _, path := range []string{"/other/protect", "/platform/protect", "/paws/protect"} {
				token := tokenIn(t, link)
				if path == "/paws/protect" {
					token = strings.Repeat("A", len(token))
				}
				b.Get(path+"?token="+token).Want(t, 410, "Forgot password?")
				b.Post(path, url.Values{"token": {token}}).Want(t, 410)
			}
			b.Get("/paws/reset-password?token="+tokenIn(t, link)).Want(t, 410)
			a.API("POST", "/password-reset", "", map[string]any{"token": tokenIn(t, link), "new_password": apptest.Password()}).Want(t, 410)
			a.API("GET", "/session", thief, nil).Want(t, 200)
		})
		before := len(a.Mailbox.Letters())
		t.Run("a click closes the account", func(t *testing.T) {
			b.Get(link)
			b.Post("/paws/protect", url.Values{"token": {tokenIn(t, link)}}).Want(t, 200, "Your account is protected", "An e-mail with a link")
			if r := a.API("GET", "/session", thief, nil).Want(t, 401); !strings.HasSuffix(r.Text("type"), "session-protected") {
				t.Errorf("the session: %s", r.Raw)
			}
			known := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": vet.LoginID, "password": vet.Password}).Want(t, 401)
			unknown := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "nobody@paws.example", "password": vet.Password}).Want(t, 401)
			if known.Text("detail") != unknown.Text("detail") {
				t.Error("the answers differ")
			}
			if n := stillKnown(); n != 0 {
				t.Errorf("%d devices are still known", n)
			}
		})
		t.Run("once", func(t *testing.T) {
			b.Get(link).Want(t, 410, "Forgot password?")
			b.Post("/paws/protect", url.Values{"token": {tokenIn(t, link)}}).Want(t, 410)
		})
		t.Run("and a new password opens it again", func(t *testing.T) {
			reset := tokenIn(t, a.Link(a.LastMail(vet.LoginID), "/reset-password"))
			if n := len(a.Mailbox.Letters()) - before; n != 1 {
				t.Errorf("%d letters, want one", n)
			}
			a.Clock.Advance(2 * time.Hour)
			a.API("POST", "/password-reset", "", map[string]any{"token": reset, "new_password": apptest.Password()}).Want(t, 410)
			fresh := apptest.Password()
			a.API("POST", "/password-reset", "", map[string]any{"token": ask(t, a, vet.LoginID), "new_password": fresh}).Want(t, 204)
			a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": vet.LoginID, "password": fresh}).Want(t, 200)
		})
		t.Run("on record", func(t *testing.T) {
			lines, err := a.Audit.List(context.Background(), c.ID, audit.Filter{PersonID: vet.ID}, "", 40)
			if err != nil {
				t.Fatal(err)
			}
			var protected, void bool
			for _, l := range lines {
				protected = protected || l.Action == audit.PasswordProtected
				void = void || l.Action == audit.SignInRefused && l.Cause == "password-void"
			}
			if !protected || !void {
				t.Errorf("protected %t, refused for it %t", protected, void)
			}
		})
	})
}

// TestProtectEndsWhatWaits: a sign-in that waits for its next step, and a link
// that was mailed before, are void; a link that is too old does nothing.
func TestProtectEndsWhatWaits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		boss := c.Administrator
		reset := ask(t, a, boss.LoginID)
		a.API("POST", "/password-reset", "", map[string]any{"token": reset, "new_password": boss.Password + "x"}).Want(t, 204)
		boss.Password += "x"
		link := a.Link(a.LastMail(boss.LoginID), "/protect")
		reset = ask(t, a, boss.LoginID)
		pending := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": boss.LoginID, "password": boss.Password}).Want(t, 200).Text("sign_in")
		b := a.Browser()
		b.Post("/paws/protect", url.Values{"token": {tokenIn(t, link)}}).Want(t, 200, "Your account is protected")
		a.API("POST", "/sign-in/branch", pending, map[string]any{"branch": c.North.ID}).Want(t, 401)
		a.API("POST", "/password-reset", "", map[string]any{"token": reset, "new_password": apptest.Password()}).Want(t, 410)

		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		old, _ := change(t, a, "paws", &vet)
		a.Clock.Advance(7 * 24 * time.Hour)
		b.Get(old).Want(t, 410, "older than 7 days")
		a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": vet.LoginID, "password": vet.Password}).Want(t, 200)
	})
}

// TestProtectWithoutAddress: who changed the address of an account does not get
// the link to a new password as well.
func TestProtectWithoutAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		link, thief := change(t, a, "paws", &vet)
		apptest.Exec(a, `UPDATE account SET recovery_email = 'thief@else.example', recovery_key = 'thief@else.example' WHERE id = $1`, vet.ID)
		b := a.Browser()
		b.Get(link).Want(t, 200, "No link to a new password is mailed")
		b.Post("/paws/protect", url.Values{"token": {tokenIn(t, link)}}).Want(t, 200, "Your account is protected", "Call Clinic paws")
		a.API("GET", "/session", thief, nil).Want(t, 401)
		a.Work()
		for _, l := range a.Mailbox.Letters() {
			if l.To.Address == "thief@else.example" {
				t.Errorf("mailed: %s", l.Subject)
			}
		}
	})
}

// TestProtectPlatformAndPetParents: the same door for the other kinds of people.
func TestProtectPlatformAndPetParents(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host := a.Administrator()
		token := a.API("PUT", "/account/password", a.Token("platform", host, ""),
			map[string]any{"current_password": host.Password, "new_password": apptest.Password()}).Want(t, 200).Text("token")
		link := a.Link(a.LastMail(host.LoginID), "/platform/protect")
		b := a.Browser()
		b.Get(link).Want(t, 200, "at Catflap")
		b.Post("/platform/protect", url.Values{"token": {tokenIn(t, link)}}).Want(t, 200, "Your account is protected")
		a.API("GET", "/session", token, nil).Want(t, 401)
		b.Get(a.Link(a.LastMail(host.LoginID), "/platform/reset-password")).Want(t, 200, "Choose a new password")

		c := a.Clinic("paws")
		temporary := guest(t, a, c, "kenito", "ken@example.com")
		r := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "kenito", "password": temporary}).Want(t, 200)
		details := a.API("GET", "/sign-in/details", r.Text("sign_in"), nil).Want(t, 200).Body
		delete(details, "$schema")
		a.API("POST", "/sign-in/details", r.Text("sign_in"), details).Want(t, 200)
		ken := apptest.Person{Password: apptest.Password()}
		ken.LoginID, ken.RecoveryEmail = "kenito", "ken@example.com"
		a.API("POST", "/sign-in/new-password", r.Text("sign_in"), map[string]any{"new_password": ken.Password}).Want(t, 200)
		b = a.Enter("paws", apptest.Person{Account: ken.Account, Password: ken.Password}, "")
		b.Get("/paws/account/password").Want(t, 200, "Change password", "You sign in as kenito")
		b.Post("/paws/account/password", url.Values{"current_password": {ken.Password}, "new_password": {"biscuit 4 ito !"}, "repeat_password": {"biscuit 4 ito !"}}).
			Want(t, 422, "a name or login")
		link, _ = change(t, a, "paws", &ken)
		b.Get(link).Want(t, 200, "kenito")
		b.Post("/paws/protect", url.Values{"token": {tokenIn(t, link)}}).Want(t, 200, "Your account is protected")
		b.Get(a.Link(a.LastMail("ken@example.com"), "/reset-password")).Want(t, 200, "Choose a new password", `autocomplete="username" value="kenito"`)
	})
}

// TestProtectAtOnce: of sixteen clicks one closes the account, and one link to a
// new password is mailed.
func TestProtectAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
	link, _ := change(t, a, "paws", &vet)
	won := apptest.AtOnce(16, func(int) bool {
		return a.Browser().Post("/paws/protect", url.Values{"token": {tokenIn(t, link)}}).Status == 200
	})
	if n := apptest.Number(a, `SELECT count(*) FROM link WHERE account_id = $1 AND purpose = 'reset'`, vet.ID); won != 1 || n != 1 {
		t.Errorf("%d closed it, %d links", won, n)
	}
}

// TestProtectTakesStrangersFactor: whoever was in may have set up a first second
// factor, replaced it, and waits for a skip; one that was there before the notice
// stays.
func TestProtectTakesStrangersFactor(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		protect := func(link string, words ...string) *apptest.Browser {
			t.Helper()
			b := w.Browser()
			b.Get(link).Want(t, 200, words...)
			b.Post("/paws/protect", url.Values{"token": {tokenIn(t, link)}}).Want(t, 200, "Your account is protected")
			return b
		}
		link := func(p apptest.Person) string { t.Helper(); return w.Link(w.LastMail(p.LoginID), "/protect") }

		w.equip(w.rita)
		first := link(w.rita)
		w.Clock.Advance(time.Minute)
		w.equip(w.rita)
		later := link(w.rita)
		w.Clock.Advance(time.Minute)
		protect(first, "Two-factor authentication", "is removed").Page.Want(t, 200, "Two-factor authentication was removed too")
		if s := w.second(w.rita.Account); s.Any() || s.Codes != 0 {
			t.Errorf("left: %+v", s)
		}
		if l := w.recorded(w.clinic.ID, audit.FactorRemoved); l.AccountID != w.rita.ID {
			t.Errorf("record: %+v", l)
		}
		w.Browser().Get(later).Want(t, 410)

		// A factor that was there before the notice stays, and a skip does not.
		w.equip(w.sue)
		w.Clock.Advance(time.Minute)
		w.API("POST", "/staff/"+w.sue.ID+"/two-factor/skip", w.bearer(w.ada), reason("Left the phone on the bus")).Want(t, 200)
		protect(link(w.sue)).Page.Without(t, "Two-factor")
		if s := w.second(w.sue.Account); !s.Any() || s.Unused != 10 {
			t.Errorf("left: %+v", s)
		}
		w.sue.Password = apptest.Password()
		reset := tokenIn(t, w.Link(w.LastMail(w.sue.LoginID), "/reset-password"))
		w.API("POST", "/password-reset", "", object{"token": reset, "new_password": w.sue.Password}).Want(t, 204)
		if out, _ := w.begin(w.clinic, w.sue); out.Step != signin.SecondFactor {
			t.Errorf("the sign-in waits for %s", out.Step)
		}
	})
}
