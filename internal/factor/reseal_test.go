package factor_test

import (
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
)

// untilSomebodyWaits for a row that this transaction holds.
func (w *world) untilSomebodyWaits() {
	for range 4000 {
		if apptest.Number(w.App, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	w.t.Error("nobody waits")
}

// TestResealOverwritesNobody seals values anew that somebody is changing at that
// very moment.
func TestResealOverwritesNobody(t *testing.T) {
	w := onPostgreSQL(t)
	w.setUp(w.vet)
	if err := w.Ring.Add(); err != nil {
		t.Fatal(err)
	}
	if err := w.Ring.Promote(w.Ring.Rotating()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan factor.Resealing, 1)
	err := w.write(func(tx *db.Tx) error { // strict mode is being switched on
		if n, err := w.Factors.HideCodes(w.ctx(), tx, w.c.ID); err != nil || n != 1 {
			t.Errorf("%d hidden, %v", n, err)
		}
		go func() {
			at := factor.Resealing{}
			for !at.Over {
				var err error
				if at, err = w.Factors.Reseal(w.ctx(), at, 50); err != nil {
					t.Error(err)
					break
				}
			}
			ended <- at
		}()
		w.untilSomebodyWaits() // with what they have read before
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if at := <-ended; at.Done != 1 || at.Moved != 10 || len(at.Broken) != 0 {
		t.Errorf("%+v", at)
	}
	if n := apptest.Number(w.App, `SELECT count(*) FROM backup_code WHERE sealed IS NOT NULL`); n != 0 {
		t.Errorf("%d codes can be read again", n)
	}
}

// TestBackupCodeWhileItIsResealed: a right code is right, however the row changes
// under it.
func TestBackupCodeWhileItIsResealed(t *testing.T) {
	w := onPostgreSQL(t)
	_, codes := w.setUp(w.vet)
	if err := w.Ring.Add(); err != nil {
		t.Fatal(err)
	}
	if err := w.Ring.Promote(w.Ring.Rotating()); err != nil {
		t.Fatal(err)
	}
	type outcome struct {
		right bool
		err   error
	}
	ended := make(chan outcome, 1)
	id := w.ids(`SELECT id FROM backup_code WHERE account_id = $1 AND place = 1`, w.vet.ID)[0]
	mac, err := w.Ring.MACWith(w.Ring.KeyID(), "backup_code", w.vet.ID, strings.ReplaceAll(codes[0].Reveal(), "-", ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.write(func(tx *db.Tx) error {
		_, err := tx.Exec(w.ctx(), `UPDATE backup_code SET key_id = $2, mac = $3 WHERE id = $1`, id, w.Ring.KeyID(), mac)
		go func() {
			right, err := w.prove(w.vet, "sign-in", factor.ByBackupCode, codes[0].Reveal())
			ended <- outcome{right, err}
		}()
		w.untilSomebodyWaits()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if o := <-ended; o.err != nil || !o.right {
		t.Errorf("%v, %v", o.right, o.err)
	}
}
