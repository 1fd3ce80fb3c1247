package factor

import (
	"context"

	"catflap/internal/account"
	"catflap/internal/foundation/db"
)

// Forget deletes everything that proves an account that is deleted: passwords,
// links, second factors, and the tries that failed.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	if err := s.RemoveSecond(ctx, tx, account.Account{ID: accountID, PracticeID: practiceID}); err != nil {
		return err
	}
	for _, table := range []string{"password", "temporary_password", "link"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID); err != nil {
			return err
		}
	}
	return s.Throttle.Forget(ctx, tx, practiceID, accountID)
}
