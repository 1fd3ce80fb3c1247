package petparent

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Faults of what conflicts are settled with.
var (
	// ErrMayNotChange answers to who may manage logins and not change records.
	ErrMayNotChange = fault.New(fault.Forbidden, "permission-missing",
		"Your role may not change records of pet parents. Ask a colleague whose role may.")
	// ErrDeletedThere answers where only the practice system can help.
	ErrDeletedThere = fault.New(fault.Conflict, "deleted-in-practice-system",
		"This record was deleted in your practice system. Restore it there and import the client list again.")
)

// MayChange insists that the viewer may change records of pet parents.
func MayChange(ctx context.Context) error {
	v := access.ViewerFrom(ctx)
	if v.Kind == access.KindSystem || v.May(access.PetParentWrite) {
		return nil
	}
	return ErrMayNotChange
}

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

// ReactivateRecord makes the household of a pet parent active again, which the
// practice system or somebody here called inactive. ErrDeletedThere,
// ErrMayNotChange, ErrNotFound.
func (s *Service) ReactivateRecord(ctx context.Context, practiceID, petParentID string) error {
	if err := MayChange(ctx); err != nil {
		return err
	}
	p, err := s.Profile(ctx, s.DB, practiceID, petParentID)
	if err != nil {
		return err
	}
	if p.Household.Deleted {
		return ErrDeletedThere
	}
	record := p.Household.Record()
	record.Active = true
	return s.UpdateHousehold(ctx, practiceID, petParentID, record, nil)
}
