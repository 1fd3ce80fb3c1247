package petparent_test

import (
	"testing"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/petparent"
)

func TestAddByHand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		maelle := w.only(w.practice, "okeeffe").ID
		in := petparent.NewPerson{Contact: petparent.Contact{FirstName: "Ned", LastName: "O'Keeffe", Email: "MAELLE+vet@example.org", Phones: []string{"206 555 0133"}}, HouseholdOf: maelle}
		if _, err := w.Add(w.ctx, w.practice, in); fault.From(err).Code != "similar-pet-parent" {
			t.Errorf("the same address: %v", err)
		}
		if similar, err := w.Similar(w.ctx, w.practice, in); err != nil || len(similar) != 1 || similar[0].ID != maelle {
			t.Errorf("similar: %+v, %v", similar, err)
		}
		in.Known = true
		ned, err := w.Add(w.ctx, w.practice, in)
		if err != nil {
			t.Fatal(err)
		}
		p := w.profile(ned.ID)
		if names(p) != "Maëlle Nugget Zoë" || p.Phones[0].E164 != "+12065550133" || w.only(w.practice, "ned nugget").ID != ned.ID {
			t.Errorf("second person: %s %+v", names(p), p.PetParent)
		}
		if _, err := w.Add(w.ctx, w.other, in); !fault.Is(err, fault.NotFound) {
			t.Errorf("from the other practice: %v", err)
		}
		if _, err := w.Add(w.ctx, w.practice, petparent.NewPerson{Contact: petparent.Contact{Email: "x"}}); len(complaints(err)) != 2 {
			t.Errorf("complaints: %v", err)
		}

		// A second person who comes with the next import is somebody else.
		next := keeffe()
		next.People = append(next.People, petparent.PersonInput{FirstName: "Yaël", LastName: "Delacour"})
		w.put(w.practice, next)
		if p := w.profile(ned.ID); p.FirstName != "Ned" || len(p.Others) != 2 {
			t.Errorf("after the import: %+v", p.PetParent)
		}

		alone, err := w.Add(w.ctx, w.practice, petparent.NewPerson{Contact: petparent.Contact{FirstName: "Ola"}, Company: " Cat Café ", BranchID: "north"})
		if err != nil {
			t.Fatal(err)
		}
		if p := w.profile(alone.ID); p.Household.System != petparent.MadeHere || p.Household.Company != "Cat Café" || p.Household.HomeBranchID != "north" || len(p.Others) != 0 {
			t.Errorf("new household: %+v", p.Household)
		}
		if lines := w.audited(audit.PetParentAdded); len(lines) != 2 || len(lines[0].Personal.Changes) != 2 {
			t.Errorf("audit: %+v", lines)
		}
	})
}

func TestMove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		both := keeffe()
		both.People = append(both.People, petparent.PersonInput{FirstName: "Yaël", LastName: "Delacour", Emails: []string{"yael@example.com"}})
		w.put(w.practice, both)
		w.put(w.practice, single("C0078", "Oscar", "Lindenbaum", ""))
		yael, maelle, oscar := w.only(w.practice, "yael").ID, w.only(w.practice, "okeeffe").ID, w.only(w.practice, "oscar").ID
		zoe := w.profile(yael).Pets[1].ID

		for want, in := range map[error]petparent.Move{
			petparent.ErrAlone:         {PetParentID: oscar, To: yael},
			petparent.ErrSameHousehold: {PetParentID: yael, To: maelle},
			petparent.ErrPetNotFound:   {PetParentID: yael, To: oscar, Pets: []string{"none"}},
			petparent.ErrNotFound:      {PetParentID: yael, To: "nobody"},
		} {
			if err := w.Move(w.ctx, w.practice, in); fault.From(err).Code != fault.From(want).Code {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		if err := w.Move(w.ctx, w.other, petparent.Move{PetParentID: yael}); !fault.Is(err, fault.NotFound) {
			t.Errorf("from the other practice: %v", err)
		}
		if err := w.Move(w.ctx, w.practice, petparent.Move{PetParentID: yael, To: oscar, Pets: []string{zoe}, Shared: true}); err != nil {
			t.Fatal(err)
		}
		if got := names(w.profile(yael)) + "/" + names(w.profile(maelle)); got != "Oscar Zoë/Nugget Zoë" {
			t.Errorf("shared: %s", got)
		}
		// A household of their own, and the pet with them.
		if err := w.Move(w.ctx, w.practice, petparent.Move{PetParentID: yael, Pets: []string{zoe}}); err != nil {
			t.Fatal(err)
		}
		if got := names(w.profile(yael)) + "/" + names(w.profile(oscar)); got != "Zoë/" {
			t.Errorf("alone: %s", got)
		}
		// Imports find them where they are, and leave the pets.
		if got := w.put(w.practice, both); got != petparent.ResultUnchanged {
			t.Error(got)
		}
		both.People[1].LastName = "Delacour-Smith"
		both.Pets[1].Name = "Nugget II"
		w.put(w.practice, both)
		if p := w.profile(yael); p.LastName != "Delacour-Smith" || names(p) != "Zoë" || names(w.profile(maelle)) != "Nugget II Zoë" {
			t.Errorf("after the import: %+v %s", p.PetParent, names(w.profile(maelle)))
		}
		if w.only(w.practice, "delacour smith zoe").ID != yael || len(w.audited(audit.PetParentMoved)) != 2 {
			t.Error("not found, or not on record")
		}
	})
}

func TestEditHouseholdAndPets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(w.practice, keeffe())
		p := w.profile(w.only(w.practice, "okeeffe").ID)
		zoe := p.Pets[1]
		in := zoe.Record()
		in.Name, in.Deceased, in.DiedOn, in.Breed = "Zoé <b>", true, "2026-06-30", ""
		if err := w.UpdatePet(w.ctx, w.practice, p.ID, zoe.ID, in); err != nil {
			t.Fatal(err)
		}
		stored := w.profile(p.ID).Pets[1]
		if stored.Name != "Zoé <b>" || !stored.Deceased || stored.DiedOn != "2026-06-30" || stored.Breed != "" {
			t.Errorf("stored: %+v", stored)
		}
		if lines := w.audited(audit.PetParentChanged); len(lines) != 1 || len(lines[0].Personal.Changes) != 4 {
			t.Errorf("audit: %+v", lines)
		}
		in.DiedOn, in.Name = "1999-01-01", ""
		if err := w.UpdatePet(w.ctx, w.practice, p.ID, zoe.ID, in); len(complaints(err)) != 2 {
			t.Errorf("complaints: %v", err)
		}
		in = stored.Record()
		in.Deceased = false
		if err := w.UpdatePet(w.ctx, w.practice, p.ID, zoe.ID, in); err != nil || w.profile(p.ID).Pets[1].DiedOn != "" {
			t.Errorf("alive again: %v", err)
		}
		pip, err := w.AddPet(w.ctx, w.practice, p.ID, petparent.PetRecord{PetDetails: petparent.PetDetails{Name: "Pip", Species: "ferret"}})
		if err != nil || w.only(w.practice, "pip keeffe").ID != p.ID {
			t.Errorf("added: %v", err)
		}
		w.put(w.practice, single("C0078", "Oscar", "Lindenbaum", ""))
		oscar := w.only(w.practice, "oscar").ID
		for name, err := range map[string]error{
			"somebody else's": w.UpdatePet(w.ctx, w.practice, oscar, pip.ID, pip.Record()),
			"other practice":  w.UpdatePet(w.ctx, w.other, p.ID, pip.ID, pip.Record()),
			"household there": w.UpdateHousehold(w.ctx, w.other, p.ID, petparent.HouseholdRecord{}, nil),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		h := p.Household.Record()
		h.OptOut, h.BranchID = true, "south"
		if err := w.UpdateHousehold(w.ctx, w.practice, p.ID, h, map[string]string{"north": "North", "south": "South"}); err != nil {
			t.Fatal(err)
		}
		if lines := w.audited(audit.HouseholdChanged); len(lines) != 1 || lines[0].Personal.Changes[0] != (audit.Change{Field: "home_branch", Before: "North", After: "South"}) {
			t.Errorf("audit: %+v", lines)
		}
		// An import with a pet that was added here does not take it away.
		next := keeffe()
		next.Company = "Farm"
		w.put(w.practice, next)
		if got := names(w.profile(p.ID)); got != "Nugget Pip Zoé <b>" {
			t.Errorf("after the import: %s", got)
		}
	})
}
