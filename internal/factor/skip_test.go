package factor_test

import (
	"errors"
	"testing"
	"time"

	"catflap/internal/factor"
	"catflap/internal/foundation/db"
)

// grant gives the vet a skip.
func (w *world) grant(reason string) factor.Skip {
	w.t.Helper()
	var g factor.Skip
	if err := w.write(func(tx *db.Tx) (err error) {
		g, err = w.Factors.GrantSkip(w.ctx(), tx, w.vet.Account, reason)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return g
}

// TestHoldSkip: a skip stands in for what its person had when it was granted,
// until it is used, too old, or another factor is there.
func TestHoldSkip(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.setUp(w.vet)
		w.Clock.Advance(time.Minute)
		g := w.grant("lost the phone")
		want := func(what string, want bool, skipID string) {
			t.Helper()
			var stands bool
			if err := w.write(func(tx *db.Tx) (err error) {
				stands, err = w.Factors.HoldSkip(w.ctx(), tx, w.vet.Account, skipID)
				return err
			}); err != nil || stands != want {
				t.Errorf("%s: %v, %v", what, stands, err)
			}
		}
		want("granted", true, g.ID)
		want("of somebody else", false, "another")
		want("none", false, "")
		w.Clock.Advance(factor.SkipLife - time.Microsecond)
		want("at its last moment", true, g.ID)
		w.Clock.Advance(time.Microsecond)
		want("too old", false, g.ID)

		former, g := g, w.grant("again")
		want("replaced", false, former.ID)
		want("in its place", true, g.ID)
		w.Clock.Advance(time.Minute)
		w.setUp(w.vet)
		want("after another set-up", false, g.ID)

		w.Clock.Advance(time.Minute)
		g = w.grant("lost that too")
		if err := w.write(func(tx *db.Tx) error {
			_, err := w.Factors.UseSkip(w.ctx(), tx, w.c.ID, w.vet.ID, g.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		want("used", false, g.ID)
	})
}

// TestEndSkip: what waits is taken back, with everything else or not at all;
// what was used or is too old stays for the record.
func TestEndSkip(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		undone := errors.New("undone")
		end := func(practiceID, accountID string, after error) (ended bool) {
			t.Helper()
			if err := w.write(func(tx *db.Tx) (err error) {
				if ended, err = w.Factors.EndSkip(w.ctx(), tx, practiceID, accountID); err == nil {
					err = after
				}
				return err
			}); !errors.Is(err, after) {
				t.Fatal(err)
			}
			return ended
		}
		there := func() bool {
			t.Helper()
			g, err := w.Factors.SkipOf(w.ctx(), w.DB, w.c.ID, w.vet.ID)
			if err != nil {
				t.Fatal(err)
			}
			return g.ID != ""
		}
		if end(w.c.ID, w.vet.ID, nil) {
			t.Error("something ended where nothing was")
		}
		g := w.grant("lost the phone")
		if end("another", w.vet.ID, nil) || end(w.c.ID, w.desk.ID, nil) || !there() {
			t.Error("somebody else's ended")
		}
		if !end(w.c.ID, w.vet.ID, undone) || !there() {
			t.Error("what was undone is gone")
		}
		if !end(w.c.ID, w.vet.ID, nil) || there() || end(w.c.ID, w.vet.ID, nil) {
			t.Error("it does not end once")
		}
		if err := w.write(func(tx *db.Tx) error {
			used, err := w.Factors.UseSkip(w.ctx(), tx, w.c.ID, w.vet.ID, g.ID)
			if used {
				t.Error("what was taken back is used")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}

		g = w.grant("again")
		if err := w.write(func(tx *db.Tx) error {
			_, err := w.Factors.UseSkip(w.ctx(), tx, w.c.ID, w.vet.ID, g.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if end(w.c.ID, w.vet.ID, nil) || !there() {
			t.Error("a used one ended")
		}
		w.grant("once more")
		w.Clock.Advance(factor.SkipLife)
		if end(w.c.ID, w.vet.ID, nil) || !there() {
			t.Error("one that is too old ended")
		}
	})
}
