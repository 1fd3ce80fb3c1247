package job

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Run works until ctx ends. Then it takes no more jobs and waits for those
// under way; what is not done after eight seconds is told to stop and left for
// the next start. It returns an error only if it cannot begin.
func (q *Queue) Run(ctx context.Context) error {
	if err := q.schedule(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("schedule jobs: %w", err)
	}
	var loops []func(context.Context)
	for _, w := range q.kinds() {
		loops = append(loops, func(working context.Context) { q.dispatch(ctx, working, w) })
	}
	if !Until(ctx, q.look, loops...) {
		q.log.WarnContext(ctx, "jobs did not stop in time; their leases will run out")
	}
	return nil
}

// look wakes the workers of the kinds that have something due. It is one read
// for all of them, so that an idle node leaves the writer alone.
func (q *Queue) look(ctx context.Context) {
	kinds, err := q.due(ctx)
	if err != nil && ctx.Err() == nil {
		q.log.ErrorContext(ctx, "look for due jobs", "error", err)
	}
	for _, kind := range kinds {
		if w := q.workers[kind]; w != nil {
			w.notify()
		}
	}
}

// dispatch claims jobs of one kind as long as it has hands free, and returns
// once ctx has ended and the last of them is done.
func (q *Queue) dispatch(ctx, working context.Context, w *worker) {
	var hands sync.WaitGroup
	defer hands.Wait()
	busy := make(chan struct{}, w.parallel)
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		}
		free := w.parallel - len(busy)
		if free == 0 {
			continue // whoever gets free looks again
		}
		jobs, err := q.claim(ctx, w.kind, free)
		if err != nil && ctx.Err() == nil {
			q.log.ErrorContext(ctx, "claim jobs", "kind", w.kind, "error", err) // the poll tries again
		}
		for _, j := range jobs {
			busy <- struct{}{}
			hands.Go(func() {
				q.run(working, w, j)
				<-busy
				w.notify()
			})
		}
	}
}

// Drain runs everything that is due, one after another in the caller's
// goroutine, until nothing is left: for tests and demonstrations. A job that
// fails is due again later and does not make Drain fail.
func (q *Queue) Drain(ctx context.Context) error {
	if err := q.schedule(ctx); err != nil {
		return fmt.Errorf("schedule jobs: %w", err)
	}
	for again := true; again; {
		again = false
		for _, w := range q.kinds() {
			jobs, err := q.claim(ctx, w.kind, 1)
			if err != nil {
				return fmt.Errorf("claim %s: %w", w.kind, err)
			}
			for _, j := range jobs {
				again = true
				q.run(ctx, w, j)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// run does one claimed job and records what came of it.
func (q *Queue) run(ctx context.Context, w *worker, j Job) {
	var err error
	if j.Attempt > maxAttempts && w.every == 0 {
		// Only nodes that died on the way leave a job behind like this.
		err = Give(errors.New("no attempt came to an end; the program may have crashed each time"))
	} else {
		err = q.attempt(ctx, w, j)
	}
	// What came of it is recorded although the node is stopping.
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := q.conclude(record, w, j, err, ctx.Err() != nil); err != nil {
		q.log.ErrorContext(ctx, "record the end of a job", "kind", j.Kind, "job", j.ID, "error", err)
	}
}

// attempt calls the function while the lease is kept.
func (q *Queue) attempt(ctx context.Context, w *worker, j Job) (err error) {
	ctx, lose := context.WithCancelCause(ctx)
	done := make(chan struct{})
	var keeper sync.WaitGroup
	keeper.Go(func() { q.keep(ctx, j, lose, done) })
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			q.log.ErrorContext(ctx, "job panicked", "kind", j.Kind, "job", j.ID, "panic", p, "stack", string(debug.Stack()))
		}
		close(done)
		keeper.Wait()
		lose(nil)
	}()
	return w.work(ctx, j)
}

// keep renews the lease until the job is done. When it is lost, so is the
// job's context.
func (q *Queue) keep(ctx context.Context, j Job, lose context.CancelCauseFunc, done <-chan struct{}) {
	tick := time.NewTicker(q.renew)
	defer tick.Stop()
	until := q.clock.Now().Add(leaseTime)
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		next := q.clock.Now().Add(leaseTime)
		switch err := q.extend(context.WithoutCancel(ctx), j, next); {
		case err == nil:
			until = next
		case errors.Is(err, errLost), q.clock.Now().After(until):
			lose(errLost)
			return
		default:
			q.log.WarnContext(ctx, "renew the lease of a job", "kind", j.Kind, "job", j.ID, "error", err)
		}
	}
}

// conclude decides what becomes of a job.
func (q *Queue) conclude(ctx context.Context, w *worker, j Job, err error, stopping bool) error {
	now := q.clock.Now()
	if err == nil {
		if w.every > 0 {
			return q.park(ctx, j, 0, now.Add(w.every), "")
		}
		return q.remove(ctx, j)
	}
	v, reason := verdictOf(err), brief(err)
	if stopping && !v.give && errors.Is(err, context.Canceled) {
		return q.park(ctx, j, j.Attempt-1, now, "") // interrupted, not failed
	}
	log := q.log.With("kind", j.Kind, "job", j.ID, "attempt", j.Attempt, "error", err)
	if w.every == 0 && (v.give || j.Attempt >= maxAttempts) {
		log.ErrorContext(ctx, "job given up")
		return q.bury(ctx, j, reason)
	}
	pause := v.after
	if pause <= 0 {
		pause = backOff(j.Attempt)
	}
	if w.every > 0 {
		pause = min(pause, w.every)
		if v.give {
			pause = w.every
		}
	}
	log.WarnContext(ctx, "job failed", "again", pause.Round(time.Second).String())
	return q.park(ctx, j, j.Attempt, now.Add(pause), reason)
}

// backOff doubles from five seconds, up to almost three hours before the last
// attempt, with a fifth of chance in it so that jobs that failed together do
// not come back together.
func backOff(attempt int) time.Duration {
	d := 5 * time.Second << min(attempt-1, maxAttempts)
	return d - d/10 + rand.N(d/5)
}

// brief keeps an error short enough for a column.
func brief(err error) string {
	const limit = 500
	s := err.Error()
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "..."
	}
	return s
}
