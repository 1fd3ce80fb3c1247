package campaign

import (
	"context"

	"catflap/internal/foundation/db"
)

// NextBatch is one step of Prepare.
func (s *Service) NextBatch(ctx context.Context, tx *db.Tx, practiceID, campaignID string) (bool, error) {
	return s.nextBatch(ctx, tx, jobPayload{PracticeID: practiceID, CampaignID: campaignID})
}

// Batch is how many people it looks at.
const Batch = batch

// Step has so many people written to in one transaction.
func (s *Service) Step(n int) { s.step = n }
