package signin

import (
	"context"

	"catflap/internal/foundation/db"
)

// EndPending ends the sign-ins under way of an account that is deactivated, so
// that none goes on should it be reactivated.
func (s *Service) EndPending(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	_, err := tx.Exec(ctx, `
		UPDATE signin SET ended_at = $3 WHERE practice_id = $1 AND account_id = $2 AND ended_at IS NULL`,
		practiceID, accountID, s.Clock.Now())
	return err
}
