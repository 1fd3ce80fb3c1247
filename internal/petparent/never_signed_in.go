package petparent

import (
	"context"

	"catflap/internal/foundation/db"
)

// NeverSignedIn reads at most limit pet parents of a scope who have a login that
// is switched on and never completed the first sign-in, in the order of their
// ids after the one with id after. Pets are not filled in.
func (s *Service) NeverSignedIn(ctx context.Context, r db.Reader, practiceID string, sc Scope, after string, limit int) ([]Row, error) {
	q, err := s.scoped(ctx, r, practiceID, sc)
	if err != nil {
		return nil, err
	}
	q.where(neverSignedInSQL)
	q.where("p.id > ?", after)
	return q.part(ctx, r, "p", "p.id", limit)
}

// CountNeverSignedIn counts those whom NeverSignedIn reads.
func (s *Service) CountNeverSignedIn(ctx context.Context, r db.Reader, practiceID string, sc Scope) (int, error) {
	q, err := s.scoped(ctx, r, practiceID, sc)
	if err != nil {
		return 0, err
	}
	q.where(neverSignedInSQL)
	return q.count(ctx, r)
}
