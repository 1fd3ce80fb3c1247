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
//   - the files wait sealed under a key of their own, so that they can be read
//     again in another way; the transaction that ends the import deletes the key
//     and then them. The facts taken from them wait in import_batch and are deleted
//     by the transaction that takes them over. What stays is counts, file names,
//     where rejected rows stand and, sealed for 30 days, the cells of those rows;
//   - cells of columns that are never stored stand nowhere but in the sealed files;
//   - what files leave open (the order of dates, letters, columns) is asked, never
//     guessed, and remembered for files with the same columns;
//   - rejected rows hold all others up unless somebody says otherwise;
//   - a run that is broken off goes on where it was, and one that was cancelled
//     or failed leaves whole clients behind, which the next import finds as they are;
//   - of one practice at most one import runs, while others run beside it;
//   - accounts are never touched.
//
// One practice system is one file (cornerstone.go, vetdata.go, ...) and one entry in
// systems (system.go).
package pims
