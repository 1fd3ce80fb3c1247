package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
)

// write runs statements in one transaction.
func write(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	ctx := context.Background()
	err := d.Write(ctx, func(tx *db.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, r db.Reader, table string) (n int) {
	t.Helper()
	if err := r.QueryRow(context.Background(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

type word string

func TestValuesRoundTrip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		write(t, d, `CREATE TABLE thing (id TEXT PRIMARY KEY, at BIGINT, n BIGINT, yes BOOLEAN, raw BYTEA, doc TEXT, word TEXT)`)

		type thing struct {
			at   time.Time
			n    int
			yes  bool
			raw  []byte
			doc  json.RawMessage
			word word
		}
		scan := func(s db.Scanner) (v thing, err error) {
			return v, s.Scan(&v.at, &v.n, &v.yes, &v.raw, (*[]byte)(&v.doc), &v.word)
		}
		const all = "SELECT at, n, yes, raw, doc, word FROM thing WHERE id = $1"
		paris := time.FixedZone("", 3600)
		cases := map[string]thing{
			"full":   {time.Date(2026, 2, 28, 23, 59, 59, 123456789, paris), -7, true, []byte{0, 1, 255}, json.RawMessage(`{"a":1}`), "é"},
			"before": {time.Date(1903, 1, 1, 0, 0, 0, 1000, time.UTC), 1 << 40, false, []byte{}, json.RawMessage(`[]`), ""},
			"zero":   {},
		}
		for id, want := range cases {
			err := d.Write(ctx, func(tx *db.Tx) error {
				// The numbers are out of order on purpose.
				n, err := tx.Exec(ctx, "INSERT INTO thing (word, at, n, yes, raw, doc, id) VALUES ($7, $2, $3, $4, $5, $6, $1)",
					id, want.at, want.n, want.yes, want.raw, want.doc, want.word)
				if n != 1 {
					t.Errorf("%s: %d rows affected", id, n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := db.One(ctx, d, scan, all, id)
			if err != nil {
				t.Fatal(err)
			}
			if !want.at.IsZero() {
				want.at = want.at.UTC().Truncate(time.Microsecond)
			}
			if !got.at.Equal(want.at) || got.at.IsZero() != want.at.IsZero() || got.at.Location() != time.UTC {
				t.Errorf("%s: time = %v, want %v", id, got.at, want.at)
			}
			if got.n != want.n || got.yes != want.yes || got.word != want.word ||
				string(got.raw) != string(want.raw) || string(got.doc) != string(want.doc) {
				t.Errorf("%s: got %+v, want %+v", id, got, want)
			}
		}

		write(t, d, "INSERT INTO thing (id) VALUES ('null')")
		got := thing{time.Now(), 1, true, []byte("x"), json.RawMessage("x"), "x"}
		if err := d.QueryRow(ctx, all, "null").Scan(&got.at, &got.n, &got.yes, &got.raw, (*[]byte)(&got.doc), &got.word); err != nil {
			t.Fatal(err)
		}
		if !got.at.IsZero() || got.n != 0 || got.yes || got.raw != nil || got.doc != nil || got.word != "" {
			t.Errorf("NULL scanned as %+v", got)
		}
		if n := count(t, d, "thing WHERE at IS NULL"); n != 2 {
			t.Errorf("%d rows without a time, want 2: the zero time is NULL", n)
		}
		if _, err := db.One(ctx, d, scan, all, "nobody"); !errors.Is(err, db.ErrNone) || !fault.Is(err, fault.NotFound) {
			t.Errorf("no row: %v", err)
		}
		for _, bad := range []string{"a\x00b", "caf\xe9"} {
			if _, err := db.One(ctx, d, scan, all, bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q as an argument: %v", bad, err)
			}
		}
		list, err := db.All(ctx, d, scan, "SELECT at, n, yes, raw, doc, word FROM thing WHERE at < $1", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil || len(list) != 1 {
			t.Errorf("All by time = %d rows, %v", len(list), err)
		}
	})
}

// What the two databases would answer differently if they were not told.
func TestDialectsAgree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		write(t, d, `CREATE TABLE animal (id TEXT PRIMARY KEY, name TEXT NOT NULL)`,
			`CREATE TABLE visit (animal_id TEXT NOT NULL REFERENCES animal (id))`,
			`INSERT INTO animal (id, name) VALUES ('1', 'Minka'), ('2', 'minka')`)
		if n := count(t, d, "animal WHERE name LIKE 'min%'"); n != 1 {
			t.Errorf("LIKE found %d, want 1: it tells cases apart", n)
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			if n := count(t, tx, "animal WHERE name LIKE 'min%'"); n != 1 {
				t.Errorf("LIKE in a transaction found %d, want 1", n)
			}
			_, err := tx.Exec(ctx, "INSERT INTO visit (animal_id) VALUES ('nobody')")
			return err
		})
		if err == nil {
			t.Error("a reference to nothing was stored")
		}
		if _, err := d.Query(ctx, `SELECT "no such column" FROM animal`); err == nil {
			t.Error(`a double-quoted word passed as text`)
		}
		if err := d.QueryRow(ctx, "INSERT INTO animal (id, name) VALUES ('3', 'x') RETURNING id").Scan(new(string)); err == nil {
			t.Error("a read connection wrote")
		}
		if n := count(t, d, "animal"); n != 2 {
			t.Errorf("%d pets, want 2", n)
		}
	})
}

func TestIsDuplicate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		write(t, d, `CREATE TABLE person (id TEXT PRIMARY KEY, practice_id TEXT NOT NULL, login_key TEXT NOT NULL, badge TEXT, hue BIGINT CHECK (hue < 8))`,
			`CREATE UNIQUE INDEX person_practice_id_login_key ON person (practice_id, login_key)`,
			`CREATE UNIQUE INDEX person_badge ON person (badge) WHERE hue IS NOT NULL`,
			`INSERT INTO person VALUES ('1', 'p', 'ada', 'b', 1)`)
		cases := []struct {
			values     string
			constraint string
			want       bool
		}{
			{"('2', 'p', 'ada', NULL, NULL)", "person_practice_id_login_key", true},
			{"('2', 'p', 'ada', NULL, NULL)", "", true},
			{"('2', 'p', 'ada', NULL, NULL)", "person_badge", false},
			{"('2', 'p', 'bob', 'b', 2)", "person_badge", true},
			{"('1', 'p', 'bob', NULL, NULL)", "person_pkey", true},
			{"('1', 'p', 'bob', NULL, NULL)", "person_badge", false},
			{"('2', 'p', 'bob', NULL, 9)", "", false},
		}
		for _, c := range cases {
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, "INSERT INTO person VALUES "+c.values)
				return err
			})
			if err == nil {
				t.Errorf("%s was stored", c.values)
			}
			if got := db.IsDuplicate(err, c.constraint); got != c.want {
				t.Errorf("%s: IsDuplicate(%q) = %v for %v", c.values, c.constraint, got, err)
			}
			if wrapped := fmt.Errorf("store: %w", err); db.IsDuplicate(wrapped, c.constraint) != c.want {
				t.Errorf("%s: lost when wrapped", c.values)
			}
		}
		if db.IsDuplicate(nil, "") {
			t.Error("IsDuplicate(nil) = true")
		}
	})
}
