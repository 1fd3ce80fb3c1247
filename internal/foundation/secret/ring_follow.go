package secret

import (
	"crypto/subtle"
	"fmt"
	"io/fs"
	"os"
	"time"

	"catflap/internal/foundation/fault"
)

const (
	// lookEvery is how old what a ring knows of its file may be when it is used.
	lookEvery = time.Second
	// rereadEvery is how often a file is read for a key that it may not hold.
	rereadEvery = time.Second
)

// Settled is how long after a change of the ring file every server that shares
// it works with what it says: many times what they need, because one may be in
// the middle of something.
const Settled = 10 * time.Second

// stamp tells one state of a file from another without reading it.
type stamp struct{ info fs.FileInfo }

func (s stamp) equal(o stamp) bool {
	return s.info != nil && o.info != nil && os.SameFile(s.info, o.info) &&
		s.info.ModTime().Equal(o.info.ModTime()) && s.info.Size() == o.info.Size()
}

// OnRead has f told each time the file was read again after a change, with the
// reason when it could not be used and the ring goes on with what it had; the
// same reason once.
func (r *Ring) OnRead(f func(error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell = f
}

// Path is where the ring is kept.
func (r *Ring) Path() string { return r.path }

// now is what to work with. One caller in lookEvery looks whether the file
// changed; that costs it a system call.
func (r *Ring) now() *keys {
	last, at := r.looked.Load(), time.Since(r.started)
	if at-time.Duration(last) >= lookEvery && r.looked.CompareAndSwap(last, int64(at)) {
		_ = r.Refresh() // told; what is known goes on
	}
	return r.keys.Load()
}

// lookFor reads the file again for a key that the ring does not hold.
func (r *Ring) lookFor(keyID string) *keys {
	_ = r.locked(func() error { // told
		at := time.Since(r.started)
		if r.keys.Load().byID[keyID] != nil || r.reread != 0 && at-r.reread < rereadEvery {
			return nil
		}
		r.reread = at
		return r.read()
	})
	return r.keys.Load()
}

// Refresh reads the file now if it changed. On an error the ring goes on with
// what it had.
func (r *Ring) Refresh() error {
	return r.locked(func() error {
		if info, err := os.Stat(r.path); err == nil && (stamp{info}).equal(r.keys.Load().stamp) {
			r.faulty = ""
			return nil
		}
		return r.read()
	})
}

// locked runs f alone, and tells of what changed once others can go on.
func (r *Ring) locked(f func() error) error {
	r.mu.Lock()
	before, faulty := r.keys.Load(), r.faulty
	err := f()
	tell := r.tell
	news := !r.keys.Load().stamp.equal(before.stamp) || err != nil && r.faulty != faulty
	r.mu.Unlock()
	if news && tell != nil {
		tell(err)
	}
	return err
}

// read takes over what the file says. The caller holds mu.
func (r *Ring) read() error {
	_, fresh, err := readRing(r.path)
	if err == nil {
		err = r.keys.Load().allow(r.path, fresh)
	}
	if err != nil {
		r.faulty = err.Error()
		return err
	}
	r.keys.Store(fresh)
	r.faulty = ""
	return nil
}

// allow refuses a file that is not a later state of the same ring: a running
// server would go on under keys that do not belong to its database.
func (k *keys) allow(path string, fresh *keys) error {
	same, mine := fresh.byID[k.current], k.byID[k.current]
	if same != nil && subtle.ConstantTimeCompare(same.master, mine.master) == 1 {
		return nil
	}
	return fault.New(fault.Invalid, "key-ring-replaced", fmt.Sprintf(
		"The key ring %s was replaced by another one while this server runs, so the server goes on with the keys it had. Put the right file back; if this one is right, restart the server.", path)).
		Because(fmt.Errorf("key %s is not in it any more", k.current))
}
