package job

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
)

// insert stores a waiting job, or finds the unfinished one with the same key.
func insert(ctx context.Context, tx *db.Tx, jobID, kind, payload string, o options, now time.Time) (string, error) {
	var key any
	if o.key != "" {
		key = o.key
	}
	for {
		n, err := tx.Exec(ctx, `
			INSERT INTO job (id, kind, payload, state, unique_key, attempt, claimable_at, lease, last_error, created_at)
			VALUES ($1, $2, $3, 'waiting', $4, 0, $5, '', '', $6)
			ON CONFLICT (kind, unique_key) WHERE state <> 'dead' DO NOTHING`,
			jobID, kind, payload, key, o.at, now)
		if err != nil {
			return "", err
		}
		if n == 1 {
			return jobID, nil
		}
		var existing string
		err = tx.QueryRow(ctx, `SELECT id FROM job WHERE kind = $1 AND unique_key = $2 AND state <> 'dead'`,
			kind, o.key).Scan(&existing)
		if !errors.Is(err, db.ErrNone) {
			return existing, err
		}
		// It was finished between the two statements: there is room now.
	}
}

// claim leases up to n due jobs of a kind, the longest due first.
func (q *Queue) claim(ctx context.Context, kind string, n int) ([]Job, error) {
	// SQLite has one writer anyhow. On PostgreSQL nodes step around the rows
	// that others are claiming, and MATERIALIZED keeps the planner from asking
	// for them more than once.
	skip := ""
	if q.db.Dialect() == db.PostgreSQL {
		skip = "FOR UPDATE SKIP LOCKED"
	}
	now, lease := q.clock.Now(), id.New()
	var jobs []Job
	err := q.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		jobs, err = db.All(ctx, tx, func(s db.Scanner) (Job, error) {
			j := Job{Kind: kind, lease: lease}
			return j, s.Scan(&j.ID, (*[]byte)(&j.Payload), &j.Attempt)
		}, `
			WITH due AS MATERIALIZED (
				SELECT id FROM job
				WHERE kind = $1 AND state <> 'dead' AND claimable_at <= $2
				ORDER BY claimable_at, id LIMIT $3 `+skip+`)
			UPDATE job SET state = 'running', attempt = attempt + 1, lease = $4, claimable_at = $5
			WHERE id IN (SELECT id FROM due)
			RETURNING id, payload, attempt`,
			kind, now, n, lease, now.Add(leaseTime))
		return err
	})
	slices.SortFunc(jobs, func(a, b Job) int { return strings.Compare(a.ID, b.ID) })
	return jobs, err
}

// due are the kinds that have something to claim.
func (q *Queue) due(ctx context.Context) ([]string, error) {
	return db.All(ctx, q.db, func(s db.Scanner) (kind string, err error) { return kind, s.Scan(&kind) },
		`SELECT DISTINCT kind FROM job WHERE state <> 'dead' AND claimable_at <= $1`, q.clock.Now())
}

// errLost means that the lease ran out and somebody else has the job.
var errLost = errors.New("the lease of the job was lost")

// leased changes a job that this claim still holds.
func (q *Queue) leased(ctx context.Context, statement string, j Job, args ...any) error {
	return q.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, statement+` WHERE id = $1 AND lease = $2`, append([]any{j.ID, j.lease}, args...)...)
		if err == nil && n == 0 {
			return errLost
		}
		return err
	})
}

func (q *Queue) extend(ctx context.Context, j Job, until time.Time) error {
	return q.leased(ctx, `UPDATE job SET claimable_at = $3`, j, until)
}

func (q *Queue) remove(ctx context.Context, j Job) error {
	return q.leased(ctx, `DELETE FROM job`, j)
}

// park has the job wait until it is due again, as if claimed attempt times.
func (q *Queue) park(ctx context.Context, j Job, attempt int, at time.Time, reason string) error {
	return q.leased(ctx, `UPDATE job SET state = 'waiting', lease = '', attempt = $3, claimable_at = $4, last_error = $5`,
		j, attempt, at, reason)
}

func (q *Queue) bury(ctx context.Context, j Job, reason string) error {
	return q.leased(ctx, `UPDATE job SET state = 'dead', lease = '', last_error = $3, died_at = $4`,
		j, reason, q.clock.Now())
}

// scheduleKey is the unique key of a scheduled kind's only job.
const scheduleKey = "every"

// schedule makes sure that the scheduled kinds have their job.
func (q *Queue) schedule(ctx context.Context) error {
	return q.db.Write(ctx, func(tx *db.Tx) error {
		for _, w := range q.kinds() {
			if w.every == 0 {
				continue
			}
			if _, err := q.Enqueue(ctx, tx, w.kind, nil, Key(scheduleKey)); err != nil {
				return err
			}
			// A period that has become shorter counts from now on.
			now := q.clock.Now()
			if _, err := tx.Exec(ctx, `
				UPDATE job SET claimable_at = $1
				WHERE kind = $2 AND unique_key = $3 AND state = 'waiting' AND claimable_at > $1`,
				now.Add(w.every), w.kind, scheduleKey); err != nil {
				return err
			}
		}
		return nil
	})
}
