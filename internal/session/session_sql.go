package session

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/practice"
)

const sessionColumns = `s.id, s.practice_id, s.account_id, s.branch_id, s.created_at, s.seen_at, s.idle_limit,
	s.expires_at, s.proven_at, s.ip, s.device, s.shared, s.locked_at, s.ended_at, s.ended_reason,
	s.before_at, s.before_on, s.failed_before`

// selectIdentity is the hot path: one indexed read for everything but roles.
const selectIdentity = `
	SELECT ` + sessionColumns + `, a.kind, a.name, a.login_id, a.active,
		coalesce(p.slug, ''), coalesce(p.name, ''), coalesce(p.kind, ''), coalesce(p.status, ''),
		coalesce(p.plan, ''), coalesce(p.time_zone, ''), coalesce(b.name, ''), coalesce(b.hue, 0), coalesce(b.time_zone, ''),
		coalesce(b.features_off, '[]'), coalesce(b.network_mode, ''), coalesce(b.network, '[]')
	FROM session s
	JOIN account a ON a.id = s.account_id AND a.practice_id = s.practice_id
	LEFT JOIN practice p ON p.id = s.practice_id
	LEFT JOIN branch b ON b.id = s.branch_id AND b.practice_id = s.practice_id
	WHERE s.token_hash = $1`

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
			expires_at, proven_at, ip, device, shared, ended_reason, before_at, before_on, failed_before)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', $14, $15, $16)`,
		s.ID, s.PracticeID, s.AccountID, s.BranchID, hash, s.CreatedAt, s.SeenAt, int64(s.IdleLimit/time.Second),
		s.ExpiresAt, s.ProvenAt, s.IP, s.Device, s.Shared, s.BeforeAt, s.BeforeOn, s.FailedBefore)
	return err
}

func (s *Service) touch(ctx context.Context, old Session, now time.Time) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE session SET seen_at = $3 WHERE practice_id = $1 AND id = $2 AND seen_at < $3 AND ended_at IS NULL`,
			old.PracticeID, old.ID, now)
		return err
	})
}

func (s *Session) columns(idle *int64, why *string) []any {
	return []any{&s.ID, &s.PracticeID, &s.AccountID, &s.BranchID, &s.CreatedAt, &s.SeenAt, idle,
		&s.ExpiresAt, &s.ProvenAt, &s.IP, &s.Device, &s.Shared, &s.LockedAt, &s.EndedAt, why,
		&s.BeforeAt, &s.BeforeOn, &s.FailedBefore}
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

type identity struct {
	session       Session
	viewer        access.Viewer
	accountActive bool
	network       practice.Network
}

func scanIdentity(sc db.Scanner) (identity, error) {
	var i identity
	var kind, status, plan, zone, branchZone, off, network string
	v := &i.viewer
	s, err := scanWith(sc, &kind, &v.Name, &v.LoginID, &i.accountActive,
		&v.Practice.Slug, &v.Practice.Name, &v.Practice.Kind, &status, &plan, &zone,
		&v.Branch.Name, &v.Branch.Hue, &branchZone, &off, &i.network.Mode, &network)
	if err != nil {
		return i, err
	}
	i.session = s
	v.Kind, v.AccountID, v.PracticeID = access.Kind(kind), s.AccountID, s.PracticeID
	v.Practice.ID, v.Practice.Closed, v.Practice.Zone = s.PracticeID, v.PracticeID != "" && status != practice.Active, practice.Zone(zone)
	v.Branch.ID, v.Branch.Zone = s.BranchID, practice.Zone(branchZone)
	var switchedOff []access.Feature
	err = errors.Join(json.Unmarshal([]byte(off), &switchedOff), json.Unmarshal([]byte(network), &i.network.Prefixes))
	*v = v.WithFeatures(featuresOn(practice.Practice{Plan: plan}.Features(), switchedOff))
	return i, err
}
