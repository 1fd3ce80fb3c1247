// Package accountweb is the face of what belongs to oneself: the first page
// after signing in, the password and "Where you are signed in"; and of the sessions of others
// for those who manage them.
package accountweb
