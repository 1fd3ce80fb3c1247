package job

import (
	"context"
	"sync"
	"time"
)

const (
	// pollEvery is how late work of another node is noticed at most.
	pollEvery = time.Second
	// patience is how long is waited for what is under way when a node stops, and
	// lastMoment for what was then told to stop. Together they are less than the
	// ten seconds in which a server has to end.
	patience   = 8 * time.Second
	lastMoment = 1500 * time.Millisecond
)

// Until runs loops, and looks once a second for work, until ctx ends. The context
// that the loops get goes on after that, for what they have begun: they are to
// begin nothing more and return, and are told to stop after eight seconds. It
// reports whether all of them have returned.
func Until(ctx context.Context, look func(context.Context), loops ...func(working context.Context)) bool {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var running sync.WaitGroup
	for _, loop := range loops {
		running.Go(func() { loop(working) })
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for over := false; !over; {
		look(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			over = true
		}
	}
	stopped := make(chan struct{})
	go func() {
		running.Wait()
		close(stopped)
	}()
	select {
	case <-stopped:
		return true
	case <-time.After(patience):
	}
	stop()
	select {
	case <-stopped:
		return true
	case <-time.After(lastMoment):
	}
	return false
}
