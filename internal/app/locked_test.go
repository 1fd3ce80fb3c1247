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
