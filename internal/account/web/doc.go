// Package accountweb is the face of what belongs to oneself: the first page
// after signing in, the password and "Where you are signed in". For those who
// manage them it also shows the sessions of others.
package accountweb
