package db

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"

	"catflap/internal/foundation/db/migrations"
)

// MigrateTo brings a database to what an older program expected.
func (d *DB) MigrateTo(ctx context.Context, version int64) error {
	return d.backend.exclusive(ctx, func(pool *sql.DB) error {
		dialect := goose.DialectSQLite3
		if d.Dialect() == PostgreSQL {
			dialect = goose.DialectPostgres
		}
		provider, err := goose.NewProvider(dialect, pool, migrations.Files, goose.WithLogger(goose.NopLogger()))
		if err != nil {
			return err
		}
		_, err = provider.UpTo(ctx, version)
		return err
	})
}
