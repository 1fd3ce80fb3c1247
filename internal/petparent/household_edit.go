package petparent

import (
	"context"
	"slices"
	"strconv"
	"unicode/utf8"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
)

// HouseholdRecord is what staff type about a household.
type HouseholdRecord struct {
	Company  string `json:"company"`
	BranchID string `json:"home_branch" doc:"Home branch, by id; empty when unknown"`
	Active   bool   `json:"active"`
	OptOut   bool   `json:"opt_out" doc:"From bulk mail, never from security mail"`
}

// Record is the household as staff correct it.
func (h Household) Record() HouseholdRecord {
	return HouseholdRecord{Company: h.Company, BranchID: h.HomeBranchID, Active: h.Active, OptOut: h.OptOut}
}

// UpdateHousehold stores what staff typed about the household of a pet parent,
// audited field by field. That the branch is one of the practice is the caller's
// to check; names are what the record calls the branches by their ids.
func (s *Service) UpdateHousehold(ctx context.Context, practiceID, petParentID string, in HouseholdRecord, names map[string]string) error {
	in.Company = clean(in.Company)
	if utf8.RuneCountInString(in.Company) > maxText {
		return fault.Complain(FieldCompany, "Use at most 200 characters.")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		h, err := s.heldHouseholdOf(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		p, err := s.Get(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		if in.Company == "" && p.Name("") == "" {
			return fault.Complain(FieldCompany, "Type a company, because the person has no name.")
		}
		var changes []audit.Change
		changes = audit.Diff(changes, FieldCompany, h.Company, in.Company)
		if h.HomeBranchID != in.BranchID {
			changes = append(changes, audit.Change{Field: FieldHomeBranch, Before: names[h.HomeBranchID], After: names[in.BranchID]})
		}
		changes = audit.Diff(changes, FieldActive, strconv.FormatBool(h.Active), strconv.FormatBool(in.Active))
		changes = audit.Diff(changes, FieldOptOut, strconv.FormatBool(h.OptOut), strconv.FormatBool(in.OptOut))
		if len(changes) == 0 {
			return nil
		}
		h.Company, h.HomeBranchID, h.Active, h.OptOut, h.UpdatedAt = in.Company, in.BranchID, in.Active, in.OptOut, s.Clock.Now()
		if err := saveHousehold(ctx, tx, h); err != nil {
			return err
		}
		if err := reindex(ctx, tx, practiceID, h.ID, h.UpdatedAt); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.HouseholdChanged, PracticeID: practiceID, Changes: changes,
			Target: audit.Target{Kind: "household", ID: h.ID, Name: p.Name(h.Company)}, Detail: map[string]string{audit.OnBehalf: p.ID},
		})
	})
}

// Move is somebody who goes to another household.
type Move struct {
	PetParentID string
	To          string   // a pet parent whose household they join; "" for a household of their own
	Pets        []string // that come along
	Shared      bool     // the pets stay in the household left as well
}

// Faults of moving.
var (
	ErrAlone = fault.New(fault.Conflict, "alone-in-household",
		"This is the only person of the household, and its pets would have nobody left. Merge the two households instead.")
	ErrSameHousehold = fault.New(fault.Conflict, "same-household",
		"They are in one household already.")
)

// Move takes a person out of a household into another one, with some of the
// pets. Imports go on to know them, and leave them where they are. ErrNotFound,
// ErrPetNotFound, ErrAlone, ErrSameHousehold.
func (s *Service) Move(ctx context.Context, practiceID string, in Move) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		from, to, err := s.moveBetween(ctx, tx, practiceID, in)
		if err != nil {
			return err
		}
		p, err := lockedPerson(ctx, tx, practiceID, in.PetParentID)
		if err != nil {
			return err
		}
		left, err := persons(ctx, tx, practiceID, from.ID)
		if err != nil {
			return err
		}
		if len(left) < 2 {
			return ErrAlone
		}
		in.Pets = sorted(in.Pets)
		if err := movePets(ctx, tx, from, to, in); err != nil {
			return err
		}
		if err := s.settle(ctx, tx, p, from, to); err != nil {
			return err
		}
		for _, one := range left { // who goes is among them
			if err := s.closeStray(ctx, tx, practiceID, one.ID); err != nil {
				return err
			}
		}
		return s.recordMove(ctx, tx, p, from, to, in.Pets)
	})
}

// recordMove writes down that somebody went to another household.
func (s *Service) recordMove(ctx context.Context, tx *db.Tx, p PetParent, from, to Household, pets []string) error {
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PetParentMoved, PracticeID: p.PracticeID, AccountID: p.AccountID, Target: p.target(from.Company),
		Detail: map[string]string{"from": from.ID, "to": to.ID, "pets": strconv.Itoa(len(pets))},
	})
}

// moveBetween holds both households, the new one made if there is none yet.
func (s *Service) moveBetween(ctx context.Context, tx *db.Tx, practiceID string, in Move) (from, to Household, err error) {
	if from, err = s.heldHouseholdOf(ctx, tx, practiceID, in.PetParentID); err != nil {
		return from, to, err
	}
	if in.To == "" {
		now := s.Clock.Now()
		to = Household{
			ID: id.New(), PracticeID: practiceID, System: MadeHere, ExternalID: clientNumber(), HomeBranchID: from.HomeBranchID,
			Active: true, OptOut: from.OptOut, CreatedAt: now, UpdatedAt: now,
		}
		return from, to, insertHousehold(ctx, tx, to)
	}
	to, err = s.heldHouseholdOf(ctx, tx, practiceID, in.To)
	if err == nil && to.ID == from.ID {
		err = ErrSameHousehold
	}
	return from, to, err
}

func movePets(ctx context.Context, tx *db.Tx, from, to Household, in Move) error {
	pets, err := ownedPets(ctx, tx, from.PracticeID, from.ID)
	if err != nil {
		return err
	}
	if len(in.Pets) > len(pets) {
		return ErrPetNotFound
	}
	for _, petID := range in.Pets {
		at := slices.IndexFunc(pets, func(one OwnedPet) bool { return one.ID == petID })
		if at < 0 {
			return ErrPetNotFound
		}
		if err := movePet(ctx, tx, pets[at], to.ID, in.Shared); err != nil {
			return err
		}
	}
	return nil
}

// movePet gives a pet to a household, unless it is there already, and takes it
// from the one it was in, unless they share it.
func movePet(ctx context.Context, tx *db.Tx, p OwnedPet, to string, shared bool) error {
	o := p.Ownership
	o.HouseholdID = to
	if err := addOwnership(ctx, tx, p.PracticeID, o); err != nil || shared {
		return err
	}
	return dropOwnership(ctx, tx, p.PracticeID, p.Ownership.HouseholdID, p.ID)
}

// settle puts a person into another household, where imports find them by the
// place they had. What finds people is brought up to date in both.
func (s *Service) settle(ctx context.Context, tx *db.Tx, p PetParent, from, to Household) error {
	if p.Position < placed {
		if err := setPlace(ctx, tx, p.PracticeID, from.ID, p.Position, p.ID); err != nil {
			return err
		}
	}
	position, err := nextPosition(ctx, tx, to.PracticeID, to.ID)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	if _, err := tx.Exec(ctx, `
		UPDATE pet_parent SET household_id = $3, position = $4, updated_at = $5 WHERE practice_id = $1 AND id = $2`,
		p.PracticeID, p.ID, to.ID, position, now); err != nil {
		return err
	}
	for _, h := range []string{from.ID, to.ID} {
		if err := reindex(ctx, tx, p.PracticeID, h, now); err != nil {
			return err
		}
	}
	return nil
}
