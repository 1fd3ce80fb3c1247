// Package device recognises browsers: those in which an account signed in
// before (known devices), and the computers of a branch that several people use
// (shared computers). A browser is recognised by a random token in a cookie of
// its practice; only the SHA-256 of it is stored.
//
// What always holds: a device is known for an account only after that account
// completed a sign-in there; being known proves nothing, it only keeps
// strangers' tries apart and spares its owner a message; nothing is remembered
// on a computer that the person said is shared, unless the practice itself
// remembered it as one.
package device
