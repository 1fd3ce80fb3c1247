// Package apikey owns the keys with which other programs of a practice use the
// JSON API: who made them, what they may do, and until when.
//
// What always holds: only the SHA-256 of a key is stored; a key may never do
// what its creator could not grant, nor what only people may; every request
// reads it anew, so that a revoked key, one that has expired and one of a
// practice that is not open answer nobody from the next request on; no key
// passes step-up.
package apikey
