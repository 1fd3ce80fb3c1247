package mail

import (
	"context"
	"slices"
	"strings"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
)

// parked is when a message is due that waits for somebody to let it go.
var parked = time.UnixMicro(1 << 52)

// claim leases up to n due messages of a lane. One that was left in the middle by
// a crash is due when its lease has run out. Bulk mail that is too early for the
// limits gets its place in the queue, and is not returned; a place that is long
// over does not count, so that what waited for a mail server does not leave all at
// once.
// more says that it met some, and others may be due.
func (s *Service) claim(ctx context.Context, l *lane, n int, c *claim) (messages []Message, more bool, err error) {
	// SQLite has one writer anyhow. On PostgreSQL nodes step around the rows that
	// others are claiming, and MATERIALIZED keeps the planner from asking for them
	// more than once.
	skip := ""
	if s.db.Dialect() == db.PostgreSQL {
		skip = "FOR UPDATE SKIP LOCKED"
	}
	now := s.clock.Now()
	until := now.Add(s.lease)
	c.lease = id.New()
	c.until.Store(until.UnixMicro())
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		messages, err = db.All(ctx, tx, scanClaimed, `
			WITH due AS MATERIALIZED (
				SELECT id FROM message
				WHERE bulk = $1 AND state IN ('queued', 'sending') AND due_at <= $2
				ORDER BY due_at, id LIMIT $3 `+skip+`)
			UPDATE message SET state = 'sending', lease = $4, due_at = $5, paced = (paced AND due_at > $6)
			WHERE id IN (SELECT id FROM due)
			RETURNING `+messageColumns+`, domain, paced`,
			l.bulk, now, n, c.lease, until, now.Add(-paceGrace))
		more = len(messages) > 0
		if err != nil || !l.bulk || !more {
			return err
		}
		messages, err = s.pace(ctx, tx, messages, now)
		return err
	})
	slices.SortFunc(messages, func(a, b Message) int { return strings.Compare(a.ID, b.ID) })
	return messages, more, err
}

// renew keeps a claim for longer.
func (s *Service) renew(ctx context.Context, c *claim) error {
	until := s.clock.Now().Add(s.lease)
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := eachID(ctx, tx, c.ids, `
			UPDATE message SET due_at = $1 WHERE id IN (SELECT id FROM these) AND lease = $2 AND state = 'sending'`, until, c.lease)
		return err
	})
	if err == nil {
		c.until.Store(until.UnixMicro())
	}
	return err
}

// release puts messages of a claim back that were not begun, as if nothing had
// happened.
func (s *Service) release(ctx context.Context, c *claim, due time.Time, ids ...string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := eachID(ctx, tx, ids, `
			UPDATE message SET state = 'queued', lease = '', due_at = $1
			WHERE id IN (SELECT id FROM these) AND lease = $2 AND state = 'sending'`, due, c.lease)
		return err
	})
}

// eachID runs a statement about the messages in the table "these".
func eachID(ctx context.Context, tx *db.Tx, ids []string, text string, args ...any) (int64, error) {
	rows := make([][]any, len(ids))
	for i, one := range ids {
		rows[i] = []any{one}
	}
	return tx.Each(ctx, `WITH these (id) AS`, rows, text, args...)
}

// lanesDue tells which lanes have something to claim, without writing.
func (s *Service) lanesDue(ctx context.Context) (single, bulk bool, err error) {
	row := s.db.QueryRow(ctx, `
		SELECT EXISTS (SELECT 1 FROM message WHERE bulk = FALSE AND state IN ('queued', 'sending') AND due_at <= $1),
			EXISTS (SELECT 1 FROM message WHERE bulk = TRUE AND state IN ('queued', 'sending') AND due_at <= $1)`, s.clock.Now())
	err = row.Scan(&single, &bulk)
	return single, bulk, err
}
