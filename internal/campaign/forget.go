package campaign

import (
	"context"

	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// ForgetPerson takes a pet parent who is erased out of the reports of campaigns.
// What was written to them is mail's to forget; the numbers stay.
func (s *Service) ForgetPerson(ctx context.Context, tx *db.Tx, p petparent.PetParent) error {
	former, err := s.PetParents.Former(ctx, tx, p.PracticeID, p.ID)
	if err != nil {
		return err
	}
	for _, petParentID := range append([]string{p.ID}, former...) {
		if err := s.ForgetDrafts(ctx, tx, p.PracticeID, petParentID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM campaign_left_out WHERE practice_id = $1 AND pet_parent_id = $2`, p.PracticeID, petParentID); err != nil {
			return err
		}
	}
	return nil
}
