package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

type bench struct {
	*Queue
	t     *testing.T
	clock *clock.Manual
	ran   []string
}

// setUp is a queue whose jobs of kind "note" record their payload.
func setUp(t *testing.T, d *db.DB) *bench {
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return &bench{Queue: New(d, c, slog.New(slog.DiscardHandler)), t: t, clock: c}
}

func (b *bench) note(ctx context.Context, j Job) error {
	var what string
	if err := j.Into(&what); err != nil {
		return err
	}
	b.ran = append(b.ran, what)
	return nil
}

func (b *bench) enqueue(kind string, payload any, opts ...Option) (jobID string) {
	b.t.Helper()
	ctx := context.Background()
	err := b.db.Write(ctx, func(tx *db.Tx) (err error) {
		jobID, err = b.Enqueue(ctx, tx, kind, payload, opts...)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return jobID
}

func (b *bench) drain(want ...string) {
	b.t.Helper()
	b.ran = nil
	if err := b.Drain(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	if fmt.Sprint(b.ran) != fmt.Sprint(want) {
		b.t.Errorf("ran %q, want %q", b.ran, want)
	}
}

// state is the state, attempts and last error of the only job.
func (b *bench) state() (state string, attempt int, lastError string) {
	b.t.Helper()
	err := b.db.QueryRow(context.Background(), "SELECT state, attempt, last_error FROM job").Scan(&state, &attempt, &lastError)
	if err != nil && !errors.Is(err, db.ErrNone) {
		b.t.Fatal(err)
	}
	return state, attempt, lastError
}

func TestDrain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		b := setUp(t, d)
		b.Handle("note", 1, b.note)
		b.Handle("parent", 1, func(ctx context.Context, j Job) error {
			b.enqueue("note", "child")
			return b.note(ctx, j)
		})

		_ = d.Write(ctx, func(tx *db.Tx) error {
			if _, err := b.Enqueue(ctx, tx, "note", "rolled back"); err != nil {
				t.Error(err)
			}
			return errors.New("no")
		})
		b.drain()

		b.enqueue("note", "later", At(b.clock.Now().Add(time.Hour)))
		b.enqueue("note", "first", At(b.clock.Now().Add(-time.Hour)))
		b.enqueue("note", "second")
		b.enqueue("stranger", "nobody handles this")
		b.drain("first", "second")
		b.clock.Advance(time.Hour)
		b.drain("later")
		b.enqueue("parent", "parent")
		b.drain("parent", "child")
	})
}

func TestKeyIsUniqueAmongUnfinished(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setUp(t, d)
		b.Handle("note", 1, b.note)
		b.Handle("other", 1, b.note)
		one := b.enqueue("note", "one", Key("k"))
		if same := b.enqueue("note", "again", Key("k")); same != one {
			t.Errorf("the second job with the key is %q, want the first, %q", same, one)
		}
		b.enqueue("other", "other kind", Key("k"))
		b.enqueue("note", "other key", Key("l"))
		b.drain("one", "other kind", "other key")
		b.enqueue("note", "two", Key("k"))
		b.drain("two")
	})
}

func TestFailures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setUp(t, d)
		var answer error
		runs := 0
		b.Handle("fail", 1, func(ctx context.Context, j Job) error {
			runs++
			if j.Attempt != runs {
				t.Errorf("run %d is attempt %d", runs, j.Attempt)
			}
			if answer == nil {
				panic("a defect")
			}
			return answer
		})
		b.Handle("note", 1, b.note)

		// It waits longer each time, and in the end it is dead.
		answer = errors.New("the server is out for lunch")
		b.enqueue("fail", nil)
		b.drain()
		var waited time.Duration
		for runs < maxAttempts {
			before := runs
			for runs == before {
				b.clock.Advance(time.Second << before)
				waited += time.Second << before
				b.drain()
				if waited > 24*time.Hour {
					t.Fatalf("run %d did not come", before+1)
				}
			}
		}
		if state, attempt, reason := b.state(); state != "dead" || attempt != maxAttempts || reason != answer.Error() {
			t.Errorf("after the last attempt: %s, %d, %q", state, attempt, reason)
		}
		if waited < 90*time.Minute {
			t.Errorf("given up after %v: too early for a server that is being repaired", waited)
		}
		b.clock.Advance(24 * time.Hour)
		b.drain()
		if runs != maxAttempts {
			t.Error("a dead job ran")
		}
		b.clear()

		runs, answer = 0, Retry(errors.New("in a day"), 24*time.Hour)
		b.enqueue("fail", nil)
		b.drain()
		b.clock.Advance(24*time.Hour - time.Second)
		b.drain()
		if runs != 1 {
			t.Errorf("%d runs before the pause was over", runs)
		}
		b.clock.Advance(time.Second)
		answer = fmt.Errorf("wrapped: %w", Give(errors.New("no such mailbox")))
		b.drain()
		if state, _, reason := b.state(); runs != 2 || state != "dead" || !strings.Contains(reason, "no such mailbox") {
			t.Errorf("given up: %d runs, %s, %q", runs, state, reason)
		}
		b.clear()

		runs, answer = 0, nil
		b.enqueue("fail", nil)
		b.drain()
		if state, _, reason := b.state(); state != "waiting" || !strings.Contains(reason, "a defect") {
			t.Errorf("after a panic: %s, %q", state, reason)
		}
		b.clear()

		b.enqueue("note", map[string]int{"not": 1})
		b.drain()
		if state, _, _ := b.state(); state != "dead" {
			t.Errorf("a job whose payload cannot be read is %s", state)
		}
	})
}

func (b *bench) clear() {
	b.t.Helper()
	ctx := context.Background()
	if err := b.db.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, "DELETE FROM job"); return err }); err != nil {
		b.t.Fatal(err)
	}
}

func TestEvery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setUp(t, d)
		var answer error
		tidy := func(context.Context, Job) error {
			b.ran = append(b.ran, "tidy")
			return answer
		}
		b.Handle("tidy", 1, tidy)
		b.Every("tidy", time.Hour)
		b.drain("tidy")
		b.drain()
		b.clock.Advance(time.Hour)

		restarted := New(d, b.clock, b.log)
		restarted.Handle("tidy", 1, tidy)
		restarted.Every("tidy", 10*time.Minute)
		b.Queue = restarted
		b.drain("tidy")
		b.clock.Advance(10 * time.Minute)
		answer = Give(errors.New("never again"))
		b.drain("tidy")
		b.clock.Advance(10 * time.Minute)
		b.drain("tidy")

		shorter := New(d, b.clock, b.log)
		shorter.Handle("tidy", 1, tidy)
		shorter.Every("tidy", time.Minute)
		b.Queue = shorter
		b.drain()
		b.clock.Advance(time.Minute)
		b.drain("tidy")
	})
}

// A node that dies leaves its job to another, and one that only was away finds
// out that it has lost it.
func TestLeaseRunsOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		b := setUp(t, d)
		b.Handle("note", 1, b.note)
		b.enqueue("note", "x")
		claimed, err := b.claim(ctx, "note", 5)
		if err != nil || len(claimed) != 1 {
			t.Fatalf("claimed %d, %v", len(claimed), err)
		}
		b.clock.Advance(leaseTime - time.Second)
		b.drain()
		if err := b.extend(ctx, claimed[0], b.clock.Now().Add(leaseTime)); err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(leaseTime - time.Second)
		b.drain()
		b.clock.Advance(time.Second)
		b.drain("x")
		for what, err := range map[string]error{
			"extend": b.extend(ctx, claimed[0], b.clock.Now()),
			"remove": b.remove(ctx, claimed[0]),
			"bury":   b.bury(ctx, claimed[0], "x"),
		} {
			if !errors.Is(err, errLost) {
				t.Errorf("%s after the lease was lost: %v", what, err)
			}
		}

		// A job that takes every node down with it is given up.
		b.enqueue("note", "poison")
		for range maxAttempts {
			if _, err := b.claim(ctx, "note", 1); err != nil {
				t.Fatal(err)
			}
			b.clock.Advance(leaseTime)
		}
		b.drain()
		if state, _, _ := b.state(); state != "dead" {
			t.Errorf("a job that was never finished is %q", state)
		}
	})
}

// The lease is renewed while the function works; when that fails, the function
// is told.
func TestLeaseIsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := setUp(t, d)
		b.renew = 2 * time.Millisecond
		b.Handle("long", 1, func(ctx context.Context, j Job) error {
			for range 3 {
				b.clock.Advance(leaseTime / 2)
				want := b.clock.Now().Add(leaseTime)
				waitFor(t, "the lease is renewed", func() bool {
					var until time.Time
					err := d.QueryRow(ctx, "SELECT claimable_at FROM job WHERE id = $1", j.ID).Scan(&until)
					return err == nil && until.Equal(want)
				})
			}
			b.clear() // as if somebody else had finished it
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), errLost) {
				t.Errorf("the context ended with %v", context.Cause(ctx))
			}
			b.ran = append(b.ran, "told")
			return ctx.Err()
		})
		b.enqueue("long", nil)
		b.drain("told")
	})
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain: " + what)
		}
	}
}

// Two nodes with eight hands each: every job runs once, and a scheduled one
// belongs to one of them.
func TestTwoNodesShareTheWork(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) {
			const jobs = 120
			url := dbtest.URL(t, dialect)
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			var mu sync.Mutex
			runs, ticks, together := map[string]int{}, 0, 0
			work := func(_ context.Context, j Job) error {
				mu.Lock()
				runs[string(j.Payload)]++
				together++
				mu.Unlock()
				time.Sleep(time.Millisecond)
				mu.Lock()
				together--
				mu.Unlock()
				return nil
			}
			var nodes []*Queue
			for range 2 {
				q := New(dbtest.Open(t, url), clock.System{}, slog.New(slog.DiscardHandler))
				q.Handle("work", 8, work)
				q.Handle("tick", 1, func(context.Context, Job) error {
					mu.Lock()
					defer mu.Unlock()
					ticks++
					return nil
				})
				q.Every("tick", time.Hour)
				nodes = append(nodes, q)
			}
			enqueue := func(from, to int) {
				err := nodes[0].db.Write(ctx, func(tx *db.Tx) error {
					for i := from; i < to; i++ {
						if _, err := nodes[0].Enqueue(ctx, tx, "work", i); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
			enqueue(0, jobs/2) // some are waiting already
			var running sync.WaitGroup
			for _, q := range nodes {
				running.Go(func() {
					if err := q.Run(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			enqueue(jobs/2, jobs) // and some wake the workers
			waitFor(t, "no job is left", func() bool {
				var left int
				err := nodes[0].db.QueryRow(ctx, "SELECT count(*) FROM job WHERE kind = 'work' OR attempt > 0 OR claimable_at < $1",
					time.Now()).Scan(&left)
				return err == nil && left == 0
			})
			stop()
			running.Wait()
			if len(runs) != jobs || ticks != 1 || together != 0 {
				t.Errorf("%d of %d jobs ran, %d ticks, %d still at work", len(runs), jobs, ticks, together)
			}
			for payload, n := range runs {
				if n != 1 {
					t.Errorf("job %s ran %d times", payload, n)
				}
			}
		})
	}
}

// Run waits for the job under way, and a job that was interrupted loses no
// attempt.
func TestRunEndsInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, stop := context.WithCancel(context.Background())
		b := setUp(t, d)
		started := make(chan struct{})
		b.Handle("slow", 1, func(ctx context.Context, j Job) error {
			close(started)
			stop()
			return ctx.Err() // not told to stop: there is time left
		})
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		b.enqueue("slow", nil)
		<-started
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if state, _, reason := b.state(); state != "" {
			t.Errorf("the job under way was not finished: %s, %q", state, reason)
		}

		b.Handle("cut", 1, func(ctx context.Context, j Job) error { return ctx.Err() })
		b.enqueue("cut", nil)
		jobs, err := b.claim(context.Background(), "cut", 1)
		if err != nil || len(jobs) != 1 {
			t.Fatalf("claimed %d, %v", len(jobs), err)
		}
		b.run(ctx, b.workers["cut"], jobs[0])
		if state, attempt, _ := b.state(); state != "waiting" || attempt != 0 {
			t.Errorf("an interrupted job is %s after %d attempts", state, attempt)
		}
	})
}
