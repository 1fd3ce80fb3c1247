package pims

import (
	"context"

	"catflap/internal/foundation/db"
)

// CountFailed counts the imports that failed since the last one that did not.
func (s *Service) CountFailed(ctx context.Context, practiceID string) (int, error) {
	scan := func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }
	return db.One(ctx, s.DB, scan, `
		SELECT count(*) FROM import
		WHERE practice_id = $1 AND state = 'failed' AND id > COALESCE((
			SELECT max(id) FROM import WHERE practice_id = $1 AND state = 'done'), '')`, practiceID)
}
