package account

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// After walks all accounts of a kind in parts of at most limit, each behind the
// last id of the one before ("" begins).
func (s *Service) After(ctx context.Context, practiceID string, kind access.Kind, after string, limit int) ([]Account, error) {
	return db.All(ctx, s.DB, scan, selectAccount+`
		WHERE practice_id = $1 AND kind = $2 AND id > $3 ORDER BY id LIMIT $4`, practiceID, string(kind), after, limit)
}
