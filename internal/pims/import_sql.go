package pims

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"catflap/internal/foundation/db"
)

const selectImport = `
	SELECT i.id, i.practice_id, i.system, i.state, i.home_branch_id, i.actor_kind, i.actor_id, i.actor_name, i.files,
		i.counts, i.preview, i.total, i.done, i.added, i.changed, i.unchanged, i.held, i.problem,
		i.created_at, i.started_at, i.ended_at, i.as_of, i.choices, i.remembered, i.source, i.good_rows, i.reading
	FROM import i`

func scanImport(s db.Scanner) (Import, error) {
	var im Import
	var files, counts, preview, choices string
	if err := s.Scan(&im.ID, &im.PracticeID, &im.System, &im.State, &im.HomeBranchID, &im.by.kind, &im.by.id, &im.by.name,
		&files, &counts, &preview, &im.Total, &im.Done, &im.Result.New, &im.Result.Changed, &im.Result.Unchanged,
		&im.Result.Held, &im.Problem, &im.CreatedAt, &im.StartedAt, &im.EndedAt,
		&im.AsOf, &choices, &im.Remembered, &im.Source, &im.GoodRows, &im.reading); err != nil {
		return im, err
	}
	err := errors.Join(json.Unmarshal([]byte(files), &im.Files), json.Unmarshal([]byte(counts), &im.Counts),
		json.Unmarshal([]byte(choices), &im.Choices))
	if preview != "" {
		err = errors.Join(err, json.Unmarshal([]byte(preview), &im.Preview))
	}
	return im, err
}

// jsonText encodes what cannot fail to be encoded: structs of texts and numbers.
func jsonText(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func insertImport(ctx context.Context, tx *db.Tx, im Import) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO import (id, practice_id, system, state, home_branch_id, actor_kind, actor_id, actor_name, files,
			counts, preview, total, done, added, changed, unchanged, held, problem, created_at, as_of)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}', '', $10, 0, 0, 0, 0, 0, '', $11, $12)`,
		im.ID, im.PracticeID, im.System, im.State, im.HomeBranchID, im.by.kind, im.by.id, im.by.name,
		jsonText(im.Files), im.Total, im.CreatedAt, im.AsOf)
	return err
}

func insertBatch(ctx context.Context, tx *db.Tx, im Import, number int, batch []staged) error {
	_, err := tx.Exec(ctx, `INSERT INTO import_batch (import_id, practice_id, number, households) VALUES ($1, $2, $3, $4)`,
		im.ID, im.PracticeID, number, jsonText(batch))
	return err
}

func insertReject(ctx context.Context, tx *db.Tx, im Import, number int, r Reject) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO import_reject (import_id, practice_id, number, file, line, record, reason, client, pet, message, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		im.ID, im.PracticeID, number, r.File, r.Line, r.Record, r.Reason, r.Client, r.Pet, r.Message, r.sealed)
	return err
}

// appendReject stores one more, after those that are there.
func appendReject(ctx context.Context, tx *db.Tx, im Import, r Reject) error {
	var last int
	if err := tx.QueryRow(ctx, `SELECT max(number) FROM import_reject WHERE practice_id = $1 AND import_id = $2`,
		im.PracticeID, im.ID).Scan(&last); err != nil {
		return err
	}
	return insertReject(ctx, tx, im, last+1, r)
}

func storePreview(ctx context.Context, tx *db.Tx, im Import) error {
	_, err := tx.Exec(ctx, `UPDATE import SET state = $3, counts = $4, preview = $5 WHERE practice_id = $1 AND id = $2`,
		im.PracticeID, im.ID, im.State, jsonText(im.Counts), jsonText(im.Preview))
	return err
}

func deleteImport(ctx context.Context, tx *db.Tx, practiceID, importID string) error {
	for _, statement := range []string{
		`DELETE FROM import_key WHERE practice_id = $1 AND import_id = $2`,
		`DELETE FROM import_chunk WHERE practice_id = $1 AND import_id = $2`,
		`DELETE FROM import_file WHERE practice_id = $1 AND import_id = $2`,
		`DELETE FROM import_batch WHERE practice_id = $1 AND import_id = $2`,
		`DELETE FROM import_reject WHERE practice_id = $1 AND import_id = $2`,
		`DELETE FROM import WHERE practice_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(ctx, statement, practiceID, importID); err != nil {
			return err
		}
	}
	return nil
}

// markRunning starts an import that waits for it, if no other one runs.
func markRunning(ctx context.Context, tx *db.Tx, practiceID, importID string, by actor, goodRows bool, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE import SET state = 'running', actor_kind = $3, actor_id = $4, actor_name = $5, started_at = $6, good_rows = $7
		WHERE practice_id = $1 AND id = $2 AND state = 'previewed'`,
		practiceID, importID, by.kind, by.id, by.name, now, goodRows)
	return n == 1, err
}

// lockRunning holds a running import until the end of the transaction: whoever
// else works on it, or cancels it, waits. It reports false when it does not run.
func lockRunning(ctx context.Context, tx *db.Tx, practiceID, importID string) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE import SET done = done WHERE practice_id = $1 AND id = $2 AND state = 'running'`,
		practiceID, importID)
	return n == 1, err
}

// takeBatch takes the next batch out; db.ErrNone when there is none left.
func takeBatch(ctx context.Context, tx *db.Tx, practiceID, importID string) ([]staged, error) {
	return db.One(ctx, tx, func(s db.Scanner) (batch []staged, err error) {
		var text string
		if err := s.Scan(&text); err != nil {
			return nil, err
		}
		return batch, json.Unmarshal([]byte(text), &batch)
	}, `
		DELETE FROM import_batch WHERE practice_id = $1 AND import_id = $2 AND number = (
			SELECT min(b.number) FROM import_batch b WHERE b.practice_id = $1 AND b.import_id = $2)
		RETURNING households`, practiceID, importID)
}

func addProgress(ctx context.Context, tx *db.Tx, practiceID, importID string, t Tally) error {
	_, err := tx.Exec(ctx, `
		UPDATE import SET done = done + $3, added = added + $4, changed = changed + $5, unchanged = unchanged + $6,
			held = held + $7
		WHERE practice_id = $1 AND id = $2`,
		practiceID, importID, t.Sum(), t.New, t.Changed, t.Unchanged, t.Held)
	return err
}

// markOver ends an import that is in one of the states from, and erases what
// waited for the run. It reports false when the import is in no such state.
func markOver(ctx context.Context, tx *db.Tx, practiceID, importID string, to State, problem string, now time.Time, from ...State) (bool, error) {
	args := []any{practiceID, importID, to, problem, now}
	states := ""
	for i, f := range from {
		args = append(args, f)
		states += []string{"$6", ", $7", ", $8", ", $9"}[i]
	}
	n, err := tx.Exec(ctx, `
		UPDATE import SET state = $3, problem = $4, ended_at = $5, preview = ''
		WHERE practice_id = $1 AND id = $2 AND state IN (`+states+`)`, args...)
	if err != nil || n == 0 {
		return false, err
	}
	if err := forgetFiles(ctx, tx, practiceID, importID); err != nil {
		return true, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM import_batch WHERE practice_id = $1 AND import_id = $2`, practiceID, importID)
	return true, err
}

// abandoned lists imports of all practices that nobody started since then.
func abandoned(ctx context.Context, r db.Reader, since time.Time) ([]reference, error) {
	return db.All(ctx, r, func(s db.Scanner) (one reference, err error) { return one, s.Scan(&one.PracticeID, &one.ImportID) }, `
		SELECT practice_id, id FROM import WHERE state IN ('uploaded', 'asks', 'previewed') AND created_at < $1`, since)
}

// emailUser is a household that uses an address.
type emailUser struct{ system, externalID, company, first, last string }

func emailUsers(ctx context.Context, r db.Reader, practiceID, key string) ([]emailUser, error) {
	return db.All(ctx, r, func(s db.Scanner) (u emailUser, err error) {
		return u, s.Scan(&u.system, &u.externalID, &u.company, &u.first, &u.last)
	}, `
		SELECT h.system, h.external_id, h.company, p.first_name, p.last_name
		FROM pet_parent p JOIN household h ON h.practice_id = p.practice_id AND h.id = p.household_id
		WHERE p.practice_id = $1 AND p.email_key = $2 ORDER BY h.external_id, h.id LIMIT 20`, practiceID, key)
}
