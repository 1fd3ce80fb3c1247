package petparent

import (
	"context"
	"crypto/sha256"
	"slices"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Erased is what went with a pet parent.
type Erased struct {
	Household string // "" when others live in it
	Numbers   []ClientNumber
	Pets      []string
}

// EraseScope is what of a household would go with a pet parent.
type EraseScope struct {
	Whole bool       // nobody else is left
	Go    []OwnedPet // pets that are deleted
	Stay  []OwnedPet // pets that others own too
	Pets  []string   // ids of all that are deleted, also of what the practice deleted or merged before
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
	if !scope.Whole {
		return scope, nil
	}
	var err error
	scope.Pets, err = db.All(ctx, r, scanID, `
		WITH alone AS (
			SELECT o.pet_id FROM pet_owner o WHERE o.practice_id = $1 AND o.household_id = $2 AND NOT EXISTS (
				SELECT 1 FROM pet_owner b WHERE b.practice_id = $1 AND b.pet_id = o.pet_id AND b.household_id <> $2))
		SELECT pet_id FROM alone
		UNION SELECT x.id FROM pet x WHERE x.practice_id = $1 AND x.merged_into <> '' AND x.merged_into IN (SELECT pet_id FROM alone)
		ORDER BY 1`, p.PracticeID, p.HouseholdID)
	return scope, err
}

func scanID(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) }

// HouseholdsOf lists the households in which a pet parent lives and those in which
// they lived before, each with those that were merged into them. people are the
// ids of the record and of those that were merged into it.
func (s *Service) HouseholdsOf(ctx context.Context, r db.Reader, p PetParent, people []string) (now, before []string, err error) {
	merged, err := mergedInto(ctx, r, p.PracticeID, p.HouseholdID)
	if err != nil {
		return nil, nil, err
	}
	now = append([]string{p.HouseholdID}, merged...)
	add := func(more []string, err error) error {
		for _, h := range more {
			if !slices.Contains(now, h) && !slices.Contains(before, h) {
				before = append(before, h)
			}
		}
		return err
	}
	for _, petParentID := range people {
		if err := add(db.All(ctx, r, scanID, `
			SELECT DISTINCT household_id FROM pet_parent_place WHERE practice_id = $1 AND pet_parent_id = $2`, p.PracticeID, petParentID)); err != nil {
			return nil, nil, err
		}
	}
	// Who was added by hand has no place that an import would look for.
	for action, keys := range map[audit.Action][]string{
		audit.PetParentAdded: {"household"}, audit.PetParentMoved: {"from", "to"}, audit.PetParentMerged: {"from"},
	} {
		if err := add(s.Audit.Details(ctx, r, p.PracticeID, action, people, keys...)); err != nil {
			return nil, nil, err
		}
	}
	for _, h := range slices.Clone(before) {
		if err := add(mergedInto(ctx, r, p.PracticeID, h)); err != nil {
			return nil, nil, err
		}
	}
	return now, before, nil
}

// HoldForErasure holds the household of a pet parent, the login and the person
// until the end of the transaction, in the order in which a merge and a sign-in
// take them. ErrNotFound, ErrChangedSince.
func (s *Service) HoldForErasure(ctx context.Context, tx *db.Tx, practiceID, petParentID string) error {
	if _, err := s.heldHouseholdOf(ctx, tx, practiceID, petParentID); err != nil {
		return err
	}
	found, err := s.Get(ctx, tx, practiceID, petParentID)
	if err != nil {
		return err
	}
	if found.AccountID != "" {
		if _, err := s.Accounts.Hold(ctx, tx, practiceID, found.AccountID); fault.Is(err, fault.NotFound) {
			return ErrChangedSince
		} else if err != nil {
			return err
		}
	}
	held, err := lockedPerson(ctx, tx, practiceID, petParentID)
	if err == nil && held.AccountID != found.AccountID {
		err = ErrChangedSince
	}
	return err
}

// Erase deletes a pet parent with their login and what they proposed, and, when
// nobody else is left in it, the household with its pets. Of the numbers in the
// practice system a keyed hash stays, so that no import brings anybody back. The
// caller holds the person, and takes them out of what other capabilities keep.
func (s *Service) Erase(ctx context.Context, tx *db.Tx, p Profile) (Erased, error) {
	var e Erased
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
	pets, err := db.All(ctx, tx, scanID, `
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
