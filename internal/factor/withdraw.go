package factor

import (
	"context"
	"strconv"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
)

// CountReadable counts the temporary passwords of a practice that staff could
// still read, those with and those without an address to write to.
func (s *Service) CountReadable(ctx context.Context, r db.Reader, practiceID string) (mailable, others int, err error) {
	return s.countTemporary(ctx, r, practiceID, `t.sealed IS NOT NULL AND t.burnt_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)`)
}

// CountWithdrawn counts the people whose temporary password was withdrawn and
// who have been given nothing in its place.
func (s *Service) CountWithdrawn(ctx context.Context, r db.Reader, practiceID string) (mailable, others int, err error) {
	return s.countTemporary(ctx, r, practiceID, `t.withdrawn AND t.burnt_at <= $2`)
}

func (s *Service) countTemporary(ctx context.Context, r db.Reader, practiceID, which string) (mailable, others int, err error) {
	type pair struct{ mailable, others int }
	n, err := db.One(ctx, r, func(sc db.Scanner) (p pair, err error) { return p, sc.Scan(&p.mailable, &p.others) }, `
		SELECT count(*) FILTER (WHERE a.recovery_email <> ''), count(*) FILTER (WHERE a.recovery_email = '')
		FROM temporary_password t JOIN account a ON a.practice_id = t.practice_id AND a.id = t.account_id
		WHERE t.practice_id = $1 AND a.active AND a.onboarded_at IS NULL AND `+which, practiceID, s.Clock.Now())
	return n.mailable, n.others, err
}

// WithdrawReadable destroys every readable temporary password of a practice, in
// the caller's transaction, and tells how many would still have worked. That
// there was one stays, so that its person can be invited again.
func (s *Service) WithdrawReadable(ctx context.Context, tx *db.Tx, practiceID string) (int64, error) {
	now := s.Clock.Now()
	n, err := tx.Exec(ctx, `
		UPDATE temporary_password SET sealed = NULL, hash = '', burnt_at = $2, withdrawn = TRUE
		WHERE practice_id = $1 AND sealed IS NOT NULL AND burnt_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`,
		practiceID, now)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `UPDATE temporary_password SET sealed = NULL WHERE practice_id = $1 AND sealed IS NOT NULL`, practiceID); err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, nil
	}
	return n, s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.TemporaryVoided, PracticeID: practiceID, Cause: "strict-mode",
		Detail: map[string]string{"temporary_passwords": strconv.FormatInt(n, 10)},
	})
}

// Withdrawn lists at most limit accounts whose temporary password was
// withdrawn, in the order of their ids after the one given.
func (s *Service) Withdrawn(ctx context.Context, r db.Reader, practiceID, after string, limit int) ([]string, error) {
	return db.All(ctx, r, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) }, `
		SELECT account_id FROM temporary_password
		WHERE practice_id = $1 AND withdrawn AND account_id > $2 ORDER BY account_id LIMIT $3`, practiceID, after, limit)
}
