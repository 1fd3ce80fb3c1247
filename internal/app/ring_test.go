package app_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"catflap/internal/app"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
)

func TestOpenRing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		path := filepath.Join(t.TempDir(), "data", "keyring.json")
		made, err := app.OpenRing(ctx, d, path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v %v", info, err)
		}
		again, err := app.OpenRing(ctx, d, path)
		if err != nil || again.KeyID() != made.KeyID() {
			t.Fatalf("another ring: %v", err)
		}

		elsewhere := filepath.Join(t.TempDir(), "keyring.json")
		if _, err := app.OpenRing(ctx, d, elsewhere); fault.From(err).Code != "key-ring-missing" {
			t.Errorf("missing: %v", err)
		}
		if _, err := os.Stat(elsewhere); err == nil {
			t.Error("a ring was made for a database that has one")
		}
		if _, err := app.OpenRing(ctx, dbtest.New(t, d.Dialect()), elsewhere); err != nil {
			t.Fatal(err)
		}
		if _, err := app.OpenRing(ctx, d, elsewhere); fault.From(err).Code != "key-ring-wrong" {
			t.Errorf("wrong: %v", err)
		}
	})
}
