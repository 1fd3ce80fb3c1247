// Package factor owns what proves a person: passwords and the rules for new
// ones, temporary passwords of pet parents, one-time links, keys of authenticator
// apps, backup codes, codes by e-mail, and the skips granted to those who lost
// these.
//
// What always holds: passwords are stored as keyed Argon2id hashes only; a
// password that replaces another has another version, and what began with the
// former one goes no further; a temporary password exists only until the first
// sign-in is complete; a link is used up by one conditional update.
// A code counts once, ever; a set-up changes nothing before it is verified; what
// is sealed names the account and the row that it belongs to.
package factor
