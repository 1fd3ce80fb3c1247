// Package recoveryweb is the face of recovery: the forgotten password, from
// the link on the login page to the new password.
package recoveryweb
