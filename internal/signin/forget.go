package signin

import (
	"context"

	"catflap/internal/foundation/db"
)

// Forget deletes the sign-ins of an account that is deleted.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM signin WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
	return err
}
