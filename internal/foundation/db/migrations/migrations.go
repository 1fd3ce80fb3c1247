// Package migrations holds the schema as one forward timeline of SQL files,
// each of them one text for SQLite and PostgreSQL. A file that has been
// released is never edited; what changes goes into the next one.
package migrations

import "embed"

// Files are the migrations, named NNNN_words.sql and applied in that order.
//
//go:embed *.sql
var Files embed.FS
