package signinweb_test

import (
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

func TestSwitchBranch(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		desk := a.Hire(c, "Dora Desk", "dora@paws.example", role.Receptionist, c.North.ID)
		to := func(id string) url.Values { return url.Values{"branch": {id}} }

		t.Run("the header offers the other branches and the session moves", func(t *testing.T) {
			b := a.Enter("paws", c.Administrator, c.North.ID)
			b.Get("/paws/").Want(t, 200, "Switch branch", c.South.ID)
			old := cookie(t, b, "catflap")
			if p := b.Post("/paws/account/branch", to(c.South.ID)).Want(t, 200, "You work in South now."); p.Path != "/paws/" {
				t.Errorf("led to %s", p.Path)
			}
			a.API("GET", "/session", old, nil).Want(t, 401)
			if r := a.API("GET", "/session", cookie(t, b, "catflap"), nil).Want(t, 200); r.Text("branch", "id") != c.South.ID {
				t.Errorf("branch %s", r.Text("branch", "name"))
			}
			lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: "session"}, "", 9)
			if err != nil || len(lines) != 1 || lines[0].Action != audit.BranchSwitched || lines[0].BranchID != c.South.ID ||
				lines[0].Personal.Changes[0] != (audit.Change{Field: "branch", Before: "North", After: "South"}) {
				t.Errorf("on record: %+v, %v", lines, err)
			}
			again := a.Browser()
			again.Get("/paws/login")
			again.Post("/paws/login", form(c.Administrator)).Want(t, 200, "Where do you work today?")
			if !preselected(again.Page.Body, c.South.ID) {
				t.Error("the branch switched to is not the last one")
			}
		})
		t.Run("a form of the other branch does nothing, and says why", func(t *testing.T) {
			b := a.Enter("paws", c.Administrator, c.North.ID)
			north := b.Get("/paws/security/sessions")
			b.Post("/paws/account/branch", to(c.South.ID)).Want(t, 200)
			b.Page = north
			b.Post("/paws/security/sessions/"+c.ID+"/end", nil).Want(t, 409, "This page belongs to another branch", "nothing was changed")
			b.Page = north
			b.Post("/paws/account/sessions/end-others", nil).Want(t, 200) // it acts in no branch
			b.Page = north
			b.Post("/paws/account/branch", to(c.North.ID)).Want(t, 200, "You work in North now.")
			b.Page = north
			b.Post("/paws/security/sessions/"+c.ID+"/end", nil).Want(t, 404)
			b.Page.Body = strings.Replace(north.Body, `name="form" value="`+c.North.ID, `name="form" value="`+c.South.ID, 1)
			b.Post("/paws/security/sessions/"+c.ID+"/end", nil).Want(t, 403, "earlier sign-in")
		})
		t.Run("only where they have a role", func(t *testing.T) {
			b := a.Enter("paws", desk, "")
			b.Page.Without(t, "Switch branch")
			b.Get("/paws/account/branch").Want(t, 200, "You have a role in North only")
			for _, id := range []string{c.South.ID, other.North.ID, "", "x"} {
				b.Post("/paws/account/branch", to(id)).Want(t, 422, "You have no role in this branch")
			}
			if p := b.Post("/paws/account/branch", to(c.North.ID)).Want(t, 200); p.Path != "/paws/" {
				t.Errorf("led to %s", p.Path)
			}
			token := cookie(t, b, "catflap")
			a.API("POST", "/session/branch", token, map[string]any{"branch": c.South.ID}).Want(t, 422)
			a.API("POST", "/session/branch", token, map[string]any{"branch": c.North.ID}).Want(t, 409)
			a.API("POST", "/session/branch", "", map[string]any{"branch": c.North.ID}).Want(t, 401)
			b.Get("/other/login")
			if p := b.Post("/other/account/branch", to(other.North.ID)); p.Path == "/other/account/branch" {
				t.Errorf("another practice answers %d", p.Status)
			}
		})
		t.Run("a role that was just taken away does not count", func(t *testing.T) {
			vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, "")
			b := a.Enter("paws", vet, c.North.ID)
			apptest.Exec(a, `UPDATE role_grant SET branch_id = $2 WHERE account_id = $1`, vet.ID, c.North.ID)
			b.Post("/paws/account/branch", to(c.South.ID)).Want(t, 422, "You have no role in this branch")
		})
		t.Run("the network of the branch decides", func(t *testing.T) {
			b := a.Enter("paws", c.Administrator, c.North.ID)
			apptest.Exec(a, `UPDATE branch SET network_mode = 'restrict', network = '["198.51.100.0/24"]' WHERE id = $1`, c.South.ID)
			defer apptest.Exec(a, `UPDATE branch SET network_mode = 'off' WHERE id = $1`, c.South.ID)
			b.Post("/paws/account/branch", to(c.South.ID)).Want(t, 409, "only be worked in from its own networks")
			b.Get("/paws/account/branch").Want(t, 200, "You work in North.")
		})
		t.Run("a program gets a new token", func(t *testing.T) {
			b := a.Enter("paws", c.Administrator, c.North.ID)
			old := cookie(t, b, "catflap")
			fresh := a.API("POST", "/session/branch", old, map[string]any{"branch": c.South.ID}).Want(t, 200).Text("token")
			a.API("GET", "/session", old, nil).Want(t, 401)
			a.API("POST", "/session/branch", old, map[string]any{"branch": c.North.ID}).Want(t, 401)
			a.API("GET", "/session", fresh, nil).Want(t, 200)
		})
		t.Run("the token before is void, however many switch at once", func(t *testing.T) {
			b := a.Enter("paws", c.Administrator, c.North.ID)
			token := cookie(t, b, "catflap")
			if won := apptest.AtOnce(8, func(int) bool {
				return a.API("POST", "/session/branch", token, map[string]any{"branch": c.South.ID}).Status == 200
			}); won < 1 {
				t.Errorf("%d won", won)
			}
			a.API("GET", "/session", token, nil).Want(t, 401)
		})
	})
}
