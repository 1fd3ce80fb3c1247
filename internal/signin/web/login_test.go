package signinweb_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

func TestLogin(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		other := a.Clinic("other")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		nobranch := a.Hire(c, "Nora Nowhere", "nora@paws.example", role.Sitter, c.South.ID)
		apptest.Exec(a, `DELETE FROM role_grant WHERE practice_id = $1 AND account_id = $2`, c.ID, nobranch.ID)

		t.Run("one branch needs no choice and stands in the header", func(t *testing.T) {
			b := a.Browser()
			b.Get("/paws/login").Want(t, 200, "Email or login ID", "Password", "Sign in", "Forgot password?", "This is a shared computer")
			b.Post("/paws/login", url.Values{"login": {" VERA@paws.example "}, "password": {vet.Password}}).
				Want(t, 200, "Vera Vet", "Clinic paws", "North", "Veterinarian")
		})
		t.Run("several branches are chosen, the last one first", func(t *testing.T) {
			b := a.Enter("paws", c.Administrator, c.South.ID)
			b.Page.Want(t, 200, "South", "Practice administrator")
			again := a.Browser()
			again.Get("/paws/login")
			again.Post("/paws/login", form(c.Administrator)).Want(t, 200, "Where do you work today?")
			if !preselected(again.Page.Body, c.South.ID) {
				t.Error("the last branch is not preselected")
			}
			again.Post("/paws/login/branch", url.Values{"branch": {other.North.ID}}).Want(t, 422, "Choose one of the branches")
		})
		t.Run("every refusal reads the same", func(t *testing.T) {
			for name, f := range map[string]url.Values{
				"unknown login":     {"login": {"nobody@paws.example"}, "password": {"whatever it is"}},
				"wrong password":    {"login": {vet.LoginID}, "password": {"whatever it is"}},
				"other practice":    {"login": {other.Administrator.LoginID}, "password": {other.Administrator.Password}},
				"nothing":           {},
				"10 KB login":       {"login": {strings.Repeat("x", 10_000)}, "password": {"p"}},
				"password as login": {"login": {vet.Password}, "password": {vet.LoginID}},
			} {
				b := a.Browser()
				b.Get("/paws/login")
				page := b.Post("/paws/login", f)
				page.Want(t, 401, "That login ID and password don't match an account here.")
				page.Without(t, "whatever it is")
				if page.Path != "/paws/login" {
					t.Errorf("%s: led to %s", name, page.Path)
				}
			}
		})
		t.Run("without a branch nobody gets in and hears whom to ask", func(t *testing.T) {
			b := a.Browser()
			b.Get("/paws/login")
			b.Post("/paws/login", form(nobranch)).Want(t, 403, "Ask your practice administrator")
			b.Get("/paws/").Want(t, 200, "Sign in")
		})
		t.Run("the exact causes are on record, unknown login IDs are not", func(t *testing.T) {
			lines, err := a.Audit.List(context.Background(), c.ID, audit.Filter{Subject: "sign_in", Outcome: audit.Refused}, "", 50)
			if err != nil {
				t.Fatal(err)
			}
			causes := map[string]bool{}
			for _, l := range lines {
				causes[l.Cause] = true
				if strings.Contains(l.TargetID, "nobody@") {
					t.Error("an unknown login ID was stored as typed")
				}
			}
			for _, want := range []string{"unknown-login", "wrong-password", "no-branch"} {
				if !causes[want] {
					t.Errorf("no entry with cause %s in %v", want, causes)
				}
			}
		})
		t.Run("who is signed in already is told, and the former session ends", func(t *testing.T) {
			b := a.Enter("paws", vet, "")
			b.Get("/paws/login").Want(t, 200, "Vera Vet is signed in in this browser")
			old := cookie(t, b, "catflap")
			b.Post("/paws/login", form(c.Administrator)).Want(t, 200, "Where do you work today?")
			a.API("GET", "/session", old, nil).Want(t, 401)
		})
		t.Run("a form left open by the former user fails", func(t *testing.T) {
			b := a.Enter("paws", vet, "")
			stale := b.Get("/paws/account/sessions").Body
			b.Post("/paws/login", form(c.Administrator))
			b.Post("/paws/login/branch", url.Values{"branch": {c.North.ID}}).Want(t, 200, "Ada Admin")
			b.Page.Body = stale
			b.Post("/paws/account/sessions/end-others", nil).Want(t, 403, "earlier sign-in")
		})
		t.Run("the return path stays in the practice", func(t *testing.T) {
			for path, want := range map[string]string{
				"/paws/account/sessions": "/paws/account/sessions", "//evil.example": "/paws/", "/other/": "/paws/", "https://evil.example/": "/paws/",
			} {
				b := a.Browser()
				b.Get("/paws/login")
				f := form(vet)
				f.Set("return", path)
				if got := b.Post("/paws/login", f).Path; got != want {
					t.Errorf("return=%s led to %s, want %s", path, got, want)
				}
			}
		})
	})
}

func TestTriesAreDelayed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		for _, login := range []string{c.Administrator.LoginID, "nobody@paws.example"} {
			for range 5 {
				a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": login, "password": "no"}).Want(t, 401)
			}
			r := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": login, "password": "no"}).Want(t, 429)
			if r.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
			if !strings.HasSuffix(r.Text("type"), "too-many-tries") {
				t.Errorf("type %q", r.Text("type"))
			}
		}
		right := map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password}
		a.API("POST", "/practices/paws/sign-in", "", right).Want(t, 429)
		a.Clock.Advance(5 * time.Minute)
		a.API("POST", "/practices/paws/sign-in", "", right).Want(t, 200)
		a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": "no"}).Want(t, 401)
	})
}

// TestTriesAtOnce: of 16 wrong tries at the same moment only those before the
// delay are let through, however they interleave.
func TestTriesAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		looked := apptest.AtOnce(16, func(int) bool {
			return a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": "no"}).Status == http.StatusUnauthorized
		})
		if looked != 5 {
			t.Errorf("%d tries were looked at, want 5", looked)
		}
	})
}

func TestPendingSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		begin := func() string {
			return a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password}).
				Want(t, 200).Text("sign_in")
		}
		token := begin()
		state := a.API("GET", "/sign-in", token, nil).Want(t, 200)
		if state.Text("next") != "choose_branch" {
			t.Fatalf("next is %q", state.Text("next"))
		}
		a.API("POST", "/sign-in/new-password", token, map[string]any{"new_password": "a whole new password"}).Want(t, 409)
		a.API("GET", "/session", token, nil).Want(t, 401)
		won := apptest.AtOnce(16, func(int) bool {
			return a.API("POST", "/sign-in/branch", token, map[string]any{"branch": c.North.ID}).Status == 200
		})
		if won != 1 {
			t.Errorf("%d sessions came out of one sign-in", won)
		}
		a.API("GET", "/sign-in", token, nil).Want(t, 401)

		late := begin()
		a.Clock.Advance(16 * time.Minute)
		a.API("POST", "/sign-in/branch", late, map[string]any{"branch": c.North.ID}).Want(t, 401)
	})
}

func TestStepUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		b := a.Enter("paws", c.Administrator, c.North.ID)
		old := cookie(t, b, "catflap")
		b.Get("/paws/account/confirm?return=/paws/account/sessions").Want(t, 200, "Confirm that it is you", "Ada Admin", "North")
		b.Post("/paws/account/confirm", url.Values{"password": {"wrong"}}).Want(t, 422, "This is not your password")
		b.Post("/paws/account/confirm", url.Values{"password": {c.Administrator.Password}, "return": {"/paws/account/sessions"}}).
			Want(t, 200, "Where you are signed in")
		a.API("GET", "/session", old, nil).Want(t, 401)
		a.API("GET", "/session", cookie(t, b, "catflap"), nil).Want(t, 200)
	})
}

func form(p apptest.Person) url.Values {
	return url.Values{"login": {p.LoginID}, "password": {p.Password}}
}
