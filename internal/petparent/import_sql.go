package petparent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"catflap/internal/foundation/db"
)

func (s *Service) knownHousehold(ctx context.Context, r db.Reader, practiceID, system, externalID string) (known, error) {
	scan := func(sc db.Scanner) (k known, err error) {
		var placed bool
		if err := sc.Scan(append(householdFields(&k.Household), &k.said, &k.digest, &placed)...); err != nil {
			return k, err
		}
		if placed {
			k.places = map[int]string{}
		}
		if k.said == "" {
			return k, nil
		}
		return k, json.Unmarshal([]byte(k.said), &k.before)
	}
	k, err := db.One(ctx, r, scan, `
		SELECT `+householdColumns+`, h.imported, h.digest, EXISTS (SELECT 1 FROM pet_parent_place l
			WHERE l.practice_id = h.practice_id AND l.household_id = h.id)
		FROM household h
		WHERE h.practice_id = $1 AND h.system = $2 AND h.external_id = $3`, practiceID, system, externalID)
	switch {
	case errors.Is(err, db.ErrNone):
		k.erased, err = s.wasErased(ctx, r, practiceID, system, externalID)
	case err == nil && k.places != nil:
		k.places, err = places(ctx, r, practiceID, k.ID)
	}
	return k, err
}

// lockedHousehold reads a household that nobody else can import until the end
// of the transaction.
func (s *Service) lockedHousehold(ctx context.Context, tx *db.Tx, practiceID, system, externalID string) (known, error) {
	if _, err := tx.Exec(ctx, `
		UPDATE household SET updated_at = updated_at WHERE practice_id = $1 AND system = $2 AND external_id = $3`,
		practiceID, system, externalID); err != nil {
		return known{}, err
	}
	return s.knownHousehold(ctx, tx, practiceID, system, externalID)
}

// insertHousehold makes room for a household; when somebody else did so at the
// same moment, theirs stays.
func insertHousehold(ctx context.Context, tx *db.Tx, h Household) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO household (id, practice_id, system, external_id, home_branch_id, company, active, deleted, opt_out,
			imported, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10, $11)
		ON CONFLICT (practice_id, system, external_id) DO NOTHING`,
		h.ID, h.PracticeID, h.System, h.ExternalID, h.HomeBranchID, h.Company, h.Active, h.Deleted, h.OptOut,
		h.CreatedAt, h.UpdatedAt)
	return err
}

func updateHousehold(ctx context.Context, tx *db.Tx, h Household, said string, digest []byte) error {
	_, err := tx.Exec(ctx, `
		UPDATE household SET home_branch_id = $3, company = $4, active = $5, deleted = $6, opt_out = $7,
			imported = $8, digest = $9, updated_at = $10
		WHERE practice_id = $1 AND id = $2`,
		h.PracticeID, h.ID, h.HomeBranchID, h.Company, h.Active, h.Deleted, h.OptOut, said, digest, h.UpdatedAt)
	return err
}

// saveHousehold stores what is known of a household, whatever an import said.
func saveHousehold(ctx context.Context, tx *db.Tx, h Household) error {
	_, err := tx.Exec(ctx, `
		UPDATE household SET home_branch_id = $3, company = $4, active = $5, deleted = $6, opt_out = $7, updated_at = $8
		WHERE practice_id = $1 AND id = $2`,
		h.PracticeID, h.ID, h.HomeBranchID, h.Company, h.Active, h.Deleted, h.OptOut, h.UpdatedAt)
	return err
}

// petByKey reads the pet of a number, or the one that it was merged into.
func petByKey(ctx context.Context, tx *db.Tx, practiceID, system, externalID string) (Pet, error) {
	return db.One(ctx, tx, scanPet, selectPet+`
		WHERE x.practice_id = $1 AND x.id = (
			SELECT CASE WHEN y.merged_into = '' THEN y.id ELSE y.merged_into END FROM pet y
			WHERE y.practice_id = $1 AND y.system = $2 AND y.external_id = $3)`, practiceID, system, externalID)
}

func putOwnership(ctx context.Context, tx *db.Tx, practiceID string, o Ownership) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO pet_owner (practice_id, household_id, pet_id, percentage, main) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (practice_id, household_id, pet_id) DO UPDATE SET percentage = excluded.percentage, main = excluded.main`,
		practiceID, o.HouseholdID, o.PetID, o.Percentage, o.Main)
	return err
}

// addOwnership leaves an ownership that is there as it is.
func addOwnership(ctx context.Context, tx *db.Tx, practiceID string, o Ownership) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO pet_owner (practice_id, household_id, pet_id, percentage, main) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (practice_id, household_id, pet_id) DO NOTHING`,
		practiceID, o.HouseholdID, o.PetID, o.Percentage, o.Main)
	return err
}

// updateOwnership changes an ownership that is there, and makes none.
func updateOwnership(ctx context.Context, tx *db.Tx, practiceID string, o Ownership) error {
	_, err := tx.Exec(ctx, `
		UPDATE pet_owner SET percentage = $4, main = $5 WHERE practice_id = $1 AND household_id = $2 AND pet_id = $3`,
		practiceID, o.HouseholdID, o.PetID, o.Percentage, o.Main)
	return err
}

func dropOwnership(ctx context.Context, tx *db.Tx, practiceID, householdID, petID string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM pet_owner WHERE practice_id = $1 AND household_id = $2 AND pet_id = $3`, practiceID, householdID, petID)
	return err
}

// sources reads what imports said under the numbers of a household: its own, and
// those that were merged into it.
func sources(ctx context.Context, r db.Reader, practiceID, householdID string) ([]known, error) {
	scan := func(s db.Scanner) (k known, err error) {
		if err := s.Scan(append(householdFields(&k.Household), &k.said)...); err != nil || k.said == "" {
			return k, err
		}
		return k, json.Unmarshal([]byte(k.said), &k.before)
	}
	return db.All(ctx, r, scan, `
		SELECT `+householdColumns+`, h.imported FROM household h
		WHERE h.practice_id = $1 AND (h.id = $2 OR h.merged_into = $2) ORDER BY h.id`, practiceID, householdID)
}

// listedElsewhere reports whether another number of the household lists the pet.
func listedElsewhere(ctx context.Context, r db.Reader, practiceID, householdID, exceptID, system, petExternalID string) (bool, error) {
	all, err := sources(ctx, r, practiceID, householdID)
	for _, k := range all {
		if k.ID != exceptID && k.System == system &&
			slices.ContainsFunc(k.before.Pets, func(p PetInput) bool { return p.ExternalID == petExternalID }) {
			return true, err
		}
	}
	return false, err
}

// places lists who is meant by the positions of a household in an import.
func places(ctx context.Context, r db.Reader, practiceID, householdID string) (map[int]string, error) {
	all := map[int]string{}
	scan := func(s db.Scanner) (struct{}, error) {
		var position int
		var petParentID string
		err := s.Scan(&position, &petParentID)
		all[position] = petParentID
		return struct{}{}, err
	}
	_, err := db.All(ctx, r, scan, `
		SELECT position, pet_parent_id FROM pet_parent_place WHERE practice_id = $1 AND household_id = $2`, practiceID, householdID)
	return all, err
}

// setPlace says who an import means by a position; "" for nobody.
func setPlace(ctx context.Context, tx *db.Tx, practiceID, householdID string, position int, petParentID string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO pet_parent_place (household_id, practice_id, position, pet_parent_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (household_id, position) DO UPDATE SET pet_parent_id = excluded.pet_parent_id`,
		householdID, practiceID, position, petParentID)
	return err
}

// placed is the first position that no import reaches.
const placed = 1001

// nextPosition is where somebody comes in whom no import put there.
func nextPosition(ctx context.Context, tx *db.Tx, practiceID, householdID string) (int, error) {
	last, err := db.One(ctx, tx, func(s db.Scanner) (n int, err error) { return n, s.Scan(&n) }, `
		SELECT COALESCE(MAX(position), 0) FROM pet_parent WHERE practice_id = $1 AND household_id = $2`, practiceID, householdID)
	return max(placed, last+1), err
}

// heldHousehold reads a household that nobody else can change until the end of
// the transaction.
func heldHousehold(ctx context.Context, tx *db.Tx, practiceID, householdID string) (Household, error) {
	if _, err := tx.Exec(ctx, `
		UPDATE household SET updated_at = updated_at WHERE practice_id = $1 AND id = $2`, practiceID, householdID); err != nil {
		return Household{}, err
	}
	return household(ctx, tx, practiceID, householdID)
}
