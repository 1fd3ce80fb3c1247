package petparent

import (
	"context"
	"crypto/sha256"
	"slices"

	"catflap/internal/foundation/db"
)

// Erased is what went with a pet parent.
type Erased struct {
	PetParents []string // the record, and those that were merged into it
	Household  string   // "" when others live in it
	Numbers    []ClientNumber
	Pets       []string
}

// EraseScope is what of a household would go with a pet parent.
type EraseScope struct {
	Whole bool       // nobody else is left
	Go    []OwnedPet // pets that are deleted
	Stay  []OwnedPet // pets that others own too
}

// ScopeOfErasure tells what Erase would take along, and writes nothing.
func (s *Service) ScopeOfErasure(ctx context.Context, r db.Reader, p Profile) (EraseScope, error) {
	scope := EraseScope{Whole: len(p.Others) == 0}
	for _, pet := range p.Pets {
		owners, err := householdsOf(ctx, r, p.PracticeID, pet.ID)
		switch {
		case err != nil:
			return scope, err
		case scope.Whole && len(owners) < 2:
			scope.Go = append(scope.Go, pet)
		default:
			scope.Stay = append(scope.Stay, pet)
		}
	}
	return scope, nil
}

// HoldForErasure holds a pet parent and their household until the end of the
// transaction. ErrNotFound, ErrChangedSince.
func (s *Service) HoldForErasure(ctx context.Context, tx *db.Tx, practiceID, petParentID string) error {
	if _, err := s.heldHouseholdOf(ctx, tx, practiceID, petParentID); err != nil {
		return err
	}
	_, err := lockedPerson(ctx, tx, practiceID, petParentID)
	return err
}

// Erase deletes a pet parent with their login and what they proposed, and, when
// nobody else is left in it, the household with its pets. Of the numbers in the
// practice system a keyed hash stays, so that no import brings anybody back. The
// caller holds the person, and takes them out of what other capabilities keep.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, p Profile) (Erased, error) {
	former, err := s.Former(ctx, tx, p.PracticeID, p.ID)
	if err != nil {
		return Erased{}, err
	}
	e := Erased{PetParents: append([]string{p.ID}, former...)}
	if p.AccountID != "" {
		if err := s.RemoveLogin(ctx, tx, p.PracticeID, p.AccountID); err != nil {
			return e, err
		}
	}
	if err := s.unsay(ctx, tx, p.PetParent); err != nil {
		return e, err
	}
	if err := s.Forget(ctx, tx, p.PracticeID, p.ID); err != nil {
		return e, err
	}
	for _, statement := range []string{
		`DELETE FROM proposal WHERE practice_id = $1 AND pet_parent_id = $2`,
		`DELETE FROM pet_parent_former WHERE practice_id = $1 AND pet_parent_id = $2`,
		`DELETE FROM pet_parent_choice WHERE practice_id = $1 AND pet_parent_id = $2`,
		`DELETE FROM pet_parent WHERE practice_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(ctx, statement, p.PracticeID, p.ID); err != nil {
			return e, err
		}
	}
	left, err := persons(ctx, tx, p.PracticeID, p.HouseholdID)
	if err != nil {
		return e, err
	}
	if len(left) > 0 {
		return e, reindex(ctx, tx, p.PracticeID, p.HouseholdID, s.Clock.Now())
	}
	e.Household = p.HouseholdID
	return e, s.eraseHousehold(ctx, tx, p.PracticeID, &e)
}

// unsay takes the person out of what imports said, wherever one means them, and
// makes the next ones mean nobody.
func (s *Service) unsay(ctx context.Context, tx *db.Tx, p PetParent) error {
	if p.Position < placed {
		if err := setPlace(ctx, tx, p.PracticeID, p.HouseholdID, p.Position, p.ID); err != nil {
			return err
		}
	}
	type place struct {
		household string
		position  int
	}
	scan := func(sc db.Scanner) (l place, err error) { return l, sc.Scan(&l.household, &l.position) }
	all, err := db.All(ctx, tx, scan, `
		SELECT household_id, position FROM pet_parent_place
		WHERE practice_id = $1 AND pet_parent_id = $2 ORDER BY household_id, position`, p.PracticeID, p.ID)
	if err != nil {
		return err
	}
	for _, l := range all {
		if err := setPlace(ctx, tx, p.PracticeID, l.household, l.position, ""); err != nil {
			return err
		}
		if _, err := heldHousehold(ctx, tx, p.PracticeID, l.household); err != nil {
			return err
		}
		said, err := sources(ctx, tx, p.PracticeID, l.household)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(said, func(k known) bool { return k.ID == l.household })
		if at < 0 || said[at].said == "" || l.position > len(said[at].before.People) {
			continue
		}
		k := said[at]
		k.before.People[l.position-1] = PersonInput{}
		text, err := k.before.text()
		if err != nil {
			return err
		}
		digest := sha256.Sum256([]byte(text))
		if err := updateHousehold(ctx, tx, k.Household, text, digest[:]); err != nil {
			return err
		}
	}
	return nil
}

// eraseHousehold deletes a household in which nobody is left, with the numbers
// that were merged into it.
func (s *Service) eraseHousehold(ctx context.Context, tx *db.Tx, practiceID string, e *Erased) error {
	pets, err := db.All(ctx, tx, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) }, `
		SELECT pet_id FROM pet_owner WHERE practice_id = $1 AND household_id = $2 ORDER BY pet_id`, practiceID, e.Household)
	if err != nil {
		return err
	}
	for _, petID := range pets {
		if err := dropOwnership(ctx, tx, practiceID, e.Household, petID); err != nil {
			return err
		}
		owners, err := householdsOf(ctx, tx, practiceID, petID)
		if err != nil {
			return err
		}
		if len(owners) > 0 {
			continue
		}
		e.Pets = append(e.Pets, petID)
		for _, statement := range []string{
			`DELETE FROM proposal WHERE practice_id = $1 AND pet_id = $2`,
			`DELETE FROM pet WHERE practice_id = $1 AND (id = $2 OR merged_into = $2)`,
		} {
			if _, err := tx.Exec(ctx, statement, practiceID, petID); err != nil {
				return err
			}
		}
	}
	all, err := sources(ctx, tx, practiceID, e.Household)
	if err != nil {
		return err
	}
	for _, k := range all {
		if k.System != MadeHere {
			if err := s.markErased(ctx, tx, practiceID, k.System, k.ExternalID); err != nil {
				return err
			}
		}
		e.Numbers = append(e.Numbers, ClientNumber{k.System, k.ExternalID})
		for _, statement := range []string{
			`DELETE FROM pet_parent_place WHERE practice_id = $1 AND household_id = $2`,
			`DELETE FROM household WHERE practice_id = $1 AND id = $2`,
		} {
			if _, err := tx.Exec(ctx, statement, practiceID, k.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// CorrectionsOf lists everything that a pet parent proposed, decided or not.
func (s *Service) CorrectionsOf(ctx context.Context, r db.Reader, practiceID, petParentID string) ([]Proposal, error) {
	scan := func(sc db.Scanner) (p Proposal, err error) {
		return p, sc.Scan(&p.ID, &p.PetParentID, &p.PetID, &p.Field, &p.Before, &p.After, &p.State, &p.CreatedAt, &p.DecidedAt, &p.DecidedBy)
	}
	return db.All(ctx, r, scan, `
		SELECT id, pet_parent_id, pet_id, field, before_value, after_value, state, created_at, decided_at, decided_by
		FROM proposal WHERE practice_id = $1 AND pet_parent_id = $2 ORDER BY id`, practiceID, petParentID)
}
