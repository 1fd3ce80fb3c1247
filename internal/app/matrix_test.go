package app_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/plan"
	"catflap/internal/role"
)

var update = flag.Bool("update", false, "write the doors down anew")

const doors = "testdata/doors.txt"

// TestDoors compares every route's rule with the list that people review: a
// route that is added or opened wider shows up as a changed line.
func TestDoors(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	var lines []string
	for _, r := range a.Mux().Routes() {
		lines = append(lines, door(r))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(doors, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(doors)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	known := strings.Split(string(want), "\n")
	for _, l := range lines {
		if !slices.Contains(known, l) {
			t.Errorf("not in %s: %s", doors, l)
		}
	}
	for _, l := range known {
		if l != "" && !slices.Contains(lines, l) {
			t.Errorf("in %s only: %s", doors, l)
		}
	}
	t.Log("If the change is meant, run the test with -update and review the difference.")
}

// door is a route and its rule on one line.
func door(r httpd.Route) string {
	var parts []string
	for _, a := range []struct {
		audience access.Audience
		name     string
	}{
		{access.Public, "public"}, {access.Pending, "pending"}, {access.Staff, "staff"}, {access.Client, "client"},
		{access.Platform, "platform"}, {access.Program, "program"},
	} {
		if r.Rule.Audience.Has(a.audience) {
			parts = append(parts, a.name)
		}
	}
	rule := strings.Join(parts, "+")
	if r.Rule.Permission != "" {
		rule += " " + string(r.Rule.Permission)
	}
	if r.Rule.Or != "" {
		rule += " or " + string(r.Rule.Or)
	}
	for _, f := range []struct {
		on   bool
		word string
	}{
		{r.Rule.AllBranches, "all-branches"}, {r.Rule.Feature != "", "feature:" + string(r.Rule.Feature)},
		{r.Rule.StepUp, "step-up"}, {r.Rule.Locked, "locked-too"}, {r.Rule.AnyBranch, "any-branch"}, {r.Rule.Passive, "passive"},
	} {
		if f.on {
			rule += " " + f.word
		}
	}
	return r.Pattern + ": " + rule
}

// TestMatrix sends every role through every door, under every plan, with each
// feature on and off in the branch: who is let in is what roles, plan and
// branch say, and nothing else.
func TestMatrix(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	c := a.Clinic("here")
	type member struct {
		ready role.ReadyMade
		in    string // the branch that the role is held in; "" for all
		token string
	}
	var staff []member
	for i, ready := range role.ReadyMades() {
		for _, in := range []string{c.North.ID, ""} {
			p := a.Hire(c, fmt.Sprint(ready.Name, " ", i), fmt.Sprintf("%s%d@here.example", ready.Key, len(staff)), ready.Key, in)
			staff = append(staff, member{ready, in, token(t, a, "here", p, c.North.ID)})
		}
	}
	for _, p := range plan.All() {
		for _, off := range [][]access.Feature{nil, access.Features()} {
			buy(t, a, c, p.Key, off)
			for _, m := range staff {
				for _, r := range a.Mux().Routes() {
					if !r.Rule.Audience.Has(access.Staff) || r.Rule.Passive && r.Rule.Permission == "" {
						continue
					}
					want := "in"
					switch {
					case r.Rule.Permission != "" && !slices.Contains(m.ready.Permissions, r.Rule.Permission) && !slices.Contains(m.ready.Permissions, r.Rule.Or),
						r.Rule.AllBranches && m.in != "":
						want = "permission-missing"
					case r.Rule.Feature != "" && (!p.Includes(r.Rule.Feature) || slices.Contains(off, r.Rule.Feature)):
						want = "feature-off"
					}
					if got := knock(t, a, r, "here", m.token); got != want {
						t.Errorf("%s under %s with %v off, %s in %q: %s, want %s", r.Pattern, p.Key, off, m.ready.Key, m.in, got, want)
					}
				}
			}
		}
	}
}

// buy gives the practice a plan and switches features off in its North branch.
func buy(t *testing.T, a *apptest.App, c apptest.Clinic, planKey string, off []access.Feature) {
	t.Helper()
	words, err := json.Marshal(append([]access.Feature{}, off...))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE practice SET plan = $2 WHERE id = $1`, c.ID, planKey); err != nil {
			return err
		}
		tx.Announce(access.PracticeTopic(c.ID))
		_, err := tx.Exec(ctx, `UPDATE branch SET features_off = $3 WHERE practice_id = $1 AND id = $2`, c.ID, c.North.ID, string(words))
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// token signs a person in, in the branch.
func token(t *testing.T, a *apptest.App, slug string, p apptest.Person, branch string) string {
	t.Helper()
	r := a.API("POST", "/practices/"+slug+"/sign-in", "", map[string]any{"login": p.LoginID, "password": p.Password}).Want(t, 200)
	if r.Text("next") == "choose_branch" {
		r = a.API("POST", "/sign-in/branch", r.Text("sign_in"), map[string]any{"branch": branch}).Want(t, 200)
	}
	return r.Text("session", "token")
}

// knock asks a route with a body that is too large to be read, so that the
// guard decides and nothing is done: "in", or the code of the refusal.
func knock(t *testing.T, a *apptest.App, r httpd.Route, slug, token string) string {
	t.Helper()
	method, path, _ := strings.Cut(r.Pattern, " ")
	path = strings.ReplaceAll(strings.TrimSuffix(path, "{$}"), "{practice}", slug)
	for strings.Contains(path, "{") {
		from, to := strings.Index(path, "{"), strings.Index(path, "}")
		path = path[:from] + id.New() + path[to+1:]
	}
	req := httptest.NewRequest(method, path, http.NoBody)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	if method != http.MethodGet {
		req.ContentLength = 1 << 40
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, req)
	var problem struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(w.Body.Bytes(), &problem) // not every answer is a problem
	code := strings.TrimPrefix(problem.Type, "urn:catflap:problem:")
	switch {
	case w.Code == http.StatusUnauthorized, w.Code == http.StatusForbidden:
		return code
	case method != http.MethodGet && w.Code != http.StatusRequestEntityTooLarge:
		return fmt.Sprint(w.Code, " ", code)
	}
	return "in"
}
