package session

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

const sessionColumns = `s.id, s.practice_id, s.account_id, s.branch_id, s.created_at, s.seen_at, s.idle_limit,
	s.expires_at, s.proven_at, s.ip, s.device, s.shared, s.locked_at, s.ended_at, s.ended_reason,
	s.before_at, s.before_on, s.failed_before, s.second, s.kept`

const selectListed = `
	SELECT ` + sessionColumns + `, coalesce(b.name, '')
	FROM session s LEFT JOIN branch b ON b.id = s.branch_id AND b.practice_id = s.practice_id
	WHERE s.practice_id = $1 AND s.account_id = $2 AND s.ended_at IS NULL
	ORDER BY s.seen_at DESC, s.id`

// selectOpen goes through the open sessions of a practice from the newest on.
const selectOpen = `
	SELECT ` + sessionColumns + `, coalesce(b.name, ''), a.name, a.login_id, a.kind
	FROM session s
	JOIN account a ON a.id = s.account_id AND a.practice_id = s.practice_id
	LEFT JOIN branch b ON b.id = s.branch_id AND b.practice_id = s.practice_id
	WHERE s.practice_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.seen_at + s.idle_limit * 1000000 > $2
		AND ($3 = '' OR s.id < $3)
	ORDER BY s.id DESC LIMIT $4`

const selectOver = `
	SELECT ` + sessionColumns + ` FROM session s
	WHERE s.ended_at IS NULL AND (s.expires_at <= $1 OR s.seen_at + s.idle_limit * 1000000 <= $1)
	ORDER BY s.id LIMIT $2`

func insert(ctx context.Context, tx *db.Tx, s Session, hash []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO session (id, practice_id, account_id, branch_id, token_hash, created_at, seen_at, idle_limit,
			expires_at, proven_at, ip, device, shared, ended_reason, before_at, before_on, failed_before,
			second, kept)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', $14, $15, $16, $17, $18)`,
		s.ID, s.PracticeID, s.AccountID, s.BranchID, hash, s.CreatedAt, s.SeenAt, int64(s.IdleLimit/time.Second),
		s.ExpiresAt, s.ProvenAt, s.IP, s.Device, s.Shared, s.BeforeAt, s.BeforeOn, s.FailedBefore,
		s.Second, s.Kept)
	return err
}

func (s *Session) columns(idle *int64, why *string) []any {
	return []any{&s.ID, &s.PracticeID, &s.AccountID, &s.BranchID, &s.CreatedAt, &s.SeenAt, idle,
		&s.ExpiresAt, &s.ProvenAt, &s.IP, &s.Device, &s.Shared, &s.LockedAt, &s.EndedAt, why,
		&s.BeforeAt, &s.BeforeOn, &s.FailedBefore, &s.Second, &s.Kept}
}

func scanWith(sc db.Scanner, more ...any) (Session, error) {
	var s Session
	var idle int64
	var why string
	err := sc.Scan(append(s.columns(&idle, &why), more...)...)
	s.IdleLimit, s.EndedWhy = time.Duration(idle)*time.Second, Reason(why)
	return s, err
}

func scanSession(sc db.Scanner) (Session, error) { return scanWith(sc) }

func scanListed(sc db.Scanner) (Listed, error) {
	var branch string
	s, err := scanWith(sc, &branch)
	return Listed{Session: s, BranchName: branch}, err
}

func scanOpen(sc db.Scanner) (Open, error) {
	var o Open
	var kind string
	s, err := scanWith(sc, &o.BranchName, &o.Name, &o.LoginID, &kind)
	o.Session, o.Kind = s, access.Kind(kind)
	return o, err
}
