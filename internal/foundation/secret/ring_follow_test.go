package secret

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"catflap/internal/foundation/fault"
)

// look makes the ring look at its file at the next use.
func look(r *Ring) { r.looked.Store(-int64(lookEvery)) }

// TestRotation changes a ring from beside a server that uses it.
func TestRotation(t *testing.T) {
	server := newRing(t)
	tool := loadRing(t, server.path)
	first := server.KeyID()
	old, err := server.Seal("t/c/1", []byte("word"))
	if err != nil {
		t.Fatal(err)
	}
	form := server.MAC("form", "session/1")
	hasher := NewHasher(server, Options{Workers: 1})

	if err := tool.Add(); err != nil {
		t.Fatal(err)
	}
	next := tool.Rotating()
	if next == "" || next == first || tool.KeyID() != first {
		t.Fatalf("the new key %q is in use at once, beside %q", next, first)
	}
	if err := tool.Add(); err != nil || tool.Rotating() != next || len(tool.KeyIDs()) != 2 {
		t.Fatalf("a second key while one is on its way: %v, %v", tool.KeyIDs(), err)
	}
	look(server)
	if server.KeyID() != first || len(server.KeyIDs()) != 2 {
		t.Fatalf("the server has %v, current %s", server.KeyIDs(), server.KeyID())
	}
	if err := tool.Promote(next); err != nil {
		t.Fatal(err)
	}
	ahead := tool.MAC("form", "session/2") // of a server that looked earlier
	if !server.Matches(ahead, "form", "session/2") {
		t.Error("what a server a moment ahead made is refused")
	}
	look(server)
	if server.KeyID() != next {
		t.Fatal("the server does not follow")
	}
	if got, err := server.Open("t/c/1", old); err != nil || string(got) != "word" {
		t.Errorf("opened as %q, %v", got, err)
	}
	if !server.Matches(form, "form", "session/1") || server.Matches(form, "form", "session/2") || server.Matches(nil, "form", "session/1") {
		t.Error("a form from before the rotation is not told from others")
	}
	list := tool.List()
	if len(list) != 2 || list[0].ID != first || list[0].State != KeyFormer || list[0].Retired.IsZero() || list[1].State != KeyCurrent {
		t.Errorf("the list is %+v", list)
	}
	if err := tool.Drop(next); !fault.Is(err, fault.Conflict) {
		t.Errorf("dropping the current key: %v", err)
	}
	if err := tool.Complete(next); err != nil || tool.Rotating() != "" {
		t.Errorf("not complete: %v", err)
	}
	if err := tool.Drop(first); err != nil {
		t.Fatal(err)
	}
	look(server)
	if _, err := server.Open("t/c/1", old); !errors.Is(err, ErrKeyMissing) {
		t.Errorf("a dropped key still opens: %v", err)
	}
	if _, _, err := hasher.Verify(t.Context(), "", "whatever"); err != nil {
		t.Errorf("nobody's password needs the dropped key: %v", err)
	}
	if info, err := os.Stat(server.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(server.path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// TestUnknownKeyIsLookedFor has a server meet a value under a key that it has
// not heard of.
func TestUnknownKeyIsLookedFor(t *testing.T) {
	server := newRing(t)
	tool := loadRing(t, server.path)
	reads := 0
	server.OnRead(func(err error) {
		if err != nil {
			t.Error(err)
		}
		look(server)
		_ = server.KeyID() // whoever is told may use it
		reads++
	})
	server.looked.Store(int64(time.Hour)) // it does not look by itself
	if err := tool.Add(); err != nil {
		t.Fatal(err)
	}
	if err := tool.Promote(tool.Rotating()); err != nil {
		t.Fatal(err)
	}
	sealed, err := tool.Seal("t/c/1", []byte("word"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := server.Open("t/c/1", sealed); err != nil || string(got) != "word" {
		t.Errorf("opened as %q, %v", got, err)
	}
	if reads != 1 || server.KeyID() != tool.KeyID() {
		t.Errorf("read %d times", reads)
	}
	// Keys that nobody has must not have the file read over and over.
	before := server.keys.Load()
	for range 50 {
		if _, err := server.MACWith("aaaaaaaa", "x"); !errors.Is(err, ErrKeyMissing) {
			t.Fatal(err)
		}
	}
	if server.keys.Load() != before {
		t.Error("the file is read for each unknown key")
	}
	server.reread = -rereadEvery
	if _, err := server.MACWith("aaaaaaaa", "x"); !errors.Is(err, ErrKeyMissing) || server.keys.Load() == before {
		t.Errorf("the file is not read again later: %v", err)
	}
}

// TestRingKeepsWhatItHad replaces the file by what no server should follow.
func TestRingKeepsWhatItHad(t *testing.T) {
	other := newRing(t)
	foreign, err := os.ReadFile(other.path)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		code    string
	}{
		"another ring": {string(foreign), 0o600, "key-ring-replaced"},
		"half a file":  {string(foreign[:40]), 0o600, "key-ring-damaged"},
		"exposed":      {string(foreign), 0o644, "key-ring-exposed"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newRing(t)
			id := server.KeyID()
			good, err := os.ReadFile(server.path)
			if err != nil {
				t.Fatal(err)
			}
			var told []error
			server.OnRead(func(err error) { told = append(told, err) })
			put := func(content string, mode os.FileMode) {
				fresh := server.path + ".put"
				if err := errors.Join(os.WriteFile(fresh, []byte(content), mode), os.Chmod(fresh, mode), os.Rename(fresh, server.path)); err != nil {
					t.Fatal(err)
				}
			}
			put(c.content, c.mode)
			for range 3 {
				look(server)
				if server.KeyID() != id {
					t.Fatal("the server took it over")
				}
			}
			if len(told) != 1 || fault.From(told[0]).Code != c.code {
				t.Errorf("told %v", told)
			}
			if err := server.Add(); fault.From(err).Code == "" || len(server.KeyIDs()) != 1 {
				t.Errorf("a key was added to it: %v", err)
			}
			put(string(good), 0o600)
			look(server)
			if server.KeyID() != id || len(told) != 2 || told[1] != nil {
				t.Errorf("after it was put back: %v", told)
			}
		})
	}
}

func TestChangesAtOnce(t *testing.T) {
	path := newRing(t).path
	var all sync.WaitGroup
	for range 16 {
		r := loadRing(t, path)
		all.Go(func() {
			for {
				err := r.Add()
				if errors.Is(err, errChanging) || errors.Is(err, errChangedMeanwhile) { // the latter where files cannot be held
					continue
				}
				if err != nil {
					t.Error(err)
				}
				return
			}
		})
	}
	all.Wait()
	if r := loadRing(t, path); len(r.KeyIDs()) != 2 {
		t.Errorf("%d keys", len(r.KeyIDs()))
	}
}

// TestChangesThatMeet has one change come while another is in the middle, long
// enough ago to look as if it had been broken off.
func TestChangesThatMeet(t *testing.T) {
	path := newRing(t).path
	slow, other := loadRing(t, path), loadRing(t, path)
	inside, finish, met := make(chan bool), make(chan bool), make(chan error)
	err := slow.change(func(f *ringFile) error {
		past := time.Now().Add(-2 * staleChange)
		entries, _ := os.ReadDir(filepath.Dir(path))
		for _, e := range entries { // whatever it writes by now
			if name := filepath.Join(filepath.Dir(path), e.Name()); name != path {
				if err := os.Chtimes(name, past, past); err != nil {
					t.Error(err)
				}
			}
		}
		go func() {
			met <- other.change(func(*ringFile) error {
				close(inside)
				<-finish
				return nil
			})
		}()
		select {
		case <-inside: // it was let in and is in the middle too
		case err := <-met:
			if !errors.Is(err, errChanging) {
				t.Errorf("the second one is answered %v", err)
			}
			close(met)
		}
		id, key := newKey()
		f.Keys = append(f.Keys, ringFileKey{ID: id, Created: thisMoment(), Key: key})
		return nil
	})
	if err != nil {
		t.Errorf("the first one is answered %v", err)
	}
	if r, err := LoadRing(path); err != nil || len(r.KeyIDs()) != 2 {
		t.Errorf("published: %v", err)
	}
	close(finish)
	<-met
	if r := loadRing(t, path); len(r.KeyIDs()) != 2 {
		t.Errorf("in the end there are %d keys", len(r.KeyIDs()))
	}
}

// TestRingPutThereMeanwhile: what somebody put in place of the file is not
// overwritten with what was read before.
func TestRingPutThereMeanwhile(t *testing.T) {
	r := newRing(t)
	var put string
	err := r.change(func(f *ringFile) error {
		g := *f
		id, key := newKey()
		g.Keys = append(g.Keys[:1:1], ringFileKey{ID: id, Created: thisMoment(), Key: key})
		put = id
		return os.Rename(rewriteRing(t, g), r.path)
	})
	if !errors.Is(err, errChangedMeanwhile) {
		t.Errorf("answered %v", err)
	}
	if !slices.Contains(loadRing(t, r.path).KeyIDs(), put) {
		t.Error("it was overwritten")
	}
	if entries, _ := os.ReadDir(filepath.Dir(r.path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestBrokenOffChange(t *testing.T) {
	r := newRing(t)
	left, running := r.path+freshName+"1", r.path+freshName+"2"
	for _, name := range []string{left, running} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-2 * staleChange)
	if err := os.Chtimes(left, past, past); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(); err != nil || len(r.KeyIDs()) != 2 {
		t.Errorf("after one that was broken off: %v", err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the keys that it left behind are still there: %v", err)
	}
	if _, err := os.Stat(running); err != nil {
		t.Errorf("what may still be written is gone: %v", err)
	}
}

func TestRingBehindALink(t *testing.T) {
	r := newRing(t)
	link := filepath.Join(t.TempDir(), "keyring.json")
	if err := os.Symlink(r.path, link); err != nil {
		t.Fatal(err)
	}
	linked := loadRing(t, link)
	if err := linked.Add(); err != nil || len(linked.KeyIDs()) != 2 {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v %v", info, err)
	}
	if look(r); len(r.KeyIDs()) != 2 {
		t.Error("what it points to was not changed")
	}
}
