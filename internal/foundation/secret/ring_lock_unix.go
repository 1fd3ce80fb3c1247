//go:build unix && !aix && !solaris

package secret

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// holdRing opens the file that has the name and holds it until it is closed.
// errHeld while somebody else does.
func holdRing(path string) (io.Closer, error) {
	for range 10 { // each time another change was complete in between
		f, err := os.OpenFile(path, os.O_RDWR, 0) // network file systems hold only what could be written
		if errors.Is(err, fs.ErrPermission) {
			f, err = os.Open(path) // mode 0400: it is replaced, not written to
		}
		if err != nil {
			return nil, err
		}
		if err = lockFile(f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		mine, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if there, err := os.Stat(path); err == nil && os.SameFile(mine, there) {
			return f, nil
		}
		_ = f.Close() // what it holds has the name no more
	}
	return nil, errHeld
}

// lockFile holds an open file for itself until it is closed, also when whoever
// holds it is killed. errHeld when somebody else has it. Where the file system
// knows no locks it holds nothing.
func lockFile(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errHeld
		case errors.Is(err, syscall.ENOLCK), errors.Is(err, errors.ErrUnsupported):
			return nil
		}
		return err
	}
}
