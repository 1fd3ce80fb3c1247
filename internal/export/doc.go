// Package export puts what is stored of one practice into one ZIP file, for
// the practice itself.
//
// What always holds: no secret, no hash and no token is in it; it never holds
// more than one part of a table in memory; that it was made is on record before
// its first byte leaves; a cell that a spreadsheet would run is text, and the
// rule that makes it so can be undone.
package export
