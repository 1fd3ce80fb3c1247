// Package secret keeps what must not be read: it hashes passwords in a bounded
// pool, makes tokens, and seals and authenticates small values under a key ring
// that lives outside the database.
//
// What always holds:
//
//   - No function here logs, and no error carries a password, a token, a key or
//     a stored hash.
//   - A password hash costs the same time and memory whether or not there was
//     one to compare with (Verify with an empty hash).
//   - A sealed value opens only in the place it was sealed for: the associated
//     data names table, column and row.
//   - Everything that is stored names its key by id, so that a new key can be
//     added, while servers run, and values under older ones stay readable. What
//     only goes out and comes back (forms) is taken under every key.
//   - A ring goes on only with a later state of itself, never with another ring.
package secret
