package factor

import (
	"context"

	"catflap/internal/foundation/db"
)

// CountVoid counts the temporary passwords that ran out or were used up before
// the first sign-in: whoever has one needs another.
func (s *Service) CountVoid(ctx context.Context, practiceID string) (int, error) {
	scan := func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }
	return db.One(ctx, s.DB, scan, `
		SELECT count(*) FROM temporary_password
		WHERE practice_id = $1 AND NOT again AND (expires_at <= $2 OR burnt_at IS NOT NULL)`, practiceID, s.Clock.Now())
}
