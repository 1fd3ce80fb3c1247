package mail

import (
	"context"
	"slices"
	"sync"
	"time"

	"catflap/internal/foundation/job"
)

// Run delivers until ctx ends. Several nodes may do so at once. When it is ended,
// it claims nothing more, waits for what is being handed over, and puts the rest
// back.
func (s *Service) Run(ctx context.Context) {
	var loops []func(context.Context)
	for _, l := range s.lanes() {
		loops = append(loops, func(working context.Context) { s.drive(ctx, working, l) })
	}
	if !job.Until(ctx, s.look, loops...) {
		s.log.WarnContext(ctx, "mail did not stop in time; its leases will run out")
	}
}

func (s *Service) lanes() []*lane { return []*lane{s.single, s.bulk} }

// look wakes the lanes that have something due. It is one read, so that an idle
// node leaves the writer alone.
func (s *Service) look(ctx context.Context) {
	single, bulk, err := s.lanesDue(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "look for due mail", "error", err)
	}
	if single {
		s.single.notify()
	}
	if bulk {
		s.bulk.notify()
	}
}

// drive claims mail of a lane and has it handed over, until ctx has ended and the
// last of it is settled.
func (s *Service) drive(ctx, working context.Context, l *lane) {
	work := make(chan claimed, l.atOnce)
	var hands sync.WaitGroup
	for range l.parallel {
		hands.Go(func() {
			h := hand{Service: s}
			defer h.wait()
			for m := range work {
				if ctx.Err() != nil {
					h.putBack(m)
				} else {
					h.deliver(working, m)
				}
			}
		})
	}
	defer hands.Wait()
	defer close(work)
	k := keeper{Service: s}
	defer k.start(working)()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		}
		for ctx.Err() == nil {
			all, more, err := s.take(ctx, l, l.atOnce)
			if err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "claim mail", "error", err) // the poll tries again
			}
			if !more {
				break
			}
			if len(all) > 0 {
				k.add(all[0].claim)
			}
			for _, m := range all {
				work <- m
			}
		}
	}
}

// keeper renews the leases of claims that are not settled yet.
type keeper struct {
	*Service
	mu   sync.Mutex
	list []*claim
}

func (k *keeper) add(c *claim) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = append(slices.DeleteFunc(k.list, func(c *claim) bool { return c.open.Load() == 0 }), c)
}

// start renews until the function that it returns is called.
func (k *keeper) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var loop sync.WaitGroup
	loop.Go(func() {
		tick := time.NewTicker(k.lease / 3) // room for two renewals that fail
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			k.mu.Lock()
			list := slices.Clone(k.list)
			k.mu.Unlock()
			for _, c := range list {
				if c.open.Load() == 0 {
					continue
				}
				if err := k.renew(ctx, c); err != nil && ctx.Err() == nil {
					k.log.WarnContext(ctx, "renew the lease of mail", "error", err)
				}
			}
		}
	})
	return func() {
		cancel()
		loop.Wait()
	}
}

// Drain delivers everything that is due, one after the other in the caller's
// goroutine, until nothing is left: for tests and demonstrations.
func (s *Service) Drain(ctx context.Context) error {
	for again := true; again; {
		again = false
		for _, l := range s.lanes() {
			all, more, err := s.take(ctx, l, 1)
			if err != nil {
				return err
			}
			again = again || more
			for _, m := range all {
				h := hand{Service: s}
				h.deliver(ctx, m)
				h.wait()
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
