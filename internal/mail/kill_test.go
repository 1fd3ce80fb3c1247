package mail

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

// A process of a test that delivers until it is killed: the database, and the
// port of the mail server.
const (
	nodeDatabase = "TEST_NODE_DATABASE"
	nodePort     = "TEST_NODE_PORT"
	nodeLease    = 300 * time.Millisecond
)

func TestMain(m *testing.M) {
	if database := os.Getenv(nodeDatabase); database != "" {
		if err := node(database, os.Getenv(nodePort)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// node delivers what is in the database, for a minute at most.
func node(database, port string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	d, err := db.Open(ctx, database, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	s, err := New(Options{
		DB: d, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), PublicURL: &url.URL{Scheme: "https", Host: "cats.example"},
		Transport: NewSMTP(SMTPSettings{Host: "127.0.0.1", Port: number, Plaintext: true}, "cats.example"),
		Secrets:   &fakeSecrets{values: map[string]string{"temporary_password": "x-y-z", "link": "https://cats.example/", "valid_for": "1 hour"}},
		Limits:    Limits{PerPractice: 60_000, PerDomain: 60_000},
	})
	if err != nil {
		return err
	}
	s.lease = nodeLease
	s.Run(ctx)
	return d.Close()
}

// TestKilled: two processes deliver, and each is killed again and again at any
// moment. Everybody gets the message, and twice at most what was on its way on
// one of a killed process's connections, which is recognisably the same.
func TestKilled(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) {
			if testing.Short() && dialect == db.PostgreSQL {
				t.Skip("SQLite only")
			}
			const people = 1500
			database := dbtest.URL(t, dialect)
			d := dbtest.Open(t, database)
			o := newOutbox(t, d)
			now := time.Now()
			o.clock.Advance(now.Sub(o.clock.Now()))
			o.many("paws", "example.com", people)
			port := strconv.Itoa(transport(t, o.server, nil).settings.Port)
			start := func() *exec.Cmd {
				c := exec.CommandContext(t.Context(), os.Args[0])
				c.Env = append(os.Environ(), nodeDatabase+"="+database, nodePort+"="+port)
				c.Stderr = os.Stderr
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				return c
			}
			kill := func(c *exec.Cmd) {
				_ = c.Process.Kill()
				_ = c.Wait() // it was killed
			}
			nodes, kills := []*exec.Cmd{start(), start()}, 0
			for deadline := time.Now().Add(50 * time.Second); o.waiting() > 0 && time.Now().Before(deadline); {
				time.Sleep(100*time.Millisecond + rand.N(250*time.Millisecond))
				one := rand.IntN(2)
				kill(nodes[one])
				kills++
				nodes[one] = start()
			}
			for _, c := range nodes {
				kill(c)
			}
			seen, twice := map[string]int{}, 0
			for _, m := range o.server.Messages() {
				if seen[m.Header.Get("Message-Id")]++; seen[m.Header.Get("Message-Id")] > 1 {
					twice++
				}
			}
			if len(seen) != people || o.waiting() != 0 {
				t.Errorf("%d of %d people got the message, %d wait", len(seen), people, o.waiting())
			}
			if kills < 3 || twice > kills*o.bulk.parallel {
				t.Errorf("%d kills, %d messages that arrived once more", kills, twice)
			}
			t.Logf("%d kills, %d messages arrived once more", kills, twice)
		})
	}
}
