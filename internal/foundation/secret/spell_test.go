package secret

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSpell(t *testing.T) {
	ring := newRing(t)
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // a timer tells in a goroutine of its own
		var told []bool
		h := NewHasher(ring, Options{Workers: 2, Spell: func(lasts bool) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, lasts)
		}})
		expect := func(want int) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if len(told) != want || want > 0 && told[want-1] != (want%2 == 1) {
				t.Fatalf("told %v", told)
			}
		}
		hash := func(took time.Duration) {
			if err := h.run(t.Context(), 0, func() { time.Sleep(took) }); err != nil {
				t.Error(err)
			}
		}
		expect(0)
		h.memories.put(nil)
		hash(time.Second)
		expect(1)
		time.Sleep(spellEnds - time.Second)
		hash(2 * spellEnds) // the timer of the first one runs out meanwhile
		expect(1)
		time.Sleep(spellEnds / 2)
		go hash(time.Second)
		time.Sleep(spellEnds)
		expect(1)
		time.Sleep(2 * time.Second)
		expect(2)
		if len(h.memories.free) != 0 {
			t.Error("memory is kept")
		}
		hash(time.Second)
		expect(3)
	})
}
