package job

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
)

const (
	// leaseTime is how long a claim lasts without being renewed. The clocks
	// of the nodes must agree much better than this.
	leaseTime = time.Minute
	// renewEvery leaves room for two renewals that fail.
	renewEvery = leaseTime / 3
	// maxAttempts is how often a job is tried before it is given up.
	maxAttempts = 12
)

// Queue runs jobs. Register kinds with Handle and Every, then call Run.
type Queue struct {
	db      *db.DB
	clock   clock.Clock
	log     *slog.Logger
	workers map[string]*worker // by kind
	renew   time.Duration
}

// worker is what is known about one kind.
type worker struct {
	kind     string
	parallel int
	work     Func
	every    time.Duration // 0 unless scheduled
	wake     chan struct{} // holds a token when something may be due
}

// Func does one job. Its error means that the job is tried again later; see
// also [Retry] and [Give]. The context ends when the node stops or has lost
// the job to another.
type Func = func(ctx context.Context, j Job) error

// New makes a queue over the database.
func New(d *db.DB, c clock.Clock, log *slog.Logger) *Queue {
	return &Queue{db: d, clock: c, log: log, workers: map[string]*worker{}, renew: renewEvery}
}

// Handle registers who does the jobs of a kind, and how many at once on this
// node. A node leaves kinds alone that it does not handle. Call it before Run;
// it panics on a kind that is registered already.
func (q *Queue) Handle(kind string, parallel int, work Func) {
	if kind == "" || parallel < 1 || work == nil {
		panic(fmt.Sprintf("job: Handle(%q, %d) needs a kind, at least one worker and a function", kind, parallel))
	}
	if q.workers[kind] != nil {
		panic(fmt.Sprintf("job: kind %q is handled twice", kind))
	}
	q.workers[kind] = &worker{kind: kind, parallel: parallel, work: work, wake: make(chan struct{}, 1)}
}

// Every has a handled kind run at once and then again d after each run. There
// is one such job for all nodes, and it survives restarts. It never dies: a
// failed run is tried again with the usual pauses, at most d. Call it after
// Handle and before Run.
func (q *Queue) Every(kind string, d time.Duration) {
	w := q.workers[kind]
	if w == nil || d <= 0 {
		panic(fmt.Sprintf("job: Every(%q, %v) needs a handled kind and a period", kind, d))
	}
	w.every = d
}

// kinds are the handled ones in a stable order.
func (q *Queue) kinds() []*worker {
	all := make([]*worker, 0, len(q.workers))
	for _, w := range q.workers {
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b *worker) int { return strings.Compare(a.kind, b.kind) })
	return all
}

// notify tells the workers of a kind that something may be due.
func (w *worker) notify() {
	select {
	case w.wake <- struct{}{}:
	default: // they were told already and have not looked yet
	}
}
