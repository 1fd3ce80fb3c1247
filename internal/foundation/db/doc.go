// Package db opens the database, runs transactions and turns what the drivers
// say into faults. It is the only package that knows a driver.
//
// One SQL text serves SQLite and PostgreSQL. What always holds:
//
//   - Times are stored as microseconds since 1970 in UTC. Arguments and
//     destinations are time.Time; the zero time is NULL and back.
//   - Text is valid UTF-8 without NUL characters; other text is an Invalid
//     fault wherever it appears as an argument.
//   - NULL scans as the zero value of text, numbers, booleans and times.
//   - Only a [Tx] can write. Connections used for reading refuse to.
//   - After a statement of a transaction has failed, that transaction can only
//     be rolled back, on SQLite as on PostgreSQL. Use ON CONFLICT where a clash
//     is part of the plan.
//   - LIKE distinguishes upper and lower case. Fold in Go before storing and
//     before searching.
//   - Transactions do not nest: a Write inside the function of another Write
//     would wait for itself. Functions that join a transaction take a *Tx.
package db
