package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// holder is who signs in with an address; zero for nobody.
type holder struct {
	kind      access.Kind
	name      string
	petParent petparent.Row // id, name and login ID only; zero for staff
}

// loginHolders reads who signs in with one of the addresses, by account.Key.
func loginHolders(ctx context.Context, r db.Reader, practiceID string, emails []string) (map[string]holder, error) {
	if len(emails) == 0 {
		return nil, nil
	}
	keys := make([]string, len(emails))
	for i, e := range emails {
		keys[i] = account.Key(e)
	}
	args, places := db.In([]any{practiceID}, keys)
	holders := map[string]holder{}
	scan := func(s db.Scanner) (struct{}, error) {
		var key string
		var h holder
		p := &h.petParent
		err := s.Scan(&key, &h.kind, &h.name, &p.LoginID, &p.AccountID, &p.ID, &p.FirstName, &p.LastName, &p.Company, &p.ExternalID)
		holders[key] = h
		return struct{}{}, err
	}
	_, err := db.All(ctx, r, scan, `
		SELECT a.login_key, a.kind, a.name, a.login_id, a.id, COALESCE(p.id, ''), COALESCE(p.first_name, ''),
			COALESCE(p.last_name, ''), COALESCE(h.company, ''), COALESCE(h.external_id, '')
		FROM account a
		LEFT JOIN pet_parent p ON p.practice_id = a.practice_id AND p.account_id = a.id
		LEFT JOIN household h ON h.practice_id = p.practice_id AND h.id = p.household_id
		WHERE a.practice_id = $1 AND a.login_key IN (`+places+`)`, args...)
	return holders, err
}

const selectRun = `
	SELECT r.id, r.practice_id, r.kind, r.scope, r.skipped, r.recent, r.state, r.place, r.total, r.done, r.created, r.not_mailable, r.reasons, r.conflicts,
		r.failure, r.started_by, COALESCE(a.name, k.name, ''), COALESCE(a.kind, '') = 'platform',
		r.started_at, r.ended_at
	FROM login_run r
	LEFT JOIN account a ON a.id = r.started_by AND (a.practice_id = r.practice_id OR a.practice_id = '' AND a.kind = 'platform')
	LEFT JOIN api_key k ON k.id = r.started_by AND k.practice_id = r.practice_id`

func scanRun(s db.Scanner) (LoginRun, error) {
	var run LoginRun
	var reasons, conflicts, scope string
	if err := s.Scan(&run.ID, &run.PracticeID, &run.Kind, &scope, &run.Skipped, &run.Recent, &run.State, &run.place, &run.Total, &run.Done, &run.Create, &run.NotMailable,
		&reasons, &conflicts, &run.Failure, &run.StartedBy, &run.StartedByName, &run.ByPlatform,
		&run.StartedAt, &run.EndedAt); err != nil {
		return run, err
	}
	return run, errors.Join(json.Unmarshal([]byte(scope), &run.Scope), json.Unmarshal([]byte(reasons), &run.Reasons),
		json.Unmarshal([]byte(conflicts), &run.Conflicts))
}

// insertRun reports false when one is under way in the practice already.
func insertRun(ctx context.Context, tx *db.Tx, run LoginRun) (bool, error) {
	scope, err := json.Marshal(run.Scope)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `
		INSERT INTO login_run (id, practice_id, state, place, total, done, created, not_mailable, reasons, conflicts,
			failure, started_by, started_at, kind, scope)
		VALUES ($1, $2, $3, '', $4, 0, 0, 0, '{}', '[]', '', $5, $6, $7, $8)
		ON CONFLICT (practice_id) WHERE state = 'running' DO NOTHING`,
		run.ID, run.PracticeID, string(run.State), run.Total, run.StartedBy, run.StartedAt, string(run.Kind), string(scope))
	return n == 1, err
}

// heldRun reads a run that goes on and that no other worker can move until the
// end of the transaction. db.ErrNone once it has ended.
func heldRun(ctx context.Context, tx *db.Tx, practiceID, runID string) (LoginRun, error) {
	if _, err := tx.Exec(ctx, `
		UPDATE login_run SET done = done WHERE practice_id = $1 AND id = $2 AND state = 'running'`, practiceID, runID); err != nil {
		return LoginRun{}, err
	}
	return db.One(ctx, tx, scanRun, selectRun+` WHERE r.practice_id = $1 AND r.id = $2 AND r.state = 'running'`, practiceID, runID)
}

// searched is what is kept of the words that were searched for, which may be
// somebody's name, once a run has ended: that there were some.
const searched = "…"

func updateRun(ctx context.Context, tx *db.Tx, run LoginRun) error {
	if run.Scope.Query != "" && !run.EndedAt.IsZero() {
		run.Scope.Query = searched
	}
	scope, err := json.Marshal(run.Scope)
	if err != nil {
		return err
	}
	reasons, err := json.Marshal(run.Reasons)
	if err != nil {
		return err
	}
	conflicts, err := json.Marshal(append([]Conflict{}, run.Conflicts...)) // [] rather than null
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE login_run SET state = $3, place = $4, total = $5, done = $6, created = $7, not_mailable = $8, reasons = $9,
			conflicts = $10, failure = $11, ended_at = $12, skipped = $13, recent = $14, scope = $15
		WHERE practice_id = $1 AND id = $2`,
		run.PracticeID, run.ID, string(run.State), run.place, run.Total, run.Done, run.Create, run.NotMailable,
		string(reasons), string(conflicts), run.Failure, run.EndedAt, run.Skipped, run.Recent, string(scope))
	return err
}

// failRun ends a run that cannot go on; one that has ended stays as it is.
func failRun(ctx context.Context, tx *db.Tx, practiceID, runID, words string, now time.Time) error {
	run, err := heldRun(ctx, tx, practiceID, runID)
	if errors.Is(err, db.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	run.State, run.Failure, run.EndedAt = RunFailed, words, now
	return updateRun(ctx, tx, run)
}
