package petparent

import (
	"context"

	"catflap/internal/foundation/db"
)

// WithoutLogin reads at most limit pet parents of a scope who have no login,
// archived ones too, in the order of their ids after the one with id after (""
// for the first). Pets are not filled in.
func (s *Service) WithoutLogin(ctx context.Context, r db.Reader, practiceID string, sc Scope, after string, limit int) ([]Row, error) {
	q, err := s.scoped(ctx, r, practiceID, sc)
	if err != nil {
		return nil, err
	}
	q.where("p.account_id IS NULL")
	q.where("p.id > ?", after)
	return q.part(ctx, r, "p", "p.id", limit)
}

// CountWithoutLogin counts the pet parents of a scope who have no login.
func (s *Service) CountWithoutLogin(ctx context.Context, r db.Reader, practiceID string, sc Scope) (int, error) {
	if !sc.Everybody() {
		q, err := s.scoped(ctx, r, practiceID, sc)
		if err != nil {
			return 0, err
		}
		q.where("p.account_id IS NULL")
		return q.count(ctx, r)
	}
	scan := func(s db.Scanner) (n int, err error) { return n, s.Scan(&n) }
	return db.One(ctx, r, scan, `
		SELECT count(*) FROM pet_parent WHERE practice_id = $1 AND account_id IS NULL`, practiceID)
}
