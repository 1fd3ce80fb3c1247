package onboardingweb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/pims"
	"catflap/internal/pims/samples"
)

// truth is what a sample's truth.json says about who can be mailed.
type truth struct {
	Clients []struct{ ID string }
	Shared  []struct {
		Email   string
		Clients []string
	} `json:"shared_emails"`
	NotMailable []struct {
		Client  string
		Reasons []petparent.Reason
	} `json:"not_mailable"`
}

// fillWithSample puts a sample export into the practice and tells its truth.
func fillWithSample(t *testing.T, a *apptest.App, practiceID, folder, file string) truth {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "pims", "samples", folder, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want truth
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	body, err := samples.Files.ReadFile(folder + "/" + file)
	if err != nil {
		t.Fatal(err)
	}
	e, err := pims.Read(t.Context(), pims.Options{Country: "US", AsOf: samples.AsOf()}, pims.File{Name: file, Body: bytes.NewReader(body)})
	if err != nil {
		t.Fatal(err)
	}
	pets := e.PetsByClient()
	var all []petparent.HouseholdInput
	for _, c := range e.Clients {
		in := petparent.HouseholdInput{
			System: e.System, ExternalID: c.ID, Company: c.Company, Active: !c.Inactive, Deleted: c.Deleted, OptOut: c.OptOut,
			People: []petparent.PersonInput{{FirstName: c.First, LastName: c.Last, Emails: c.Addresses(), EmailProblem: c.EmailProblem}},
		}
		for _, p := range pets[c.ID] {
			in.Pets = append(in.Pets, petparent.PetInput{
				ExternalID: p.Key, Name: p.Name, Species: p.Species, Deceased: p.Deceased, Inactive: p.Inactive, Deleted: p.Deleted,
			})
		}
		all = append(all, in)
	}
	fill(t, a, practiceID, all...)
	return want
}

// fill puts households into the practice.
func fill(t testing.TB, a *apptest.App, practiceID string, all ...petparent.HouseholdInput) {
	t.Helper()
	ctx := access.WithViewer(context.Background(), access.System("test"))
	if err := a.DB.Write(ctx, func(tx *db.Tx) error {
		for _, in := range all {
			if _, err := a.PetParents.Upsert(ctx, tx, practiceID, in); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// one is a household of one person with one dog, known by its client number.
func one(externalID, first, last, email string) petparent.HouseholdInput {
	p := petparent.PersonInput{FirstName: first, LastName: last}
	if email == "" {
		p.EmailProblem = petparent.EmailMissing
	} else {
		p.Emails = []string{email}
	}
	return petparent.HouseholdInput{
		System: "generic", ExternalID: externalID, Active: true, People: []petparent.PersonInput{p},
		Pets: []petparent.PetInput{{ExternalID: externalID + "/rex", Name: "Rex", Species: "dog"}},
	}
}

// person finds a pet parent by client number.
func person(t testing.TB, a *apptest.App, practiceID, externalID string) petparent.Profile {
	t.Helper()
	page, err := a.PetParents.List(context.Background(), practiceID, petparent.Filter{Query: externalID}, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(page.Rows, func(r petparent.Row) bool { return r.ExternalID == externalID })
	if at < 0 {
		t.Fatalf("nobody is client %s", externalID)
	}
	p, err := a.PetParents.Profile(context.Background(), a.DB, practiceID, page.Rows[at].ID)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// giveLogin creates a login by hand; the welcome mail waits in the queue.
func giveLogin(a *apptest.App, c apptest.Clinic, petParentID, login string, mailed bool) error {
	ctx := access.WithViewer(context.Background(), access.System("test"))
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := a.Onboarding.CreateLogin(ctx, tx, c.Access(), petParentID, login, mailed)
		return err
	})
}

// invited is a pet parent with a login and the temporary password that was
// mailed to them.
type invited struct {
	petparent.Profile
	temporary string
}

func invite(t testing.TB, a *apptest.App, c apptest.Clinic, externalID, first, email string) invited {
	t.Helper()
	fill(t, a, c.ID, one(externalID, first, "Guest", email))
	if err := giveLogin(a, c, person(t, a, c.ID, externalID).ID, email, true); err != nil {
		t.Fatal(err)
	}
	return invited{temporary: temporaryIn(t, a.LastMail(email)), Profile: person(t, a, c.ID, externalID)}
}

var temporaryForm = regexp.MustCompile(`Temporary password: (\S+)`)

func temporaryIn(t testing.TB, l mail.Letter) string {
	t.Helper()
	m := temporaryForm.FindStringSubmatch(l.Text)
	if m == nil {
		t.Fatalf("no temporary password in the letter %q", l.Subject)
	}
	return m[1]
}

func signIn(a *apptest.App, slug, login, password string) apptest.Answer {
	return a.API(http.MethodPost, "/practices/"+slug+"/sign-in", "", map[string]any{"login": login, "password": password})
}

// token signs staff in through the API.
func token(t testing.TB, a *apptest.App, slug string, p apptest.Person, branchID string) string {
	t.Helper()
	return a.Token(slug, p, branchID)
}

// number asks the database for one number.
func number(t testing.TB, a *apptest.App, query string, args ...any) int {
	t.Helper()
	return apptest.Number(a, query, args...)
}
