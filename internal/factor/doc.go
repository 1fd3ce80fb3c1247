// Package factor owns what proves a person: passwords and the rules for new
// ones, temporary passwords of pet parents and one-time links.
//
// What always holds: passwords are stored as keyed Argon2id hashes only; a
// password that replaces another has another version, and what began with the
// former one goes no further; a temporary password exists only until the first
// sign-in is complete; a link is used up by one conditional update.
package factor
