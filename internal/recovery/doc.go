// Package recovery owns the way back in: the forgotten password, and the link
// with which somebody closes an account that a stranger may be in.
//
// What always holds: the request is answered the same, and as fast, whether
// or not somebody stands behind the login ID; a reset never signs anybody in.
package recovery
