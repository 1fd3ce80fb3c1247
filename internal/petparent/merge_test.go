package petparent_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/petparent"
)

// double is the household of keeffe once more under another number, with one pet
// that is the same and one that is not.
func double() petparent.HouseholdInput {
	h := single("C0099", "Maelle", "Okeeffe", "maelle@work.example")
	h.People[0].Phones = []petparent.Phone{{Kind: "cell", E164: "+12065550177"}}
	h.People = append(h.People, petparent.PersonInput{FirstName: "Yaël", LastName: "Delacour"})
	h.Pets = []petparent.PetInput{
		{ExternalID: "q1", Name: "zoe", Species: "dog"}, {ExternalID: "q2", Name: "Winston", Species: "cat", Percentage: "100"},
	}
	h.AllPets = true
	return h
}

func (w *world) merge(in petparent.MergeInput) petparent.Merge {
	w.t.Helper()
	m, err := w.PreviewMerge(w.ctx, w.DB, w.practice, in)
	if err != nil {
		w.t.Fatal(err)
	}
	in.Seen = m.Seen
	if err := w.Merge(w.ctx, w.practice, in); err != nil {
		w.t.Fatal(err)
	}
	return m
}

func names(p petparent.Profile) string {
	var pets []string
	for _, pet := range p.Pets {
		pets = append(pets, pet.Name)
	}
	slices.Sort(pets)
	var people []string
	for _, o := range p.Others {
		people = append(people, o.FirstName)
	}
	slices.Sort(people)
	return strings.Join(append(people, pets...), " ")
}

func TestMergeSamePerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		w.put(w.practice, double())
		stays, goes := w.profile(w.only(w.practice, "keeffe zoe nugget").ID), w.profile(w.only(w.practice, "maelle work").ID)
		pet := func(p petparent.Profile, name string) string {
			for _, one := range p.Pets {
				if petparent.Fold(one.Name) == name {
					return one.ID
				}
			}
			t.Fatalf("no %s", name)
			return ""
		}
		if _, err := w.correct(goes.ID, false, func(d *petparent.Details) { d.Person.FirstName = "Mae" }); err != nil {
			t.Fatal(err)
		}
		in := petparent.MergeInput{Stays: stays.ID, Goes: goes.ID, Same: true, Households: true, Fields: []string{"last_name"}}
		m, err := w.PreviewMerge(w.ctx, w.DB, w.practice, in)
		if err != nil || len(m.Twins) != 1 || m.Twins[0].Joined || len(m.Joining) != 2 || len(m.Others) != 1 || len(m.Choices) != 4 {
			t.Fatalf("preview: %+v, %v", m, err)
		}
		if names(w.profile(stays.ID)) != "Nugget Zoë" {
			t.Error("the preview wrote something")
		}
		in.Pets = map[string]string{pet(goes, "zoe"): pet(stays, "zoe")}
		w.merge(in)

		p := w.profile(stays.ID)
		if got := names(p); got != "Yaël Nugget Winston Zoë" {
			t.Errorf("household: %s", got)
		}
		if p.FirstName != "Maëlle" || p.LastName != "Okeeffe" || !slices.Equal(p.Emails, []string{"maelle+vet@example.org", "second@example.org", "maelle@work.example"}) ||
			len(p.Phones) != 4 || p.OpenProposals != 1 {
			t.Errorf("person: %+v", p.PetParent)
		}
		if _, err := w.Profile(w.ctx, d, w.practice, goes.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("the record that went: %v", err)
		}
		if now, err := w.Now(w.ctx, w.practice, goes.ID); err != nil || now != stays.ID {
			t.Errorf("its id leads to %q: %v", now, err)
		}
		if now, err := w.Now(w.ctx, w.other, goes.ID); err != nil || now != "" {
			t.Errorf("from the other practice its id leads to %q: %v", now, err)
		}
		if numbers, err := w.ClientNumbers(w.ctx, d, w.practice, p.HouseholdID); err != nil || len(numbers) != 2 || numbers[0].Number != "C0077" {
			t.Errorf("numbers: %+v, %v", numbers, err)
		}
		if w.only(w.practice, "winston okeeffe").ID != stays.ID || len(w.audited(audit.PetParentMerged)) != 1 || len(w.audited(audit.HouseholdMerged)) != 1 {
			t.Error("not found by what came along, or not on record")
		}

		// The next imports know both numbers, bring nobody back, and pass on news.
		w.clock.Advance(time.Hour)
		for _, same := range []petparent.HouseholdInput{keeffe(), double()} {
			if got := w.put(w.practice, same); got != petparent.ResultUnchanged {
				t.Errorf("the same again: %s", got)
			}
		}
		next := double()
		next.People[0].FirstName, next.People[0].LastName = "Maëlle Anne", "Okeeffe-Brown"
		next.People[1].FirstName = "Yael"
		next.People = append(next.People, petparent.PersonInput{FirstName: "Ned", LastName: "New"})
		next.Deleted, next.OptOut = true, true // the double is cleared away over there
		next.Pets = []petparent.PetInput{{ExternalID: "q1", Name: "Zoe", Species: "dog", Deceased: true}, {ExternalID: "q3", Name: "Pip"}}
		if got := w.put(w.practice, next); got != petparent.ResultChanged {
			t.Errorf("news under the merged number: %s", got)
		}
		p = w.profile(stays.ID)
		if got := names(p); got != "Ned Yael Nugget Pip Zoe" {
			t.Errorf("after the import: %s", got)
		}
		if p.FirstName != "Maëlle Anne" || p.LastName != "Okeeffe-Brown" || p.Household.Deleted || !p.Household.OptOut || !p.Pets[len(p.Pets)-1].Deceased {
			t.Errorf("after the import: %+v", p)
		}
		if page, err := w.List(w.ctx, w.practice, petparent.Filter{}, "", 0); err != nil || len(page.Rows) != 3 {
			t.Errorf("%d people: %v", len(page.Rows), err)
		}
		if got := w.put(w.practice, next); got != petparent.ResultUnchanged {
			t.Errorf("news again: %s", got)
		}
	})
}

// Two people of one household keep their records; a household that took another
// one over can be merged on.
func TestMergeHouseholds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a, b, c := single("A", "Ann", "Adams", "ann@example.com"), single("B", "Bob", "Brown", ""), single("C", "Cat", "Clay", "")
		a.OptOut = true
		a.Pets = []petparent.PetInput{{ExternalID: "p1", Name: "Rex", Percentage: "60", Main: true}}
		b.Pets = []petparent.PetInput{{ExternalID: "p1", Name: "Rex", Percentage: "40"}, {ExternalID: "p2", Name: "Tom"}}
		for _, in := range []petparent.HouseholdInput{a, b, c} {
			w.put(w.practice, in)
		}
		ann, bob, cat := w.only(w.practice, "ann").ID, w.only(w.practice, "bob").ID, w.only(w.practice, "cat").ID
		w.merge(petparent.MergeInput{Stays: bob, Goes: ann})
		if p := w.profile(bob); names(p) != "Ann Rex Tom" || !p.Household.OptOut || p.Household.ExternalID != "B" {
			t.Errorf("first merge: %s %+v", names(p), p.Household)
		}
		w.merge(petparent.MergeInput{Stays: cat, Goes: bob})
		if got := names(w.profile(cat)); got != "Ann Bob Rex Tom" {
			t.Errorf("second merge: %s", got)
		}
		a.People[0].LastName, a.Pets[0].Percentage = "Adamson", "70"
		w.put(w.practice, a)
		b.Pets = nil
		b.AllPets = true
		w.put(w.practice, b) // Rex is still listed under A
		if p := w.profile(cat); names(p) != "Ann Bob Rex" || w.only(w.practice, "adamson").ID != ann {
			t.Errorf("after imports under both numbers: %s", names(p))
		}
		for want, in := range map[error]petparent.MergeInput{
			petparent.ErrOneRecord:     {Stays: ann, Goes: ann},
			petparent.ErrSameHousehold: {Stays: ann, Goes: bob},
			petparent.ErrPetNotFound:   {Stays: ann, Goes: bob, Same: true, Pets: map[string]string{"x": "y"}},
			petparent.ErrNotFound:      {Stays: ann, Goes: "nobody"},
			petparent.ErrChangedSince:  {Stays: ann, Goes: bob, Same: true, Seen: "another time"},
		} {
			if err := w.Merge(w.ctx, w.practice, in); fault.From(err).Code != fault.From(want).Code {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		if err := w.Merge(w.ctx, w.other, petparent.MergeInput{Stays: ann, Goes: bob, Same: true}); !fault.Is(err, fault.NotFound) {
			t.Errorf("from the other practice: %v", err)
		}
		// Two records of one household are made one person.
		w.merge(petparent.MergeInput{Stays: ann, Goes: bob, Same: true})
		if got := names(w.profile(ann)); got != "Cat Rex" {
			t.Errorf("third merge: %s", got)
		}
		b.People[0].Emails = []string{"bob@example.com"}
		w.put(w.practice, b)
		if p := w.profile(ann); !slices.Equal(p.Emails, []string{"bob@example.com"}) || len(w.profile(ann).Others) != 1 {
			t.Errorf("news about the one who went: %+v", p.PetParent)
		}
	})
}

func TestMergeAtOnce(t *testing.T) {
	d := dbtest.New(t, db.PostgreSQL)
	w := newWorld(t, d)
	w.put(w.practice, keeffe())
	w.put(w.practice, double())
	stays, goes := w.only(w.practice, "nugget").ID, w.only(w.practice, "maelle work").ID
	m, err := w.PreviewMerge(w.ctx, d, w.practice, petparent.MergeInput{Stays: stays, Goes: goes, Same: true, Households: true})
	if err != nil {
		t.Fatal(err)
	}
	won := 0
	for _, err := range atOnce(16, func() error { return w.Merge(w.ctx, w.practice, m.MergeInput) }) {
		switch {
		case err == nil:
			won++
		case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict):
			t.Error(err)
		}
	}
	if p := w.profile(stays); won != 1 || names(p) != "Yaël Nugget Winston Zoë zoe" {
		t.Errorf("%d won: %s", won, names(p))
	}
}

// Imports under both numbers at the same moment as merges: whoever comes first,
// one record is left, which both numbers mean, and nobody comes twice.
func TestMergeAndImportAtOnce(t *testing.T) {
	d := dbtest.New(t, db.PostgreSQL)
	w := newWorld(t, d)
	w.put(w.practice, keeffe())
	w.put(w.practice, double())
	stays, goes := w.only(w.practice, "nugget").ID, w.only(w.practice, "maelle work").ID
	var calls, merged atomic.Int32
	for _, err := range atOnce(16, func() error {
		i := calls.Add(1)
		if i%4 == 0 {
			err := w.Merge(w.ctx, w.practice, petparent.MergeInput{Stays: stays, Goes: goes, Same: true, Households: true})
			if err == nil {
				merged.Add(1)
			} else if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
				err = nil
			}
			return err
		}
		next := double()
		if i%2 == 0 {
			next = keeffe()
		}
		next.People[0].FirstName = fmt.Sprintf("%s %d", next.People[0].FirstName, i)
		return d.Write(w.ctx, func(tx *db.Tx) error { _, err := w.Upsert(w.ctx, tx, w.practice, next); return err })
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if merged.Load() != 1 {
		t.Errorf("%d merges", merged.Load())
	}
	page, err := w.List(w.ctx, w.practice, petparent.Filter{}, "", 0)
	if err != nil || len(page.Rows) != 2 {
		t.Errorf("%d people: %v", len(page.Rows), err)
	}
	if p := w.profile(stays); names(p) != "Yaël Nugget Winston Zoë zoe" {
		t.Errorf("at the end: %s", names(p))
	}
	last := double()
	last.People[0].LastName, last.People[1].FirstName = "Okeeffe-Brown", "Yael"
	w.put(w.practice, last)
	if p := w.profile(stays); p.LastName != "Okeeffe-Brown" || len(p.Others) != 1 || p.Others[0].FirstName != "Yael" {
		t.Errorf("the next import: %+v", p.PetParent)
	}
}

// What somebody wanted corrected about a pet ends where the pet is not theirs
// any more.
func TestCorrectionsOfPetsThatLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		both := keeffe()
		both.People = append(both.People, petparent.PersonInput{FirstName: "Yaël", LastName: "Delacour"})
		w.put(w.practice, both)
		w.put(w.practice, single("C0078", "Oscar", "Lindenbaum", ""))
		yael, maelle, oscar := w.only(w.practice, "yael").ID, w.only(w.practice, "okeeffe").ID, w.only(w.practice, "oscar").ID
		propose := func(petParentID string) {
			t.Helper()
			if _, err := w.correct(petParentID, false, func(d *petparent.Details) {
				for i := range d.Pets {
					d.Pets[i].Breed = "Mongrel of " + petParentID
				}
				d.Person.FirstName += " Anne"
			}); err != nil {
				t.Fatal(err)
			}
		}
		open := func(petParentID string) (fields []string) {
			t.Helper()
			list, err := w.Proposals(w.ctx, w.practice, petParentID, "", 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range list {
				fields = append(fields, p.PetName+" "+p.Field)
			}
			slices.Sort(fields)
			return fields
		}
		propose(yael)
		propose(maelle)
		pets := w.profile(yael).Pets
		zoe := pets[1].ID
		// Yaël goes with Zoë: Nugget is not hers any more, and Zoë not Maëlle's.
		if err := w.Move(w.ctx, w.practice, petparent.Move{PetParentID: yael, To: oscar, Pets: []string{zoe, zoe}}); err != nil {
			t.Fatal(err)
		}
		if got := open(yael); !slices.Equal(got, []string{" first_name", "Zoë breed"}) {
			t.Errorf("who went: %q", got)
		}
		if got := open(maelle); !slices.Equal(got, []string{" first_name", "Nugget breed"}) {
			t.Errorf("who stayed: %q", got)
		}
		if err := w.Move(w.ctx, w.practice, petparent.Move{PetParentID: yael, Pets: []string{zoe, pets[0].ID, "none"}}); !fault.Is(err, fault.NotFound) {
			t.Errorf("pets of others: %v", err)
		}
		// Of two records of one person without the rest, the pets stay behind.
		w.merge(petparent.MergeInput{Stays: maelle, Goes: yael, Same: true})
		if got := open(maelle); !slices.Equal(got, []string{" first_name", "Nugget breed"}) {
			t.Errorf("merged: %q", got)
		}
		// One that is open all the same is not accepted.
		list, err := w.Proposals(w.ctx, w.practice, maelle, "", 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			if p.PetID == "" {
				continue
			}
			w.write(func(tx *db.Tx) error {
				_, err := tx.Exec(w.ctx, `UPDATE proposal SET pet_id = $3 WHERE practice_id = $1 AND id = $2`, w.practice, p.ID, zoe)
				return err
			})
			if err := w.Accept(w.ctx, w.practice, p.ID); fault.From(err).Code != fault.From(petparent.ErrProposalStray).Code {
				t.Errorf("accepted: %v", err)
			}
			if err := w.Reject(w.ctx, w.practice, p.ID); err != nil {
				t.Errorf("not to be rejected: %v", err)
			}
		}
	})
}
