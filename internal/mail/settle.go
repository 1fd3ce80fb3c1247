package mail

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// settleTimeout bounds noting down what became of messages. That must happen
// even while the server is stopping: a message that was accepted and not marked
// would be sent again.
const settleTimeout = 5 * time.Second

// gatherTime is how long outcomes wait for others with which they are noted down.
const gatherTime = 2 * time.Millisecond

// outcome is what became of one try.
type outcome struct {
	claimed
	state   State
	words   string
	due     time.Time // of the next try, where state is Queued
	started bool      // counts as a try
	nowhere bool      // nothing arrives at the address

	untouched bool // it was not begun
	noted     chan struct{}
}

// settler notes down what became of messages, those of several connections in
// one transaction.
type settler struct {
	mu      sync.Mutex
	waiting []*outcome
	busy    bool
	enough  chan struct{} // told when as many wait as are worth a transaction
	trying  atomic.Int64  // messages that are being handed over
}

// gather waits a moment while many messages are under way, for the outcomes of
// half of them: a commit costs as much as several of what it holds, and the other
// half keeps the connections busy meanwhile.
func (t *settler) gather() {
	t.mu.Lock()
	few := t.few()
	select {
	case <-t.enough: // of the transaction before
	default:
	}
	t.mu.Unlock()
	if !few {
		return
	}
	select {
	case <-t.enough:
	case <-time.After(gatherTime):
	}
}

func (t *settler) few() bool { return len(t.waiting) < int(t.trying.Load())/2 }

// settle has the outcome noted down, and returns at once: what it returns is
// closed when that is durable, or cannot be done.
func (s *Service) settle(o outcome) <-chan struct{} {
	o.noted = make(chan struct{})
	t := &s.settler
	t.mu.Lock()
	t.waiting = append(t.waiting, &o)
	if !t.busy {
		t.busy = true
		go s.settleWaiting()
	}
	if !t.few() {
		select {
		case t.enough <- struct{}{}:
		default: // it was told already
		}
	}
	t.mu.Unlock()
	return o.noted
}

// settleWaiting notes down what waits, until nothing does.
func (s *Service) settleWaiting() {
	t := &s.settler
	for {
		t.gather()
		t.mu.Lock()
		all := t.waiting
		t.waiting = nil
		if t.busy = len(all) > 0; !t.busy {
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		err := s.store(all)
		for _, o := range all {
			each := err
			if err != nil && len(all) > 1 { // one of them may be in the way of the others
				each = s.store([]*outcome{o})
			}
			s.report(o, each)
			o.claim.doubtful = o.claim.doubtful || each != nil
			o.claim.open.Add(-1)
			close(o.noted)
		}
	}
}

// store writes outcomes in one transaction.
func (s *Service) store(all []*outcome) error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTimeout)
	defer cancel()
	now := s.clock.Now()
	parts := claimsOf(all)
	if len(parts) == 1 && parts[0].plain() && !parts[0].marks(now) { // nearly always
		p := parts[0]
		held, err := s.db.WriteOne(ctx, noteGone, p.lease, p.places(p.sent()))
		if err == nil && held > 0 {
			p.stored(now)
			return nil
		}
		if err != nil {
			return fmt.Errorf("note down that %d messages were sent: %w", len(all), err)
		}
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		for _, c := range parts {
			if err := c.store(ctx, tx, now); err != nil {
				return err
			}
		}
		for _, o := range all {
			if o.nowhere {
				if err := s.noteBounce(ctx, tx, o.Message, o.words); err != nil {
					return err
				}
			}
			if o.state == Queued || o.Secret == (SecretRef{}) {
				continue
			}
			err := s.secrets.Settled(ctx, tx, o.PracticeID, o.Secret, now)
			if err != nil && !fault.Is(err, fault.Gone) { // gone: replaced meanwhile; what became of the message stays true
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note down what became of %d messages: %w", len(all), err)
	}
	for _, c := range parts {
		c.stored(now)
	}
	return nil
}

// markEvery is how long messages of a claim are sent before they are marked:
// their rows and indexes are written many at a time.
const markEvery = time.Second

// part is what is to be noted down of one claim.
type part struct {
	*claim
	outcomes []*outcome
}

func claimsOf(all []*outcome) []part {
	var parts []part
	for _, o := range all {
		i := slices.IndexFunc(parts, func(p part) bool { return p.claim == o.claim })
		if i < 0 {
			i = len(parts)
			parts = append(parts, part{claim: o.claim})
		}
		parts[i].outcomes = append(parts[i].outcomes, o)
	}
	return parts
}

// sent are the messages that were taken, and of which nothing else is to be said.
func (p part) sent() (ids []string) {
	for _, o := range p.outcomes {
		if o.state == Sent && o.words == "" {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// plain reports whether all of it was sent, and carried nothing.
func (p part) plain() bool {
	return !slices.ContainsFunc(p.outcomes, func(o *outcome) bool {
		return o.state != Sent || o.words != "" || o.nowhere || o.Secret != SecretRef{}
	})
}

// last reports whether nothing more will come of the claim.
func (p part) last() bool { return p.open.Load() == int64(len(p.outcomes)) }

// marks reports whether the claim's messages are to be marked now. Somebody may
// be waiting for news of a single one.
func (p part) marks(now time.Time) bool {
	return !p.bulk || p.last() || now.Sub(p.marked) >= markEvery
}

func (p part) store(ctx context.Context, tx *db.Tx, now time.Time) error {
	for _, o := range p.outcomes {
		if o.untouched || o.state == Sent && o.words == "" {
			continue
		}
		if err := settleMessage(ctx, tx, o, now); err != nil {
			return err
		}
	}
	sent, marks := p.sent(), p.marks(now)
	if !marks && len(sent) > 0 {
		held, err := tx.Exec(ctx, noteGone, p.lease, p.places(sent))
		if err != nil || held > 0 {
			return err
		}
		return markSent(ctx, tx, sent, now) // too late, and true all the same
	}
	if marks {
		if err := markSent(ctx, tx, append(slices.Clone(p.gone), sent...), now); err != nil {
			return err
		}
	}
	if p.last() && !p.doubtful {
		return endClaim(ctx, tx, p.lease)
	}
	return nil
}

// stored is told when what became of the messages is durable.
func (p part) stored(now time.Time) {
	if p.marks(now) {
		p.gone, p.marked = nil, now
	} else {
		p.gone = append(p.gone, p.sent()...)
	}
}

func (s *Service) report(o *outcome, err error) {
	if err != nil {
		s.log.Error("mail was not settled", "message", o.ID, "state", string(o.state), "error", err)
	}
	level := slog.LevelInfo
	switch {
	case o.state == Queued && !o.started: // waits for somebody to let it go
		level = slog.LevelDebug
	case o.state != Sent:
		level = slog.LevelWarn
	case o.Bulk:
		level = slog.LevelDebug // a hundred thousand of them say nothing
	}
	s.log.LogAttrs(context.Background(), level, "mail", slog.String("message", o.ID), slog.String("template", o.Template),
		slog.String("state", string(o.state)), slog.Int("try", o.Attempts+1), slog.String("words", o.words))
}

// markSent settles messages that were taken. One that somebody dropped in that
// moment has left all the same.
func markSent(ctx context.Context, tx *db.Tx, sent []string, now time.Time) error {
	args, list := db.In([]any{now}, sent)
	_, err := tx.Exec(ctx, `
		UPDATE message SET state = 'sent', last_error = '', sent_at = $1, attempts = attempts + 1
		WHERE id IN (`+list+`) AND state IN ('queued', 'dropped')`, args...)
	return err
}

func settleMessage(ctx context.Context, tx *db.Tx, o *outcome, now time.Time) error {
	tries := 0
	if o.started {
		tries = 1
	}
	due, sentAt := o.due, time.Time{}
	if o.state == Sent {
		sentAt = now
	}
	if o.state != Queued {
		due = now
	}
	_, err := tx.Exec(ctx, `
		UPDATE message SET state = $3, last_error = $4, sent_at = $5, attempts = attempts + $6, due_at = $7, paced = FALSE
		WHERE id = $1 AND state = 'queued' AND EXISTS (SELECT 1 FROM mail_claim WHERE lease = $2)`, o.ID, o.claim.lease, string(o.state), o.words, sentAt, tries, due)
	return err
}
