//go:build unix && !aix && !solaris

package secret

import (
	"errors"
	"os"
	"syscall"
)

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
