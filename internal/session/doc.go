// Package session issues, checks, lists and ends sessions: the result of a
// complete sign-in, or of a part of it that is recorded elsewhere. Sessions that
// answered are kept in memory until a transaction announces something about
// their account or practice (docs/decisions/0013).
//
// What always holds: only the SHA-256 of a token is stored; a session that
// has ended, idled out or reached its absolute limit answers nobody, from the
// next request on; memory only says yes, each refusal is read from the database;
// only real use moves the idle clock.
package session
