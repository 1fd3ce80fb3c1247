package signinweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

func password(p string) url.Values { return url.Values{"password": {p}} }

func TestLock(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		desk := a.Hire(c, "Dora Desk", "dora@paws.example", role.Receptionist, c.North.ID)

		t.Run("nothing is readable until the same person unlocks it", func(t *testing.T) {
			b := a.Enter("paws", vet, "")
			before := b.Get("/paws/account/sessions").Want(t, 200, "Lock", "Switch user")
			old := cookie(t, b, "catflap")
			locked := b.Post("/paws/account/lock", url.Values{"return": {"/paws/account/sessions"}})
			locked.Want(t, 200, "This session is locked", "Unlock", "What was typed on a page before and not saved is lost")
			locked.Without(t, "127.0.0.1", "Where you are signed in")
			for _, page := range []string{"/paws/", "/paws/pet-parents/pet-app", "/paws/account/sessions", "/paws/account/branch", "/paws/start"} {
				b.Get(page).Want(t, 200, "This session is locked")
			}
			if r := a.API("GET", "/session", old, nil).Want(t, 403); !strings.HasSuffix(r.Text("type"), "session-locked") {
				t.Errorf("type %s", r.Text("type"))
			}
			b.Page = before // the page as the browser shows it after Back
			b.Post("/paws/account/sessions/end-others", nil).Want(t, 200, "This session is locked")
			b.Post("/paws/account/unlock", password("not it")).Want(t, 422, "This is not your password")
			b.Post("/paws/account/unlock", password(desk.Password)).Want(t, 422, "This is not your password")
			form := password(vet.Password)
			form.Set("return", "/paws/account/sessions")
			if p := b.Post("/paws/account/unlock", form).Want(t, 200, "Where you are signed in"); p.Path != "/paws/account/sessions" {
				t.Errorf("led to %s", p.Path)
			}
			a.API("GET", "/session", old, nil).Want(t, 401)
			a.API("POST", "/session/unlock", old, map[string]any{"password": vet.Password}).Want(t, 401)
			b.Page = before // a form that was open all the time still counts
			b.Post("/paws/account/sessions/end-others", nil).Want(t, 200, "Where you are signed in")
			b.Get("/paws/account/locked").Want(t, 200).Without(t, "This session is locked")
			lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: "session", PersonID: vet.ID}, "", 9)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range lines {
				got = append(got, strings.TrimSpace(string(l.Action)+" "+l.Cause))
			}
			if want := "session.unlocked, session.unlock_refused wrong-password, session.locked"; strings.Join(got, ", ") != want {
				t.Errorf("on record: %q", got)
			}
		})
		t.Run("tries are delayed, and counted with those of a step-up", func(t *testing.T) {
			b := a.Enter("paws", desk, "")
			b.Post("/paws/account/confirm", password("no")).Want(t, 422)
			b.Get("/paws/")
			b.Post("/paws/account/lock", nil)
			for range 4 {
				b.Post("/paws/account/unlock", password("no")).Want(t, 422)
			}
			b.Post("/paws/account/unlock", password(desk.Password)).Want(t, 429, "This session is locked")
			a.Clock.Advance(time.Minute)
			b.Post("/paws/account/unlock", password(desk.Password)).Want(t, 200, "Dora Desk")
		})
		t.Run("unlocking is no fresh proof", func(t *testing.T) {
			b := a.Enter("paws", vet, "")
			a.Clock.Advance(6 * time.Minute)
			b.Get("/paws/")
			b.Post("/paws/account/lock", nil)
			b.Post("/paws/account/unlock", password(vet.Password)).Want(t, 200)
			proven, err := time.Parse(time.RFC3339, a.API("GET", "/session", cookie(t, b, "catflap"), nil).Text("proven_until"))
			if err != nil || proven.After(a.Clock.Now()) {
				t.Errorf("proven until %v, now %v, %v", proven, a.Clock.Now(), err)
			}
		})
		t.Run("it idles out like any other", func(t *testing.T) {
			b := a.Enter("paws", vet, "")
			b.Post("/paws/account/lock", nil).Want(t, 200, "This session is locked")
			a.Clock.Advance(16 * time.Minute)
			b.Post("/paws/account/unlock", password(vet.Password)).Want(t, 200, "nothing happened for a while")
		})
		t.Run("the next person ends it on the server first", func(t *testing.T) {
			b := a.Enter("paws", vet, "")
			open := b.Get("/paws/account/sessions")
			old := cookie(t, b, "catflap")
			b.Post("/paws/account/lock", nil)
			page := b.Post("/paws/account/switch-user", nil)
			page.Want(t, 200, "The session of Vera Vet on Firefox on Windows in North", "The next person can sign in", "Email or login ID")
			a.API("GET", "/session", old, nil).Want(t, 401)
			b.Post("/paws/login", form(desk)).Want(t, 200, "Dora Desk")
			b.Page = open
			b.Post("/paws/account/sessions/end-others", nil).Want(t, 403, "earlier sign-in")
			b.Page = open
			b.Post("/paws/account/unlock", password(vet.Password)).Want(t, 403, "earlier sign-in")
		})
		t.Run("for programs", func(t *testing.T) {
			token := try(a, vet.LoginID, vet.Password).Want(t, 200).Text("session", "token")
			a.API("POST", "/session/unlock", token, map[string]any{"password": vet.Password}).Want(t, 409)
			a.API("POST", "/session/lock", token, nil).Want(t, 204)
			a.API("POST", "/session/lock", token, nil).Want(t, 204)
			a.API("GET", "/sessions", token, nil).Want(t, 403)
			a.API("POST", "/session/step-up", token, map[string]any{"password": vet.Password}).Want(t, 403)
			fresh := a.API("POST", "/session/unlock", token, map[string]any{"password": vet.Password}).Want(t, 200).Text("token")
			a.API("GET", "/sessions", token, nil).Want(t, 401)
			a.API("GET", "/sessions", fresh, nil).Want(t, 200)
			a.API("POST", "/session/lock", fresh, nil).Want(t, 204)
			a.API("DELETE", "/session", fresh, nil).Want(t, 204)
			a.API("POST", "/session/unlock", fresh, map[string]any{"password": vet.Password}).Want(t, 401)
		})
	})
}

// TestUnlockOnce: of several unlocks at the same moment the tokens of all but
// the last are void, and the one before them as well.
func TestUnlockOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		token := try(a, vet.LoginID, vet.Password).Want(t, 200).Text("session", "token")
		a.API("POST", "/session/lock", token, nil).Want(t, 204)
		if won := apptest.AtOnce(4, func(int) bool {
			return a.API("POST", "/session/unlock", token, map[string]any{"password": vet.Password}).Status == 200
		}); won != 1 {
			t.Errorf("%d unlocked it", won)
		}
		a.API("GET", "/session", token, nil).Want(t, 401)
	})
}
