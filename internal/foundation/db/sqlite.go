package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteBackend has one connection that writes and several that read. WAL lets
// the readers go on while the writer works.
type sqliteBackend struct {
	path    string
	readers *sql.DB
	reads   *statements
	writer  *sqliteWriter
	news    *news
}

func openSQLite(ctx context.Context, path string, n *news) (*sqliteBackend, error) {
	if path == "" || path == ":memory:" {
		return nil, badSetting("Write the path of a file after sqlite:, for example sqlite:data/catflap.db.")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, badSetting("The path of the file cannot be resolved.").Because(err)
	}
	if err := makeFile(path); err != nil {
		return nil, err
	}

	// A single connection first: it switches the file to WAL, and what is
	// wrong with the file is told here and not to the first visitor.
	pool, err := sql.Open("sqlite", sqliteDSN(path, false))
	if err != nil {
		return nil, badSetting("The path of the file cannot be used.").Because(err)
	}
	pool.SetMaxOpenConns(1)
	w := newSQLiteWriter(pool, n)
	if err := w.open(ctx); err != nil {
		return nil, errors.Join(explainSQLiteOpen(path, err), pool.Close())
	}

	readers, err := sql.Open("sqlite", sqliteDSN(path, true))
	if err != nil {
		return nil, errors.Join(explainSQLiteOpen(path, err), w.close())
	}
	most := max(4, 2*runtime.NumCPU())
	readers.SetMaxOpenConns(most)
	readers.SetMaxIdleConns(most)
	return &sqliteBackend{path: path, readers: readers, reads: newStatements(), writer: w, news: n}, nil
}

// makeFile makes the file and its folder for nobody but this user: SQLite
// itself would leave both to the umask.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return badSetting("The folder " + filepath.Dir(path) + " cannot be made. Make it, or give this user the right to.").Because(err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return badSetting("The file " + path + " cannot be opened for writing. Check who owns it and its folder.").Because(err)
	}
	return f.Close()
}

func explainSQLiteOpen(path string, err error) error {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return badSetting("The file " + path + " is not a healthy SQLite database. Name another file, or restore a backup.").Because(err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return badSetting("The file " + path + " cannot be written. Check who owns it and its folder.").Because(err)
	case sqlite3.SQLITE_BUSY:
		return badSetting("The file " + path + " is held by another program. End that program, then start again.").Because(err)
	}
	return badSetting("The file " + path + " cannot be opened.").Because(err)
}

// sqliteDSN is the driver's address of the file. _dqs=0 makes SQLite refuse
// "text" in double quotes as PostgreSQL does; LIKE is told to behave alike too.
func sqliteDSN(path string, readOnly bool) string {
	q := url.Values{
		"_busy_timeout": {fmt.Sprint(waitLimit.Milliseconds())},
		"_foreign_keys": {"on"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_txlock":       {"immediate"},
		"_dqs":          {"0"},
		"_pragma":       {"case_sensitive_like(1)"},
	}
	if readOnly {
		q.Set("_query_only", "on")
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	return u.String()
}

func (b *sqliteBackend) dialect() Dialect { return SQLite }

func (b *sqliteBackend) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	s, err := b.reads.get(ctx, b.readers, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return b.readers.QueryContext(ctx, text, args...)
	}
	return s.QueryContext(ctx, args...)
}

// alone leaves the writer its transactions: they ask nobody.
func (b *sqliteBackend) alone(context.Context, string, []any) (sql.Result, bool, error) {
	return nil, false, nil
}

func (b *sqliteBackend) begin(ctx context.Context) (transaction, error) { return b.writer.begin(ctx) }

func (b *sqliteBackend) ping(ctx context.Context) error {
	rows, err := b.query(ctx, "SELECT 1", nil)
	if err != nil {
		return err
	}
	return rows.Close()
}

// exclusive holds a lock file beside the database for as long as f runs. The
// lock is SQLite's own: the file is an empty database with a transaction on it,
// so it ends with the process and works wherever the database does.
func (b *sqliteBackend) exclusive(ctx context.Context, f func(*sql.DB) error) (err error) {
	guard := url.URL{Scheme: "file", Path: filepath.ToSlash(b.path + ".migrate-lock"),
		RawQuery: "_txlock=exclusive&_busy_timeout=" + fmt.Sprint((5 * time.Minute).Milliseconds())}
	locks, err := sql.Open("sqlite", guard.String())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, locks.Close()) }()
	lock, err := locks.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Rollback()) }()

	pool, err := sql.Open("sqlite", sqliteDSN(b.path, false))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxOpenConns(1)
	return f(pool)
}

func (b *sqliteBackend) close() error {
	// Readers first: the last connection to close folds the WAL into the file,
	// and only the writer is allowed to.
	b.reads.close()
	return errors.Join(b.readers.Close(), b.writer.close())
}

// sqliteCode is the extended result code of a driver error, or 0.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
