// Package petparentweb is the face of pet parents: the list Pet App with its
// search, the profile, the corrections that wait for staff, the pet parent's
// own pet app, and the same as JSON.
//
// What always holds: a person of another practice answers "not found"; a
// temporary password leaves in one way only, by Show, after it was recorded.
package petparentweb
