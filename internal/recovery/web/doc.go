// Package recoveryweb is the face of recovery: the forgotten password, from
// the link on the login page to the new password; the link of a security notice
// that closes an account; and the first page of the server, which mails people
// their sign-in pages.
package recoveryweb
