package account

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// Delete removes an account that belongs to nobody any more. What refers to it
// is the caller's to delete before; the record goes on to know it by its id.
func (s *Service) Delete(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	tx.Announce(access.AccountTopic(accountID))
	_, err := tx.Exec(ctx, `DELETE FROM account WHERE practice_id = $1 AND id = $2`, practiceID, accountID)
	return err
}
