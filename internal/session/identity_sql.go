package session

import (
	"context"
	"time"

	"catflap/internal/foundation/db"
)

// selectIdentity reads all that a request needs to know of its session, with a
// row for each role that the account holds and one if it holds none.
const selectIdentity = `
	SELECT s.id, s.practice_id, s.account_id, s.branch_id, s.seen_at, s.idle_limit, s.expires_at, s.proven_at,
		s.shared, s.kept, s.second, s.locked_at, s.ended_at, s.ended_reason, a.kind, a.name, a.login_id, a.lang, a.active,
		coalesce(p.slug, ''), coalesce(p.name, ''), coalesce(p.kind, ''), coalesce(p.status, ''),
		coalesce(p.plan, ''), coalesce(p.time_zone, ''), coalesce(b.name, ''), coalesce(b.hue, 0), coalesce(b.time_zone, ''),
		coalesce(b.features_off, '[]'), coalesce(b.network_mode, ''), coalesce(b.network, '[]'),
		r.id IS NOT NULL, coalesce(g.branch_id, ''), coalesce(r.name, ''), coalesce(r.landing, ''), coalesce(r.permissions, '')
	FROM session s
	JOIN account a ON a.id = s.account_id AND a.practice_id = s.practice_id
	LEFT JOIN practice p ON p.id = s.practice_id
	LEFT JOIN branch b ON b.id = s.branch_id AND b.practice_id = s.practice_id
	LEFT JOIN role_grant g ON g.practice_id = s.practice_id AND g.account_id = s.account_id
	LEFT JOIN role r ON r.id = g.role_id AND r.practice_id = g.practice_id
	WHERE s.token_hash = $1
	ORDER BY r.id, g.branch_id`

// identity is what the database says about a token.
type identity struct {
	session       Session // what decides whether it answers
	name, login   string
	accountActive bool
	place         placeRow
	grants        []string // branch, role, landing page, permissions of each
}

// placeRow is what is stored of a practice and a branch, as it is stored.
type placeRow struct {
	accountKind, lang                                string
	practiceID, slug, name, kind, status, plan, zone string
	branchID, branchName, branchZone                 string
	hue                                              int
	featuresOff, networkMode, network                string
}

// readIdentity looks a token up by its hash; db.ErrNone if there is none.
func readIdentity(ctx context.Context, r db.Reader, hash []byte) (identity, error) {
	var i identity
	rows, err := r.Query(ctx, selectIdentity, hash)
	if err != nil {
		return i, err
	}
	defer func() { _ = rows.Close() }() // whatever it could say, Err says
	found := false
	for rows.Next() {
		found = true
		if err := i.scan(rows); err != nil {
			return i, err
		}
	}
	if err := rows.Err(); err != nil {
		return i, err
	}
	if !found {
		return i, db.ErrNone
	}
	return i, nil
}

func (i *identity) scan(sc db.Scanner) error {
	var idle int64
	var why string
	var granted bool
	var grant [4]string
	s, p := &i.session, &i.place
	if err := sc.Scan(&s.ID, &s.PracticeID, &s.AccountID, &s.BranchID, &s.SeenAt, &idle, &s.ExpiresAt, &s.ProvenAt,
		&s.Shared, &s.Kept, &s.Second, &s.LockedAt, &s.EndedAt, &why, &p.accountKind, &i.name, &i.login, &p.lang, &i.accountActive,
		&p.slug, &p.name, &p.kind, &p.status, &p.plan, &p.zone, &p.branchName, &p.hue, &p.branchZone,
		&p.featuresOff, &p.networkMode, &p.network,
		&granted, &grant[0], &grant[1], &grant[2], &grant[3]); err != nil {
		return err
	}
	s.IdleLimit, s.EndedWhy = time.Duration(idle)*time.Second, Reason(why)
	p.practiceID, p.branchID = s.PracticeID, s.BranchID
	if granted {
		i.grants = append(i.grants, grant[:]...)
	}
	return nil
}
