package db

import (
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"time"

	"catflap/internal/foundation/fault"
)

// Dialect says which database answers. Only foundation/job may ask.
type Dialect string

const (
	// SQLite is a file beside the program.
	SQLite Dialect = "sqlite"
	// PostgreSQL is a server of version 15 or later.
	PostgreSQL Dialect = "postgresql"
)

// waitLimit bounds how long one side waits for another to let go of the
// database, and how long a connection may take to be made.
const waitLimit = 10 * time.Second

// backend is what differs between the two databases.
type backend interface {
	dialect() Dialect
	// query reads on a pooled connection that cannot write.
	query(ctx context.Context, text string, args []any) (*sql.Rows, error)
	// begin starts a transaction that may write from its first statement on.
	begin(ctx context.Context) (transaction, error)
	// alone runs one statement in a transaction of its own, with one question
	// where the database takes that; ok is false where it does not.
	alone(ctx context.Context, text string, args []any) (res sql.Result, ok bool, err error)
	// exclusive runs f while no other process migrates the same database,
	// giving it a pool to migrate with.
	exclusive(ctx context.Context, f func(pool *sql.DB) error) error
	ping(ctx context.Context) error
	// announce makes the commit of tx tell other processes about the topics.
	announce(ctx context.Context, tx transaction, topics []string) error
	// follow listens for what they tell until ctx ends.
	follow(ctx context.Context, log *slog.Logger)
	close() error
}

// transaction is the part of sql.Tx that Tx needs.
type transaction interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	Commit() error
	Rollback() error
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	backend  backend
	log      *slog.Logger
	news     *news
	overhear func(statements, topics []string)
}

// Open connects to the database that url names: "sqlite:path/to/file.db" or
// "postgres://user:password@host:5432/name". A SQLite file is made when it is
// missing. The schema is left alone; see [DB.Migrate]. Errors are faults that
// say what to do about the setting, and never contain the password.
func Open(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	var (
		b    backend
		err  error
		news = newNews()
	)
	path, isFile := strings.CutPrefix(url, "sqlite:")
	switch {
	case isFile:
		b, err = openSQLite(ctx, path, news)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		b, err = openPostgreSQL(ctx, url, news)
	default:
		err = badSetting("It must begin with sqlite: and the path of a file, or with postgres://.")
	}
	if err != nil {
		return nil, err
	}
	return &DB{backend: b, log: log, news: news}, nil
}

// Close ends all connections. Transactions under way are rolled back.
func (d *DB) Close() error { return d.backend.close() }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return explain(d.backend.ping(ctx)) }

// Dialect says which database this is.
func (d *DB) Dialect() Dialect { return d.backend.dialect() }

// badSetting is the refusal of an address that cannot be used.
func badSetting(why string) *fault.Error {
	return fault.New(fault.Invalid, "database-setting", "The setting database (CATFLAP_DATABASE) cannot be used. "+why)
}
