package session

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// Forget ends the sessions of an account that is deleted and leaves nothing of
// them but what stands in the record.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	if _, err := s.EndAll(ctx, tx, practiceID, accountID, "", Deactivated); err != nil {
		return err
	}
	tx.Announce(access.AccountTopic(accountID))
	_, err := tx.Exec(ctx, `DELETE FROM session WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
	return err
}
