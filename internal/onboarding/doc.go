// Package onboarding owns how people get in for the first time: the set-up of
// a new server, a new practice with its first administrator, invitations, the
// logins of pet parents (one in the editor, or many in a run), the terms they
// accept and their first sign-in; and what becomes of all that
// when a practice's plan, status or policy changes.
//
// What always holds: each of these happens once; of several at once one wins
// and nothing half-done stays behind.
package onboarding
