package pims_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
	"catflap/internal/pims"
)

// What a process of a test needs that works until it is killed.
const (
	nodeDatabase = "TEST_NODE_DATABASE"
	nodeRing     = "TEST_NODE_RING"
	nodeEpoch    = "TEST_NODE_EPOCH"
)

func TestMain(m *testing.M) {
	if os.Getenv(nodeDatabase) == "" {
		os.Exit(m.Run())
	}
	if err := node(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// hasty is a clock that runs twenty times as fast, the same for all nodes: the
// lease of a node that was killed is over in three seconds.
type hasty struct{ epoch time.Time }

func (h hasty) Now() time.Time {
	return time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC).Add(20 * time.Since(h.epoch)).Truncate(time.Microsecond)
}

// node works for a minute at most.
func node() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	log := slog.New(slog.DiscardHandler)
	d, err := db.Open(ctx, os.Getenv(nodeDatabase), log)
	if err != nil {
		return err
	}
	ring, err := secret.LoadRing(os.Getenv(nodeRing))
	if err != nil {
		return err
	}
	epoch, err := strconv.ParseInt(os.Getenv(nodeEpoch), 10, 64)
	if err != nil {
		return err
	}
	a, err := app.New(app.Options{
		DB: d, Clock: hasty{time.UnixMicro(epoch)}, Log: log, Ring: ring, Country: "US",
		PublicURL: &url.URL{Scheme: "https", Host: "cats.example"}, Transport: &mail.Mailbox{},
	})
	if err != nil {
		return err
	}
	return a.Work(ctx)
}

// A server is killed again and again at any moment while it takes over an import.
// The next one goes on by itself, everybody is taken over once, and nothing of
// the upload is left.
func TestKilled(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.PostgreSQL} {
		t.Run(string(dialect), func(t *testing.T) {
			if testing.Short() {
				t.Skip("takes its time")
			}
			killed(t, dialect)
		})
	}
}

func killed(t *testing.T, dialect db.Dialect) {
	const clients, least = 1000, 3
	database, path := dbtest.URL(t, dialect), filepath.Join(t.TempDir(), "keyring.json")
	ring, err := secret.CreateRing(path)
	if err != nil {
		t.Fatal(err)
	}
	a := apptest.On(t, dbtest.Open(t, database), func(o *app.Options) { o.Ring = ring })
	c := a.Clinic("paws")
	ctx := access.WithViewer(context.Background(), access.Viewer{Kind: access.KindStaff, AccountID: c.Administrator.ID, PracticeID: c.ID})
	epoch := strconv.FormatInt(time.Now().UnixMicro(), 10)
	start := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), nodeDatabase+"="+database, nodeRing+"="+path, nodeEpoch+"="+epoch)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	kill := func(cmd *exec.Cmd) {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}
	kills, middle, longer := 0, 0, time.Duration(0)
	deadline := time.Now().Add(2 * time.Minute)
	for round := 0; round < 3 && kills < least; round++ {
		var rows strings.Builder
		rows.WriteString("client_id,first_name,last_name,email,pet_name,species\n")
		for i := range clients {
			fmt.Fprintf(&rows, "C%d,Anna,Miller%d-%d,%d@example.com,Luna%d,Dog\n", i, round, i, i, i)
		}
		im, err := a.Imports.Upload(ctx, c.ID, pims.UploadInput{Files: []pims.File{{Name: "clients.csv", Body: strings.NewReader(rows.String())}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Imports.Start(ctx, c.ID, im.ID, false); err != nil {
			t.Fatal(err)
		}
		for im.State == pims.StateRunning || im.State == pims.StatePreviewed {
			if time.Now().After(deadline) {
				t.Fatalf("still %s at %d of %d after %d kills", im.State, im.Done, im.Total, kills)
			}
			one := start()
			time.Sleep(100*time.Millisecond + rand.N(900*time.Millisecond) + longer)
			kill(one)
			kills++
			before := im.Done
			if im, err = a.Imports.Get(ctx, c.ID, im.ID); err != nil {
				t.Fatal(err)
			}
			if longer += 100 * time.Millisecond; im.Done > before {
				longer = 0 // a server that came to work has had time enough
			}
			if im.State == pims.StateRunning && im.Done > 0 {
				middle++
			}
		}
		want := pims.Tally{New: clients}
		if round > 0 {
			want = pims.Tally{Changed: clients}
		}
		if im.State != pims.StateDone || im.Done != clients || im.Result != want {
			t.Errorf("%s, %d of %d, %+v", im.State, im.Done, im.Total, im.Result)
		}
		for query, n := range map[string]int{
			`SELECT count(*) FROM household`: clients, `SELECT count(*) FROM pet_parent`: clients, `SELECT count(*) FROM pet`: clients,
			`SELECT count(*) FROM pet_parent WHERE last_name LIKE 'Miller` + strconv.Itoa(round) + `-%'`: clients,
			`SELECT count(*) FROM import_batch`: 0, `SELECT count(*) FROM import_chunk`: 0, `SELECT count(*) FROM import_key`: 0,
		} {
			if got := apptest.Number(a, query); got != n {
				t.Errorf("%s: %d, want %d", query, got, n)
			}
		}
	}
	t.Logf("%d kills, %d of them in the middle", kills, middle)
}
