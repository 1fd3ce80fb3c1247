// Package auditweb is the face of the record: a timeline of sentences with
// filters, the exact entry on demand, and the same as JSON.
//
// What always holds: a practice sees its own entries only, the platform the
// platform's own only; the practice comes from the viewer, never from a filter.
package auditweb
