package session

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// StepUp remembers a fresh proof and, as with every change of level, gives the
// session a new token; the old one is void at once.
func (s *Service) StepUp(ctx context.Context, tx *db.Tx, v access.Viewer) (token string, err error) {
	token, hash := newToken()
	n, err := tx.Exec(ctx, `
		UPDATE session SET token_hash = $3, proven_at = $4, seen_at = $4
		WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL AND locked_at IS NULL`,
		v.PracticeID, v.SessionID, hash, s.Clock.Now())
	return token, changed(tx, v, n, err)
}

// Renew gives the session a new token without a step-up: the one before it is
// void at once.
func (s *Service) Renew(ctx context.Context, tx *db.Tx, v access.Viewer) (token string, err error) {
	token, hash := newToken()
	n, err := tx.Exec(ctx, `
		UPDATE session SET token_hash = $3, seen_at = $4
		WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL AND locked_at IS NULL`,
		v.PracticeID, v.SessionID, hash, s.Clock.Now())
	return token, changed(tx, v, n, err)
}

// Lock makes the session wait for its person's password. A locked session idles
// out like any other.
func (s *Service) Lock(ctx context.Context, tx *db.Tx, v access.Viewer) error {
	n, err := tx.Exec(ctx, `
		UPDATE session SET locked_at = coalesce(locked_at, $3) WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`,
		v.PracticeID, v.SessionID, s.Clock.Now())
	return changed(tx, v, n, err)
}

// Unlock opens a locked session after its person's password, with a new token.
// It is no step-up: proven stays as it was.
func (s *Service) Unlock(ctx context.Context, tx *db.Tx, v access.Viewer) (token string, err error) {
	token, hash := newToken()
	n, err := tx.Exec(ctx, `
		UPDATE session SET token_hash = $3, locked_at = NULL, seen_at = $4
		WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL AND locked_at IS NOT NULL`,
		v.PracticeID, v.SessionID, hash, s.Clock.Now())
	return token, changed(tx, v, n, err)
}

// SwitchBranch moves the session to another branch; the caller has checked
// that the person works there. It is a change of level: the token is new.
func (s *Service) SwitchBranch(ctx context.Context, tx *db.Tx, v access.Viewer, branchID string) (token string, err error) {
	token, hash := newToken()
	n, err := tx.Exec(ctx, `
		UPDATE session SET token_hash = $3, branch_id = $4, seen_at = $5
		WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL AND locked_at IS NULL`,
		v.PracticeID, v.SessionID, hash, branchID, s.Clock.Now())
	return token, changed(tx, v, n, err)
}

func changed(tx *db.Tx, v access.Viewer, n int64, err error) error {
	if err == nil && n == 0 {
		return ErrEnded
	}
	tx.Announce(access.AccountTopic(v.AccountID))
	return err
}
