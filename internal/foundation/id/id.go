// Package id makes the identifiers of stored things: UUIDs of version 7
// (RFC 9562), so that keys grow with time and indexes stay compact. They are
// names, never secrets.
package id

import "github.com/google/uuid"

// New returns a fresh identifier in its canonical text form.
func New() string {
	return uuid.Must(uuid.NewV7()).String()
}

// Valid reports whether s has the form of an identifier, so that junk from a
// URL is answered as "not found" before it reaches the database.
func Valid(s string) bool {
	u, err := uuid.Parse(s)
	return err == nil && u.String() == s
}
