package petparent

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Refused is that a mail server refused the contact e-mail for good; the zero
// value, that none did. It ends with the address.
type Refused struct {
	At    time.Time
	Words string // what the mail server said
}

// ErrNotRefused answers where there is nothing to try again.
var ErrNotRefused = fault.New(fault.Conflict, "address-not-refused",
	"Nothing is noted against this e-mail address any more. Reload the page to see where it stands.")

// NoteRefused notes that mail to an address came back, with everybody of the
// practice whose contact e-mail it is: bulk mail leaves them out from then on.
func (s *Service) NoteRefused(ctx context.Context, tx *db.Tx, practiceID, address, words string) error {
	_, err := tx.Exec(ctx, `
		UPDATE pet_parent SET email_refused_at = $3, email_refused = $4
		WHERE practice_id = $1 AND email_key = $2 AND email_key <> '' AND email_refused_at IS NULL`,
		practiceID, Fold(address), s.Clock.Now(), words)
	return err
}

// TryAddress takes back what was noted about the contact e-mail of a pet parent:
// somebody knows that it works again. ErrNotFound, ErrMayNotChange, ErrNotRefused.
func (s *Service) TryAddress(ctx context.Context, petParentID string) error {
	if err := MayChange(ctx); err != nil {
		return err
	}
	practiceID := access.ViewerFrom(ctx).PracticeID
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		row, err := s.Row(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			UPDATE pet_parent SET email_refused_at = NULL, email_refused = ''
			WHERE practice_id = $1 AND id = $2 AND email_refused_at IS NOT NULL`, practiceID, petParentID)
		if err == nil && n == 0 {
			err = ErrNotRefused
		}
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.AddressTried, PracticeID: practiceID, Target: audit.Target{Kind: "pet_parent", ID: row.ID, Name: row.Name()},
		})
	})
}
