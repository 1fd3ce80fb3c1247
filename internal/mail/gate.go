package mail

import (
	"context"

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
		UPDATE message SET state = 'dropped', last_error = $2
		WHERE practice_id = $1 AND state = 'queued'`, practiceID, closedWords)
	return err
}

// ResumePractice sends what has waited for a practice, in the transaction that
// opens it again.
func (s *Service) ResumePractice(ctx context.Context, tx *db.Tx, practiceID string) error {
	for _, l := range s.lanes() {
		if _, err := tx.Exec(ctx, `
			UPDATE message SET due_at = $1
			WHERE bulk = $2 AND state = 'queued' AND due_at = $3 AND practice_id = $4`,
			s.clock.Now(), l.bulk, parked, practiceID); err != nil {
			return err
		}
		tx.AfterCommit(l.notify)
	}
	return nil
}
