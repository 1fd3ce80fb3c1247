// Package apptest builds the whole of Catflap for one test: a fresh database,
// captured mail, a clock that can be set, and people who sign in through the
// front door.
package apptest
