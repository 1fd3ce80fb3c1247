package signin

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/lang"
	"catflap/internal/practice"
)

// selectPending joins what a viewer needs, in one read.
const selectPending = `
	SELECT s.id, s.practice_id, s.account_id, s.expires_at, s.ended_at IS NOT NULL, a.kind, a.name, a.login_id, a.lang, a.onboarded_at IS NOT NULL, a.active,
		coalesce(p.slug, ''), coalesce(p.name, ''), coalesce(p.kind, ''), coalesce(p.status, ''),
		coalesce(p.time_zone, '')
	FROM signin s
	JOIN account a ON a.id = s.account_id AND a.practice_id = s.practice_id
	LEFT JOIN practice p ON p.id = s.practice_id
	WHERE s.token_hash = $1`

type pending struct {
	viewer        access.Viewer
	active, ended bool
	lang          string // of the account
	onboarded     bool
}

// spoken is the language of the steps: what a pet parent chose, before the first
// sign-in what their browser asks for. Staff and platform go on in English.
func (p pending) spoken(o access.Origin) string {
	switch {
	case p.viewer.Kind != access.KindClient:
		return lang.English
	case p.onboarded:
		return lang.Or(p.lang)
	}
	return lang.Or(o.Lang(), p.lang)
}

func scanPending(sc db.Scanner) (pending, error) {
	var p pending
	var kind, status, zone string
	v := &p.viewer
	err := sc.Scan(&v.SignInID, &v.PracticeID, &v.AccountID, &v.ExpiresAt, &p.ended, &kind, &v.Name, &v.LoginID, &p.lang, &p.onboarded, &p.active,
		&v.Practice.Slug, &v.Practice.Name, &v.Practice.Kind, &status, &zone)
	v.Practice.Zone = practice.Zone(zone)
	v.Kind, v.Practice.ID, v.Practice.Closed = access.Kind(kind), v.PracticeID, v.PracticeID != "" && status != practice.Active
	return p, err
}

func insertState(ctx context.Context, tx *db.Tx, st State, hash []byte, now time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO signin (id, practice_id, account_id, token_hash, proof, proof_id, branch_id, return_path, shared,
			created_at, expires_at, second, skip_id, keep)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		st.ID, st.Account.PracticeID, st.Account.ID, hash, string(st.Proof), st.ProofID, st.BranchID, st.ReturnPath,
		st.Shared, now, st.ExpiresAt, string(st.Second), st.SkipID, st.Keep)
	return err
}

// stateByID reads an open pending sign-in; the account is told by its id.
func stateByID(ctx context.Context, r db.Reader, practiceID, signInID string) (st State, accountID string, err error) {
	var proof, second string
	err = r.QueryRow(ctx, `
		SELECT id, account_id, proof, proof_id, branch_id, return_path, shared, expires_at, second, second_tries, skip_id, stored, keep
		FROM signin WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`, practiceID, signInID).
		Scan(&st.ID, &accountID, &proof, &st.ProofID, &st.BranchID, &st.ReturnPath, &st.Shared, &st.ExpiresAt,
			&second, &st.SecondTries, &st.SkipID, &st.Stored, &st.Keep)
	st.Proof, st.Second = Proof(proof), factor.Method(second)
	return st, accountID, err
}

// proveState remembers by which method the second proof was given. It reports
// false where the sign-in has ended, or was proved by somebody quicker.
func proveState(ctx context.Context, tx *db.Tx, st State, former factor.Method) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE signin SET second = $3, stored = $5 WHERE practice_id = $1 AND id = $2 AND second = $4 AND ended_at IS NULL`,
		st.Account.PracticeID, st.ID, string(st.Second), string(former), st.Stored)
	return n == 1, err
}

// restOn remembers what the sign-in rests on from now on.
func restOn(ctx context.Context, tx *db.Tx, st State) error {
	_, err := tx.Exec(ctx, `
		UPDATE signin SET proof = $3, proof_id = $4 WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`,
		st.Account.PracticeID, st.ID, string(st.Proof), st.ProofID)
	return err
}

// countWrong counts a wrong code and reports how many there were.
func countWrong(ctx context.Context, tx *db.Tx, st State) (tries int, err error) {
	err = tx.QueryRow(ctx, `
		UPDATE signin SET second_tries = second_tries + 1 WHERE practice_id = $1 AND id = $2 RETURNING second_tries`,
		st.Account.PracticeID, st.ID).Scan(&tries)
	return tries, err
}

// holdState keeps an open pending sign-in from changing until the end of the
// transaction; false where it has ended.
func holdState(ctx context.Context, tx *db.Tx, practiceID, signInID string) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE signin SET second_tries = second_tries WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`, practiceID, signInID)
	return n == 1, err
}

// endState ends a pending sign-in; of several at once one gets true.
func endState(ctx context.Context, tx *db.Tx, practiceID, signInID string, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE signin SET ended_at = $3 WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`,
		practiceID, signInID, now)
	return n == 1, err
}
