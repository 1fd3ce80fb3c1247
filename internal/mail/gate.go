package mail

import (
	"context"
	"fmt"

	"catflap/internal/foundation/db"
)

// Passage is whether mail of a practice may leave.
type Passage int

// The passages.
const (
	Leaves Passage = iota
	Waits          // stays queued until ResumePractice
	Over           // is dropped
)

// Gate tells whether mail of a practice may leave at the moment.
type Gate func(ctx context.Context, practiceID string) (Passage, error)

// closedWords stand beside what was dropped with its practice.
const closedWords = "Not sent: the practice was closed."

// passage asks the gate; the platform's own mail always leaves.
func (s *Service) passage(ctx context.Context, practiceID string) (Passage, error) {
	if s.gate == nil || practiceID == "" {
		return Leaves, nil
	}
	return s.gate(ctx, practiceID)
}

// DropWaiting drops what a practice has in the queue, in the transaction that
// closes it. What is being handed over at this moment leaves.
func (s *Service) DropWaiting(ctx context.Context, tx *db.Tx, practiceID string) error {
	_, err := tx.Exec(ctx, `
		UPDATE message SET state = 'dropped', last_error = $2 WHERE practice_id = $1 AND state = 'queued'`, practiceID, closedWords)
	return err
}

// ResumePractice sends what has waited for a practice, in the transaction that
// opens it again.
func (s *Service) ResumePractice(ctx context.Context, tx *db.Tx, practiceID string) error {
	for after := ""; ; {
		batch, err := db.All(ctx, tx, scanWaiting, `SELECT practice_id, id, bulk FROM message
			WHERE practice_id = $1 AND state IN ('queued', 'sending') AND id > $2
			ORDER BY id LIMIT $3`, practiceID, after, resumeBatch)
		if err != nil {
			return fmt.Errorf("find waiting messages: %w", err)
		}
		for _, w := range batch {
			if err := s.enqueueDelivery(ctx, tx, w.practiceID, w.id, w.bulk); err != nil {
				return err
			}
			after = w.id
		}
		if len(batch) < resumeBatch {
			return nil
		}
	}
}

// resumeBatch is how many waiting messages are read at once.
const resumeBatch = 500
