// Package job is a durable queue and schedule in the product's own database.
//
// A job is enqueued in the caller's transaction: it exists exactly if what it
// belongs to was committed. Several nodes may work on one queue; a claim is a
// lease that its worker keeps renewing, and a job whose lease has run out (the
// node died) is claimed again. So a job runs at least once, by one worker at a
// time, and its function must bear being run again.
//
// A job that is done is deleted. One that fails waits longer each time, and is
// dead after twelve attempts: it stays in the table with its last error.
package job
