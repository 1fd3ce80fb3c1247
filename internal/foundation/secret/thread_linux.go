package secret

import "syscall"

// niceness is how much the threads that hash give way: a third of a processor
// where others want all of it, see setpriority(2).
const niceness = 5

// lowerPriority makes the calling thread give way to the others of the process,
// however much that gives way itself. Where the system refuses, the thread goes
// on as it is.
func lowerPriority() {
	const process = 0 // PRIO_PROCESS, which Linux takes for a single thread
	usual, err := syscall.Getpriority(process, syscall.Gettid())
	if err != nil {
		return
	}
	_ = syscall.Setpriority(process, syscall.Gettid(), 20-usual+niceness) // the kernel counts the other way round
}
