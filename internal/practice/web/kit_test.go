package practiceweb_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// record is the newest line of an action.
func record(t *testing.T, a *apptest.App, practiceID string, action audit.Action) audit.Line {
	t.Helper()
	lines, err := a.Audit.List(t.Context(), practiceID, audit.Filter{Subject: action.Subject()}, "", 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if l.Action == action {
			return l
		}
	}
	t.Fatalf("no %s on record", action)
	return audit.Line{}
}

// changed is a record's changes as "field before after".
func changed(l audit.Line) string {
	var all []string
	for _, c := range l.Personal.Changes {
		all = append(all, c.Field+" "+c.Before+" > "+c.After)
	}
	return strings.Join(all, "; ")
}

// policyForm is the policy as the page would send it, with what is different.
func policyForm(t *testing.T, a *apptest.App, practiceID string, different ...string) url.Values {
	t.Helper()
	v, err := a.Practices.PolicyOf(t.Context(), a.DB, practiceID)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"revision": {v.Revision}}
	for _, s := range practice.Settings() {
		if value := s.Value(v.Chosen); value != "no" && s.Name != practice.StrictSetting {
			form.Set(s.Name, value)
		}
	}
	for i := 0; i < len(different); i += 2 {
		if form.Set(different[i], different[i+1]); different[i+1] == "no" {
			form.Del(different[i]) // an empty box sends nothing
		}
	}
	return form
}

// setPolicy changes settings of a practice as its administrator.
func setPolicy(t *testing.T, a *apptest.App, c apptest.Clinic, values map[string]string) {
	t.Helper()
	v := access.Viewer{Kind: access.KindStaff, AccountID: c.Administrator.ID, Name: c.Administrator.Name, PracticeID: c.ID}.
		WithPermissions(access.Permissions())
	if _, err := a.Onboarding.ChangePolicy(access.WithViewer(t.Context(), v), practice.PolicyInput{Values: values}); err != nil {
		t.Fatal(err)
	}
}

// client is a pet parent with a login, mailed or not, and their page's id.
func client(t *testing.T, a *apptest.App, c apptest.Clinic, externalID, email string) string {
	t.Helper()
	ctx := access.WithViewer(context.Background(), access.System("test"))
	person := petparent.PersonInput{FirstName: "Guest", LastName: externalID}
	login := strings.ToLower("guest." + externalID)
	if email == "" {
		person.EmailProblem = petparent.EmailMissing
	} else {
		person.Emails, login = []string{email}, email
	}
	id := ""
	if err := a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := a.PetParents.Upsert(ctx, tx, c.ID, petparent.HouseholdInput{
			System: "generic", ExternalID: externalID, Active: true, People: []petparent.PersonInput{person},
			Pets: []petparent.PetInput{{ExternalID: externalID + "/rex", Name: "Rex", Species: "dog"}},
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	page, err := a.PetParents.List(ctx, c.ID, petparent.Filter{Query: externalID}, "", 0)
	if err != nil || len(page.Rows) != 1 {
		t.Fatalf("%d people are client %s: %v", len(page.Rows), externalID, err)
	}
	id = page.Rows[0].ID
	if err := a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := a.Onboarding.CreateLogin(ctx, tx, c.Access(), id, login, email != "")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// prove makes the browser's proof fresh again after the clock moved.
func prove(t *testing.T, b *apptest.Browser, slug, password string) {
	t.Helper()
	b.Get("/"+slug+"/account/confirm").Want(t, 200)
	b.Post("/"+slug+"/account/confirm", url.Values{"password": {password}}).Want(t, 200)
}

// later moves the clock without letting a browser idle out.
func later(a *apptest.App, d, step time.Duration, use func()) {
	for ; d > 0; d -= step {
		a.Clock.Advance(min(d, step))
		use()
	}
}

// behind changes a practice without a door, and tells those who remember it.
func behind(t *testing.T, a *apptest.App, practiceID, statement string) {
	t.Helper()
	if err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
		tx.Announce(access.PracticeTopic(practiceID))
		_, err := tx.Exec(t.Context(), statement, practiceID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
