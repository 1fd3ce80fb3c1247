package secret

import (
	"syscall"
	"testing"
)

// kernelNice is the priority of the calling thread as the kernel counts it:
// 20 for the usual one, less for those that give way.
func kernelNice(t *testing.T) int {
	t.Helper()
	n, err := syscall.Getpriority(0, syscall.Gettid())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestQuietThread(t *testing.T) {
	usual, quiet := kernelNice(t), 0
	for range 3 {
		onQuietThread(func() { quiet = kernelNice(t) })
		if quiet != max(usual-niceness, 1) {
			t.Errorf("priority %d, want %d below %d", quiet, niceness, usual)
		}
	}
	if after := kernelNice(t); after != usual {
		t.Errorf("the caller's own thread has priority %d after it", after)
	}
	defer func() {
		if recover() != "ouch" {
			t.Error("a panic got lost")
		}
	}()
	onQuietThread(func() { panic("ouch") })
}
