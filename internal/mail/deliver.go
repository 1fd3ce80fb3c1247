package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"catflap/internal/foundation/fault"
)

// pauses are the waits between tries, about a day and a half in all. The last
// failed try is final, so there is one try more than pauses.
func pauses() []time.Duration {
	return []time.Duration{
		time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour,
	}
}

// hand delivers one message after the other. What became of one is noted down
// while the next is put together and announced to the mail server; that one's
// letter leaves when it is durable. So a kill leaves one message of each hand in
// doubt, at most.
type hand struct {
	*Service
	noted <-chan struct{} // about the message before; nil when there is none
}

// deliver is one try to hand a message over, and what came of it. A message that
// a crash left in the middle is begun anew with the same Message-ID.
func (h *hand) deliver(ctx context.Context, m claimed) {
	now := h.clock.Now()
	if !m.claim.held(now) {
		m.claim.open.Add(-1)
		return // somebody else has it
	}
	if ctx.Err() != nil || h.resting() {
		h.putBack(m)
		return
	}
	h.settler.trying.Add(1)
	o := h.try(ctx, m)
	h.settler.trying.Add(-1)
	h.wait()
	h.noted = h.settle(o)
}

// putBack leaves a message for another time, or another node.
func (h *hand) putBack(m claimed) {
	h.wait()
	h.noted = h.settle(outcome{claimed: m, state: Queued, untouched: true})
}

// wait returns when nothing is left to be noted down.
func (h *hand) wait() {
	if h.noted != nil {
		<-h.noted
		h.noted = nil
	}
}

// try hands a message over. A defect in what puts it together is no reason to
// stop with all the others.
func (h *hand) try(ctx context.Context, m claimed) (o outcome) {
	s := h.Service
	defer func() {
		if p := recover(); p != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "mail panicked", slog.String("message", m.ID), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			o = s.again(m, "The message could not be put together.")
		}
	}()
	switch m.passage {
	case Waits:
		return outcome{claimed: m, state: Queued, due: parked} // until ResumePractice
	case Over:
		return dropped(m, closedWords)
	case Leaves:
	}
	halt, err := s.haltOf(ctx, m)
	if err != nil {
		s.log.WarnContext(ctx, "whether a message may leave could not be read", "message", m.ID, "error", err)
		return s.again(m, "The state of its alert could not be read.")
	}
	switch halt.Passage {
	case Waits:
		return outcome{claimed: m, state: Queued, due: s.clock.Now().Add(heldFor)}
	case Over:
		return dropped(m, halt.Words)
	case Leaves:
	}
	m.brand.unsubscribe = m.unsubscribeAt()
	t, err := s.templateOf(ctx, m.Message, m.brand)
	if errors.Is(err, errNoTemplate) {
		return dropped(m, "Not sent: its template no longer exists.")
	}
	if err != nil {
		s.log.WarnContext(ctx, "the words of a message could not be read", "message", m.ID, "error", err)
		return s.again(m, "The words of this message could not be read.")
	}
	secrets, err := s.reveal(ctx, m.Message)
	if fault.Is(err, fault.Gone) {
		return dropped(m, "Not sent: "+fault.From(err).Message)
	}
	if err != nil {
		s.log.WarnContext(ctx, "the secret of a message could not be read", "message", m.ID, "error", err)
		return s.again(m, "The secret for this message could not be read.")
	}
	tokens := s.tokens(m.Message, secrets)
	if reason := t.lacking(tokens); reason != "" && m.Template != Sample {
		return dropped(m, reason)
	}
	letter, err := s.compose(t, m.Message, tokens)
	if err != nil {
		return dropped(m, "Not sent: the message could not be put together. "+redact(oneLine(err.Error(), maxWords), t.secrets(secrets)))
	}
	letter.ready = h.wait
	if err := s.transport.Send(ctx, letter); err != nil {
		return s.undelivered(m, err, t.secrets(secrets))
	}
	return outcome{claimed: m, state: Sent, started: true}
}

func dropped(m claimed, words string) outcome {
	return outcome{claimed: m, state: Dropped, words: words, started: true}
}

func (s *Service) reveal(ctx context.Context, m Message) (map[string]string, error) {
	if m.Secret == (SecretRef{}) {
		return nil, nil
	}
	return s.secrets.Reveal(ctx, m.PracticeID, m.Secret)
}

// undelivered fails the message or has it tried again. Only the words pass on,
// cleaned: the server may have quoted the letter.
func (s *Service) undelivered(m claimed, err error, secrets []string) outcome {
	words := "The message could not be handed over."
	var u *Undelivered
	if errors.As(err, &u) {
		words = redact(u.Words, secrets)
		if u.Permanent {
			return outcome{claimed: m, state: Failed, words: words, started: true, nowhere: u.Nowhere}
		}
		if u.Unreachable {
			s.rest()
		}
	}
	return s.again(m, words)
}

// again has the message tried later, or fails it after the last try.
func (s *Service) again(m claimed, words string) outcome {
	waits, tries := pauses(), m.Attempts+1
	if tries > len(waits) {
		return outcome{claimed: m, state: Failed, words: fmt.Sprintf("Given up after %d tries. %s", tries, words), started: true}
	}
	pause := waits[tries-1]
	// What failed together does not come back together.
	pause += rand.N(pause / 10)
	return outcome{claimed: m, state: Queued, words: words, due: s.clock.Now().Add(pause), started: true}
}
