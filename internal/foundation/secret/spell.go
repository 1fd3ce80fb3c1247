package secret

import (
	"sync"
	"time"
)

// spellEnds is how long after the last hash a spell of hashing is over.
const spellEnds = 5 * time.Second

// spell is a time in which passwords are hashed again and again. What only pays
// while it lasts is set up when it begins and taken down when it is over.
type spell struct {
	begin, end func()

	mu      sync.Mutex
	lasts   bool
	running int
	timer   *time.Timer
}

// work runs f as part of a spell.
func (s *spell) work(f func()) {
	s.mu.Lock()
	s.running++
	if !s.lasts {
		s.lasts = true
		s.begin()
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running--
		if s.timer == nil {
			s.timer = time.AfterFunc(spellEnds, s.over)
			return
		}
		s.timer.Reset(spellEnds)
	}()
	f()
}

// over ends the spell unless somebody came meanwhile; then the timer runs again.
func (s *spell) over() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == 0 && s.lasts {
		s.lasts = false
		s.end()
	}
}
