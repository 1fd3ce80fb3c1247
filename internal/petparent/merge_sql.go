package petparent

import (
	"context"
	"errors"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/revision"
)

// seen is a mark of two records with everything that belongs to them, by which
// a change between a preview and its merge is noticed.
func seen(profiles ...Profile) string {
	var all []any
	for _, p := range profiles {
		all = append(all, p.ID, p.AccountID, p.UpdatedAt.UnixNano(), p.Household.ID, p.Household.UpdatedAt.UnixNano())
		for _, o := range p.Others {
			all = append(all, o.ID, o.AccountID, o.UpdatedAt.UnixNano())
		}
		for _, pet := range p.Pets {
			all = append(all, pet.ID, pet.UpdatedAt.UnixNano())
		}
		all = append(all, p.Login.LoginID, p.Login.Active, p.Login.OnboardedAt.IsZero())
	}
	return revision.Of(all...)
}

// inherit gives everything that belongs to a record that goes to the one that
// stays, and deletes the first.
func (s *Service) inherit(ctx context.Context, tx *db.Tx, stays, goes PetParent) error {
	if goes.Position < placed {
		if err := setPlace(ctx, tx, goes.PracticeID, goes.HouseholdID, goes.Position, stays.ID); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		`UPDATE pet_parent_place SET pet_parent_id = $2 WHERE practice_id = $1 AND pet_parent_id = $3`,
		`UPDATE pet_parent_former SET pet_parent_id = $2 WHERE practice_id = $1 AND pet_parent_id = $3`,
		// What both want corrected is decided with the one who stays.
		`UPDATE proposal SET state = 'replaced' WHERE practice_id = $1 AND pet_parent_id = $3 AND state = 'open' AND EXISTS (
			SELECT 1 FROM proposal o WHERE o.practice_id = $1 AND o.pet_parent_id = $2 AND o.pet_id = proposal.pet_id
				AND o.field = proposal.field AND o.state = 'open')`,
		`UPDATE proposal SET pet_parent_id = $2 WHERE practice_id = $1 AND pet_parent_id = $3`,
	} {
		if _, err := tx.Exec(ctx, statement, goes.PracticeID, stays.ID, goes.ID); err != nil {
			return err
		}
	}
	if err := inheritOptOut(ctx, tx, stays, goes); err != nil {
		return err
	}
	if err := s.Mail.Reassign(ctx, tx, goes.PracticeID, goes.ID, stays.ID); err != nil {
		return err
	}
	if err := s.Forget(ctx, tx, goes.PracticeID, goes.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM pet_parent WHERE practice_id = $1 AND id = $2`, goes.PracticeID, goes.ID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO pet_parent_former (id, practice_id, pet_parent_id, merged_at) VALUES ($1, $2, $3, $4)`,
		goes.ID, goes.PracticeID, stays.ID, s.Clock.Now())
	return err
}

// mergePet makes one animal of two: what is not known of the one that stays is
// taken from the other, whose owners are its owners too.
func (s *Service) mergePet(ctx context.Context, tx *db.Tx, t Twin) error {
	stays, err := lockedPet(ctx, tx, t.Stays.PracticeID, t.Stays.ID)
	if err != nil {
		return err
	}
	goes, err := lockedPet(ctx, tx, t.Goes.PracticeID, t.Goes.ID)
	if err != nil {
		return err
	}
	former := stays
	for _, field := range []string{FieldSpecies, FieldBreed, FieldSex, FieldNeutered, FieldBornOn, FieldDiedOn} {
		if stays.value(field) == "" {
			stays.set(field, goes.value(field))
		}
	}
	stays.UpdatedAt = s.Clock.Now()
	if err := updatePet(ctx, tx, stays); err != nil {
		return err
	}
	for _, statement := range []string{
		`INSERT INTO pet_owner (practice_id, household_id, pet_id, percentage, main)
			SELECT practice_id, household_id, $2, percentage, main FROM pet_owner WHERE practice_id = $1 AND pet_id = $3
			ON CONFLICT (practice_id, household_id, pet_id) DO NOTHING`,
		`DELETE FROM pet_owner WHERE practice_id = $1 AND pet_id = $3 AND pet_id <> $2`,
		`UPDATE pet SET merged_into = $2 WHERE practice_id = $1 AND (id = $3 OR merged_into = $3)`,
		`UPDATE proposal SET state = 'replaced' WHERE practice_id = $1 AND pet_id = $3 AND state = 'open' AND EXISTS (
			SELECT 1 FROM proposal o WHERE o.practice_id = $1 AND o.pet_id = $2 AND o.pet_parent_id = proposal.pet_parent_id
				AND o.field = proposal.field AND o.state = 'open')`,
		`UPDATE proposal SET pet_id = $2 WHERE practice_id = $1 AND pet_id = $3`,
	} {
		if _, err := tx.Exec(ctx, statement, stays.PracticeID, stays.ID, goes.ID); err != nil {
			return err
		}
	}
	households, err := householdsOf(ctx, tx, stays.PracticeID, stays.ID)
	if err != nil {
		return err
	}
	for _, h := range households {
		if err := reindex(ctx, tx, stays.PracticeID, h, stays.UpdatedAt); err != nil {
			return err
		}
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PetMerged, PracticeID: stays.PracticeID, Target: stays.target(),
		Changes: audit.Diff(former.changes(stays), FieldName, goes.Name, stays.Name),
		Detail:  map[string]string{"merged": goes.ID, "household": t.Stays.Ownership.HouseholdID},
	})
}

// Now is the id under which a pet parent is known who was merged into another
// record; "" for everybody else.
func (s *Service) Now(ctx context.Context, practiceID, petParentID string) (string, error) {
	current, err := db.One(ctx, s.DB, func(sc db.Scanner) (now string, err error) { return now, sc.Scan(&now) }, `
		SELECT pet_parent_id FROM pet_parent_former WHERE practice_id = $1 AND id = $2`, practiceID, petParentID)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return current, err
}

// Former lists the ids of the records that were merged into that of a pet parent.
func (s *Service) Former(ctx context.Context, r db.Reader, practiceID, petParentID string) ([]string, error) {
	return db.All(ctx, r, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) }, `
		SELECT id FROM pet_parent_former WHERE practice_id = $1 AND pet_parent_id = $2 ORDER BY merged_at, id`, practiceID, petParentID)
}

// mergedInto lists the households that were merged into one, by their ids.
func mergedInto(ctx context.Context, r db.Reader, practiceID, householdID string) ([]string, error) {
	return db.All(ctx, r, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) }, `
		SELECT id FROM household WHERE practice_id = $1 AND merged_into = $2 ORDER BY id`, practiceID, householdID)
}

// ClientNumber is a number by which a practice system knows a household.
type ClientNumber struct {
	System, Number string
}

// ClientNumbers lists the numbers of a household: its own first, then those of
// the households that were merged into it.
func (s *Service) ClientNumbers(ctx context.Context, r db.Reader, practiceID, householdID string) ([]ClientNumber, error) {
	scan := func(sc db.Scanner) (n ClientNumber, err error) { return n, sc.Scan(&n.System, &n.Number) }
	return db.All(ctx, r, scan, `
		SELECT system, external_id FROM household
		WHERE practice_id = $1 AND (id = $2 OR merged_into = $2) ORDER BY merged_into, system, external_id`, practiceID, householdID)
}
