package mail

import (
	"context"
	"slices"
	"sync"
)

// mailboxSize is how many letters the built-in mailbox keeps.
const mailboxSize = 500

// Mailbox is the transport for trying Catflap out on one's own machine: letters
// are kept in memory only, secrets and all, the newest 500, and are gone at
// exit. Safe for concurrent use; the zero value is ready.
type Mailbox struct {
	mu      sync.Mutex
	letters []Letter // oldest first
}

// Send keeps the letter. It never fails.
func (b *Mailbox) Send(_ context.Context, l Letter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters = append(b.letters, l)
	if extra := len(b.letters) - mailboxSize; extra > 0 {
		b.letters = slices.Delete(b.letters, 0, extra)
	}
	return nil
}

// Holding is always empty: the mailbox takes everything.
func (b *Mailbox) Holding() string { return "" }

// Letters are the kept letters, newest first.
func (b *Mailbox) Letters() []Letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	newest := slices.Clone(b.letters)
	slices.Reverse(newest)
	return newest
}

// Letter finds a kept letter by the identifier of its message.
func (b *Mailbox) Letter(id string) (Letter, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.letters, func(l Letter) bool { return l.ID == id })
	if i < 0 {
		return Letter{}, false
	}
	return b.letters[i], true
}
