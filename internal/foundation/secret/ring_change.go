package secret

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"catflap/internal/foundation/fault"
)

// KeyState is what a key of the ring is used for.
type KeyState string

// The states.
const (
	KeyNext    KeyState = "next"    // known to the servers, used for nothing yet
	KeyCurrent KeyState = "current" // used for everything new
	KeyFormer  KeyState = "former"  // opens what it once closed
)

// KeyInfo is a key without its secret.
type KeyInfo struct {
	ID      string
	State   KeyState
	Created time.Time
	Retired time.Time // of a former one: when another became current; zero when that is not known
}

// List is what the ring holds, in the order in which it was added.
func (r *Ring) List() []KeyInfo {
	all := r.now()
	var list []KeyInfo
	for _, id := range all.order {
		k := all.byID[id]
		info := KeyInfo{ID: id, State: KeyFormer, Created: k.created, Retired: k.retired}
		switch id {
		case all.current:
			info.State = KeyCurrent
		case all.next:
			info.State = KeyNext
		}
		list = append(list, info)
	}
	return list
}

// Rotating is the key that a rotation leads to that is not complete; "" when
// none is under way.
func (r *Ring) Rotating() string { return r.now().next }

// Add puts a new key into the ring file that is used for nothing yet, so that
// every server can know it before anything is written under it. Where a rotation
// is not complete it adds nothing.
func (r *Ring) Add() error {
	return r.change(func(f *ringFile) error {
		if f.Next != "" {
			return nil
		}
		id, key := newKey()
		f.Next = id
		f.Keys = append(f.Keys, ringFileKey{ID: id, Created: thisMoment(), Key: key})
		return nil
	})
}

// Promote makes the key current that was added, if it is not so already.
func (r *Ring) Promote(keyID string) error {
	return r.change(func(f *ringFile) error {
		if f.Current == keyID {
			return nil
		}
		if f.Next != keyID {
			return errChangedMeanwhile
		}
		for i, k := range f.Keys {
			if k.ID == f.Current {
				f.Keys[i].Retired = thisMoment()
			}
		}
		f.Current = keyID
		return nil
	})
}

// Complete ends a rotation once nothing is left to do for it.
func (r *Ring) Complete(keyID string) error {
	return r.change(func(f *ringFile) error {
		if f.Current == keyID && f.Next == keyID {
			f.Next = ""
		}
		return nil
	})
}

// Drop takes former keys out of the ring file, for ever: what still needs one
// cannot be read any more.
func (r *Ring) Drop(keyIDs ...string) error {
	return r.change(func(f *ringFile) error {
		if slices.Contains(keyIDs, f.Current) || slices.Contains(keyIDs, f.Next) {
			return errChangedMeanwhile
		}
		f.Keys = slices.DeleteFunc(f.Keys, func(k ringFileKey) bool { return slices.Contains(keyIDs, k.ID) })
		return nil
	})
}

var errChangedMeanwhile = fault.New(fault.Conflict, "key-ring-changed",
	"Somebody else changed the key ring meanwhile, so this change was not made. Look at it with: catflap keys list")

// staleChange is how old a file of a change may be: a change takes milliseconds,
// so what is older was left behind by one that was broken off.
const staleChange = time.Minute

// freshName is how the names end under which changed rings are written, before
// what CreateTemp puts in.
const freshName = ".new-"

var (
	errChanging = fault.New(fault.Conflict, "key-ring-changing",
		"Another change of the key ring is under way. Try again in a minute.")
	errHeld = errors.New("somebody else holds the file")
)

// change edits the file. One change after the other holds the file that it
// replaces; a lock ends with its process, so that nothing is ever left held. The
// new file is complete and on the disk, with the same owner and mode 0600,
// before it gets the name: it has one of its own until then, so that even where
// files cannot be held nobody ever publishes what somebody else is writing.
func (r *Ring) change(edit func(*ringFile) error) error {
	path, err := filepath.EvalSymlinks(r.path) // what a link points to is replaced, not the link
	if err != nil {
		return r.unchangeable(err)
	}
	held, err := holdRing(path)
	if errors.Is(err, errHeld) {
		return errChanging
	}
	if err != nil {
		return r.unchangeable(err)
	}
	defer held.Close()
	file, known, err := readRing(path)
	if err == nil {
		err = r.keys.Load().allow(path, known)
	}
	if err == nil {
		err = edit(&file)
	}
	if err != nil {
		return err
	}
	sweepFresh(path)
	switch err := file.replace(path, known.stamp); {
	case errors.Is(err, errChangedMeanwhile):
		return err
	case err != nil:
		return r.unchangeable(err)
	}
	return r.Refresh()
}

// replace writes the ring over the file that was read. errChangedMeanwhile when
// the name belongs to another one by now: somebody put it there by hand, or
// changed it where files cannot be held.
func (file ringFile) replace(path string, read stamp) error {
	text, err := file.text()
	if err != nil {
		return err
	}
	dir, name := filepath.Split(path)
	f, err := os.CreateTemp(dir, name+freshName+"*") // O_EXCL, mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it has the other name
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(0o600)
	}
	if err == nil {
		err = keepOwner(f, read.info)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if there, err := os.Stat(path); err == nil && !read.equal(stamp{there}) {
		return errChangedMeanwhile
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// sweepFresh removes what changes left behind that were broken off: there are
// keys in it. One that it cannot remove is tried again by the next change.
func sweepFresh(path string) {
	dir, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), name+freshName) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > staleChange {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

func (r *Ring) unchangeable(cause error) error {
	return fault.New(fault.Invalid, "key-ring-unwritable", fmt.Sprintf(
		"The key ring %s cannot be changed here. Run this as the user that runs Catflap, where the folder of the file is writable; a file that was mounted or copied from elsewhere is changed there.", r.path)).Because(cause)
}
