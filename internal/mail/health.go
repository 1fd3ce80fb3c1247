package mail

import (
	"context"
	"strconv"
	"time"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// healthSpan is what Health looks back on, and rateSpan what its rate counts.
const (
	healthSpan = 7 * 24 * time.Hour
	rateSpan   = 5 * time.Minute
)

// Health is how mail is doing: that of one practice, or of all.
type Health struct {
	Waiting int       // messages that have not left
	Bulk    int       // of these, such as are one of many
	Oldest  time.Time // when the first of these was written; zero without one
	Trouble int       // of these, such as were tried in vain and are tried again
	Sent    int       // in the last five minutes
	Failed  int       // in the last seven days, and not tried again
	Domains []DomainHealth
	Holding string // why nothing leaves at the moment; "" when mail leaves
	Resting bool   // the mail server could not be reached a moment ago
}

// PerMinute is how many messages left in a minute, lately.
func (h Health) PerMinute() float64 { return float64(h.Sent) / rateSpan.Minutes() }

// DomainHealth is what goes wrong with the addresses of one domain.
type DomainHealth struct {
	Domain  string
	Failed  int    // in the last seven days
	Trouble int    // tried in vain, and tried again
	Words   string // why, of the last one
}

// domainsShown is how many domains are told, those with the most failures first.
const domainsShown = 20

// Health looks at the mail of a practice, or of all with "".
func (s *Service) Health(ctx context.Context, practiceID string) (Health, error) {
	now := s.clock.Now()
	h := Health{Holding: s.transport.Holding(), Resting: s.resting()}
	scan := func(r db.Scanner) (struct{}, error) {
		return struct{}{}, r.Scan(&h.Waiting, &h.Bulk, &h.Oldest, &h.Trouble)
	}
	if _, err := db.One(ctx, s.db, scan, `
		SELECT count(*), count(*) FILTER (WHERE bulk), MIN(created_at), count(*) FILTER (WHERE last_error <> '')
		FROM message WHERE state = 'queued' AND ($1 = '' OR practice_id = $1)`, practiceID); err != nil {
		return h, err
	}
	var err error
	if h.Sent, err = db.One(ctx, s.db, scanCount, `
		SELECT count(*) FROM message WHERE sent_at > $2 AND ($1 = '' OR practice_id = $1)`, practiceID, now.Add(-rateSpan)); err != nil {
		return h, err
	}
	if h.Failed, err = db.One(ctx, s.db, scanCount, `
		SELECT count(*) FROM message WHERE state = 'failed' AND created_at > $2 AND ($1 = '' OR practice_id = $1)`,
		practiceID, now.Add(-healthSpan)); err != nil {
		return h, err
	}
	h.Domains, err = db.All(ctx, s.db, scanDomain, `
		SELECT domain, count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state <> 'failed'), MAX(last_error)
		FROM message
		WHERE (state = 'failed' AND created_at > $2 OR state = 'queued' AND last_error <> '')
			AND domain <> '' AND ($1 = '' OR practice_id = $1)
		GROUP BY domain ORDER BY count(*) DESC, domain LIMIT $3`, practiceID, now.Add(-healthSpan), domainsShown)
	return h, err
}

func scanDomain(r db.Scanner) (d DomainHealth, err error) {
	return d, r.Scan(&d.Domain, &d.Failed, &d.Trouble, &d.Words)
}

// ErrNotFailed answers for a message that cannot be tried again: it is not the
// practice's, or did not fail.
var ErrNotFailed = fault.New(fault.Conflict, "message-not-failed",
	"This message did not fail, so there is nothing to try again. Reload the page to see where it stands.")

// Failures lists what failed for a practice, newest first.
func (s *Service) Failures(ctx context.Context, practiceID string, p Page) (List, error) {
	return s.part(p, func(after string, limit int) ([]Message, error) {
		return db.All(ctx, s.db, scanMessage, `SELECT `+messageColumns+` FROM message
			WHERE practice_id = $1 AND state = 'failed' AND id < $2 ORDER BY id DESC LIMIT $3`, practiceID, after, limit)
	})
}

// TryAgain puts a failed message back into the queue, as if it had never been
// tried; what it carries is looked up anew, and one that makes no sense any more
// is dropped then. ErrNotFailed.
func (s *Service) TryAgain(ctx context.Context, practiceID, messageID string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := s.tryAgain(ctx, tx, ` AND id = $3`, practiceID, messageID)
		if err == nil && n == 0 {
			err = ErrNotFailed
		}
		return err
	})
}

// TryAllAgain does so with everything that failed for a practice, and returns how
// many messages that are.
func (s *Service) TryAllAgain(ctx context.Context, practiceID string) (n int, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		n, err = s.tryAgain(ctx, tx, ``, practiceID)
		return err
	})
	return n, err
}

func (s *Service) tryAgain(ctx context.Context, tx *db.Tx, which string, practiceID string, args ...any) (int, error) {
	for _, l := range s.lanes() {
		tx.AfterCommit(l.notify)
	}
	n, err := tx.Exec(ctx, `
		UPDATE message SET state = 'queued', attempts = 0, paced = FALSE, due_at = $2
		WHERE practice_id = $1 AND state = 'failed'`+which, append([]any{practiceID, s.clock.Now()}, args...)...)
	if err != nil || n == 0 || s.audit == nil {
		return int(n), err
	}
	return int(n), s.audit.Record(ctx, tx, audit.Entry{
		Action: audit.MailTriedAgain, PracticeID: practiceID, Detail: map[string]string{"messages": strconv.FormatInt(n, 10)},
	})
}

// stalePace is when a place in the queue says nothing any more.
const stalePace = time.Hour

// Sweep forgets places in the queue that are over; the name of a domain may be
// somebody's own.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM mail_pace WHERE next_at < $1`, s.clock.Now().Add(-stalePace))
		return err
	})
}
