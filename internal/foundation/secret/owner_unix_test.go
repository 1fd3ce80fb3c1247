//go:build unix

package secret

import (
	"os"
	"syscall"
	"testing"
)

// TestRingKeepsItsOwner: an administrator who rotates must not lock the server
// out.
func TestRingKeepsItsOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only an administrator gives files away")
	}
	r := newRing(t)
	const uid, gid = 1234, 2345
	if err := os.Chown(r.path, uid, gid); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(r.path)
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || s.Uid != uid || s.Gid != gid || info.Mode().Perm() != 0o600 {
		t.Errorf("%+v, mode %v", info.Sys(), info.Mode())
	}
}
