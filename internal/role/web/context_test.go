package roleweb_test

import (
	"encoding/json"
	"slices"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/role"
)

type told struct {
	Kind    string
	Account struct{ Name, Login string }
	Practice,
	Branch struct{ Slug, Name string }
	Roles, Permissions, Features []string
	Landing                      string
	Menu                         []struct{ Key, Label, Group, URL string }
	Hidden                       []struct {
		Key    string
		Causes []struct {
			Cause, Feature, Text string
			Permissions          []string
			AllBranches          bool     `json:"all_branches"`
			Elsewhere, Who       []string `json:",omitempty"`
			WhoRoles             []string `json:"who_roles"`
		}
	}
}

func contextOf(t *testing.T, a *apptest.App, token string) told {
	t.Helper()
	var c told
	if err := json.Unmarshal([]byte(a.API("GET", "/context", token, nil).Want(t, 200).Raw), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c told) url(key string) string {
	for _, e := range c.Menu {
		if e.Key == key {
			return e.URL
		}
	}
	return ""
}

func (c told) causes(key string) []string {
	var all []string
	for _, h := range c.Hidden {
		if h.Key == key {
			for _, cause := range h.Causes {
				all = append(all, cause.Cause)
			}
		}
	}
	return all
}

func TestContext(t *testing.T) {
	each(t, func(t *testing.T, a *apptest.App) {
		here, _ := a.Clinic("here"), a.Clinic("there")
		a.API("GET", "/context", "", nil).Want(t, 401)
		half := a.API("POST", "/practices/here/sign-in", "", map[string]any{"login": here.Administrator.LoginID, "password": here.Administrator.Password})
		a.API("GET", "/context", half.Text("sign_in"), nil).Want(t, 401)

		rita := a.Hire(here, "Rita Reception", "rita@here.example", role.Receptionist, here.North.ID)
		grant(t, a, here, rita, role.Manager, here.South.ID)
		apptest.Exec(a, `UPDATE branch SET features_off = '["import"]' WHERE id = $1`, here.North.ID)
		token := signIn(t, a, "here", rita, here.North.ID)
		c := contextOf(t, a, token)
		if c.Kind != "staff" || c.Account.Name != "Rita Reception" || c.Practice.Slug != "here" || c.Branch.Name != "North" ||
			!slices.Equal(c.Roles, []string{"Receptionist"}) || !slices.Contains(c.Permissions, "login.manage") ||
			slices.Contains(c.Permissions, "import.run") || !slices.Equal(c.Features, []string{"pet_app", "marketing"}) || c.Landing != "/here/" {
			t.Errorf("%+v", c)
		}
		if c.url("home") != "/here/" || c.url("pet_parents.pet_app") != "/here/pet-parents/pet-app" || c.url("missing") != "/here/missing" ||
			c.url("added.Boarding.Kennel board") != "https://kennel.example.org/here/board" || c.url("pet_parents.import") != "" {
			t.Errorf("menu %+v", c.Menu)
		}
		if got := c.causes("pet_parents.import"); !slices.Equal(got, []string{"role", "branch"}) {
			t.Errorf("import is hidden by %v", got)
		}
		for _, h := range c.Hidden {
			if h.Key != "pet_parents.import" {
				continue
			}
			r, b := h.Causes[0], h.Causes[1]
			if !slices.Equal(r.Permissions, []string{"import.run"}) || !slices.Equal(r.Elsewhere, []string{"South"}) || r.Who != nil ||
				!slices.Equal(r.WhoRoles, []string{"Practice administrator"}) || b.Feature != "import" || b.Text == "" {
				t.Errorf("%+v", h)
			}
		}

		// The landing page of a role counts where it can be seen.
		apptest.Exec(a, `UPDATE role SET landing = '/pet-parents/import' WHERE practice_id = $1 AND key = $2`, here.ID, role.Manager)
		if got := contextOf(t, a, signIn(t, a, "here", rita, here.South.ID)).Landing; got != "/here/pet-parents/import" {
			t.Errorf("landing in South %q", got)
		}
		apptest.Exec(a, `UPDATE branch SET features_off = '["import"]' WHERE id = $1`, here.South.ID)
		if got := contextOf(t, a, signIn(t, a, "here", rita, here.South.ID)).Landing; got != "/here/" {
			t.Errorf("landing with the feature off %q", got)
		}

		// Looking does not keep anybody signed in.
		a.Clock.Advance(10 * 60e9)
		contextOf(t, a, token)
		a.Clock.Advance(6 * 60e9)
		a.API("GET", "/context", token, nil).Want(t, 401)
	})
}

func TestContextOfThePlatform(t *testing.T) {
	each(t, func(t *testing.T, a *apptest.App) {
		pat := a.Administrator()
		token := a.Token("platform", pat, "")
		c := contextOf(t, a, token)
		if c.Kind != "platform" || c.Practice.Slug != "" || c.url("platform.practices") != "/platform/" || len(c.Hidden) != 0 || len(c.Menu) != 5 || c.url("platform.administrators") != "/platform/administrators" {
			t.Errorf("%+v", c)
		}
	})
}
