package petparentweb_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// world is a practice with staff and a few clients, and another practice that
// must never be reached from it.
type world struct {
	*apptest.App
	t             *testing.T
	clinic, other apptest.Clinic
	ken, aya, bea string // pet parents: with pets, of the same household, without e-mail
	foreign       string // of the other practice
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) { f(t, newWorld(t, a)) })
}

func newWorld(t *testing.T, a *apptest.App) *world {
	t.Helper()
	w := &world{App: a, t: t, clinic: a.Clinic("paws"), other: a.Clinic("other")}
	w.put(w.clinic, petparent.HouseholdInput{
		System: "cornerstone", ExternalID: "C1", HomeBranchID: w.clinic.North.ID, Active: true,
		People: []petparent.PersonInput{
			{FirstName: "Ken", LastName: "Ito", Emails: []string{"ken@example.com"}, Phones: []petparent.Phone{{Kind: "home", E164: "+12065550152"}}},
			{FirstName: "Aya", LastName: "Ito", Emails: []string{"aya@example.com"}},
		},
		Pets: []petparent.PetInput{
			{ExternalID: "P1", Name: "Biscuit", Species: "dog", Breed: "Beagle", Sex: "male", BornOn: "2021-03-05", Main: true, Percentage: "100"},
			{ExternalID: "P2", Name: "Mochi", Species: "cat"},
			{ExternalID: "P3", Name: "Clover", Species: "rabbit", Deceased: true, DiedOn: "2025-11-02"},
		},
	})
	w.put(w.clinic, petparent.HouseholdInput{
		System: "cornerstone", ExternalID: "C2", HomeBranchID: w.clinic.South.ID, Active: true,
		People: []petparent.PersonInput{{FirstName: "Bea", LastName: "Brown"}},
		Pets:   []petparent.PetInput{{ExternalID: "P4", Name: "Hops", Species: "goat"}},
	})
	w.put(w.other, petparent.HouseholdInput{
		System: "generic", ExternalID: "C1", Active: true,
		People: []petparent.PersonInput{{FirstName: "Fay", LastName: "Foreign", Emails: []string{"fay@example.com"}}},
	})
	w.ken, w.aya, w.bea = w.find(w.clinic, "ken ito"), w.find(w.clinic, "aya ito"), w.find(w.clinic, "brown")
	w.foreign = w.find(w.other, "fay")
	return w
}

func (w *world) ctx() context.Context {
	return access.WithViewer(context.Background(), access.System("test"))
}

func (w *world) write(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Write(w.ctx(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) put(c apptest.Clinic, in petparent.HouseholdInput) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := w.PetParents.Upsert(w.ctx(), tx, c.ID, in)
		return err
	})
}

func (w *world) find(c apptest.Clinic, query string) string {
	w.t.Helper()
	page, err := w.PetParents.List(w.ctx(), c.ID, petparent.Filter{Query: query}, "", 0)
	if err != nil || len(page.Rows) != 1 {
		w.t.Fatalf("%q finds %d people: %v", query, len(page.Rows), err)
	}
	return page.Rows[0].ID
}

// invite gives a pet parent a login and mails the temporary password, which it
// returns as the mail says it.
func (w *world) invite(petParentID, loginID string, mailed bool) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := w.Onboarding.CreateLogin(w.ctx(), tx, w.clinic.Access(), petParentID, loginID, mailed)
		return err
	})
	w.Work()
}

// temporary is the plain text, as the mail gets it.
func (w *world) temporary(petParentID string) string {
	w.t.Helper()
	p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, petParentID)
	if err != nil {
		w.t.Fatal(err)
	}
	t, err := w.Factors.TemporaryOf(w.ctx(), w.DB, w.clinic.ID, p.AccountID)
	if err != nil {
		w.t.Fatal(err)
	}
	plain, err := w.Factors.OpenTemporary(w.ctx(), w.clinic.ID, t.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return plain.Reveal()
}

// settle is the whole first sign-in of a pet parent through the front door.
func (w *world) settle(loginID, temporary string, details url.Values) (*apptest.Browser, string) {
	w.t.Helper()
	b := w.Browser()
	b.Get("/paws/login")
	b.Post("/paws/login", url.Values{"login": {loginID}, "password": {temporary}}).Want(w.t, 200, "Is everything right?")
	b.Post("/paws/login/details", details).Want(w.t, 200, "Choose your password")
	pw := apptest.Password()
	b.Post("/paws/login/new-password", url.Values{"new_password": {pw}, "repeat_password": {pw}})
	return b, pw
}

func (w *world) desk() *apptest.Browser {
	w.t.Helper()
	return w.Enter("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
}

// bearer is a fresh session of a person for the JSON API.
func (w *world) bearer(slug string, p apptest.Person, branchID string) string {
	w.t.Helper()
	a := w.API("POST", "/practices/"+slug+"/sign-in", "", map[string]string{"login": p.LoginID, "password": p.Password}).Want(w.t, 200)
	if a.Text("next") == "choose_branch" {
		a = w.API("POST", "/sign-in/branch", a.Text("sign_in"), map[string]string{"branch": branchID}).Want(w.t, 200)
	}
	return a.Text("session", "token")
}

func (w *world) audited(action audit.Action) []audit.Line {
	w.t.Helper()
	lines, err := w.Audit.List(w.ctx(), w.clinic.ID, audit.Filter{Subject: action.Subject()}, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var some []audit.Line
	for _, l := range lines {
		if l.Action == action {
			some = append(some, l)
		}
	}
	return some
}

func page(id string, more ...string) string {
	path := "/paws/pet-parents/" + id
	for _, m := range more {
		path += "/" + m
	}
	return path
}

func many(i int) petparent.HouseholdInput {
	return petparent.HouseholdInput{
		System: "generic", ExternalID: fmt.Sprint("M", i), Active: true,
		People: []petparent.PersonInput{{FirstName: "Number", LastName: fmt.Sprintf("Person%03d", i), Emails: []string{fmt.Sprintf("p%d@example.com", i)}}},
	}
}
