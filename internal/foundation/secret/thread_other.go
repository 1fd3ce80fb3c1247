//go:build !linux

package secret

// lowerPriority does nothing: only Linux has priorities for single threads.
func lowerPriority() {}
