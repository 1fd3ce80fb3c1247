// Package session issues, checks, lists and ends sessions: the result of a
// complete sign-in, or of a part of it that is recorded elsewhere.
//
// What always holds: only the SHA-256 of a token is stored; a session that
// has ended, idled out or reached its absolute limit answers nobody, from the
// next request on; only real use moves the idle clock.
package session
