package db_test

import (
	"context"
	"slices"
	"testing"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

func TestIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		write(t, d, `CREATE TABLE thing (id TEXT PRIMARY KEY, raw BYTEA)`)
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, name := range []string{"cat", "dog", "ferret", "horse"} {
				if _, err := tx.Exec(ctx, `INSERT INTO thing (id, raw) VALUES ($1, $2)`, name, []byte(name)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		found := func(statement string, args ...any) []string {
			t.Helper()
			ids, err := db.All(ctx, d, func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }, statement+` ORDER BY id`, args...)
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		for _, c := range []struct {
			list   []string
			places string
			found  []string
		}{
			{[]string{"dog", "horse", "cat", "unicorn"}, "$2, $3, $4, $5", []string{"dog", "horse"}},
			{[]string{"dog"}, "$2", []string{"dog"}},
			{nil, "NULL", nil},
		} {
			args, places := db.In([]any{"cat"}, c.list)
			if places != c.places {
				t.Errorf("%q stands for %q, want %q", places, c.list, c.places)
			}
			if ids := found(`SELECT id FROM thing WHERE id <> $1 AND id IN (`+places+`)`, args...); !slices.Equal(ids, c.found) {
				t.Errorf("%q found %q, want %q", c.list, ids, c.found)
			}
		}

		first, one := db.In(nil, []string{"cat"})
		args, two := db.In(first, [][]byte{[]byte("dog"), []byte("horse")})
		if ids := found(`SELECT id FROM thing WHERE id IN (`+one+`) OR raw IN (`+two+`)`, args...); !slices.Equal(ids, []string{"cat", "dog", "horse"}) {
			t.Errorf("two lists found %q", ids)
		}
		if ids := found(`SELECT id FROM thing WHERE raw NOT IN (`+two+`) AND id <> $1`, args...); !slices.Equal(ids, []string{"ferret"}) {
			t.Errorf("outside of a list is %q", ids)
		}
	})
}
