package petparent_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/petparent"
)

// world is one database with two practices, of which the second must never be
// reached from the first.
type world struct {
	*petparent.Service
	t        *testing.T
	ctx      context.Context
	clock    *clock.Manual
	accounts *account.Service
	practice string
	other    string
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	c := clock.NewManual(time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC))
	w := &world{
		Service: &petparent.Service{DB: d, Clock: c, Audit: &audit.Log{DB: d, Clock: c}, Region: "US"},
		t:       t, clock: c, accounts: &account.Service{DB: d, Clock: c},
		ctx: access.WithViewer(context.Background(), access.System("test")),
	}
	w.practice, w.other = w.addPractice("here"), w.addPractice("elsewhere")
	return w
}

func (w *world) addPractice(slug string) string {
	w.t.Helper()
	practiceID := id.New()
	w.write(func(tx *db.Tx) error {
		_, err := tx.Exec(w.ctx, `INSERT INTO practice (id, slug, name, kind, plan, status, created_at)
			VALUES ($1, $2, $2, 'clinic', 'complete', 'active', $3)`, practiceID, slug, w.clock.Now())
		return err
	})
	return practiceID
}

func (w *world) write(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Write(w.ctx, f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) put(practiceID string, in petparent.HouseholdInput) petparent.Result {
	w.t.Helper()
	var result petparent.Result
	compared, err := w.Compare(w.ctx, w.DB, practiceID, in)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(func(tx *db.Tx) (err error) {
		result, err = w.Upsert(w.ctx, tx, practiceID, in)
		return err
	})
	if result != compared {
		w.t.Errorf("Compare said %s, Upsert did %s", compared, result)
	}
	return result
}

// only finds the single pet parent that matches the query.
func (w *world) only(practiceID, query string) petparent.Row {
	w.t.Helper()
	page, err := w.List(w.ctx, practiceID, petparent.Filter{Query: query}, "", 0)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(page.Rows) != 1 {
		w.t.Fatalf("%q finds %d pet parents, want 1", query, len(page.Rows))
	}
	return page.Rows[0]
}

func (w *world) profile(petParentID string) petparent.Profile {
	w.t.Helper()
	p, err := w.Profile(w.ctx, w.DB, w.practice, petParentID)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// login gives the person an account.
func (w *world) login(petParentID, loginID string) account.Account {
	w.t.Helper()
	var a account.Account
	w.write(func(tx *db.Tx) (err error) {
		a, err = w.accounts.Create(w.ctx, tx, account.Input{
			PracticeID: w.practice, Kind: access.KindClient, Name: loginID, LoginID: loginID, RecoveryEmail: "recovery@example.com",
		})
		if err != nil {
			return err
		}
		attached, err := w.AttachAccount(w.ctx, tx, w.practice, petParentID, a.ID)
		if err == nil && !attached {
			err = errors.New("the account was not attached")
		}
		return err
	})
	return a
}

func (w *world) onboard(a account.Account) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := w.accounts.MarkOnboarded(w.ctx, tx, w.practice, a.ID)
		return err
	})
}

func (w *world) audited(action audit.Action) []audit.Line {
	w.t.Helper()
	lines, err := w.Audit.List(w.ctx, w.practice, audit.Filter{Subject: action.Subject()}, "", 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	var matching []audit.Line
	for _, l := range lines {
		if l.Action == action {
			matching = append(matching, l)
		}
	}
	return matching
}

// atOnce runs f in n goroutines and returns what each of them got.
func atOnce(n int, f func() error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f()
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func complaints(err error) map[string]bool {
	names := map[string]bool{}
	if fault.Is(err, fault.Invalid) {
		for _, f := range fault.From(err).Fields {
			names[f.Name] = true
		}
	}
	return names
}

// keeffe is the household most tests look at: one person and two pets.
func keeffe() petparent.HouseholdInput {
	return petparent.HouseholdInput{
		System: "generic", ExternalID: "C0077", HomeBranchID: "north", Active: true, AllPets: true,
		People: []petparent.PersonInput{{
			FirstName: "Maëlle", LastName: "O'Keeffe", Emails: []string{"maelle+vet@example.org", "second@example.org"},
			Phones: []petparent.Phone{
				{Kind: "home", E164: "+12065550152"}, {Kind: "work", E164: "+442079460018"}, {Kind: "cell", Raw: "555-0127"},
			},
		}},
		Pets: []petparent.PetInput{
			{ExternalID: "p1", Name: "Zoë", Species: "dog", Breed: "Bichon Frisé", Sex: "female", BornOn: "2019-01-05", Percentage: "100", Main: true},
			{ExternalID: "p2", Name: "Nugget", Species: "guinea_pig", Percentage: "50"},
		},
	}
}

// single is a household of one person without pets.
func single(externalID, first, last, email string) petparent.HouseholdInput {
	p := petparent.PersonInput{FirstName: first, LastName: last}
	if email != "" {
		p.Emails = []string{email}
	}
	return petparent.HouseholdInput{System: "generic", ExternalID: externalID, Active: true, People: []petparent.PersonInput{p}}
}

func number(i int) string { return fmt.Sprintf("C%04d", i) }
