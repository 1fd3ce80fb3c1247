package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
)

// keyCheck is the one row that proves that database and key ring belong
// together, and keyCheckSeal what binds its ciphertext.
const (
	keyCheck     = "server"
	keyCheckSeal = "key_check/sealed/server"
)

// OpenRing loads the key ring at path, or makes it when the database is new. A
// database that was sealed with another ring is refused, so that nothing is
// damaged and the right one can be put back.
func OpenRing(ctx context.Context, d *db.DB, path string) (*secret.Ring, error) {
	sealed, err := db.One(ctx, d, func(s db.Scanner) (b []byte, err error) { return b, s.Scan(&b) },
		`SELECT sealed FROM key_check WHERE id = $1`, keyCheck)
	if errors.Is(err, db.ErrNone) {
		return newRing(ctx, d, path)
	}
	if err != nil {
		return nil, err
	}
	ring, err := secret.LoadRing(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Invalid, "key-ring-missing", fmt.Sprintf(
			"The key ring %s is missing, but this database was sealed with one. Put it back from your backup; on a further node, copy it from the first.", path)).Because(err)
	}
	if err != nil {
		return nil, err
	}
	_, err = ring.Open(keyCheckSeal, sealed)
	if errors.Is(err, secret.ErrKeyMissing) {
		return nil, fault.New(fault.Invalid, "key-ring-wrong", fmt.Sprintf(
			"The key ring %s does not belong to this database, or is a copy from before its last rotation. Put the newest one back from your backup, or from another node; or point CATFLAP_DATABASE to the database it belongs to.", path)).Because(err)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "key-ring-wrong", fmt.Sprintf(
			"The key ring %s does not belong to this database. Put the right one back from your backup, or point CATFLAP_DATABASE to the database it belongs to.", path)).Because(err)
	}
	return ring, nil
}

// newRing takes the ring that is there or makes one, and binds the database to
// it. Two first starts at once agree on the one whose row came first.
func newRing(ctx context.Context, d *db.DB, path string) (*secret.Ring, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fault.New(fault.Invalid, "data-directory", fmt.Sprintf(
			"The directory %s cannot be created. Choose one that this user may write to in CATFLAP_DATA.", filepath.Dir(path))).Because(err)
	}
	ring, err := secret.CreateRing(path)
	if errors.Is(err, fs.ErrExist) {
		ring, err = secret.LoadRing(path)
	}
	if err != nil {
		return nil, err
	}
	sealed, err := ring.Seal(keyCheckSeal, []byte("catflap"))
	if err != nil {
		return nil, err
	}
	first := false
	err = d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO key_check (id, sealed) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, keyCheck, sealed)
		first = n == 1
		return err
	})
	if err != nil || first {
		return ring, err
	}
	return OpenRing(ctx, d, path)
}

// ringRead writes down that the key ring changed under the running server.
func (a *App) ringRead(err error) {
	if err != nil {
		a.Log.Error("key ring not read", "error", err)
		return
	}
	a.Log.Info("key ring read again", "current", a.Ring.KeyID(), "keys", len(a.Ring.KeyIDs()))
}
