package campaign

import (
	"sync"
	"time"
)

// recent remembers for a while what took long to find out: many may look on. The
// zero value is ready.
type recent[T any] struct {
	mu   sync.Mutex
	byID map[string]remembered[T]
}

type remembered[T any] struct {
	value T
	until time.Time
}

// mostRecent bounds the memory that this takes.
const mostRecent = 1000

func (r *recent[T]) get(id string, now time.Time) (T, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one, known := r.byID[id]
	return one.value, known && now.Before(one.until)
}

func (r *recent[T]) put(id string, value T, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.byID) >= mostRecent || r.byID == nil {
		r.byID = map[string]remembered[T]{}
	}
	r.byID[id] = remembered[T]{value, until}
}
