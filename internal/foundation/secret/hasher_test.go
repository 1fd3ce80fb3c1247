package secret

import (
	"context"
	"errors"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"catflap/internal/foundation/fault"
)

func TestHashAndVerify(t *testing.T) {
	ctx := t.Context()
	h := NewHasher(newRing(t), Options{})
	const password = "Caf\u00e9 \ufb01ve cats" // composed e-acute, fi ligature
	phc, err := h.Hash(ctx, password)
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=` + h.ring.KeyID() + `\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`)
	if !form.MatchString(phc) {
		t.Errorf("hash %q", phc)
	}
	if again, _ := h.Hash(ctx, password); again == phc {
		t.Error("two hashes of one password are equal")
	}
	other := NewHasher(newRing(t), Options{})
	other.ring.keys.Load().byID[h.ring.KeyID()] = other.ring.keys.Load().byID[other.ring.KeyID()]
	for name, c := range map[string]struct {
		h        *Hasher
		phc      string
		password string
		match    bool
	}{
		"same":                      {h, phc, password, true},
		"other keyboard, same text": {h, phc, "Cafe\u0301 five cats", true},
		"wrong":                     {h, phc, "Cafe five cats", false},
		"empty password":            {h, phc, "", false},
		"no password stored":        {h, "", password, false},
		"other pepper":              {other, phc, password, false},
	} {
		match, stale, err := c.h.Verify(ctx, c.phc, c.password)
		if err != nil || match != c.match || stale {
			t.Errorf("%s: match %v, stale %v, %v", name, match, stale, err)
		}
	}
}

func TestVerifyAfterRotation(t *testing.T) {
	before, after := rotatedRings(t)
	older, newer := NewHasher(before, Options{}), NewHasher(after, Options{})
	phc, err := older.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if match, stale, err := newer.Verify(t.Context(), phc, "correct horse"); !match || !stale || err != nil {
		t.Errorf("under the older key: match %v, stale %v, %v", match, stale, err)
	}
	if match, stale, err := newer.Verify(t.Context(), phc, "wrong horse"); match || stale || err != nil {
		t.Errorf("wrong under the older key: match %v, stale %v, %v", match, stale, err)
	}
	phc, err = newer.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := older.Verify(t.Context(), phc, "correct horse"); !errors.Is(err, ErrKeyMissing) {
		t.Errorf("under a key that is not there: %v", err)
	}
}

// Times are never asserted; the memory that a run takes shows whether the work
// was done.
func TestEveryAnswerCostsARun(t *testing.T) {
	ctx := t.Context()
	h := NewHasher(newRing(t), Options{})
	phc, err := h.Hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	cost := func(f func()) uint64 {
		var a, b runtime.MemStats
		runtime.ReadMemStats(&a)
		f()
		runtime.ReadMemStats(&b)
		return b.TotalAlloc - a.TotalAlloc
	}
	for name, f := range map[string]func(){
		"right":          func() { _, _, _ = h.Verify(ctx, phc, "correct horse") },
		"wrong":          func() { _, _, _ = h.Verify(ctx, phc, "wrong horse") },
		"nothing stored": func() { _, _, _ = h.Verify(ctx, "", "correct horse") },
	} {
		h.memories.forget() // nothing to use again
		if got := cost(f); got < argon2Memory || got > argon2Memory+argon2Memory/10 {
			t.Errorf("%s took %d bytes, not about %d", name, got, argon2Memory)
		}
	}
}

func TestQueue(t *testing.T) {
	ring := newRing(t)
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(ring, Options{Workers: 1, Queue: 1})
		release := make(chan struct{})
		results := make(chan error, 3)
		run := func(ctx context.Context) { go func() { results <- h.run(ctx, 0, func() { <-release }) }() }

		run(t.Context())
		synctest.Wait()
		waiting, giveUp := context.WithCancel(t.Context())
		run(waiting)
		synctest.Wait()

		_, err := h.Hash(t.Context(), "x")
		if e := fault.From(err); !errors.Is(err, ErrBusy) || e.Kind != fault.Busy || e.RetryAfter < time.Second {
			t.Fatalf("beyond the queue: %v", err)
		}

		giveUp()
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Fatalf("gave up: %v", err)
		}
		run(t.Context()) // the place is free again
		synctest.Wait()
		if len(h.places) != 2 || len(h.workers) != 1 {
			t.Fatalf("%d places, %d workers taken", len(h.places), len(h.workers))
		}
		close(release)
		for range 2 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if len(h.places) != 0 || len(h.workers) != 0 || len(h.large) != 0 {
			t.Error("a place was not given back")
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if err := h.run(ended, 0, func() { t.Error("worked for nobody") }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestAtMostSoManyAtOnce(t *testing.T) {
	ring := newRing(t)
	for name, c := range map[string]struct{ memory, most int }{
		"our own": {argon2Memory, 3}, "large": {costFactor * argon2Memory, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := NewHasher(ring, Options{Workers: 3, Queue: 64})
				var now, most, done atomic.Int32
				var all sync.WaitGroup
				for range 30 {
					all.Go(func() {
						err := h.run(t.Context(), c.memory, func() {
							if n := now.Add(1); n > most.Load() {
								most.Store(n)
							}
							time.Sleep(time.Millisecond)
							now.Add(-1)
							done.Add(1)
						})
						if err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if int(most.Load()) != c.most || done.Load() != 30 {
					t.Errorf("%d at once, %d done", most.Load(), done.Load())
				}
			})
		})
	}
}

func TestErrorsDoNotRepeatTheHash(t *testing.T) {
	h := NewHasher(newRing(t), Options{})
	_, _, err := h.Verify(t.Context(), "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$short", "x")
	if !errors.Is(err, ErrHashUnusable) || strings.Contains(err.Error(), "c2FsdHNhbHRz") {
		t.Error(err)
	}
}
