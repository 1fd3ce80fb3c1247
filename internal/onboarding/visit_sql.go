package onboarding

import (
	"context"
	"errors"
	"time"

	"catflap/internal/foundation/db"
)

// visit is of one account, by what it was invited with.
type visit struct{ practiceID, accountID, invitationID string }

// unopened is the account that waits with the temporary password and did not
// open the page yet; "" for none.
func unopened(ctx context.Context, r db.Reader, practiceID, temporaryID string) (string, error) {
	scan := func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }
	accountID, err := db.One(ctx, r, scan, `
		SELECT t.account_id FROM temporary_password t JOIN account a ON a.practice_id = t.practice_id AND a.id = t.account_id
		WHERE t.practice_id = $1 AND t.id = $2 AND a.onboarded_at IS NULL AND NOT EXISTS (
			SELECT 1 FROM invitation_visit v
			WHERE v.practice_id = t.practice_id AND v.account_id = t.account_id AND v.invitation_id = t.id)`, practiceID, temporaryID)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return accountID, err
}

func visited(ctx context.Context, r db.Reader, practiceID, accountID, invitationID string) (bool, error) {
	scan := func(s db.Scanner) (known bool, err error) { return known, s.Scan(&known) }
	return db.One(ctx, r, scan, `
		SELECT EXISTS (SELECT 1 FROM invitation_visit WHERE practice_id = $1 AND account_id = $2 AND invitation_id = $3)`,
		practiceID, accountID, invitationID)
}

// putVisit keeps the times of the first visit, until the account is invited with
// something else.
func putVisit(ctx context.Context, tx *db.Tx, v visit, entered bool, now time.Time) error {
	var enteredAt time.Time
	if entered {
		enteredAt = now
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO invitation_visit (account_id, practice_id, invitation_id, opened_at, entered_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account_id) DO UPDATE SET
			opened_at = CASE WHEN invitation_visit.invitation_id = excluded.invitation_id
				THEN invitation_visit.opened_at ELSE excluded.opened_at END,
			entered_at = CASE WHEN invitation_visit.invitation_id = excluded.invitation_id
				THEN COALESCE(invitation_visit.entered_at, excluded.entered_at) ELSE excluded.entered_at END,
			invitation_id = excluded.invitation_id
		WHERE invitation_visit.practice_id = $2`,
		v.accountID, v.practiceID, v.invitationID, now, enteredAt)
	return err
}
