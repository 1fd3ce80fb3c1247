package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/migrations"
)

// Each runs f as two subtests, "sqlite" and "postgresql", each with a fresh
// migrated database.
func Each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) { f(t, New(t, dialect)) })
	}
}

// New is a fresh migrated database that goes with the test.
func New(t testing.TB, dialect db.Dialect) *db.DB {
	t.Helper()
	return Open(t, URL(t, dialect))
}

// URL is the address of a fresh migrated database that goes with the test, for
// tests that open it several times.
func URL(t testing.TB, dialect db.Dialect) string {
	t.Helper()
	if dialect == db.PostgreSQL {
		c := join(t)
		return c.create(t, c.template(t))
	}
	content, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "catflap.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// PostgreSQL is the address of a fresh empty database that goes with the test.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	return join(t).create(t, "template0")
}

// Open opens a database for as long as the test runs.
func Open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return d
}

// sqliteTemplate is the content of a migrated file. A test program migrates
// once and writes copies from memory.
var sqliteTemplate = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "catflap-template-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder harms nobody
	path := filepath.Join(dir, "template.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(url string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, url, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx); err != nil {
		_ = d.Close() // the migration's error says more
		return err
	}
	return d.Close()
}

// schemaHash names the schema of this source tree.
func schemaHash() (string, error) {
	h := sha256.New()
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		content, err := fs.ReadFile(migrations.Files, name)
		if err != nil {
			return "", err
		}
		h.Write([]byte(name))
		h.Write(content)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}
