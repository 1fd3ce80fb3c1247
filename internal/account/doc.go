// Package account owns who can sign in: the kind, the login ID, the recovery
// address and whether the account is active. What proves a person stands in
// factor, what a sign-in results in stands in session.
//
// What always holds: a login ID is unique in its practice across staff and
// pet parents; login IDs and addresses are compared folded (login_key).
package account
