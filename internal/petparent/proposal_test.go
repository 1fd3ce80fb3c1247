package petparent_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/petparent"
)

// correct hands in details as the person would, with what change makes of them.
func (w *world) correct(petParentID string, accept bool, change func(d *petparent.Details)) ([]petparent.Correction, error) {
	w.t.Helper()
	details, err := w.Details(w.ctx, w.DB, w.practice, petParentID)
	if err != nil {
		w.t.Fatal(err)
	}
	change(&details)
	checked, checkErr := w.CheckDetails(w.ctx, w.DB, w.practice, petParentID, details)
	var list []petparent.Correction
	err = w.DB.Write(w.ctx, func(tx *db.Tx) (err error) {
		list, err = w.Correct(w.ctx, tx, w.practice, petParentID, details, accept)
		return err
	})
	if (err == nil) != (checkErr == nil) || !cmp.Equal(list, checked) {
		w.t.Errorf("CheckDetails says %v (%v), Correct did %v (%v)", checked, checkErr, list, err)
	}
	return list, err
}

func (w *world) proposals(petParentID string) []petparent.Proposal {
	w.t.Helper()
	list, err := w.Proposals(w.ctx, w.practice, petParentID, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func TestDetailsUnchanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		in := keeffe()
		in.Pets[1].Deceased = true
		// What practice systems hold and nobody would type.
		in.People[0].Phones = append(in.People[0].Phones, petparent.Phone{Kind: "cell", E164: "+12065550152"})
		in.Pets[0].Breed = "Bichon\x1b Frisé"
		w.put(w.practice, in)
		person := w.only(w.practice, "okeeffe")
		details, err := w.Details(w.ctx, d, w.practice, person.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(details.Pets) != 1 || details.Pets[0].Name != "Zoë" {
			t.Errorf("only living pets are to be confirmed: %+v", details.Pets)
		}
		want := petparent.Contact{
			FirstName: "Maëlle", LastName: "O'Keeffe", Email: "maelle+vet@example.org",
			Phones: []string{"+1 206-555-0152", "+44 20 7946 0018", "555-0127", "+1 206-555-0152"},
		}
		if diff := cmp.Diff(want, details.Person); diff != "" {
			t.Error(diff)
		}
		for _, accept := range []bool{false, true} {
			list, err := w.correct(person.ID, accept, func(d *petparent.Details) {
				d.Person.FirstName += "  " // white space is no correction
				d.Person.Phones = append(d.Person.Phones, "")
			})
			if err != nil || len(list) != 0 {
				t.Errorf("confirmed as it stands: %v, %v", list, err)
			}
		}
		if len(w.audited(audit.ProposalMade)) != 0 {
			t.Error("nothing corrected, yet recorded")
		}
	})
}

func TestProposals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		person := w.only(w.practice, "okeeffe")
		_, err := w.correct(person.ID, false, func(d *petparent.Details) {
			d.Person.LastName = "Lefèvre"
			d.Person.Phones = []string{"+1 206-555-0152", "206 555 0177 x5"}
			d.Pets = d.Pets[1:] // left out is unchanged
			d.Pets[0].Name, d.Pets[0].Sex = "Zoë Belle", "male"
		})
		if err != nil {
			t.Fatal(err)
		}
		open := w.proposals(person.ID)
		if len(open) != 4 || open[0].PetParentName != "Maëlle O'Keeffe" || open[2].PetName != "Zoë" || open[2].Field != petparent.FieldName {
			t.Fatalf("open: %+v", open)
		}
		if p := w.profile(person.ID); p.LastName != "O'Keeffe" || p.OpenProposals != 4 {
			t.Errorf("a proposal changed something: %+v", p)
		}
		made := w.audited(audit.ProposalMade)
		if len(made) != 1 || len(made[0].Personal.Changes) != 4 || made[0].Personal.Changes[2].Field != "Zoë: name" {
			t.Errorf("audit: %+v", made)
		}

		// The same again changes nothing; a new wish replaces the former.
		for _, last := range []string{"Lefèvre", "Lefevre"} {
			if _, err := w.correct(person.ID, false, func(d *petparent.Details) { d.Person.LastName = last }); err != nil {
				t.Fatal(err)
			}
		}
		again := w.proposals(person.ID)
		if len(again) != 4 || again[3].After != "Lefevre" {
			t.Fatalf("after a new wish: %+v", again)
		}
		if err := w.Accept(w.ctx, w.practice, open[0].ID); !errors.Is(err, petparent.ErrProposalNotFound) {
			t.Errorf("accepting what was replaced: %v", err)
		}

		staff := access.WithViewer(w.ctx, access.Viewer{Kind: access.KindStaff, AccountID: "reception"})
		for _, p := range again {
			decide, want := w.Accept, error(nil)
			if p.Field == petparent.FieldSex {
				decide = w.Reject
			}
			for range 2 {
				if err := decide(staff, w.practice, p.ID); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", p.Field, err, want)
				}
				want = petparent.ErrProposalDecided
			}
		}
		p := w.profile(person.ID)
		wantPhones := []petparent.Phone{{Kind: "home", E164: "+12065550152"}, {Kind: "unknown", E164: "+12065550177", Ext: "5"}}
		if p.LastName != "Lefevre" || p.Pets[1].Name != "Zoë Belle" || p.Pets[1].Sex != "female" || p.OpenProposals != 0 {
			t.Errorf("after deciding: %+v", p)
		}
		if diff := cmp.Diff(wantPhones, p.Phones); diff != "" {
			t.Error(diff)
		}
		if w.only(w.practice, "lefevre belle 5550177").ID != person.ID {
			t.Error("not found by what was accepted")
		}
		accepted, rejected := w.audited(audit.ProposalAccepted), w.audited(audit.ProposalRejected)
		if len(accepted) != 3 || accepted[0].ActorID != "reception" || len(accepted[0].Personal.Changes) != 1 || len(rejected) != 1 {
			t.Errorf("audit: %+v, %+v", accepted, rejected)
		}
	})
}

func TestCorrectAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		person := w.only(w.practice, "okeeffe")
		wish := func(last string, accept bool) {
			if _, err := w.correct(person.ID, accept, func(d *petparent.Details) {
				d.Person.LastName, d.Person.Email, d.Pets[1].Deceased = last, "", true
			}); err != nil {
				t.Fatal(err)
			}
		}
		wish("Former", false)
		wish("Latest", true)
		p := w.profile(person.ID)
		if p.LastName != "Latest" || p.Email != "" || len(p.Emails) != 0 || !p.Pets[1].Deceased {
			t.Errorf("not applied: %+v", p)
		}
		if p.OpenProposals != 0 {
			t.Error("the former wish is still open and would undo the latest")
		}
		if lines := w.audited(audit.PetParentChanged); len(lines) != 2 {
			t.Errorf("audit: %+v", lines)
		}
		// Details that were shown before a pet died are no obstacle.
		details, err := w.Details(w.ctx, d, w.practice, person.ID)
		if err != nil {
			t.Fatal(err)
		}
		details.Pets = append(details.Pets, petparent.PetDetails{ID: p.Pets[1].ID, Name: "Zoë"})
		if list, err := w.CheckDetails(w.ctx, d, w.practice, person.ID, details); err != nil || len(list) != 0 {
			t.Errorf("after the pet died: %v, %v", list, err)
		}
	})
}

func TestCorrectComplaints(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		person := w.only(w.practice, "okeeffe")
		long := string(slices.Repeat([]rune{'ä'}, 201))
		for name, c := range map[string]struct {
			want   []string
			change func(d *petparent.Details)
		}{
			"nameless":     {[]string{"person.last_name"}, func(d *petparent.Details) { d.Person.FirstName, d.Person.LastName = "", "\u200B" }},
			"long":         {[]string{"person.first_name", "pets[1].name"}, func(d *petparent.Details) { d.Person.FirstName, d.Pets[1].Name = long, long }},
			"address":      {[]string{"person.email"}, func(d *petparent.Details) { d.Person.Email = "maelle@" }},
			"phone":        {[]string{"person.phones"}, func(d *petparent.Details) { d.Person.Phones[0] = "call me" }},
			"many phones":  {[]string{"person.phones"}, func(d *petparent.Details) { d.Person.Phones = phones(11) }},
			"choices":      {[]string{"pets[0].species", "pets[0].sex"}, func(d *petparent.Details) { d.Pets[0].Species, d.Pets[0].Sex = "dragon", "x" }},
			"future":       {[]string{"pets[0].born_on"}, func(d *petparent.Details) { d.Pets[0].BornOn = "2026-07-03" }},
			"no date":      {[]string{"pets[0].born_on"}, func(d *petparent.Details) { d.Pets[0].BornOn = "2026-02-30" }},
			"nameless pet": {[]string{"pets[0].name"}, func(d *petparent.Details) { d.Pets[0].Name = " " }},
			"foreign pet":  {[]string{"pets[0]"}, func(d *petparent.Details) { d.Pets[0].ID = person.ID }},
			"twice":        {[]string{"pets[1]"}, func(d *petparent.Details) { d.Pets[1] = d.Pets[0] }},
		} {
			_, err := w.correct(person.ID, true, c.change)
			got := complaints(err)
			if len(got) != len(c.want) {
				t.Errorf("%s: %v", name, err)
			}
			for _, field := range c.want {
				if !got[field] {
					t.Errorf("%s: nothing said about %s (%v)", name, field, err)
				}
			}
		}
		if p := w.profile(person.ID); p.FirstName != "Maëlle" || len(w.proposals("")) != 0 {
			t.Error("something was stored in spite of complaints")
		}
	})
}

func phones(n int) (list []string) {
	for i := range n {
		list = append(list, "206 555 01"+number(i)[3:])
	}
	return list
}

// TestAcceptOnce: of sixteen at once, on the database that lets them meet, one
// wins.
func TestAcceptOnce(t *testing.T) {
	d := dbtest.New(t, db.PostgreSQL)
	w := newWorld(t, d)
	w.put(w.practice, keeffe())
	person := w.only(w.practice, "okeeffe")
	for _, err := range atOnce(16, func() error {
		_, err := w.correct(person.ID, false, func(d *petparent.Details) { d.Person.FirstName = "Maelle" })
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	open := w.proposals("")
	if len(open) != 1 {
		t.Fatalf("%d proposals from 16 at once", len(open))
	}
	won := 0
	for _, err := range atOnce(16, func() error { return w.Accept(w.ctx, w.practice, open[0].ID) }) {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, petparent.ErrProposalDecided):
			t.Error(err)
		}
	}
	if lines := w.audited(audit.ProposalAccepted); won != 1 || len(lines) != 1 {
		t.Errorf("%d won, %d recorded", won, len(lines))
	}
}
