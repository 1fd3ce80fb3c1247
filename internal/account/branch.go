package account

import (
	"context"

	"catflap/internal/foundation/db"
)

// WorksIn remembers the branch that is chosen first at the next sign-in.
func (s *Service) WorksIn(ctx context.Context, tx *db.Tx, practiceID, accountID, branchID string) error {
	_, err := tx.Exec(ctx, `
		UPDATE account SET last_branch_id = $3 WHERE practice_id = $1 AND id = $2`, practiceID, accountID, branchID)
	return err
}
