package dbtest

import (
	"context"
	"testing"

	"catflap/internal/foundation/db"
)

// Two databases of one dialect know nothing of each other and are migrated.
func TestFresh(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) {
			ctx := context.Background()
			one, two := New(t, dialect), New(t, dialect)
			if err := one.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, "CREATE TABLE mine (id TEXT PRIMARY KEY)")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if _, err := two.Query(ctx, "SELECT id FROM mine"); err == nil {
				t.Error("the second database has the table of the first")
			}
			if err := two.Migrated(ctx); err != nil {
				t.Errorf("Migrated() = %v", err)
			}
		})
	}
}
