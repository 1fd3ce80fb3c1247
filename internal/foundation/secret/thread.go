package secret

import "runtime"

// onQuietThread runs f on a thread of its own with low priority, so that
// whatever takes long in it gives way at once to everything else that the
// process has to do. Making a thread costs a thousandth of a hash. A panic of f
// is the caller's.
func onQuietThread(f func()) {
	done := make(chan any, 1)
	go func() {
		// Never unlocked: the thread ends with the goroutine, and with it the
		// priority, which could not be raised again.
		runtime.LockOSThread()
		defer func() { done <- recover() }()
		lowerPriority()
		f()
	}()
	if panicked := <-done; panicked != nil {
		panic(panicked)
	}
}
