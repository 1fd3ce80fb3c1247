package factorweb_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// client is a pet parent who has finished the first sign-in.
func (w *world) client(email string) (*apptest.Browser, apptest.Person) {
	w.t.Helper()
	ctx := access.WithViewer(context.Background(), access.System("test"))
	err := w.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := w.PetParents.Upsert(ctx, tx, w.clinic.ID, petparent.HouseholdInput{
			System: "generic", ExternalID: "C1", Active: true,
			People: []petparent.PersonInput{{FirstName: "Ken", LastName: "Ito", Emails: []string{email}}},
			Pets:   []petparent.PetInput{{ExternalID: "P1", Name: "Biscuit", Species: "dog"}},
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	found, err := w.PetParents.List(ctx, w.clinic.ID, petparent.Filter{}, "", 0)
	if err != nil || len(found.Rows) != 1 {
		w.t.Fatalf("%d pet parents: %v", len(found.Rows), err)
	}
	if err := w.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := w.Onboarding.CreateLogin(ctx, tx, w.clinic.Access(), found.Rows[0].ID, email, true)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	temporary := regexp.MustCompile(`Temporary password: (\S+)`).FindStringSubmatch(w.LastMail(email).Text)[1]
	p := apptest.Person{Password: apptest.Password()}
	b := w.Browser()
	b.Get("/paws/login")
	b.Post("/paws/login", url.Values{"login": {email}, "password": {temporary}}).Want(w.t, 200, "Is everything right?")
	details := url.Values{}
	for _, m := range regexp.MustCompile(`name="((?:person|pets)[^"]*)"[^>]*?value="([^"]*)"`).FindAllStringSubmatch(b.Page.Body, -1) {
		details.Set(m[1], m[2])
	}
	details.Set("pets[0].species", "dog")
	b.Post("/paws/login/details", details).Want(w.t, 200, "Choose your password")
	b.Post("/paws/login/new-password", url.Values{"new_password": {p.Password}, "repeat_password": {p.Password}}).Want(w.t, 200, "Hello, ")
	if p.Account, err = w.Accounts.ByLogin(ctx, w.DB, w.clinic.ID, email); err != nil {
		w.t.Fatal(err)
	}
	return b, p
}

// TestPetParents: the same wizard, by the practice's setting for all of them.
func TestPetParents(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b, ken := w.client("ken@home.example")
		b.Get("/paws/").Want(t, 200, "Configure two-factor authentication")
		b.Get(page).Want(t, 200, "Step 1 of 4", "Use codes by e-mail instead")
		k, all := w.switchOn(b)
		if len(all) != 10 {
			t.Errorf("%d codes", len(all))
		}
		if l := w.LastMail("ken@home.example"); !strings.Contains(l.Text, "Two-factor authentication was switched on") {
			t.Errorf("the newest letter says %s", l.Text)
		}
		b.Get(page).Want(t, 200, "View or generate backup codes", "Deactivate two-factor authentication")

		setPolicy := func(mode string) {
			t.Helper()
			stored := `{"second_factor_clients":"` + mode + `"}`
			apptest.Exec(w.App, `UPDATE practice SET policy = $1 WHERE id = $2`, stored, w.clinic.ID)
		}
		setPolicy("required")
		b.Get(page).Want(t, 200, "so it cannot be deactivated")
		b.Post(page+"/deactivate", nil).Want(t, http.StatusConflict)
		setPolicy("off")
		b.Get(page).Want(t, 200, "As long as you keep yours")
		w.Clock.Advance(late)
		w.confirm(b, ken, k).Want(t, 200)
		b.Post(page+"/deactivate", nil).Want(t, 200, "Two-factor authentication is deactivated", "off for logins like yours")
		b.Post(page+"/setup", nil).Want(t, http.StatusForbidden, "Ask your practice if you want it")
	})
}
