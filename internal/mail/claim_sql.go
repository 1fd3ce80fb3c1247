package mail

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
)

// parked is when a message is due that waits for somebody to let it go.
var parked = time.UnixMicro(1 << 52)

// claim leases up to n due messages of a lane. They are not written: that they
// are taken stands in the claim. Bulk mail that is too early for the limits gets
// its place in the queue, and is not returned; a place that is long over does not
// count, so that what waited for a mail server does not leave all at once.
// more says that it met some, and others may be due.
func (s *Service) claim(ctx context.Context, l *lane, n int, c *claim) (messages []Message, more bool, err error) {
	now := s.clock.Now()
	until := now.Add(s.lease)
	c.lease, c.bulk, c.marked = id.New(), l.bulk, now
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		c.ids, more = nil, false
		taken, err := s.taken(ctx, tx, l, now)
		if err != nil {
			return err
		}
		due, err := s.due(ctx, tx, l, n, taken, now)
		if err != nil || len(due) == 0 {
			return err
		}
		more = true
		if l.bulk {
			if due, err = s.pace(ctx, tx, due, now); err != nil {
				return err
			}
		}
		for _, d := range due {
			c.ids = append(c.ids, d.id)
		}
		if len(c.ids) == 0 {
			return nil
		}
		slices.Sort(c.ids)
		return insertClaim(ctx, tx, c, until)
	})
	if err != nil || len(c.ids) == 0 {
		return nil, more, err
	}
	c.until.Store(until.UnixMicro())
	args, list := db.In(nil, c.ids)
	messages, err = db.All(ctx, s.db, scanMessage, `SELECT `+messageColumns+` FROM message WHERE id IN (`+list+`) ORDER BY id`, args...)
	messages = slices.DeleteFunc(messages, func(m Message) bool { return m.State != Queued })
	if err == nil && len(messages) == 0 { // somebody dropped them all meanwhile
		err = s.db.Write(ctx, func(tx *db.Tx) error { return endClaim(ctx, tx, c.lease) })
	}
	return messages, more, err
}

// frontEvery is how often a claim looks from the front of the queue, for what was
// put back there.
const frontEvery = time.Second

// dueMessage is what has to be known of a message to let it leave.
type dueMessage struct {
	id, practiceID, domain string
	at                     time.Time
	paced                  bool // it has its place in the queue
}

// due reads the next messages that nobody has taken. It goes on where the claim
// before ended, for a while: those in front of it are being handed over.
func (s *Service) due(ctx context.Context, tx *db.Tx, l *lane, n int, taken map[string]bool, now time.Time) (found []dueMessage, err error) {
	scan := func(r db.Scanner) (d dueMessage, err error) {
		err = r.Scan(&d.id, &d.practiceID, &d.domain, &d.paced, &d.at)
		d.paced = d.paced && d.at.After(now.Add(-paceGrace))
		return d, err
	}
	columns := `id, '', '', FALSE, due_at` // which the index has
	if l.bulk && s.limits != (Limits{}) {
		columns = `id, practice_id, domain, paced, due_at`
	}
	if now.Sub(l.began) >= frontEvery {
		l.place, l.began = dueMessage{}, now
	}
	front := l.place == dueMessage{}
	for len(found) < n {
		limit := n - len(found)
		some, err := db.All(ctx, tx, scan, `
			SELECT `+columns+` FROM message WHERE bulk = $1 AND state = 'queued' AND due_at <= $2 AND (due_at, id) > ($3, $4)
			ORDER BY due_at, id LIMIT $5`, l.bulk, now, max(0, l.place.at.UnixMicro()), l.place.id, limit)
		if err != nil {
			return nil, err
		}
		for _, d := range some {
			if l.place = d; !taken[d.id] {
				found = append(found, d)
			}
		}
		if len(some) == limit {
			continue
		}
		l.place = dueMessage{}
		if front || len(found) > 0 {
			break
		}
		front = true
	}
	return found, nil
}

// taken lists the messages of a lane that are being handed over, and holds the
// lane until the end of the transaction. What a node left in the middle when it
// was killed is free again when its lease has run out.
func (s *Service) taken(ctx context.Context, tx *db.Tx, l *lane, now time.Time) (map[string]bool, error) {
	if s.db.Dialect() == db.PostgreSQL { // SQLite has one writer anyhow
		// A hundred thousand messages can be due before the statistics know of
		// one; the planner would sort them all for each claim.
		if _, err := tx.Exec(ctx, `
			SELECT set_config('enable_bitmapscan', 'off', TRUE), set_config('enable_sort', 'off', TRUE)
			FROM mail_lane WHERE bulk = $1 FOR UPDATE`, l.bulk); err != nil {
			return nil, err
		}
	}
	taken := map[string]bool{}
	var over []string
	scan := func(r db.Scanner) (struct{}, error) {
		var lease, ids string
		var until time.Time
		if err := r.Scan(&lease, &until, &ids); err != nil {
			return struct{}{}, err
		}
		if !until.After(now) {
			over = append(over, lease)
			return struct{}{}, nil
		}
		for one := range strings.FieldsSeq(ids) {
			taken[one] = true
		}
		return struct{}{}, nil
	}
	if _, err := db.All(ctx, tx, scan, `
		SELECT c.lease, c.lease_until, i.ids FROM mail_claim c JOIN mail_claim_ids i ON i.lease = c.lease
		WHERE c.bulk = $1`, l.bulk); err != nil {
		return nil, err
	}
	for _, lease := range over {
		if err := s.recover(ctx, tx, lease, now); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// recover ends a claim whose node is gone.
func (s *Service) recover(ctx context.Context, tx *db.Tx, lease string, now time.Time) error {
	// Held, so that a node that is merely late notes nothing down in between.
	n, err := tx.Exec(ctx, `UPDATE mail_claim SET lease_until = lease_until WHERE lease = $1 AND lease_until <= $2`, lease, now)
	if err != nil || n == 0 {
		return err
	}
	var ids, gone string
	if err := tx.QueryRow(ctx, `
		SELECT i.ids, c.gone FROM mail_claim c JOIN mail_claim_ids i ON i.lease = c.lease WHERE c.lease = $1`, lease).Scan(&ids, &gone); err != nil {
		return err
	}
	all := strings.Fields(ids)
	var sent []string
	for place := range strings.FieldsSeq(gone) {
		if i, err := strconv.Atoi(place); err == nil && i < len(all) {
			sent = append(sent, all[i])
		}
	}
	if err := markSent(ctx, tx, sent, now); err != nil {
		return err
	}
	return endClaim(ctx, tx, lease)
}

func insertClaim(ctx context.Context, tx *db.Tx, c *claim, until time.Time) error {
	if _, err := tx.Exec(ctx, `INSERT INTO mail_claim_ids (lease, ids) VALUES ($1, $2)`, c.lease, strings.Join(c.ids, " ")); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO mail_claim (lease, bulk, lease_until) VALUES ($1, $2, $3)`, c.lease, c.bulk, until)
	return err
}

// noteGone notes down which messages of a claim were sent, until they are
// marked: with its arguments, it touches no row when the claim was ended by
// somebody else.
const noteGone = `UPDATE mail_claim SET gone = gone || $2 WHERE lease = $1`

// places are where the messages stand in the claim, as noteGone takes them.
func (c *claim) places(sent []string) string {
	var b strings.Builder
	for _, one := range sent {
		i, _ := slices.BinarySearch(c.ids, one)
		b.WriteString(" " + strconv.Itoa(i))
	}
	return b.String()
}

func endClaim(ctx context.Context, tx *db.Tx, lease string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM mail_claim WHERE lease = $1`, lease); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM mail_claim_ids WHERE lease = $1`, lease)
	return err
}

// renew keeps a claim for longer, if it is still ours.
func (s *Service) renew(ctx context.Context, c *claim) error {
	until := s.clock.Now().Add(s.lease)
	held := false
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE mail_claim SET lease_until = $2 WHERE lease = $1`, c.lease, until)
		held = n == 1
		return err
	})
	if err == nil && held {
		c.until.Store(until.UnixMicro())
	}
	return err
}

// lanesDue tells which lanes have something to claim, without writing.
func (s *Service) lanesDue(ctx context.Context) (single, bulk bool, err error) {
	row := s.db.QueryRow(ctx, `
		SELECT EXISTS (SELECT 1 FROM message WHERE bulk = FALSE AND state = 'queued' AND due_at <= $1),
			EXISTS (SELECT 1 FROM message WHERE bulk = TRUE AND state = 'queued' AND due_at <= $1)`, s.clock.Now())
	err = row.Scan(&single, &bulk)
	return single, bulk, err
}
