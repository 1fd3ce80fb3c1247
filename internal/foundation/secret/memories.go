package secret

import (
	"sync"

	vendored "catflap/internal/foundation/secret/vendored/argon2"
)

// memories are used again by hash after hash: making and clearing 19 MiB each
// time costs a tenth of it. There are never more of them than hashes ran at
// once.
type memories struct {
	kib  uint32 // of each
	mu   sync.Mutex
	free []*vendored.Memory
}

func (m *memories) get() *vendored.Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.free); n > 0 {
		one := m.free[n-1]
		m.free = m.free[:n-1]
		return one
	}
	return vendored.NewMemory(m.kib)
}

func (m *memories) put(one *vendored.Memory) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = append(m.free, one)
}

// forget leaves what lies idle to the garbage collector.
func (m *memories) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = nil
}
