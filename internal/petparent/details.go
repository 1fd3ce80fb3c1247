package petparent

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Details is what a pet parent confirms or corrects about themselves and their
// living pets.
type Details struct {
	Person Contact      `json:"person"`
	Pets   []PetDetails `json:"pets"`
}

// PetDetails is one pet in Details.
type PetDetails struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Species  string `json:"species"` // one of Species, "" when unknown
	Breed    string `json:"breed"`
	Sex      string `json:"sex"` // "", "male" or "female"
	Neutered *bool  `json:"neutered,omitempty"`
	BornOn   string `json:"born_on"` // YYYY-MM-DD or ""
	Deceased bool   `json:"deceased,omitempty"`
}

// Correction is one field whose value somebody wants different.
type Correction struct {
	PetID   string // "" for the person's own data
	PetName string
	Field   string
	Before  string
	After   string
}

// Details reads what the person may confirm. ErrNotFound.
func (s *Service) Details(ctx context.Context, r db.Reader, practiceID, petParentID string) (Details, error) {
	p, err := s.Get(ctx, r, practiceID, petParentID)
	if err != nil {
		return Details{}, err
	}
	pets, err := ownedPets(ctx, r, practiceID, p.HouseholdID)
	if err != nil {
		return Details{}, err
	}
	d := Details{Person: p.Contact(), Pets: []PetDetails{}}
	for _, pet := range pets {
		if !pet.Deceased {
			d.Pets = append(d.Pets, pet.details())
		}
	}
	return d, nil
}

// KnownNames lists the names that others connect with an account: the person's,
// the login ID and, for a pet parent, the pets'.
func (s *Service) KnownNames(ctx context.Context, r db.Reader, a account.Account) ([]string, error) {
	names := []string{a.Name, a.LoginID}
	if a.Kind != access.KindClient {
		return names, nil
	}
	p, err := s.ByAccount(ctx, r, a.PracticeID, a.ID)
	if err != nil {
		return nil, err
	}
	pets, err := ownedPets(ctx, r, a.PracticeID, p.HouseholdID)
	for _, pet := range pets {
		names = append(names, pet.Name)
	}
	return names, err
}

// CheckDetails lists what the person corrected, and writes nothing. A pet that
// is left out, or has died since, is unchanged. Complaints are named like person.first_name and
// pets[0].name, by the place in d.
func (s *Service) CheckDetails(ctx context.Context, r db.Reader, practiceID, petParentID string, d Details) ([]Correction, error) {
	p, err := s.Get(ctx, r, practiceID, petParentID)
	if err != nil {
		return nil, err
	}
	return s.compare(ctx, r, p, d)
}

// Correct turns what the person corrected into proposals for staff, or applies
// it at once when the practice accepts automatically. It returns the
// corrections; complaints are those of CheckDetails.
func (s *Service) Correct(ctx context.Context, tx *db.Tx, practiceID, petParentID string, d Details, accept bool) ([]Correction, error) {
	p, err := lockedPerson(ctx, tx, practiceID, petParentID)
	if err != nil {
		return nil, err
	}
	list, err := s.compare(ctx, tx, p, d)
	if err != nil || len(list) == 0 {
		return list, err
	}
	if accept {
		for _, c := range list {
			if err := replaceProposal(ctx, tx, practiceID, petParentID, c, s.Clock.Now()); err != nil {
				return nil, err
			}
		}
		return list, s.apply(ctx, tx, practiceID, petParentID, list, audit.PetParentChanged)
	}
	return list, s.propose(ctx, tx, p, list)
}

func (s *Service) compare(ctx context.Context, r db.Reader, p PetParent, d Details) ([]Correction, error) {
	h, err := household(ctx, r, p.PracticeID, p.HouseholdID)
	if err != nil {
		return nil, err
	}
	pets, err := ownedPets(ctx, r, p.PracticeID, p.HouseholdID)
	if err != nil {
		return nil, err
	}
	var c fault.Complaints
	person := d.Person.cleaned()
	person.check(&c, "person.", p, h.Company)
	list := person.corrections(p, s.Region)
	for i, typed := range d.Pets {
		at := slices.IndexFunc(pets, func(pet OwnedPet) bool { return pet.ID == typed.ID })
		if at < 0 {
			c.Add(fmt.Sprintf("pets[%d]", i), "This pet is not on your list any more. Load the page again.")
			continue
		}
		stored := pets[at].Pet
		pets = slices.Delete(pets, at, at+1) // each pet once
		if stored.Deceased {
			continue // died since the details were shown
		}
		typed = typed.cleaned()
		typed.check(&c, fmt.Sprintf("pets[%d].", i), stored, s.Clock.Now())
		list = append(list, typed.corrections(stored)...)
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	return list, nil
}

// apply stores corrections of one person and their pets, each record audited
// under the action.
func (s *Service) apply(ctx context.Context, tx *db.Tx, practiceID, petParentID string, list []Correction, action audit.Action) error {
	p, err := lockedPerson(ctx, tx, practiceID, petParentID)
	if err != nil {
		return err
	}
	h, err := household(ctx, tx, practiceID, p.HouseholdID)
	if err != nil {
		return err
	}
	former := p
	pets := map[string][]Correction{}
	var order []string
	for _, c := range list {
		switch {
		case c.PetID == "":
			p.set(c.Field, c.After, s.Region)
		default:
			if pets[c.PetID] == nil {
				order = append(order, c.PetID)
			}
			pets[c.PetID] = append(pets[c.PetID], c)
		}
	}
	if err := s.storePerson(ctx, tx, former, p, h.Company, action); err != nil {
		return err
	}
	for _, petID := range order {
		if err := s.applyPet(ctx, tx, p, petID, pets[petID], action); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) applyPet(ctx context.Context, tx *db.Tx, by PetParent, petID string, list []Correction, action audit.Action) error {
	pet, err := lockedPet(ctx, tx, by.PracticeID, petID)
	if err != nil {
		return err
	}
	former := pet
	for _, c := range list {
		pet.set(c.Field, c.After)
	}
	changes := former.changes(pet)
	if len(changes) == 0 {
		return nil
	}
	pet.UpdatedAt = s.Clock.Now()
	if err := updatePet(ctx, tx, pet); err != nil {
		return err
	}
	if pet.Name != former.Name {
		households, err := householdsOf(ctx, tx, by.PracticeID, petID)
		if err != nil {
			return err
		}
		for _, h := range households {
			if err := reindex(ctx, tx, by.PracticeID, h, pet.UpdatedAt); err != nil {
				return err
			}
		}
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: action, PracticeID: by.PracticeID, AccountID: by.AccountID,
		Target: pet.target(), Changes: changes,
		Detail: map[string]string{"pet_parent": by.ID},
	})
}

func (p Pet) details() PetDetails {
	return PetDetails{
		ID: p.ID, Name: p.Name, Species: p.Species, Breed: p.Breed, Sex: p.Sex, Neutered: p.Neutered,
		BornOn: p.BornOn, Deceased: p.Deceased,
	}
}

func (d PetDetails) cleaned() PetDetails {
	d.Name, d.Breed, d.BornOn = clean(d.Name), clean(d.Breed), clean(d.BornOn)
	return d
}

func (d PetDetails) check(c *fault.Complaints, prefix string, stored Pet, now time.Time) {
	c.Check(d.Name != "", prefix+FieldName, "Type the pet's name.")
	c.Check(utf8.RuneCountInString(d.Name) <= maxText, prefix+FieldName, "Use at most 200 characters.")
	c.Check(d.Breed == stored.Breed || utf8.RuneCountInString(d.Breed) <= maxText, prefix+FieldBreed, "Use at most 200 characters.")
	c.Check(d.Species == stored.Species || d.Species == "" || slices.Contains(Species(), d.Species), prefix+FieldSpecies,
		"Choose one of the kinds of animal on the list.")
	c.Check(d.Sex == "" || d.Sex == "male" || d.Sex == "female", prefix+FieldSex, "Choose male or female, or leave it open.")
	if d.BornOn == "" || d.BornOn == stored.BornOn {
		return
	}
	born, err := time.Parse(time.DateOnly, d.BornOn)
	// The day may have begun elsewhere already.
	c.Check(err == nil && born.Year() >= 1900 && born.Before(now.Add(24*time.Hour)), prefix+FieldBornOn,
		"Type the day as year-month-day, like "+strconv.Itoa(now.Year()-3)+"-04-30, not in the future, or leave it empty.")
}

// corrections lists what cleaned input says differently from what was shown.
func (d PetDetails) corrections(stored Pet) []Correction {
	shown, wanted := stored.details().cleaned().pet(), d.pet()
	var list []Correction
	for _, field := range []string{FieldName, FieldSpecies, FieldBreed, FieldSex, FieldNeutered, FieldBornOn, FieldDeceased} {
		if after := wanted.value(field); after != shown.value(field) {
			list = append(list, Correction{PetID: stored.ID, PetName: stored.Name, Field: field, Before: stored.value(field), After: after})
		}
	}
	return list
}

func (d PetDetails) pet() Pet {
	return Pet{
		Name: d.Name, Species: d.Species, Breed: d.Breed, Sex: d.Sex, Neutered: d.Neutered, BornOn: d.BornOn, Deceased: d.Deceased,
	}
}
