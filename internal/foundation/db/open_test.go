package db_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
)

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	password := rand.Text()
	good, err := url.Parse(dbtest.PostgreSQL(t))
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(u *url.URL)) string {
		u := *good
		change(&u)
		return u.String()
	}
	cases := map[string]struct{ url, words string }{
		"empty":            {"", "must begin with"},
		"another kind":     {"mysql://root:" + password + "@localhost/x", "must begin with"},
		"no file":          {"sqlite:", "path of a file"},
		"memory":           {"sqlite::memory:", "path of a file"},
		"a text file":      {"sqlite:" + text, "not a healthy SQLite database"},
		"a folder":         {"sqlite:" + dir, "cannot be opened for writing"},
		"below a file":     {"sqlite:" + text + "/x/y.db", "cannot be made"},
		"unreadable":       {"postgres://u:" + password + "%zz@localhost/x", "percent-encoded"},
		"a bad port":       {"postgres://u:" + password + "@localhost:port/x", "percent-encoded"},
		"nobody there":     {"postgres://u:" + password + "@127.0.0.1:1/x", "does not answer"},
		"wrong password":   {with(func(u *url.URL) { u.User = url.UserPassword("catflap", password) }), "does not accept the user catflap"},
		"unknown database": {with(func(u *url.URL) { u.Path = "/nothing" }), "no database named nothing"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d, err := db.Open(context.Background(), c.url, slog.New(slog.DiscardHandler))
			if err == nil {
				t.Fatal("opened", d.Close())
			}
			if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.From(err).Message, c.words) {
				t.Errorf("error %v, want one with %q", err, c.words)
			}
			if strings.Contains(err.Error(), password) {
				t.Errorf("the password is in %q", err)
			}
		})
	}
}

func TestOpenMakesPrivateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data #1?", "cat%flap.db")
	d := dbtest.Open(t, "sqlite:"+path)
	if err := d.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + "-wal", filepath.Dir(path)} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v: others can read it", p, info.Mode())
		}
	}
}

func TestMigrate(t *testing.T) {
	empty := map[string]func(t *testing.T) string{
		"sqlite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "new.db") },
		"postgresql": func(t *testing.T) string { return dbtest.PostgreSQL(t) },
	}
	for name, address := range empty {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			url := address(t)
			// Several programs start on an empty database at once.
			programs := make([]*db.DB, 4)
			var started sync.WaitGroup
			for i := range programs {
				programs[i] = dbtest.Open(t, url)
			}
			if err := programs[0].Migrated(ctx); !fault.Is(err, fault.Busy) {
				t.Errorf("Migrated() on an empty database = %v", err)
			}
			for _, d := range programs {
				started.Go(func() {
					if err := d.Migrate(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			started.Wait()
			d := programs[1]
			if err := d.Migrated(ctx); err != nil {
				t.Errorf("Migrated() = %v", err)
			}
			if n := count(t, d, "job"); n != 0 {
				t.Errorf("%d jobs in a new database", n)
			}
			began := time.Now()
			if err := d.Migrate(ctx); err != nil {
				t.Errorf("second Migrate() = %v", err)
			}
			t.Logf("nothing to migrate: %v", time.Since(began))

			write(t, d, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)")
			for what, err := range map[string]error{"Migrate": d.Migrate(ctx), "Migrated": d.Migrated(ctx)} {
				if fault.From(err) == nil || fault.From(err).Code != "database-newer" || !strings.Contains(err.Error(), "9999") {
					t.Errorf("%s() of a newer database = %v", what, err)
				}
			}
		})
	}
}
