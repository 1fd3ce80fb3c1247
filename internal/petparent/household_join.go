package petparent

import (
	"context"

	"catflap/internal/foundation/db"
)

// JoinHouseholds makes one household of those of two people, in the caller's
// transaction: everybody and every pet of the household of goes come to the one
// of stays. Merge does the same with a choice of pets. Of one household nothing
// is left to do. ErrNotFound, ErrOneRecord, ErrMayNotChange.
func (s *Service) JoinHouseholds(ctx context.Context, tx *db.Tx, practiceID, stays, goes string) error {
	if err := MayChange(ctx); err != nil {
		return err
	}
	in := MergeInput{Stays: stays, Goes: goes}
	if err := s.holdBoth(ctx, tx, practiceID, in); err != nil {
		return err
	}
	m, err := s.PreviewMerge(ctx, tx, practiceID, in)
	switch {
	case m.OneHousehold && !m.Same && err != nil:
		return nil
	case err != nil:
		return err
	}
	return s.mergeHouseholds(ctx, tx, m)
}
