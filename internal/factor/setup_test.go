package factor_test

import (
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
)

func TestSetUpsSideBySide(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old, codes := w.setUp(w.vet)
		w.Clock.Advance(time.Minute)
		phone, laptop := w.begin(w.vet, "session 1"), w.begin(w.vet, "session 2")
		if phone.Key.Text() == laptop.Key.Text() || phone.Key.Text() == old.Text() {
			t.Fatal("two set-ups share a key")
		}
		tab, err := w.Factors.Setup(w.ctx(), w.DB, w.c.Access(), w.vet.Account, "session 1")
		if err != nil || tab.ID != phone.ID || tab.Key.Text() != phone.Key.Text() {
			t.Errorf("another tab shows another key: %v", err)
		}
		w.wantProof("an unverified key", false, w.vet, "sign-in", factor.ByAuthenticator, w.code(phone.Key))
		w.wantProof("the old key meanwhile", true, w.vet, "sign-in", factor.ByAuthenticator, w.code(old))

		_, err = w.verify(w.vet, "session 2", phone.ID, w.code(phone.Key))
		wantCode(t, err, "set-up-over")
		_, err = w.verify(w.desk, "session 1", phone.ID, w.code(phone.Key))
		wantCode(t, err, "set-up-over")
		_, err = w.verify(w.vet, "session 1", phone.ID, w.code(laptop.Key))
		wantComplaint(t, err)
		fast := phone.Key.Code(otp.Step(w.Clock.Now().Add(4 * time.Minute)))
		if _, err = w.verify(w.vet, "session 1", phone.ID, fast); err == nil || !strings.Contains(err.Error(), "4 minutes fast") {
			t.Errorf("a clock 4 minutes fast: %v", err)
		}
		v, err := w.verify(w.vet, "session 1", phone.ID, w.code(phone.Key))
		if err != nil || !v.Replaced || len(v.Codes) != 10 {
			t.Fatalf("%+v, %v", v, err)
		}
		_, err = w.verify(w.vet, "session 1", phone.ID, w.code(phone.Key))
		wantCode(t, err, "set-up-over")
		_, err = w.verify(w.vet, "session 2", laptop.ID, w.code(laptop.Key))
		wantCode(t, err, "set-up-over")
		w.Clock.Advance(time.Minute)
		w.wantProof("the replaced key", false, w.vet, "sign-in", factor.ByAuthenticator, w.code(old))
		w.wantProof("a backup code of before", false, w.vet, "sign-in", factor.ByBackupCode, codes[0].Reveal())
		w.wantProof("the new key", true, w.vet, "sign-in", factor.ByAuthenticator, w.code(phone.Key))
	})
}

// TestSetUpEnds: what is over is destroyed, whichever way it ended.
func TestSetUpEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		keys := func() int {
			return apptest.Number(w.App, `SELECT count(*) FROM authenticator_setup WHERE sealed IS NOT NULL`)
		}
		first := w.begin(w.vet, "session")
		again := w.begin(w.vet, "session")
		if keys() != 1 {
			t.Errorf("%d keys after beginning again", keys())
		}
		_, err := w.verify(w.vet, "session", first.ID, w.code(first.Key))
		wantCode(t, err, "set-up-over")
		if gaveUp, err := w.Factors.CancelSetup(w.ctx(), w.vet.Account, "session"); err != nil || !gaveUp || keys() != 0 {
			t.Errorf("cancelled %v, %v, %d keys", gaveUp, err, keys())
		}
		_, err = w.verify(w.vet, "session", again.ID, w.code(again.Key))
		wantCode(t, err, "set-up-over")
		second, err := w.Factors.SecondOf(w.ctx(), w.DB, w.c.ID, w.vet.ID)
		if err != nil || !second.Unfinished.IsZero() || second.Any() {
			t.Errorf("after giving up: %+v, %v", second, err)
		}

		left := w.begin(w.vet, "session")
		w.Clock.Advance(30*time.Minute - time.Second)
		if err := w.Factors.SweepSetups(w.ctx()); err != nil || keys() != 1 {
			t.Errorf("swept too early: %v, %d keys", err, keys())
		}
		w.Clock.Advance(time.Second)
		_, err = w.verify(w.vet, "session", left.ID, w.code(left.Key))
		wantCode(t, err, "set-up-over")
		if err := w.Factors.SweepSetups(w.ctx()); err != nil || keys() != 0 {
			t.Errorf("not swept: %v, %d keys", err, keys())
		}
		_, err = w.Factors.Setup(w.ctx(), w.DB, w.c.Access(), w.vet.Account, "session")
		wantCode(t, err, "set-up-over")
		second, err = w.Factors.SecondOf(w.ctx(), w.DB, w.c.ID, w.vet.ID)
		if err != nil || second.Unfinished.IsZero() || second.Any() {
			t.Errorf("after leaving: %+v, %v", second, err)
		}
		done := w.begin(w.vet, "session")
		if _, err := w.verify(w.vet, "session", done.ID, w.code(done.Key)); err != nil || keys() != 0 {
			t.Errorf("verified: %v, %d keys", err, keys())
		}
	})
}

// TestOneSetUpOfSixteen verifies two set-ups by sixteen at once: one key counts
// in the end, with one set of backup codes.
func TestOneSetUpOfSixteen(t *testing.T) {
	w := onPostgreSQL(t)
	phone, laptop := w.begin(w.vet, "session 1"), w.begin(w.vet, "session 2")
	won := apptest.AtOnce(16, func(i int) bool {
		s, in := phone, "session 1"
		if i%2 == 1 {
			s, in = laptop, "session 2"
		}
		_, err := w.verify(w.vet, in, s.ID, w.code(s.Key))
		if err != nil {
			wantCode(t, err, "set-up-over")
		}
		return err == nil
	})
	if won != 1 {
		t.Errorf("%d of 16 finished", won)
	}
	second, err := w.Factors.SecondOf(w.ctx(), w.DB, w.c.ID, w.vet.ID)
	if err != nil || second.Codes != 10 || second.Unused != 10 {
		t.Errorf("%+v, %v", second, err)
	}
}
