package petparent

import (
	"context"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// ErrProposalStray answers for a correction of a pet that is not its pet
// parent's any more.
var ErrProposalStray = fault.New(fault.Gone, "proposal-pet-left",
	"This pet does not belong to their household any more. Reject the correction, or correct the pet on the page of its owner.")

// ownsFor insists that the pet that a proposal is about belongs to the household
// of whom it is from.
func (s *Service) ownsFor(ctx context.Context, tx *db.Tx, practiceID string, p Proposal) error {
	if p.PetID == "" {
		return nil
	}
	by, err := lockedPerson(ctx, tx, practiceID, p.PetParentID)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		UPDATE pet_owner SET main = main WHERE practice_id = $1 AND household_id = $2 AND pet_id = $3`,
		practiceID, by.HouseholdID, p.PetID)
	if err == nil && n == 0 {
		err = ErrProposalStray
	}
	return err
}

// takePet takes a pet out of a household whose people stay. What they wanted
// corrected about it is not theirs to say any more.
func (s *Service) takePet(ctx context.Context, tx *db.Tx, practiceID, householdID, petID string) error {
	if err := dropOwnership(ctx, tx, practiceID, householdID, petID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE proposal SET state = 'replaced', decided_at = $4
		WHERE practice_id = $1 AND pet_id = $3 AND state = 'open' AND pet_parent_id IN (
			SELECT id FROM pet_parent WHERE practice_id = $1 AND household_id = $2)`,
		practiceID, householdID, petID, s.Clock.Now())
	return err
}

// closeStray closes what a person wanted corrected about pets that are not in
// their household any more, whether they went or the pets did.
func (s *Service) closeStray(ctx context.Context, tx *db.Tx, practiceID, petParentID string) error {
	_, err := tx.Exec(ctx, `
		UPDATE proposal SET state = 'replaced', decided_at = $3
		WHERE practice_id = $1 AND pet_parent_id = $2 AND pet_id <> '' AND state = 'open' AND NOT EXISTS (
			SELECT 1 FROM pet_owner o JOIN pet_parent p ON p.practice_id = o.practice_id AND p.household_id = o.household_id
			WHERE o.practice_id = $1 AND p.id = $2 AND o.pet_id = proposal.pet_id)`,
		practiceID, petParentID, s.Clock.Now())
	return err
}
