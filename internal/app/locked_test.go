package app_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
)

// TestLockedSessionOpensNothing goes to every route with a locked session.
func TestLockedSessionOpensNothing(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	c := a.Clinic("here")
	locked := token(t, a, "here", c.Administrator, c.North.ID)
	a.API("POST", "/session/lock", locked, nil).Want(t, 204)
	may := []string{
		"POST /{practice}/sign-out", "POST /{practice}/account/switch-user", "POST /{practice}/account/lock",
		"GET /{practice}/account/locked", "POST /{practice}/account/unlock", "GET /{practice}/account/state",
		"DELETE /api/v1/session", "POST /api/v1/session/lock", "POST /api/v1/session/unlock",
	}
	for _, r := range a.Mux().Routes() {
		switch got := knock(t, a, r, "here", locked); {
		case !r.Rule.Audience.Has(access.Staff):
		case slices.Contains(may, r.Pattern) != r.Rule.Locked:
			t.Errorf("%s: open to locked sessions is %v", r.Pattern, r.Rule.Locked)
		case !r.Rule.Locked && got != "session-locked":
			t.Errorf("%s answers %q", r.Pattern, got)
		}
	}
}

// TestPollingIsPassive: what a page asks by itself, over and over, is no use of
// the session.
func TestPollingIsPassive(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	for _, r := range a.Mux().Routes() {
		if (strings.HasSuffix(r.Pattern, "/progress") || strings.HasSuffix(r.Pattern, "/account/state")) && !r.Rule.Passive {
			t.Errorf("%s moves the idle clock", r.Pattern)
		}
	}
}

// TestStandingNotices: what every page says until it is cured.
func TestStandingNotices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("here")
		b := a.Browser()
		b.Get("/here/login")
		b.Post("/here/login", url.Values{"login": {c.Administrator.LoginID}, "password": {c.Administrator.Password}})
		b.Post("/here/login/branch", url.Values{"branch": {c.North.ID}}).Want(t, 200)
		apptest.Exec(a, `UPDATE branch SET network_mode = 'warn', network = '["198.51.100.0/24"]' WHERE id = $1`, c.North.ID)
		b.Get("/here/pet-parents/pet-app").Want(t, 200, "from outside its own networks")
		apptest.Exec(a, `UPDATE branch SET network = '["127.0.0.0/8"]' WHERE id = $1`, c.North.ID)
		b.Get("/here/pet-parents/pet-app").Want(t, 200).Without(t, "from outside its own networks")
	})
}

// TestOnlySecurityManager: a practice in which nobody could help its one Security
// Manager says so on every page of those who can cure it.
func TestOnlySecurityManager(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("here")
		mia := a.Hire(c, "Mia Manager", "mia@here.example", role.Manager, c.North.ID)
		rita := a.Hire(c, "Rita Desk", "rita@here.example", role.Receptionist, c.North.ID)
		ada, manager, desk := a.Enter("here", c.Administrator, c.North.ID), a.Enter("here", mia, ""), a.Enter("here", rita, "")
		lonely := func(path string, is bool) {
			t.Helper()
			if !is {
				ada.Get(path).Without(t, "only Security Manager")
				manager.Get(path).Without(t, "only Security Manager")
				return
			}
			ada.Get(path).Want(t, 200, "You are the only Security Manager", "Give a second person your role")
			manager.Get(path).Want(t, 200, "Ada Admin is the only Security Manager", "Give a second person the same role")
		}
		lonely("/here/", true)
		lonely("/here/pet-parents/pet-app", true)
		desk.Get("/here/").Want(t, 200).Without(t, "only Security Manager")

		a.Hire(c, "Sue South", "sue@here.example", role.SecurityManager, c.South.ID) // cannot help Ada
		lonely("/here/", true)
		sam := a.Hire(c, "Sam Secure", "sam@here.example", role.SecurityManager, "")
		lonely("/here/", false)
		// Sam is one, but does not manage roles: Ada could still not be helped.
		ada.Get("/here/").Want(t, 200, "Nobody could help Ada Admin after a lost phone")
		a.Hire(c, "Bea Boss", "bea@here.example", role.Administrator, "")
		ada.Get("/here/").Want(t, 200).Without(t, "Nobody could help")

		for _, email := range []string{sam.LoginID, "bea@here.example"} {
			apptest.Exec(a, `UPDATE account SET onboarded_at = NULL WHERE login_id = $1`, email)
		}
		lonely("/here/staff", true) // who was only invited helps nobody
	})
}
