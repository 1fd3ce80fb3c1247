package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/job"
)

// settleTimeout bounds noting down what became of a message. That must happen
// even while the server is stopping: a message that was accepted and not marked
// would be sent again.
const settleTimeout = 5 * time.Second

// pauses are the waits between tries, about a day and a half in all. The last
// failed try is final, so there is one try more than pauses; the job queue
// allows more than that.
func pauses() []time.Duration {
	return []time.Duration{
		time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour,
	}
}

// deliver is one try to hand a message over. It may run again for the same
// message at any point: a message that is settled is left alone, one that was
// left in the middle begins anew with the same Message-ID.
func (s *Service) deliver(ctx context.Context, j job.Job) error {
	var p payload
	if err := j.Into(&p); err != nil {
		return job.Give(err)
	}
	if s.transport.Holding() != "" {
		return nil // the message stays queued until Resume
	}
	passage, err := s.passage(ctx, p.PracticeID)
	if err != nil {
		return err
	}
	if passage == Waits {
		return nil // the message stays queued until ResumePractice
	}
	var m Message
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		m, err = claimMessage(ctx, tx, p.PracticeID, p.ID)
		return err
	})
	if errors.Is(err, db.ErrNone) {
		return nil // settled before
	}
	if err != nil {
		return fmt.Errorf("claim message %s: %w", p.ID, err)
	}
	if passage == Over {
		return s.settle(ctx, m, Dropped, closedWords)
	}
	return s.handOver(ctx, m)
}

func (s *Service) handOver(ctx context.Context, m Message) error {
	t, err := s.templateOf(ctx, m)
	if errors.Is(err, errNoTemplate) {
		return s.settle(ctx, m, Dropped, "Not sent: its template no longer exists.")
	}
	if err != nil {
		return s.again(ctx, m, "The words of this message could not be read.", err)
	}
	secrets, err := s.reveal(ctx, m)
	if fault.Is(err, fault.Gone) {
		return s.settle(ctx, m, Dropped, "Not sent: "+fault.From(err).Message)
	}
	if err != nil {
		return s.again(ctx, m, "The secret for this message could not be read.", err)
	}
	tokens := s.tokens(m, secrets)
	if reason := t.lacking(tokens); reason != "" {
		return s.settle(ctx, m, Dropped, reason)
	}
	letter, err := s.compose(t, m, tokens)
	if err != nil {
		return s.settle(ctx, m, Dropped, "Not sent: the message could not be put together. "+redact(oneLine(err.Error(), maxWords), t.secrets(secrets)))
	}
	if err := s.transport.Send(ctx, letter); err != nil {
		return s.undelivered(ctx, m, err, t.secrets(secrets))
	}
	return s.settle(ctx, m, Sent, "")
}

func (s *Service) reveal(ctx context.Context, m Message) (map[string]string, error) {
	if m.Secret == (SecretRef{}) {
		return nil, nil
	}
	return s.secrets.Reveal(ctx, m.PracticeID, m.Secret)
}

// undelivered fails the message or has it tried again. Only the words pass on,
// cleaned: the server may have quoted the letter.
func (s *Service) undelivered(ctx context.Context, m Message, err error, secrets []string) error {
	words, permanent := "The message could not be handed over.", false
	var u *Undelivered
	if errors.As(err, &u) {
		words, permanent = redact(u.Words, secrets), u.Permanent
	}
	if permanent {
		return s.settle(ctx, m, Failed, words)
	}
	return s.again(ctx, m, words, errors.New(words))
}

// again puts the message back in the queue, or fails it after the last try.
func (s *Service) again(ctx context.Context, m Message, words string, cause error) error {
	waits := pauses()
	if m.Attempts > len(waits) {
		return s.settle(ctx, m, Failed, fmt.Sprintf("Given up after %d tries. %s", m.Attempts, words))
	}
	if err := s.settle(ctx, m, Queued, words); err != nil {
		return err
	}
	return job.Retry(cause, waits[m.Attempts-1])
}

// settle notes down what became of this try.
func (s *Service) settle(ctx context.Context, m Message, state State, words string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	now := s.clock.Now()
	var sentAt time.Time
	if state == Sent {
		sentAt = now
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		changed, err := settleMessage(ctx, tx, m.PracticeID, m.ID, state, words, sentAt)
		if err != nil || !changed || state == Queued || m.Secret == (SecretRef{}) {
			return err
		}
		err = s.secrets.Settled(ctx, tx, m.PracticeID, m.Secret, now)
		if fault.Is(err, fault.Gone) {
			return nil // replaced meanwhile; what became of the message stays true
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("mark message %s as %s: %w", m.ID, state, err)
	}
	level := slog.LevelInfo
	if state != Sent {
		level = slog.LevelWarn
	}
	s.log.LogAttrs(ctx, level, "mail", slog.String("message", m.ID), slog.String("template", m.Template),
		slog.String("state", string(state)), slog.Int("try", m.Attempts), slog.String("words", words))
	return nil
}

// Resume makes sure that every waiting message has a delivery job: after a
// mail server was set up, and after jobs were lost to repeated crashes. It is
// called once at start, is safe on several nodes, and does nothing while mail
// is held back.
func (s *Service) Resume(ctx context.Context) error {
	if s.transport.Holding() != "" {
		return nil
	}
	after := ""
	for {
		batch, err := waitingMessages(ctx, s.db, after, resumeBatch)
		if err != nil {
			return fmt.Errorf("find waiting messages: %w", err)
		}
		if len(batch) == 0 {
			return nil
		}
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			for _, w := range batch {
				if err := s.enqueueDelivery(ctx, tx, w.practiceID, w.id, w.bulk); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("resume waiting messages: %w", err)
		}
		after = batch[len(batch)-1].id
	}
}
