package practiceweb_test

import (
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

const (
	detailsPage  = "/paws/settings/practice"
	branchesPage = "/paws/settings/branches"
)

func TestDetails(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		a.Browser().Get(detailsPage).Want(t, 200, "Forgot password?")
		manager := a.Enter("paws", a.Hire(c, "Mia Manager", "mia@paws.example", role.Manager, ""), c.North.ID)
		manager.Get(detailsPage).Want(t, 403)
		manager.Get("/paws/").Want(t, 200).Without(t, "/settings/practice")
		a.Enter("other", other.Administrator, other.North.ID).Get(detailsPage).Want(t, 200, "Forgot password?")

		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get(detailsPage).Want(t, 200, "Clinic paws", "Complete", "Import", "Included", "Your Catflap provider", `value="Europe/Berlin"`)
		good := func(different ...string) url.Values {
			f := url.Values{"name": {"Paws <b>& Co</b>"}, "phone": {"+49 30 1234"}, "email": {"desk@paws.example"}, "hours": {"Mon"}, "time_zone": {"Europe/Berlin"}}
			for i := 0; i < len(different); i += 2 {
				f.Set(different[i], different[i+1])
			}
			return f
		}
		for _, row := range [][2]string{
			{"name", " "}, {"name", strings.Repeat("n", 101)}, {"email", "desk"}, {"email", "a@b.example\nBcc: x@y.example"}, {"phone", strings.Repeat("1", 201)},
			{"hours", strings.Repeat("h", 201)}, {"time_zone", ""}, {"time_zone", "Mars/Olympus"}, {"time_zone", "../../etc/passwd"}, {"time_zone", "Local"}, {"hours", "9\x00"},
		} {
			if p := b.Post(detailsPage, good(row[0], row[1])); p.Status != 422 {
				t.Errorf("%s %.20q was answered with %d", row[0], row[1], p.Status)
			}
		}
		b.Post(detailsPage, good("name", strings.Repeat("n", 10<<20))).Want(t, 413)
		b.Get(detailsPage)
		b.Post(detailsPage, good()).Want(t, 200, "Saved.", "Paws <b>& Co</b>")
		if strings.Contains(b.Page.Body, "<b>& Co") {
			t.Error("the name was not escaped")
		}
		if got := changed(record(t, a, c.ID, audit.PracticeEdited)); got !=
			"name Clinic paws > Paws <b>& Co</b>; phone +1 555 0100 > +49 30 1234; hours Mon to Fri 8 to 18 > Mon; time_zone UTC > Europe/Berlin" {
			t.Errorf("on record: %s", got)
		}
		if p, err := a.Practices.Get(t.Context(), a.DB, other.ID); err != nil || p.Name != "Clinic other" {
			t.Errorf("the other practice is %s, %v", p.Name, err)
		}

		token := a.Token("paws", c.Administrator, c.North.ID)
		body := map[string]any{"name": "Paws", "phone": "", "email": "", "hours": "", "time_zone": "America/New_York"}
		a.API("GET", "/practice", "", nil).Want(t, 401)
		a.API("PUT", "/practice", a.Token("paws", a.Hire(c, "Rita", "rita@paws.example", role.Receptionist, ""), c.North.ID), body).Want(t, 403)
		if r := a.API("PUT", "/practice", token, body).Want(t, 200); r.Text("time_zone") != "America/New_York" || r.Text("plan") != "complete" {
			t.Errorf("answer %s", r.Raw)
		}
		body["time_zone"] = "Nowhere"
		a.API("PUT", "/practice", token, body).Want(t, 422)
		a.API("GET", "/practice", token, nil).Want(t, 200)
	})
}

func TestBranches(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		north, south := branchesPage+"/"+c.North.ID, branchesPage+"/"+c.South.ID
		a.Browser().Get(north).Want(t, 200, "Forgot password?")
		desk := a.Enter("paws", a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID), "")
		desk.Get(branchesPage).Want(t, 403)
		good := func(different ...string) url.Values {
			f := url.Values{"name": {"Uptown"}, "phone": {"1"}, "time_zone": {"Europe/Berlin"}, "hue": {"7"}, "features": {"pet_app", "marketing"}}
			for i := 0; i < len(different); i += 2 {
				f.Set(different[i], different[i+1])
			}
			return f
		}

		// North's manager: their own branch, nobody else's, and no new one.
		mia := a.Hire(c, "Mia Manager", "mia@paws.example", role.Manager, c.North.ID)
		manager := a.Enter("paws", mia, "")
		manager.Get(branchesPage).Want(t, 200, "North", "South", north).Without(t, south, "Add a branch")
		manager.Get(south).Want(t, 403)
		manager.Get(north).Want(t, 200).Without(t, "/network")
		manager.Post(south, good()).Want(t, 403)
		manager.Get(north)
		manager.Post(branchesPage, good()).Want(t, 403)
		manager.Get(branchesPage+"/"+other.North.ID).Want(t, 404)
		manager.Get(north)
		manager.Post(branchesPage+"/"+other.North.ID, good()).Want(t, 404)
		manager.Get(north)
		manager.Post(branchesPage+"/none", good()).Want(t, 404)
		manager.Get(north)
		for _, row := range [][2]string{
			{"name", ""}, {"name", strings.Repeat("n", 61)}, {"name", "SOUTH"}, {"hue", "8"}, {"hue", "-1"}, {"hue", ""}, {"time_zone", "Mars"}, {"phone", strings.Repeat("1", 201)},
		} {
			if p := manager.Post(north, good(row[0], row[1])); p.Status != 422 {
				t.Errorf("%s %.20q was answered with %d", row[0], row[1], p.Status)
			}
		}
		manager.Post(north, good()).Want(t, 200, "Uptown is saved", "Off: Import")
		if got := changed(record(t, a, c.ID, audit.BranchChanged)); got != "name North > Uptown; hue 0 > 7; phone  > 1; time_zone  > Europe/Berlin; features_off  > import" {
			t.Errorf("on record: %s", got)
		}
		manager.Get("/paws/").Want(t, 200, "Uptown", "hue-7").Without(t, ">Import<")
		manager.Get("/paws/pet-parents/import").Want(t, 403, "not switched on in this branch")
		manager.Get("/paws/pet-parents/logins").Want(t, 200)

		// In the other branch, and for pet parents, nothing is off.
		b := a.Enter("paws", c.Administrator, c.South.ID)
		b.Get("/paws/pet-parents/import").Want(t, 200)
		b.Get(branchesPage+"/new").Want(t, 200, "Add the branch")
		b.Post(branchesPage, good("name", "Uptown")).Want(t, 422, "of this name already")
		b.Post(branchesPage, good("name", "Harbour")).Want(t, 200, "Harbour is open")
		record(t, a, c.ID, audit.BranchCreated)
		// Who may in one branch only may not where they are not, whatever is active.
		if n := apptest.Number(a, `SELECT count(*) FROM branch WHERE practice_id = $1`, c.ID); n != 3 {
			t.Errorf("%d branches", n)
		}
	})
}

func TestBranchesForPrograms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		manager := a.Token("paws", a.Hire(c, "Mia Manager", "mia@paws.example", role.Manager, c.North.ID), "")
		admin := a.Token("paws", c.Administrator, c.North.ID)
		body := map[string]any{"name": "Harbour", "hue": 3, "features_off": []string{"import"}}
		a.API("POST", "/branches", "", body).Want(t, 401)
		a.API("POST", "/branches", manager, body).Want(t, 403)
		made := a.API("POST", "/branches", admin, body).Want(t, 201)
		if !strings.Contains(made.Raw, `"features":["pet_app","marketing"]`) || !strings.Contains(made.Raw, `"mode":"off"`) {
			t.Errorf("made %s", made.Raw)
		}
		if r := a.API("GET", "/branches", manager, nil).Want(t, 200); strings.Contains(r.Raw, `"network"`) || !strings.Contains(r.Raw, "Harbour") {
			t.Errorf("list %s", r.Raw)
		}
		a.API("PUT", "/branches/"+made.Text("id"), manager, body).Want(t, 403)
		a.API("PUT", "/branches/"+c.North.ID, manager, map[string]any{"name": "Top", "hue": 1, "features_off": []string{"nothing"}}).Want(t, 422)
		a.API("PUT", "/branches/"+c.North.ID, manager, map[string]any{"name": "Top", "hue": 1}).Want(t, 200)
		a.API("PUT", "/branches/none", manager, body).Want(t, 404)
		a.API("PUT", "/branches/"+c.North.ID+"/network", manager, map[string]any{"mode": "off", "networks": []string{}}).Want(t, 403)
	})
}

// TestFeaturesOfClients: pet parents have no branch, so the plan alone decides.
func TestFeaturesOfClients(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		client(t, a, c, "K1", "ken@example.com")
		pending := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "ken@example.com", "password": temporaryIn(t, a, "ken@example.com")}).Want(t, 200).Text("sign_in")
		a.API("POST", "/sign-in/details", pending, a.API("GET", "/sign-in/details", pending, nil).Body).Want(t, 200)
		token := a.API("POST", "/sign-in/new-password", pending, map[string]any{"new_password": apptest.Password()}).Want(t, 200).Text("session", "token")
		behind(t, a, c.ID, `UPDATE branch SET features_off = '["pet_app"]' WHERE practice_id = $1`)
		a.API("GET", "/pet-parents/me", token, nil).Want(t, 200)
		staff := a.Enter("paws", c.Administrator, c.North.ID)
		staff.Get("/paws/pet-parents/logins").Want(t, 403, "not switched on in this branch")
		staff.Get("/paws/").Want(t, 200).Without(t, "Logins for all")
		behind(t, a, c.ID, `UPDATE branch SET features_off = '[]' WHERE practice_id = $1`)
		behind(t, a, c.ID, `UPDATE practice SET plan = 'none' WHERE id = $1`)
		if r := a.API("GET", "/pet-parents/me", token, nil).Want(t, 403); !strings.Contains(r.Raw, "Your practice does not offer this") {
			t.Errorf("without the plan: %s", r.Raw)
		}
	})
}
