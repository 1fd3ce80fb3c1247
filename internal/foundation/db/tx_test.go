package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
)

const insertA = "INSERT INTO step (id) VALUES ('a')"

func TestWriteRollsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		write(t, d, "CREATE TABLE step (id TEXT PRIMARY KEY)")
		cancelled, cancel := context.WithCancel(ctx)
		cases := map[string]func(tx *db.Tx) error{
			"error": func(*db.Tx) error { return errors.New("no") },
			"panic": func(*db.Tx) error { panic("no") },
			"a failed statement that was overlooked": func(tx *db.Tx) error {
				_, _ = tx.Exec(ctx, insertA)
				_, _ = tx.Exec(ctx, "DELETE FROM step")
				return nil
			},
			"a failed statement that returns rows": func(tx *db.Tx) error {
				_ = tx.QueryRow(ctx, insertA+" RETURNING id").Scan(new(string))
				return nil
			},
			"cancelled": func(tx *db.Tx) error {
				cancel()
				_, err := tx.Exec(cancelled, "DELETE FROM step")
				return err
			},
			"cancelled in the middle": func(tx *db.Tx) error {
				short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
				defer cancel()
				_, err := tx.Exec(short, `INSERT INTO step
					WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
					SELECT CAST(i AS TEXT) FROM n`)
				return err
			},
		}
		for name, f := range cases {
			t.Run(name, func(t *testing.T) {
				told := false
				err := func() (err error) {
					defer func() {
						if p := recover(); p != nil {
							err = errors.New("panic went on")
						}
					}()
					return d.Write(ctx, func(tx *db.Tx) error {
						tx.AfterCommit(func() { told = true })
						if _, err := tx.Exec(ctx, insertA); err != nil {
							return err
						}
						return f(tx)
					})
				}()
				if err == nil {
					t.Error("no error")
				}
				if told {
					t.Error("AfterCommit was called")
				}
				if n := count(t, d, "step"); n != 0 {
					t.Errorf("%d rows stayed", n)
				}
			})
		}

		var order []int
		err := d.Write(ctx, func(tx *db.Tx) error {
			tx.AfterCommit(func() { order = append(order, count(t, d, "step")) })
			tx.AfterCommit(func() { order = append(order, 7) })
			_, err := tx.Exec(ctx, insertA)
			if n := count(t, d, "step"); n != 0 {
				t.Error("others see what is not committed")
			}
			if len(order) != 0 {
				t.Error("AfterCommit was called before the commit")
			}
			return err
		})
		if err != nil || len(order) != 2 || order[0] != 1 || order[1] != 7 {
			t.Errorf("after the commit: %v, %v", order, err)
		}
		var kept *db.Tx
		if err := d.Write(ctx, func(tx *db.Tx) error { kept = tx; return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := kept.Exec(ctx, "DELETE FROM step"); err == nil {
			t.Error("a transaction wrote after its end")
		}
	})
}

// Two transactions that take the same rows in opposite order: PostgreSQL ends
// one of them, and it must come through on its second run.
func TestWriteRetriesDeadlock(t *testing.T) {
	ctx := context.Background()
	d := dbtest.New(t, db.PostgreSQL)
	write(t, d, "CREATE TABLE step (id TEXT PRIMARY KEY, n BIGINT NOT NULL)", "INSERT INTO step VALUES ('a', 0), ('b', 0)")
	var both, done sync.WaitGroup
	both.Add(2)
	runs := make(chan string, 6)
	for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
		done.Go(func() {
			first := true
			err := d.Write(ctx, func(tx *db.Tx) error {
				runs <- order[0]
				for i, id := range order {
					if _, err := tx.Exec(ctx, "UPDATE step SET n = n + 1 WHERE id = $1", id); err != nil {
						return err
					}
					if i == 0 && first {
						first = false
						both.Done()
						both.Wait()
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if n := count(t, d, "step WHERE n = 2"); n != 2 {
		t.Errorf("%d rows have both changes, want 2", n)
	}
	if len(runs) < 3 {
		t.Errorf("%d runs: nobody had to try again", len(runs))
	}
}

// A database that keeps asking to try again is given up with words.
func TestWriteGivesUp(t *testing.T) {
	ctx := context.Background()
	d := dbtest.New(t, db.PostgreSQL)
	runs := 0
	err := d.Write(ctx, func(tx *db.Tx) error {
		runs++
		_, err := tx.Exec(ctx, "DO $$ BEGIN RAISE EXCEPTION 'meet' USING ERRCODE = '40001'; END $$")
		return err
	})
	if runs != 3 || !fault.Is(err, fault.Busy) || fault.From(err).RetryAfter == 0 {
		t.Errorf("%d runs, %v", runs, err)
	}
}

// What somebody else stored between a deletion and that of what it refers to is
// deleted in another run; what nobody deletes stays an error.
func TestWriteAgainIfReferred(t *testing.T) {
	ctx := context.Background()
	d := dbtest.New(t, db.PostgreSQL)
	write(t, d, "CREATE TABLE owner (id TEXT PRIMARY KEY)", "CREATE TABLE paw (owner_id TEXT NOT NULL REFERENCES owner (id))",
		"INSERT INTO owner VALUES ('a'), ('b')", "INSERT INTO paw VALUES ('a'), ('b')")
	remove := func(id string, statements ...string) (runs int, err error) {
		err = d.Write(ctx, func(tx *db.Tx) error {
			runs++
			for i, statement := range statements {
				if i > 0 && runs == 1 {
					write(t, d, "INSERT INTO paw VALUES ('"+id+"')")
				}
				if _, err := tx.Exec(ctx, statement, id); err != nil {
					return db.AgainIfReferred(err)
				}
			}
			return nil
		})
		return runs, err
	}
	if runs, err := remove("a", "DELETE FROM paw WHERE owner_id = $1", "DELETE FROM owner WHERE id = $1"); runs != 2 || err != nil {
		t.Errorf("stored in between: %d runs, %v", runs, err)
	}
	if runs, err := remove("b", "DELETE FROM owner WHERE id = $1"); runs != 3 || err == nil || fault.From(err).Kind != fault.Internal {
		t.Errorf("deleted by nobody: %d runs, %v", runs, err)
	}
	if err := db.AgainIfReferred(db.ErrNone); !errors.Is(err, db.ErrNone) {
		t.Errorf("another error: %v", err)
	}
}

// Writers of two programs on one file wait for each other instead of failing.
func TestWritersTakeTurns(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) {
			ctx := context.Background()
			url := dbtest.URL(t, dialect)
			programs := []*db.DB{dbtest.Open(t, url), dbtest.Open(t, url)}
			write(t, programs[0], "CREATE TABLE counter (n BIGINT NOT NULL)", "INSERT INTO counter VALUES (0)")
			var done sync.WaitGroup
			for i := range 8 {
				done.Go(func() {
					for range 5 {
						err := programs[i%2].Write(ctx, func(tx *db.Tx) error {
							_, err := tx.Exec(ctx, "UPDATE counter SET n = n + 1")
							return err
						})
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			done.Wait()
			if n := count(t, programs[1], "counter WHERE n = 40"); n != 1 {
				t.Error("an increment was lost")
			}
		})
	}
}
