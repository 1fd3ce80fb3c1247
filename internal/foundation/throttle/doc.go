// Package throttle counts failed tries: in a row for one subject and factor,
// and within a span of time for one network address.
//
// A try at a subject is reserved before the proof is looked at, in a
// transaction of its own, so that a thousand guesses at once count as a
// thousand; only a right proof gives the reservations back, or that it was
// never looked at. Tries from a device that the subject is known on are counted
// apart, so that strangers cannot make its owner wait.
//
// What always holds: the count of one key grows with every try that was let
// through, whatever happens to the process afterwards; what is forgotten in
// time is forgotten for subjects that do not exist as for those that do.
package throttle
