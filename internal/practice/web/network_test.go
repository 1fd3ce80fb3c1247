package practiceweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

// elsewhere moves the sessions of a person to another address.
func elsewhere(a *apptest.App, p apptest.Person) {
	apptest.Exec(a, `UPDATE session SET ip = '203.0.113.9' WHERE account_id = $1`, p.ID)
}

// TestNetwork: a rule ends what it does not admit on the very next request, in
// its own branch only, and shuts nobody out by accident.
func TestNetwork(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		page := branchesPage + "/" + c.North.ID + "/network"
		rule := func(mode string, networks ...string) url.Values {
			return url.Values{"mode": {mode}, "networks": {strings.Join(networks, "\r\n")}}
		}
		a.Browser().Get(page).Want(t, 200, "Forgot password?")
		manager := a.Enter("paws", a.Hire(c, "Mia Manager", "mia@paws.example", role.Manager, ""), c.North.ID)
		manager.Get(page).Want(t, 403)
		southern := a.Enter("paws", a.Hire(c, "Sam South", "sam@paws.example", role.SecurityManager, c.South.ID), "")
		southern.Get("/paws/").Want(t, 200, branchesPage)
		southern.Get(branchesPage).Want(t, 200, "North", branchesPage+"/"+c.South.ID+"/network").Without(t, page, "Change<", "Add a branch")
		southern.Get(page).Want(t, 403)
		southern.Get(branchesPage+"/"+c.South.ID+"/network").Want(t, 200)
		southern.Post(page, rule("off")).Want(t, 403)
		southern.Get(branchesPage+"/"+other.North.ID+"/network").Want(t, 404)

		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get(page).Want(t, 200, "You come from", "127.0.0.1", "Save it even if it signs me out")
		for _, row := range []url.Values{
			rule("sometimes", "10.0.0.0/8"), rule("", "10.0.0.0/8"), rule("restrict"), rule("warn", " "), rule("warn", "10.0.0.0/33"), rule("warn", "office"),
			rule("warn", "10.0.0.0/8", "300.1.1.1"), rule("restrict", "fe80::1%eth0"), rule("warn", strings.Repeat("1", 5000)), rule("restrict", "10.0.0.0/8"),
		} {
			if p := b.Post(page, row); p.Status != 422 {
				t.Errorf("%v was answered with %d", row, p.Status)
			}
		}
		b.Post(page, rule("warn", strings.Repeat("1", 10<<20))).Want(t, 413)
		b.Get(page)

		// Two work in North from elsewhere, one in South; all are there.
		rita := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		vera := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.South.ID)
		ritas, veras := a.Enter("paws", rita, ""), a.Enter("paws", vera, "")
		a.Enter("paws", rita, "")
		elsewhere(a, rita)
		elsewhere(a, vera)
		inside := a.Enter("paws", rita, "")
		b.Get(page)
		b.Post(page, rule("warn", "10.0.0.0/8", "127.0.0.1")).Want(t, 200, "is saved").Without(t, "ended")
		ritas.Get("/paws/").Want(t, 200, "Good to see you")
		b.Get(page)
		b.Post(page, rule("restrict", "10.1.2.3/8", "127.0.0.1", "127.0.0.1/32", "::ffff:192.0.2.0/120")).Want(t, 200, "It ended 2 sessions from elsewhere")
		if ritas.Get("/paws/"); !strings.Contains(ritas.Page.Path, "why=session-network") {
			t.Errorf("from elsewhere: %s", ritas.Page.Path)
		}
		inside.Get("/paws/").Want(t, 200, "Good to see you")
		veras.Get("/paws/").Want(t, 200, "Good to see you")
		line := record(t, a, c.ID, audit.NetworkChanged)
		if got := changed(line); got != "mode warn > restrict; networks 10.0.0.0/8, 127.0.0.1/32 > 10.0.0.0/8, 127.0.0.1/32, 192.0.2.0/24" || line.Detail["sessions_ended"] != "2" {
			t.Errorf("on record: %s, %v", got, line.Detail)
		}

		// One's own session only when one says so, and then at once.
		b.Get(page)
		b.Post(page, rule("restrict", "10.0.0.0/8")).Want(t, 422, "does not admit the address you come from")
		shut := rule("restrict", "10.0.0.0/8")
		shut.Set("shut_me_out", "yes")
		b.Post(page, shut)
		inside.Get("/paws/")
		for _, out := range []string{b.Page.Path, inside.Page.Path} {
			if !strings.Contains(out, "why=session-network") {
				t.Errorf("outside: %s", out)
			}
		}

		// Nobody gets in from here; another branch is open.
		in := a.Browser()
		in.Get("/paws/login")
		in.Post("/paws/login", url.Values{"login": {rita.LoginID}, "password": {rita.Password}}).Want(t, 403, "North can only be worked in from the branch's own network")
		in = a.Enter("paws", c.Administrator, "")
		in.Page.Want(t, 200, "South")

		// From South the rule of North can be lifted; the proof must be fresh.
		in.Get(page).Want(t, 200).Without(t, "Save it even if it signs me out")
		a.Clock.Advance(6 * time.Minute)
		in.Post(page, rule("off", "10.0.0.0/8")).Want(t, 200, "Confirm that it is you")
		prove(t, in, "paws", c.Administrator.Password)
		in.Get(page)
		in.Post(page, rule("warn", "10.0.0.0/8")).Want(t, 200, "is saved")
		a.Enter("paws", rita, "")
		if l := record(t, a, c.ID, audit.SignInDone); l.Cause != "outside-network" || l.Personal.Account != "Rita Desk" {
			t.Errorf("on record: %+v", l)
		}
	})
}

// TestNetworkForPrograms: the same through the JSON API.
func TestNetworkForPrograms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		admin := a.Token("paws", c.Administrator, c.South.ID)
		rita := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		desk := a.Token("paws", rita, "")
		path := "/branches/" + c.North.ID + "/network"
		body := map[string]any{"mode": "restrict", "networks": []string{"10.0.0.0/8"}}
		a.API("PUT", path, "", body).Want(t, 401)
		a.API("PUT", path, desk, body).Want(t, 403)
		a.API("PUT", path, admin, map[string]any{"mode": "restrict", "networks": []string{"x"}}).Want(t, 422)
		if r := a.API("PUT", path, admin, body).Want(t, 200); !strings.Contains(r.Raw, `"sessions_ended":1`) {
			t.Errorf("answer %s", r.Raw)
		}
		if r := a.API("GET", "/session", desk, nil).Want(t, 401); !strings.Contains(r.Text("type"), "session-network") {
			t.Errorf("answer %s", r.Raw)
		}
		a.API("GET", "/session", admin, nil).Want(t, 200)
	})
}
