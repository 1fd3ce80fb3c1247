package secret

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"catflap/internal/foundation/fault"
)

// writeRing writes a ring file with n fresh keys, the last one current, and
// returns its path and content.
func writeRing(t *testing.T, n int) (string, ringFile) {
	t.Helper()
	file := ringFile{Version: ringVersion}
	for range n {
		id, key := newKey()
		file.Current = id
		file.Keys = append(file.Keys, ringFileKey{ID: id, Created: time.Unix(0, 0).UTC(), Key: key})
	}
	return rewriteRing(t, file), file
}

func rewriteRing(t *testing.T, file ringFile) string {
	t.Helper()
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func loadRing(t *testing.T, path string) *Ring {
	t.Helper()
	r, err := LoadRing(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newRing(t *testing.T) *Ring {
	t.Helper()
	r, err := CreateRing(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rotatedRings returns a ring before and after a second key became current.
func rotatedRings(t *testing.T) (before, after *Ring) {
	t.Helper()
	path, file := writeRing(t, 2)
	after = loadRing(t, path)
	before = loadRing(t, rewriteRing(t, ringFile{Version: ringVersion, Current: file.Keys[0].ID, Keys: file.Keys[:1]}))
	return before, after
}

func TestCreateRing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	created, err := CreateRing(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	loaded := loadRing(t, path)
	if loaded.KeyID() != created.KeyID() || !bytes.Equal(loaded.MAC("x", "y"), created.MAC("x", "y")) {
		t.Error("the ring read back is another one")
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	_, err = CreateRing(path)
	if !errors.Is(err, fs.ErrExist) || !fault.Is(err, fault.Conflict) {
		t.Errorf("creating it again: %v", err)
	}
	if again := loadRing(t, path); again.KeyID() != created.KeyID() {
		t.Error("the second creation replaced the ring")
	}
	_, err = CreateRing(filepath.Join(t.TempDir(), "no-folder", "keys.json"))
	if err == nil || !strings.Contains(err.Error(), "no-folder") {
		t.Errorf("without a folder: %v", err)
	}
}

func TestCreateRingAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	var winners atomic.Int32
	var ids sync.Map
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			r, err := CreateRing(path)
			if err == nil {
				winners.Add(1)
			} else if errors.Is(err, fs.ErrExist) {
				r, err = LoadRing(path)
			}
			if err != nil {
				t.Error(err)
				return
			}
			ids.Store(r.KeyID(), true)
		})
	}
	all.Wait()
	distinct := 0
	ids.Range(func(any, any) bool { distinct++; return true })
	if winners.Load() != 1 || distinct != 1 {
		t.Errorf("%d winners, %d different rings", winners.Load(), distinct)
	}
}

func TestLoadRingRefuses(t *testing.T) {
	_, good := writeRing(t, 2)
	with := func(change func(*ringFile)) string {
		f := good
		f.Keys = append([]ringFileKey(nil), good.Keys...)
		change(&f)
		return rewriteRing(t, f)
	}
	text := func(s string, mode fs.FileMode) string {
		path := filepath.Join(t.TempDir(), "keys.json")
		if err := errors.Join(os.WriteFile(path, []byte(s), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	goodText, _ := json.Marshal(good)
	for name, c := range map[string]struct{ path, code, remedy string }{
		"missing":         {filepath.Join(t.TempDir(), "keys.json"), "key-ring-missing", "Put back"},
		"a folder":        {t.TempDir(), "key-ring-damaged", "backup"},
		"group can read":  {text(string(goodText), 0o640), "key-ring-exposed", "chmod 600"},
		"world can write": {text(string(goodText), 0o602), "key-ring-exposed", "chmod 600"},
		"empty":           {text("", 0o600), "key-ring-damaged", "backup"},
		"cut short":       {text(string(goodText[:len(goodText)/2]), 0o600), "key-ring-damaged", "backup"},
		"two rings":       {text(string(goodText)+string(goodText), 0o600), "key-ring-damaged", "backup"},
		"unknown field":   {text(`{"version":1,"keyz":[]}`, 0o600), "key-ring-damaged", "backup"},
		"too long":        {text(strings.Repeat(" ", maxRingBytes+1), 0o600), "key-ring-damaged", "backup"},
		"newer format":    {with(func(f *ringFile) { f.Version = 2 }), "key-ring-version", "newer"},
		"no keys":         {with(func(f *ringFile) { f.Keys = nil }), "key-ring-damaged", "backup"},
		"current unknown": {with(func(f *ringFile) { f.Current = "aaaaaaaa" }), "key-ring-damaged", "backup"},
		"short key":       {with(func(f *ringFile) { f.Keys[0].Key = f.Keys[0].Key[:31] }), "key-ring-damaged", "backup"},
		"twice":           {with(func(f *ringFile) { f.Keys[0].ID = f.Keys[1].ID }), "key-ring-damaged", "backup"},
		"strange id":      {with(func(f *ringFile) { f.Keys[0].ID = "../../x." }), "key-ring-damaged", "backup"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadRing(c.path)
			e := fault.From(err)
			if e == nil || e.Code != c.code || !strings.Contains(e.Message, c.path) || !strings.Contains(e.Message, c.remedy) {
				t.Errorf("got %v, want %s naming %s and %q", err, c.code, c.path, c.remedy)
			}
			if (name == "missing") != errors.Is(err, fs.ErrNotExist) {
				t.Errorf("errors.Is(err, fs.ErrNotExist) is wrong for %v", err)
			}
		})
	}
}

func TestSeal(t *testing.T) {
	before, after := rotatedRings(t)
	const row1, row2 = "temporary_password/secret/1", "temporary_password/secret/2"
	plain := []byte("plum-otter-canoe-lamp")
	sealed, err := before.Seal(row1, plain)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, plain) {
		t.Fatal("sealed in clear")
	}
	if again, _ := before.Seal(row1, plain); bytes.Equal(again, sealed) {
		t.Error("two seals of the same value are equal")
	}
	for _, r := range []*Ring{before, after} {
		if got, err := r.Open(row1, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("opened as %q, %v", got, err)
		}
	}
	if empty, err := after.Seal(row1, nil); err != nil {
		t.Error(err)
	} else if got, err := after.Open(row1, empty); err != nil || len(got) != 0 {
		t.Errorf("the empty value opened as %q, %v", got, err)
	}

	t.Run("swapped rows", func(t *testing.T) {
		if _, err := before.Open(row2, sealed); !errors.Is(err, ErrSealBroken) {
			t.Errorf("opened in another row: %v", err)
		}
	})
	t.Run("no place", func(t *testing.T) {
		if _, err := before.Seal("", plain); err == nil {
			t.Error("sealed for nowhere")
		}
		if _, err := before.Open("", sealed); err == nil {
			t.Error("opened from nowhere")
		}
	})
	t.Run("altered", func(t *testing.T) {
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			if _, err := before.Open(row1, bad); !errors.Is(err, ErrSealBroken) && !errors.Is(err, ErrKeyMissing) {
				t.Fatalf("byte %d altered: %v", i, err)
			}
			if _, err := before.Open(row1, sealed[:i]); !errors.Is(err, ErrSealBroken) {
				t.Fatalf("cut to %d bytes: %v", i, err)
			}
		}
	})
	t.Run("relabelled key", func(t *testing.T) {
		bad := bytes.Clone(sealed)
		copy(bad[1:], after.KeyID())
		if _, err := after.Open(row1, bad); !errors.Is(err, ErrSealBroken) {
			t.Errorf("opened under another key: %v", err)
		}
	})
	t.Run("unknown key", func(t *testing.T) {
		later, err := after.Seal(row1, plain)
		if err != nil {
			t.Fatal(err)
		}
		_, err = before.Open(row1, later)
		e := fault.From(err)
		if !errors.Is(err, ErrKeyMissing) || !strings.Contains(e.Message, "Put back the key ring") {
			t.Fatalf("got %v", err)
		}
		for _, part := range []string{after.KeyID(), before.path} {
			if !strings.Contains(e.Cause.Error(), part) || strings.Contains(e.Message, part) {
				t.Errorf("%q belongs in the cause and not in the message: %v", part, err)
			}
		}
	})
}

func TestMAC(t *testing.T) {
	before, after := rotatedRings(t)
	base := before.MAC("login", "ab", "c")
	for name, other := range map[string][]byte{
		"another purpose": before.MAC("form", "ab", "c"),
		"parts moved":     before.MAC("login", "a", "bc"),
		"one part":        before.MAC("login", "abc"),
		"a part more":     before.MAC("login", "ab", "c", ""),
		"another key":     after.MAC("login", "ab", "c"),
	} {
		if bytes.Equal(base, other) {
			t.Errorf("%s gives the same", name)
		}
	}
	if again, err := after.MACWith(before.KeyID(), "login", "ab", "c"); err != nil || !bytes.Equal(again, base) {
		t.Errorf("under the older key: %x, %v", again, err)
	}
	if _, err := before.MACWith(after.KeyID(), "login", "ab", "c"); !errors.Is(err, ErrKeyMissing) {
		t.Errorf("under a key that is not there: %v", err)
	}
	if ids := after.KeyIDs(); len(ids) != 2 || ids[0] > ids[1] {
		t.Errorf("KeyIDs() = %v", ids)
	}
}
