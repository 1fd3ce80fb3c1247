package mail

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// leaseTime is how long a claim lasts without being renewed. The clocks of
	// the nodes must agree much better than this.
	leaseTime = time.Minute
	// restTime is how long nothing is claimed after the mail server could not be
	// reached: its trouble is nobody's fault, and must not use up the tries of
	// everything that waits.
	restTime = 15 * time.Second
)

// lane is a way out. Bulk mail has its own, so that a password reset never
// stands in line behind a thousand welcomes.
type lane struct {
	bulk     bool
	parallel int // connections to the mail server at most
	atOnce   int // messages in one claim
	wake     chan struct{}

	// For who claims alone:
	place dueMessage // of the queue up to which the last claim looked
	began time.Time  // when that was the front
}

func newLane(bulk bool, parallel, atOnce int) *lane {
	return &lane{bulk: bulk, parallel: parallel, atOnce: atOnce, wake: make(chan struct{}, 1)}
}

// notify tells the lane that something may be due.
func (l *lane) notify() {
	select {
	case l.wake <- struct{}{}:
	default: // it was told already and has not looked yet
	}
}

// claim is what was taken out of the queue at once, under one lease.
type claim struct {
	lease string
	bulk  bool
	ids   []string     // in their order
	until atomic.Int64 // microseconds: when the lease runs out
	open  atomic.Int64 // messages that are not settled yet
	asked time.Time    // when it was known what must not leave

	// For who settles alone:
	gone     []string  // sent, and noted down in the claim only
	marked   time.Time // when such were marked last
	doubtful bool      // something of it could not be noted down, so its lease has to run out
}

// held reports whether the lease has not run out.
func (c *claim) held(now time.Time) bool { return now.UnixMicro() < c.until.Load() }

// claimed is one message of a claim.
type claimed struct {
	Message
	claim *claim
	sender
	halt Halt
}

// sender is what is asked once for all messages of a practice in a claim.
type sender struct {
	passage Passage
	brand   Brand

	unsubscribe func(petParentID string) string
}

func (s *Service) senderOf(ctx context.Context, practiceID string) (one sender, err error) {
	if one.passage, err = s.passage(ctx, practiceID); err != nil {
		return one, err
	}
	h, err := s.houseOf(ctx, s.db, practiceID)
	one.brand, one.unsubscribe = h.Brand, h.Unsubscribe
	return one, err
}

// take claims the next messages of a lane, the longest due first. more says that
// others may be due.
func (s *Service) take(ctx context.Context, l *lane, n int) (all []claimed, more bool, err error) {
	if s.transport.Holding() != "" || s.resting() {
		return nil, false, nil
	}
	c, senders := &claim{}, map[string]sender{}
	messages, more, err := s.claim(ctx, l, n, c)
	if err != nil {
		return nil, false, err
	}
	c.asked = s.clock.Now()
	halts, err := s.halted(ctx, messages)
	if err != nil {
		return nil, false, err // the lease runs out
	}
	for _, m := range messages {
		one, known := senders[m.PracticeID]
		if !known {
			if one, err = s.senderOf(ctx, m.PracticeID); err != nil {
				return nil, false, err // the lease runs out
			}
			senders[m.PracticeID] = one
		}
		all = append(all, claimed{Message: m, claim: c, sender: one, halt: halts[m.ID]})
	}
	c.open.Store(int64(len(all)))
	return all, more, nil
}

// rest has nothing claimed for a while.
func (s *Service) rest() {
	s.restUntil.Store(s.clock.Now().Add(restTime).UnixMicro())
}

func (s *Service) resting() bool { return s.clock.Now().UnixMicro() < s.restUntil.Load() }
