// Package recovery owns the way back in: the forgotten password, the lost second
// factor, and the link with which somebody closes an account that a stranger may
// be in.
//
// What always holds: the request for a link is answered the same, and as fast,
// whether or not somebody stands behind the login ID; a reset never signs
// anybody in; nobody helps themselves with a lost factor, nor somebody who
// manages more than they, nor somebody whose recovery address they have just changed;
// the person and everybody else who could have helped are told of it.
package recovery
