package onboarding

import (
	"context"

	"catflap/internal/foundation/db"
)

// Forget deletes what an account that is deleted confirmed on its way in.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM onboarding_draft WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
	return err
}
