package petparent

import (
	"context"
	"encoding/json"
	"errors"

	"catflap/internal/foundation/db"
)

func knownHousehold(ctx context.Context, r db.Reader, practiceID, system, externalID string) (known, error) {
	scan := func(s db.Scanner) (k known, err error) {
		if err := s.Scan(append(householdFields(&k.Household), &k.said, &k.digest)...); err != nil || k.said == "" {
			return k, err
		}
		return k, json.Unmarshal([]byte(k.said), &k.before)
	}
	k, err := db.One(ctx, r, scan, `
		SELECT `+householdColumns+`, h.imported, h.digest FROM household h
		WHERE h.practice_id = $1 AND h.system = $2 AND h.external_id = $3`, practiceID, system, externalID)
	if errors.Is(err, db.ErrNone) {
		return known{}, nil
	}
	return k, err
}

// lockedHousehold reads a household that nobody else can import until the end
// of the transaction.
func lockedHousehold(ctx context.Context, tx *db.Tx, practiceID, system, externalID string) (known, error) {
	if _, err := tx.Exec(ctx, `
		UPDATE household SET updated_at = updated_at WHERE practice_id = $1 AND system = $2 AND external_id = $3`,
		practiceID, system, externalID); err != nil {
		return known{}, err
	}
	return knownHousehold(ctx, tx, practiceID, system, externalID)
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

func petByKey(ctx context.Context, tx *db.Tx, practiceID, system, externalID string) (Pet, error) {
	return db.One(ctx, tx, scanPet, selectPet+`
		WHERE x.practice_id = $1 AND x.system = $2 AND x.external_id = $3`, practiceID, system, externalID)
}

func putOwnership(ctx context.Context, tx *db.Tx, practiceID string, o Ownership) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO pet_owner (practice_id, household_id, pet_id, percentage, main) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (practice_id, household_id, pet_id) DO UPDATE SET percentage = excluded.percentage, main = excluded.main`,
		practiceID, o.HouseholdID, o.PetID, o.Percentage, o.Main)
	return err
}

func dropOwnership(ctx context.Context, tx *db.Tx, practiceID, householdID, system, petExternalID string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM pet_owner WHERE practice_id = $1 AND household_id = $2 AND pet_id = (
			SELECT x.id FROM pet x WHERE x.practice_id = $1 AND x.system = $3 AND x.external_id = $4)`,
		practiceID, householdID, system, petExternalID)
	return err
}
