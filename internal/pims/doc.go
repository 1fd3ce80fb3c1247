// Package pims reads the client list that a practice exports from its practice
// system (PIMS) and brings it into Catflap.
//
// Reading comes first and touches no table: Read recognises the system, the
// encoding, the separator and the order of dates, and turns the rows into an
// Export: clients, pets, rejected rows, duplicate rows and warnings. The rules
// are written down in samples/TRUTH.md.
//
// What always holds for an Export:
//
//   - a client or a pet stands in it once, whatever the number of its rows;
//   - every owner of a pet is a client of the Export;
//   - text is valid UTF-8 in NFC, without NUL, trimmed, and otherwise as written;
//   - every row of the file is a client's or a pet's row, or listed as rejected,
//     duplicate or ignored, and one bad row never stops another;
//   - columns that are not needed are never read.
//
// A file that cannot be read at all gives a fault that names the file, the line
// and what to do, and no Export.
//
// Storing comes after it, in two steps. Upload compares what was read with what
// is here and keeps it for a day until somebody starts or discards it; the run
// hands one batch of clients after another to petparent, each in a transaction
// that also moves the progress. What always holds:
//
//   - the files themselves are never stored, only the facts taken from them;
//     those wait in import_batch and are deleted by the transaction that takes
//     them over, or when the import is cancelled or fails. So are the samples
//     with names. What stays is counts, file names, and where rejected rows stand;
//   - a run that is broken off goes on where it was, and one that was cancelled
//     or failed leaves whole clients behind, which the next import finds as they are;
//   - of one practice at most one import runs, while others run beside it;
//   - accounts are never touched.
//
// One practice system is one file (cornerstone.go, vetdata.go, ...) and one entry in
// systems (system.go).
package pims
