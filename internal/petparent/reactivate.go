package petparent

import (
	"context"

	"catflap/internal/foundation/fault"
)

// ErrDeletedThere answers where only the practice system can help.
var ErrDeletedThere = fault.New(fault.Conflict, "deleted-in-practice-system",
	"This record was deleted in your practice system. Restore it there and import the client list again.")

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
