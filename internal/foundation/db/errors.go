package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"

	"catflap/internal/foundation/fault"
)

// ErrNone is the answer to a question for one row that is not there. Test for
// it with errors.Is; unhandled it is answered as "not found".
var ErrNone error = fault.New(fault.NotFound, "no-such-row",
	"We could not find that. It may have been removed, or it belongs to somebody else.")

// Sentinels whose message travels with a cause.
var (
	errBusy = fault.New(fault.Busy, "database-busy",
		"Too much is going on at once. Nothing was changed. Please try again in a moment.").After(time.Second)
	errUnavailable = fault.New(fault.Busy, "database-unavailable",
		"The database does not answer at the moment. Please try again in a minute.").After(10 * time.Second)
)

// explain turns a driver's error into a fault where there is something better
// to say than "something went wrong". The driver's error stays as the cause.
func explain(err error) error {
	var known *fault.Error
	var network net.Error
	switch {
	case err == nil, errors.As(err, &known),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return ErrNone
	case retryable(err):
		return errBusy.Because(err)
	case errors.As(err, new(*pgconn.ConnectError)), errors.As(err, &network),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, driver.ErrBadConn), isShutdown(pgCode(err)), isUnreadable(sqliteCode(err)):
		return errUnavailable.Because(err)
	}
	return err
}

// retryable reports whether the same transaction may succeed if it is simply
// run again: two of them met, and this one was chosen to give way.
func retryable(err error) bool {
	if errors.As(err, new(again)) {
		return true
	}
	switch pgCode(err) {
	case "40001", "40P01": // serialization failure, deadlock
		return true
	}
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return true
	}
	return false
}

// again is an error after which the transaction is run again.
type again struct{ error }

func (a again) Unwrap() error { return a.error }

// AgainIfReferred is for whoever deletes a row after everything that refers to
// it: when err says that something refers to it still, because it was stored in
// between, Write runs the transaction again, which then finds and deletes that
// too. What goes on for three runs is a row that nobody thought of, and stays the
// error that it is. On SQLite, where transactions take turns, nothing comes in
// between.
func AgainIfReferred(err error) error {
	if pgCode(err) == "23503" { // foreign key violation
		return again{err}
	}
	return err
}

// isShutdown reports the SQLSTATEs of a server that is going, coming or full.
func isShutdown(code string) bool {
	switch code {
	case "57P01", "57P02", "57P03", "53300":
		return true
	}
	return false
}

// isUnreadable reports the result codes of a file whose disk or folder has gone.
func isUnreadable(code int) bool {
	switch code & 0xff {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return false
}

// IsDuplicate reports whether err says that a row with the same unique values
// exists. The constraint names the unique index, which is called
// table_column_column, or table_pkey for the primary key; "" means any.
// SQLite does not report index names, so there the name is put together from
// the columns it does report; that is why the naming is a rule.
func IsDuplicate(err error, constraint string) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505" && (constraint == "" || pg.ConstraintName == constraint)
	}
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		return constraint == "" || constraint == sqliteIndex(err)
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		table, _, _ := strings.Cut(sqliteColumns(err), ".")
		return constraint == "" || constraint == table+"_pkey"
	}
	return false
}

// sqliteIndex makes "person_a_b" of "UNIQUE constraint failed: person.a, person.b".
func sqliteIndex(err error) string {
	columns := strings.Split(sqliteColumns(err), ", ")
	name, _, _ := strings.Cut(columns[0], ".")
	for _, c := range columns {
		_, column, _ := strings.Cut(c, ".")
		name += "_" + column
	}
	return name
}

func sqliteColumns(err error) string {
	_, columns, _ := strings.Cut(err.Error(), "UNIQUE constraint failed: ")
	columns, _, _ = strings.Cut(columns, " (") // the driver appends the result code
	return columns
}

func isSettingFault(err error) bool { return errors.Is(err, badSetting("")) }
