package signinweb_test

import (
	"net/url"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

// TestNetworkAtSignIn: a branch that bars the network cannot be chosen, and the
// page says which and why; where it only warns, that is on record.
func TestNetworkAtSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		third := a.Clinic("third") // a practice whose rules are nobody's business here
		network := func(branchID, mode, prefixes string) {
			apptest.Exec(a, `UPDATE branch SET network_mode = $2, network = $3 WHERE id = $1`, branchID, mode, prefixes)
		}
		last := func() audit.Line {
			t.Helper()
			lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: "sign_in"}, "", 1)
			if err != nil {
				t.Fatal(err)
			}
			return lines[0]
		}
		network(third.North.ID, "restrict", `[]`)
		network(third.South.ID, "restrict", `[]`)
		network(c.South.ID, "restrict", `["10.0.0.0/8"]`)
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, "")
		both := a.Hire(c, "Sid South", "sid@paws.example", role.Sitter, c.South.ID)

		typed(a.Browser(), vet.LoginID, vet.Password).Want(t, 200, "Vera Vet", "North")
		apptest.Exec(a, `UPDATE account SET last_branch_id = $2 WHERE id = $1`, vet.ID, c.South.ID)
		typed(a.Browser(), vet.LoginID, vet.Password).Want(t, 200, "South can only be worked in from its own networks, so you are in North now.")

		typed(a.Browser(), both.LoginID, both.Password).Want(t, 403, "South can only be worked in from the branch's own network", "ask your practice administrator")
		if l := last(); l.Cause != "network" || l.AccountID != both.ID {
			t.Errorf("on record: %+v", l)
		}
		if r := try(a, both.LoginID, both.Password).Want(t, 403); r.Text("type") != "urn:catflap:problem:network" {
			t.Errorf("type %q", r.Text("type"))
		}
		if n := apptest.Number(a, `SELECT count(*) FROM session WHERE account_id = $1`, both.ID); n != 0 {
			t.Error("a session was made")
		}
		typed(a.Browser(), both.LoginID, "wrong").Want(t, 401)

		// A waiting sign-in meets a rule that was made meanwhile.
		network(c.South.ID, "off", `[]`)
		b := a.Browser()
		typed(b, vet.LoginID, vet.Password).Want(t, 200, "Where do you work today?")
		network(c.South.ID, "restrict", `["10.0.0.0/8"]`)
		b.Post("/paws/login/branch", url.Values{"branch": {c.South.ID}}).Want(t, 422, "South can only be worked in from its own networks", "Choose another branch")
		network(c.North.ID, "restrict", `["10.0.0.0/8"]`)
		b.Post("/paws/login/branch", url.Values{"branch": {c.North.ID}}).Want(t, 403, "North and South can only be worked in")

		network(c.South.ID, "warn", `["10.0.0.0/8"]`)
		typed(a.Browser(), both.LoginID, both.Password).Want(t, 200, "Sid South")
		if l := last(); l.Action != audit.SignInDone || l.Cause != "outside-network" {
			t.Errorf("on record: %+v", l)
		}
		network(c.South.ID, "restrict", `["127.0.0.0/8"]`)
		typed(a.Browser(), both.LoginID, both.Password).Want(t, 200, "Sid South")
		if l := last(); l.Cause != "" {
			t.Errorf("on record: %+v", l)
		}

		places, err := a.SignIn.BranchesFor(t.Context(), a.DB, vet.Account)
		if err != nil || len(places) != 2 || places[0].Barred == "" || places[1].Barred == "" {
			t.Errorf("from nowhere: %+v, %v", places, err)
		}
	})
}
