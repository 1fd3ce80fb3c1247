package petparent_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/petparent"
)

func TestUpsertStoresEverything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if got := w.put(w.practice, keeffe()); got != petparent.ResultNew {
			t.Fatalf("first import: %s", got)
		}
		p := w.profile(w.only(w.practice, "okeeffe").ID)
		in := keeffe()
		if diff := cmp.Diff(in.People[0], petparent.PersonInput{
			FirstName: p.FirstName, LastName: p.LastName, Emails: p.Emails, EmailProblem: p.EmailProblem, Phones: p.Phones,
		}); diff != "" {
			t.Errorf("person: %s", diff)
		}
		h := p.Household
		if h.System != "generic" || h.ExternalID != "C0077" || h.HomeBranchID != "north" || !h.Active || h.Deleted || h.OptOut {
			t.Errorf("household: %+v", h)
		}
		if p.Email != "maelle+vet@example.org" || p.Position != 1 || len(p.Others) != 0 || p.Login != (petparent.Login{}) {
			t.Errorf("profile: %+v", p)
		}
		if len(p.Pets) != 2 || p.Pets[0].Name != "Nugget" || p.Pets[1].BornOn != "2019-01-05" || p.Pets[1].Neutered != nil ||
			p.Pets[1].Ownership.Percentage != "100" || !p.Pets[1].Ownership.Main || p.Pets[0].Icon() != "guinea_pig" {
			t.Errorf("pets: %+v", p.Pets)
		}
	})
}

func TestUpsertAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		before := w.profile(w.only(w.practice, "okeeffe").ID)

		w.clock.Advance(time.Hour)
		shuffled := keeffe()
		shuffled.Pets[0], shuffled.Pets[1] = shuffled.Pets[1], shuffled.Pets[0]
		for range 2 {
			if got := w.put(w.practice, shuffled); got != petparent.ResultUnchanged {
				t.Errorf("the same again: %s", got)
			}
		}
		unexported := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".search" || p.Last().String() == ".sortKey" }, cmp.Ignore())
		if diff := cmp.Diff(before, w.profile(before.ID), unexported); diff != "" {
			t.Errorf("the same again wrote: %s", diff)
		}

		// A second person comes, a pet dies, another leaves, the name changes.
		yes := true
		next := keeffe()
		next.People[0].LastName = "Lefèvre"
		next.People = append(next.People, petparent.PersonInput{FirstName: "Yaël", LastName: "Delacour"})
		next.Pets = []petparent.PetInput{next.Pets[0], {ExternalID: "p3", Name: "Winston", Neutered: &yes}}
		next.Pets[0].Deceased, next.Pets[0].DiedOn = true, "2026-06-30"
		if got := w.put(w.practice, next); got != petparent.ResultChanged {
			t.Errorf("news: %s", got)
		}
		if got := w.put(w.practice, next); got != petparent.ResultUnchanged {
			t.Errorf("news again: %s", got)
		}
		after := w.profile(before.ID)
		if after.LastName != "Lefèvre" || len(after.Others) != 1 || after.Others[0].FirstName != "Yaël" {
			t.Errorf("people: %+v and %+v", after.PetParent, after.Others)
		}
		if len(after.Pets) != 2 || after.Pets[0].Name != "Winston" || !*after.Pets[0].Neutered || !after.Pets[1].Deceased {
			t.Errorf("pets: %+v", after.Pets)
		}
		if w.only(w.practice, "winston yael").ID != after.Others[0].ID || w.only(w.practice, "winston lefevre").ID != after.ID {
			t.Error("a new pet does not find its people")
		}
		for _, former := range []string{"okeeffe", "nugget"} {
			if page, err := w.List(w.ctx, w.practice, petparent.Filter{Query: former}, "", 0); err != nil || len(page.Rows) > 0 {
				t.Errorf("%q still finds somebody (%v)", former, err)
			}
		}

		// An export that does not list every pet takes none away.
		part := next
		part.AllPets, part.Pets = false, nil
		w.put(w.practice, part)
		if got := len(w.profile(before.ID).Pets); got != 2 {
			t.Errorf("%d pets left", got)
		}
	})
}

// TestUpsertKeepsCorrections: what was corrected here stays until the practice
// system says something new about that very field; the login never changes.
func TestUpsertKeepsCorrections(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		person := w.only(w.practice, "okeeffe")
		login := w.login(person.ID, "maelle+vet@example.org")
		w.onboard(login)
		corrected := person.Contact()
		corrected.Email, corrected.Phones = "new@example.org", []string{"(206) 555-0199"}
		if err := w.UpdateContact(w.ctx, w.practice, person.ID, corrected); err != nil {
			t.Fatal(err)
		}

		next := keeffe()
		next.People[0].FirstName = "Maelle"
		next.Pets[0].Deceased = true
		if got := w.put(w.practice, next); got != petparent.ResultChanged {
			t.Fatal(got)
		}
		p := w.profile(person.ID)
		if p.FirstName != "Maelle" || p.Email != "new@example.org" || p.Phones[0].E164 != "+12065550199" || !p.Pets[1].Deceased {
			t.Errorf("after news about something else: %+v", p)
		}
		next.People[0].Emails = []string{"moved@example.org"}
		w.put(w.practice, next)
		p = w.profile(person.ID)
		if p.Email != "moved@example.org" || p.Phones[0].E164 != "+12065550199" {
			t.Errorf("after news about the e-mail: %+v", p)
		}
		if p.Login.LoginID != "maelle+vet@example.org" || p.Login.RecoveryEmail != "recovery@example.com" || p.Status != petparent.Active {
			t.Errorf("login: %+v, %s", p.Login, p.Status)
		}
		lines := w.audited(audit.PetParentChanged)
		want := []audit.Change{{Field: "email", Before: "new@example.org, second@example.org", After: "moved@example.org"}}
		if len(lines) != 4 || lines[2].TargetKind != "pet" || lines[0].Detail["by"] != "import" || !cmp.Equal(lines[0].Personal.Changes, want) {
			t.Errorf("audit: %+v", lines)
		}
	})
}

func TestUpsertHoldsSomebodyElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		stranger := single("C0077", "Oscar", "Lindenbaum", "oscar@example.com")
		stranger.Pets = []petparent.PetInput{{ExternalID: "p9", Name: "Biscuit"}}
		if got := w.put(w.practice, stranger); got != petparent.ResultHeld {
			t.Errorf("a stranger under a known id: %s", got)
		}
		p := w.profile(w.only(w.practice, "okeeffe").ID)
		if p.FirstName != "Maëlle" || len(p.Pets) != 2 {
			t.Errorf("the known one became %+v", p)
		}
		if page, err := w.List(w.ctx, w.practice, petparent.Filter{Query: "biscuit"}, "", 0); err != nil || len(page.Rows) > 0 {
			t.Errorf("the stranger's pet is here (%v)", err)
		}
	})
}

func TestUpsertSharedPet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a, b := single("A", "Ann", "Adams", ""), single("B", "Bea", "Brown", "")
		a.Pets = []petparent.PetInput{{ExternalID: "p1", Name: "Rex", Percentage: "60", Main: true}}
		b.Pets = []petparent.PetInput{{ExternalID: "p1", Name: "Rex", Percentage: "40"}}
		w.put(w.practice, a)
		w.put(w.practice, b)
		ann, bea := w.profile(w.only(w.practice, "rex ann").ID), w.profile(w.only(w.practice, "rex bea").ID)
		if ann.Pets[0].ID != bea.Pets[0].ID || bea.Pets[0].Ownership.Percentage != "40" || bea.Pets[0].Ownership.Main {
			t.Errorf("shared pet: %+v and %+v", ann.Pets, bea.Pets)
		}
		a.Pets[0].Name = "Max"
		w.put(w.practice, a)
		if w.only(w.practice, "max bea").ID != bea.ID {
			t.Error("the other owner is not found by the new name")
		}
	})
}

func TestUpsertAtOnce(t *testing.T) {
	d := dbtest.New(t, db.PostgreSQL)
	w := newWorld(t, d)
	for _, err := range atOnce(16, func() error {
		return d.Write(w.ctx, func(tx *db.Tx) error {
			_, err := w.Upsert(w.ctx, tx, w.practice, keeffe())
			return err
		})
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if p := w.profile(w.only(w.practice, "okeeffe").ID); len(p.Pets) != 2 || len(p.Others) != 0 {
		t.Errorf("after 16 imports at once: %+v", p)
	}
}

// Who comes under a known id is the same person as long as anything is as it was.
func TestUpsertKnowsSomebodyElse(t *testing.T) {
	d := dbtest.New(t, db.SQLite)
	w := newWorld(t, d)
	company := func(id, company, email string) petparent.HouseholdInput {
		h := single(id, "", "", email)
		h.Company = company
		return h
	}
	for i, row := range []struct {
		was, is petparent.HouseholdInput
		want    petparent.Result
	}{
		{single("1", "Ann", "Smith", ""), single("1", "Bob", "Jones", ""), petparent.ResultHeld},
		{single("2", "Ann", "Smith", "ann@example.com"), single("2", "Bob", "Jones", ""), petparent.ResultHeld},
		{single("3", "Ann", "Smith", "ann@example.com"), single("3", "Anna", "Smith-Jones", "ANN@example.com"), petparent.ResultChanged},
		{single("4", "Ann", "Smith", ""), single("4", "ANN", "Jones", "ann@example.com"), petparent.ResultChanged},
		{company("5", "Happy Farm", "a@example.com"), company("5", "Other Farm", "b@example.com"), petparent.ResultHeld},
		{company("6", "Happy Farm", "a@example.com"), company("6", "happy farm", "b@example.com"), petparent.ResultChanged},
	} {
		w.put(w.practice, row.was)
		if got := w.put(w.practice, row.is); got != row.want {
			t.Errorf("row %d: %s, want %s", i, got, row.want)
		}
	}
}
