package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

// follow listens as long as the test runs and waits until it hears.
func follow(t *testing.T, d *db.DB) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Follow(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	eventually(t, func() bool { return d.Unchanged(d.Moment(), "nothing") })
}

func eventually(t *testing.T, f func() bool) {
	t.Helper()
	for range 500 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it never came")
}

// announce commits a transaction that says so about the topics.
func announce(t *testing.T, d *db.DB, topics ...string) {
	t.Helper()
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		tx.Announce(topics...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnchanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		before := d.Moment()
		if d.Dialect() == db.PostgreSQL && d.Unchanged(before) {
			t.Error("unchanged although nobody listens")
		}
		follow(t, d)
		// On PostgreSQL our own announcement comes back a moment later and counts again.
		since := d.Moment()
		announce(t, d, "cat", "dog")
		if d.Unchanged(since, "cat") || d.Unchanged(since, "bird", "dog") {
			t.Error("an announcement went unheard")
		}
		eventually(t, func() bool { return d.Unchanged(since, "bird") }) // it did not change with the cat
		eventually(t, func() bool { return d.Unchanged(d.Moment(), "cat") })

		since = d.Moment()
		failed := d.Write(context.Background(), func(tx *db.Tx) error {
			tx.Announce("bird")
			return errors.New("no")
		})
		if failed == nil {
			t.Error("committed")
		}
		eventually(t, func() bool { return d.Unchanged(since, "bird") })
		announce(t, d, db.Everything)
		if d.Unchanged(since, "bird") {
			t.Error("everything, without the bird")
		}
		// More than is kept of the past.
		since = d.Moment()
		for part := range slices.Chunk(names(25_000), 500) {
			announce(t, d, part...)
		}
		if d.Unchanged(since, "topic 7") {
			t.Error("the past was forgotten")
		}
	})
}

func names(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint("topic ", i))
	}
	return all
}

// TestOthersAreHeard: what one process announces reaches the other, however
// much it is, after what it announces is committed.
func TestOthersAreHeard(t *testing.T) {
	url := dbtest.URL(t, db.PostgreSQL)
	here, there := dbtest.Open(t, url), dbtest.Open(t, url)
	follow(t, here)
	many := names(600)
	many = append(many, strings.Repeat("long ", 1000)+"cat")
	since := here.Moment()
	announce(t, there, many...)
	for _, topic := range []string{many[0], many[300], many[len(many)-1]} {
		eventually(t, func() bool { return !here.Unchanged(since, topic) })
	}
	eventually(t, func() bool { return here.Unchanged(since, "bird") })
	if here.Unchanged(since, many[0]) {
		t.Error("what was heard is forgotten")
	}
}

// TestWritersBesideAreNoticed: SQLite files are written by one server, and now
// and then by a tool that tells nobody.
func TestWritersBesideAreNoticed(t *testing.T) {
	url := dbtest.URL(t, db.SQLite)
	here, tool := dbtest.Open(t, url), dbtest.Open(t, url)
	follow(t, here)
	write(t, here, `CREATE TABLE thing (n BIGINT)`)
	since := here.Moment()
	write(t, here, `INSERT INTO thing VALUES (1)`)
	eventually(t, func() bool { return here.Unchanged(since, "cat") }) // our own writing is not somebody else's
	write(t, tool, `INSERT INTO thing VALUES (2)`)
	write(t, here, `INSERT INTO thing VALUES (3)`) // looks by itself
	if here.Unchanged(since, "cat") {
		t.Error("somebody wrote and nobody noticed")
	}
	since = here.Moment()
	write(t, tool, `INSERT INTO thing VALUES (4)`)
	eventually(t, func() bool { return !here.Unchanged(since, "cat") })
}
