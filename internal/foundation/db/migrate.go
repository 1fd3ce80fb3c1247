package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	sqlite3 "modernc.org/sqlite/lib"

	"catflap/internal/foundation/db/migrations"
	"catflap/internal/foundation/fault"
)

// schema is how far a database is, or how far this program expects it to be.
type schema struct {
	count  int   // migrations applied
	newest int64 // the highest number among them
}

// Migrate brings the schema to what this program expects. Several programs may
// start at once: one migrates, the others wait. When there is nothing to do it
// costs one query. A database from a newer program is refused.
func (d *DB) Migrate(ctx context.Context) error {
	want, have, err := d.schemas(ctx)
	if err != nil {
		return err
	}
	if want == have {
		return nil
	}
	if have.newest > want.newest {
		return newerDatabase(want, have)
	}
	started := time.Now()
	err = d.backend.exclusive(ctx, func(pool *sql.DB) error { return d.up(ctx, pool) })
	if err != nil {
		return explain(err)
	}
	d.log.InfoContext(ctx, "database migrated", "from", have.newest, "to", want.newest,
		"took", time.Since(started).Round(time.Millisecond).String())
	return nil
}

func (d *DB) up(ctx context.Context, pool *sql.DB) error {
	dialect := goose.DialectSQLite3
	if d.Dialect() == PostgreSQL {
		dialect = goose.DialectPostgres
	}
	provider, err := goose.NewProvider(dialect, pool, migrations.Files, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		var partial *goose.PartialError
		step := "the list of migrations"
		if errors.As(err, &partial) && partial.Failed != nil {
			step = partial.Failed.Source.Path
		}
		return fault.New(fault.Internal, "migration-failed", "The database could not be brought up to date: "+step+
			" failed and was undone. The log has the reason. Solve it and start again, or restore a backup and start the previous version.").Because(err)
	}
	return nil
}

// Migrated is nil when the schema is the one that this program expects.
func (d *DB) Migrated(ctx context.Context) error {
	want, have, err := d.schemas(ctx)
	switch {
	case err != nil:
		return err
	case have.newest > want.newest:
		return newerDatabase(want, have)
	case have != want:
		return fault.New(fault.Busy, "database-not-migrated",
			fmt.Sprintf("The database has schema %d and this program needs %d. Run catflap migrate, or start the server, which does it.",
				have.newest, want.newest))
	}
	return nil
}

func newerDatabase(want, have schema) error {
	return fault.New(fault.Busy, "database-newer",
		fmt.Sprintf("The database was used by a newer Catflap (schema %d, this program knows %d). Start that version or a later one, or restore a backup from before the update.",
			have.newest, want.newest))
}

func (d *DB) schemas(ctx context.Context) (want, have schema, err error) {
	if want, err = expected(); err != nil {
		return want, have, err
	}
	err = d.QueryRow(ctx, "SELECT count(*), max(version_id) FROM goose_db_version WHERE version_id > 0 AND is_applied").
		Scan(&have.count, &have.newest)
	if noTable(err) {
		return want, schema{}, nil
	}
	return want, have, err
}

// expected reads the numbers off the names of the embedded files.
func expected() (schema, error) {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return schema{}, err
	}
	s := schema{count: len(names)}
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return schema{}, fmt.Errorf("migration %s: the name must begin with a number: %w", name, err)
		}
		s.newest = max(s.newest, n)
	}
	return s, nil
}

// noTable reports whether a query failed because nothing was migrated yet.
func noTable(err error) bool {
	return pgCode(err) == "42P01" ||
		sqliteCode(err) == sqlite3.SQLITE_ERROR && strings.Contains(err.Error(), "no such table")
}
