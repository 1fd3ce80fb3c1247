package secret

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"runtime"
	"time"

	"golang.org/x/text/unicode/norm"

	"catflap/internal/foundation/fault"
)

// ErrBusy answers when more people sign in at once than the queue holds.
var ErrBusy = fault.New(fault.Busy, "too-busy",
	"Many people are signing in right now. Please try again in a few seconds.")

const (
	// waitingPerWorker is the default queue: about two seconds of work.
	waitingPerWorker = 64
	// runTime is what one hash takes on a slow core, for Retry-After.
	runTime = 50 * time.Millisecond
)

// Options of a Hasher. Zero values mean the defaults.
type Options struct {
	// Workers is how many hashes run at once, each with 19 MiB of memory and
	// one core. Default: one per usable core.
	Workers int
	// Queue is how many callers may wait. Default: 64 per worker.
	Queue int
	// KiB is the memory of each hash. Default: 19456, below which no password is
	// safe; only tests, whose passwords guard nothing, take less.
	KiB uint32
	// Spell is told when hashing begins, and when there was nothing to hash for
	// five seconds. May be nil.
	Spell func(lasts bool)
}

// Hasher hashes and verifies passwords with Argon2id (RFC 9106) after keying
// them with the ring's pepper. It runs a bounded number at once and lets a
// bounded number wait, because each hash is made to cost memory and time. Safe
// for concurrent use.
type Hasher struct {
	ring    *Ring
	places  chan struct{} // running or waiting
	workers chan struct{} // running
	large   chan struct{} // running with far more memory than our own hashes
	decoy   *argon2Hash   // what is verified where there is nothing to verify
	retry   time.Duration

	memories memories // kept for as long as a spell lasts
	spell    spell
}

// NewHasher makes a Hasher with the keys of ring.
func NewHasher(ring *Ring, o Options) *Hasher {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Queue <= 0 {
		o.Queue = waitingPerWorker * o.Workers
	}
	if o.KiB == 0 {
		o.KiB = argon2KiB
	}
	full := time.Duration(o.Queue/o.Workers+1) * runTime
	h := &Hasher{
		ring:    ring,
		places:  make(chan struct{}, o.Workers+o.Queue),
		workers: make(chan struct{}, o.Workers),
		large:   make(chan struct{}, 1),
		retry:   (full + time.Second - 1).Truncate(time.Second),
	}
	if o.Spell == nil {
		o.Spell = func(bool) {}
	}
	h.spell.begin = func() { o.Spell(true) }
	h.spell.end = func() { h.memories.forget(); o.Spell(false) }
	h.memories.kib = o.KiB
	h.decoy = newArgon2Hash("decoy", o.KiB)
	h.decoy.sum, h.decoy.memories = random(sumBytes), &h.memories
	return h
}

// Hash makes the PHC string to store for a password, under the current key and
// a fresh salt. It fails with ErrBusy, or with the context's error when ctx
// ends while waiting.
func (h *Hasher) Hash(ctx context.Context, password string) (phc string, err error) {
	id, k := h.ring.currentKey()
	a := newArgon2Hash(id, h.memories.kib)
	a.memories = &h.memories
	key := peppered(k, password)
	if err := h.run(ctx, argon2Memory, func() { a.sum = a.derive(key) }); err != nil {
		return "", err
	}
	return a.String(), nil
}

// Verify compares a password with a stored hash: one that Hash made, or an
// imported bcrypt, scrypt, PBKDF2 or Argon2 one within cost bounds. With an
// empty phc it does the same work and answers no, so that nobody can tell from
// the time whether an account has a password; whoever compares a secret that is
// at hand in clear does it beside this. stale advises to hash the
// password anew: it was imported, or made with other parameters or under an
// older key; it is only ever true for a match.
//
// Besides those of Hash, Verify fails for a malformed or too costly hash, and
// with ErrKeyMissing for a key that the ring does not hold.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (match, stale bool, err error) {
	if phc == "" {
		_, err := h.matches(ctx, h.decoy, password)
		return false, false, err
	}
	stored, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	match, err = h.matches(ctx, stored, password)
	if err != nil || !match {
		return false, false, err
	}
	a, native := stored.(*argon2Hash)
	return true, !native || !a.current(h.ring.KeyID(), h.memories.kib), nil
}

func (h *Hasher) matches(ctx context.Context, s stored, password string) (match bool, err error) {
	key := []byte(password)
	if a, ok := s.(*argon2Hash); ok && a == h.decoy { // which has its memories, and is shared
		_, k := h.ring.currentKey() // whichever: nothing matches
		key = peppered(k, password)
	} else if ok && a.keyID != "" {
		a.memories = &h.memories
		k, err := h.ring.key(a.keyID)
		if err != nil {
			return false, err
		}
		key = peppered(k, password)
	}
	err = h.run(ctx, s.memory(), func() { match = s.matches(key) })
	return match, err
}

// peppered is what our own hashes are made of: the password in the one Unicode
// form that every keyboard's variant becomes (NFKC), under a key that is not in
// the database, so that a stolen table alone allows no guessing.
func peppered(k *ringKey, password string) []byte {
	m := hmac.New(sha256.New, k.pepper)
	m.Write([]byte(norm.NFKC.String(password)))
	return m.Sum(nil)
}

// run has the work done on a thread of low priority once a worker's place is
// free. One work alone may need much more memory than our own hashes: several
// imported ones at once would add up to more than a small server has.
func (h *Hasher) run(ctx context.Context, memory int, work func()) error {
	select {
	case h.places <- struct{}{}:
		defer func() { <-h.places }()
	default:
		return ErrBusy.After(h.retry)
	}
	if memory > 2*argon2Memory {
		if err := take(ctx, h.large); err != nil {
			return err
		}
		defer func() { <-h.large }()
	}
	if err := take(ctx, h.workers); err != nil {
		return err
	}
	defer func() { <-h.workers }()
	h.spell.work(func() { onQuietThread(work) })
	return nil
}

// take waits for a place in c. Who gave up while waiting takes none.
func take(ctx context.Context, c chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case c <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: package rand ends the process instead
	return b
}
