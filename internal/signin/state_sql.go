package signin

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/practice"
)

// selectPending joins what a viewer needs, in one read.
const selectPending = `
	SELECT s.id, s.practice_id, s.account_id, s.expires_at, s.ended_at IS NOT NULL, a.kind, a.name, a.login_id, a.active,
		coalesce(p.slug, ''), coalesce(p.name, ''), coalesce(p.kind, ''), coalesce(p.status, ''),
		coalesce(p.time_zone, '')
	FROM signin s
	JOIN account a ON a.id = s.account_id AND a.practice_id = s.practice_id
	LEFT JOIN practice p ON p.id = s.practice_id
	WHERE s.token_hash = $1`

type pending struct {
	viewer        access.Viewer
	active, ended bool
}

func scanPending(sc db.Scanner) (pending, error) {
	var p pending
	var kind, status, zone string
	v := &p.viewer
	err := sc.Scan(&v.SignInID, &v.PracticeID, &v.AccountID, &v.ExpiresAt, &p.ended, &kind, &v.Name, &v.LoginID, &p.active,
		&v.Practice.Slug, &v.Practice.Name, &v.Practice.Kind, &status, &zone)
	v.Practice.Zone = practice.Zone(zone)
	v.Kind, v.Practice.ID, v.Practice.Closed = access.Kind(kind), v.PracticeID, v.PracticeID != "" && status != practice.Active
	return p, err
}

func insertState(ctx context.Context, tx *db.Tx, st State, hash []byte, now time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO signin (id, practice_id, account_id, token_hash, proof, proof_id, branch_id, return_path, shared,
			created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		st.ID, st.Account.PracticeID, st.Account.ID, hash, string(st.Proof), st.ProofID, st.BranchID, st.ReturnPath,
		st.Shared, now, st.ExpiresAt)
	return err
}

// stateByID reads an open pending sign-in; the account is told by its id.
func stateByID(ctx context.Context, r db.Reader, practiceID, signInID string) (st State, accountID string, err error) {
	var proof string
	err = r.QueryRow(ctx, `
		SELECT id, account_id, proof, proof_id, branch_id, return_path, shared, expires_at
		FROM signin WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`, practiceID, signInID).
		Scan(&st.ID, &accountID, &proof, &st.ProofID, &st.BranchID, &st.ReturnPath, &st.Shared, &st.ExpiresAt)
	st.Proof = Proof(proof)
	return st, accountID, err
}

// endState ends a pending sign-in; of several at once one gets true.
func endState(ctx context.Context, tx *db.Tx, practiceID, signInID string, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE signin SET ended_at = $3 WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`,
		practiceID, signInID, now)
	return n == 1, err
}
