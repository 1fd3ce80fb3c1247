package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/petparent"
)

// newcomer is the sign-in token of a pet parent who has just typed their
// temporary password.
func newcomer(t *testing.T, a *apptest.App, c apptest.Clinic) string {
	t.Helper()
	ctx := access.WithViewer(context.Background(), access.System("test"))
	put := func(f func(tx *db.Tx) error) {
		t.Helper()
		if err := a.DB.Write(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	put(func(tx *db.Tx) error {
		_, err := a.PetParents.Upsert(ctx, tx, c.ID, petparent.HouseholdInput{
			System: "generic", ExternalID: "C1", Active: true,
			People: []petparent.PersonInput{{FirstName: "Ken", LastName: "Ito", Emails: []string{"ken@example.com"}}},
			Pets:   []petparent.PetInput{{ExternalID: "P1", Name: "Biscuit", Species: "dog"}},
		})
		return err
	})
	found, err := a.PetParents.List(ctx, c.ID, petparent.Filter{}, "", 1)
	if err != nil || len(found.Rows) != 1 {
		t.Fatalf("%d pet parents: %v", len(found.Rows), err)
	}
	put(func(tx *db.Tx) error {
		_, err := a.Onboarding.CreateLogin(ctx, tx, c.Access(), found.Rows[0].ID, "ken@example.com", true)
		return err
	})
	_, after, _ := strings.Cut(a.LastMail("ken@example.com").Text, "Temporary password: ")
	temporary, _, _ := strings.Cut(after, "\n")
	return a.API("POST", "/practices/here/sign-in", "", map[string]any{"login": "ken@example.com", "password": temporary}).
		Want(t, 200).Text("sign_in")
}

// TestHalfDoneOpensNothing goes through every door with a first sign-in that
// waits for one of its steps: that step opens, and nothing else does.
func TestHalfDoneOpensNothing(t *testing.T) {
	for _, row := range []struct {
		step  string // the page of the step that is waited for
		terms bool
		its   []string
	}{
		{"/here/login/terms", true, []string{
			"GET /{practice}/login/terms", "POST /{practice}/login/terms", "GET /api/v1/sign-in/terms", "POST /api/v1/sign-in/terms",
		}},
		{"/here/login/details", false, []string{
			"GET /{practice}/login/details", "POST /{practice}/login/details", "GET /api/v1/sign-in/details", "POST /api/v1/sign-in/details",
		}},
	} {
		t.Run(row.step, func(t *testing.T) {
			a := apptest.On(t, dbtest.New(t, db.SQLite))
			c := a.Clinic("here")
			if row.terms {
				apptest.Exec(a, `
					INSERT INTO terms (practice_id, version, terms_title, terms_text, terms_url, privacy_title, privacy_text, privacy_url, published_at, published_by)
					VALUES ($1, 1, 'Terms', 'Be kind.', '', '', '', '', 0, '')`, c.ID)
			}
			half := newcomer(t, a, c)
			for _, route := range a.Mux().Routes() {
				if route.Rule.Audience.Has(access.Public) || route.Pattern == "GET /api/v1/sign-in" || slices.Contains(row.its, route.Pattern) {
					continue
				}
				res := walker{t, a, "here", half}.visit(route.Pattern)
				to := res.Header.Get("Location")
				switch {
				case res.StatusCode == 303 && (to == row.step || strings.HasPrefix(to, "/platform/login") || strings.HasPrefix(to, "/here/login?")):
				case slices.Contains([]int{400, 401, 403, 409, 422}, res.StatusCode):
				default:
					t.Errorf("%s: %d, to %q", route.Pattern, res.StatusCode, to)
				}
			}
			if n := apptest.Number(a, `SELECT count(*) FROM session`); n != 0 {
				t.Errorf("%d sessions", n)
			}
		})
	}
}
