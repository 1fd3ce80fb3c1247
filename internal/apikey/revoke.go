package apikey

import (
	"context"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
)

// Revoke ends a key of the practice for ever; its next request is refused. Of
// several at once one wins, the others get ErrRevokedAlready. ErrNotFound.
func (s *Service) Revoke(ctx context.Context, practiceID, keyID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := s.Get(ctx, tx, practiceID, keyID)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			UPDATE api_key SET revoked_at = $3, revoked_by = $4 WHERE practice_id = $1 AND id = $2 AND revoked_at IS NULL`,
			practiceID, keyID, s.Clock.Now(), access.ViewerFrom(ctx).AccountID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrRevokedAlready
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.KeyRevoked, PracticeID: practiceID, Target: k.target(), Detail: map[string]string{"hint": k.Hint},
		})
	})
}

// RevokeAll ends every key of a practice that is closed, in the transaction
// that closes it, and tells how many.
func (s *Service) RevokeAll(ctx context.Context, tx *db.Tx, practiceID string) (int64, error) {
	n, err := tx.Exec(ctx, `
		UPDATE api_key SET revoked_at = $2 WHERE practice_id = $1 AND revoked_at IS NULL`, practiceID, s.Clock.Now())
	if err != nil || n == 0 {
		return n, err
	}
	return n, s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.KeysRevoked, PracticeID: practiceID, Detail: map[string]string{"keys": strconv.FormatInt(n, 10)},
	})
}
