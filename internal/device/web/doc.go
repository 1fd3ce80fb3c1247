// Package deviceweb is the face of device: the page with the shared computers of
// a practice's branches.
package deviceweb
