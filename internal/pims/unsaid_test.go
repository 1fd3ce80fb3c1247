package pims

import (
	"strings"
	"testing"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/petparent"
)

// TestColumnsThatAreMissing: what a later file has no column for is unknown,
// not empty.
func TestColumnsThatAreMissing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		load := func(text string) Tally {
			t.Helper()
			im, err := w.ImportNow(w.ctx, w.practice.ID, UploadInput{Files: []File{{Name: "clients.csv", Body: strings.NewReader(text)}}})
			if err != nil {
				t.Fatal(err)
			}
			return im.Result
		}
		person := func() petparent.Profile {
			t.Helper()
			page, err := w.PetParents.List(w.ctx, w.practice.ID, petparent.Filter{}, "", 10)
			if err != nil || len(page.Rows) != 1 {
				t.Fatalf("%d people: %v", len(page.Rows), err)
			}
			p, err := w.PetParents.Profile(w.ctx, w.DB, w.practice.ID, page.Rows[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		load("client_id,first_name,last_name,email,phone,pet_name,species,breed,sex,dob,deceased\n" +
			"C1,Ken,Ito,ken@example.com,(415) 555-0142,Rex,Dog,Beagle,MN,2019-04-30,yes\n")
		first := person()

		if got := load("client_id,first_name,last_name,email,pet_name\nC1,Ken,Ito,ken@example.com,Rex\n"); got.Unchanged != 1 || got.Changed != 0 {
			t.Errorf("the same with fewer columns: %+v", got)
		}
		if got := load("client_id,first_name,last_name,email\nC1,Kenji,Ito,ken@example.com\n"); got.Changed != 1 {
			t.Errorf("a new name: %+v", got)
		}
		last := person()
		if last.FirstName != "Kenji" {
			t.Errorf("the name is %s", last.FirstName)
		}
		if len(last.Phones) != 1 || last.Phones[0] != first.Phones[0] {
			t.Errorf("the phone is %v, was %v", last.Phones, first.Phones)
		}
		if len(last.Pets) != 1 {
			t.Fatalf("%d pets", len(last.Pets))
		}
		was, is := first.Pets[0].Pet, last.Pets[0].Pet
		if !is.Deceased || is.Breed != was.Breed || is.Sex != was.Sex || is.BornOn != was.BornOn || is.Species != was.Species {
			t.Errorf("the pet is %+v, was %+v", is, was)
		}

		load("client_id,first_name,last_name,email,phone\nC1,Kenji,Ito,ken@example.com,\n")
		if p := person(); len(p.Phones) != 0 || len(p.Pets) != 1 {
			t.Errorf("an empty phone was not taken over: %v, %d pets", p.Phones, len(p.Pets))
		}
	})
}

func TestPlanWithoutImport(t *testing.T) {
	w := newWorld(t, dbtest.New(t, db.SQLite))
	if err := w.DB.Write(w.ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(w.ctx, `UPDATE practice SET plan = 'basic' WHERE id = $1`, w.practice.ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Upload(w.ctx, w.practice.ID, UploadInput{Files: []File{{Name: "c.csv", Body: strings.NewReader("client_id")}}})
	if fault.From(err).Code != "feature-not-in-plan" {
		t.Errorf("%v", err)
	}
}
