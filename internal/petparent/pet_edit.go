package petparent

import (
	"context"
	"slices"
	"strconv"
	"time"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
)

// FieldDiedOn and FieldInactive are fields of a pet that staff alone change.
const (
	FieldDiedOn   = "died_on"
	FieldInactive = "inactive"
)

// ErrPetNotFound answers for a pet that is not of the household.
var ErrPetNotFound = fault.New(fault.NotFound, "pet-not-found",
	"This pet is not here. Go back to the pets of the household and choose again.")

// PetRecord is all that staff type about a pet.
type PetRecord struct {
	PetDetails
	DiedOn   string `json:"died_on"` // YYYY-MM-DD or ""; only with Deceased
	Inactive bool   `json:"inactive"`
}

// Record is the pet as staff correct it.
func (p Pet) Record() PetRecord {
	return PetRecord{PetDetails: p.details(), DiedOn: p.DiedOn, Inactive: p.Inactive}
}

// Pet reads a pet of the household of a pet parent. ErrPetNotFound.
func (s *Service) Pet(ctx context.Context, r db.Reader, practiceID, petParentID, petID string) (OwnedPet, error) {
	p, err := s.Get(ctx, r, practiceID, petParentID)
	if err != nil {
		return OwnedPet{}, err
	}
	pets, err := ownedPets(ctx, r, practiceID, p.HouseholdID)
	if err != nil {
		return OwnedPet{}, err
	}
	at := slices.IndexFunc(pets, func(one OwnedPet) bool { return one.ID == petID })
	if at < 0 {
		return OwnedPet{}, ErrPetNotFound
	}
	return pets[at], nil
}

// AddPet stores a pet that comes from no practice system. It belongs to the
// household of the pet parent. Complaints name the fields of a pet.
func (s *Service) AddPet(ctx context.Context, practiceID, petParentID string, in PetRecord) (Pet, error) {
	in = in.cleaned()
	if err := in.check(Pet{}, s.Clock.Now()); err != nil {
		return Pet{}, err
	}
	now := s.Clock.Now()
	pet := in.pet()
	pet.ID, pet.PracticeID, pet.System, pet.CreatedAt, pet.UpdatedAt = id.New(), practiceID, MadeHere, now, now
	pet.ExternalID = pet.ID
	return pet, s.DB.Write(ctx, func(tx *db.Tx) error {
		h, err := s.heldHouseholdOf(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		if _, err := insertPet(ctx, tx, pet); err != nil {
			return err
		}
		if err := putOwnership(ctx, tx, practiceID, Ownership{HouseholdID: h.ID, PetID: pet.ID}); err != nil {
			return err
		}
		if err := reindex(ctx, tx, practiceID, h.ID, now); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.PetAdded, PracticeID: practiceID, Target: pet.target(), Changes: Pet{}.changes(pet),
			Detail: map[string]string{"pet_parent": petParentID, "household": h.ID},
		})
	})
}

// UpdatePet stores what staff typed over a pet, audited field by field.
// Complaints name the fields of a pet. ErrNotFound, ErrPetNotFound.
func (s *Service) UpdatePet(ctx context.Context, practiceID, petParentID, petID string, in PetRecord) error {
	in = in.cleaned()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		by, err := s.Get(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		if _, err := lockedPet(ctx, tx, practiceID, petID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		stored, err := s.Pet(ctx, tx, practiceID, petParentID, petID)
		if err != nil {
			return err
		}
		if err := in.check(stored.Pet, s.Clock.Now()); err != nil {
			return err
		}
		list := in.corrections(stored.Pet)
		for _, field := range []string{FieldDiedOn, FieldInactive} {
			if before, after := stored.Pet.value(field), in.pet().value(field); before != after {
				list = append(list, Correction{PetID: petID, PetName: stored.Name, Field: field, Before: before, After: after})
			}
		}
		by.AccountID = "" // it is about the pet, and about everybody who owns it
		return s.applyPet(ctx, tx, by, petID, list, audit.PetParentChanged)
	})
}

func (in PetRecord) cleaned() PetRecord {
	in.PetDetails, in.DiedOn = in.PetDetails.cleaned(), clean(in.DiedOn)
	if !in.Deceased {
		in.DiedOn = ""
	}
	return in
}

func (in PetRecord) check(stored Pet, now time.Time) error {
	var c fault.Complaints
	in.PetDetails.check(&c, "", stored, now)
	if in.DiedOn != "" && in.DiedOn != stored.DiedOn {
		died, err := time.Parse(time.DateOnly, in.DiedOn)
		c.Check(err == nil && died.Year() >= 1900 && died.Before(now.Add(24*time.Hour)), FieldDiedOn,
			"Type the day as year-month-day, like "+strconv.Itoa(now.Year()-1)+"-11-02, not in the future, or leave it empty.")
		c.Check(err != nil || in.BornOn == "" || in.DiedOn >= in.BornOn, FieldDiedOn, "Type a day that is not before the day of birth.")
	}
	return c.Err()
}

func (in PetRecord) pet() Pet {
	p := in.PetDetails.pet()
	p.DiedOn, p.Inactive = in.DiedOn, in.Inactive
	return p
}
