package factor_test

import (
	"slices"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

func TestEmailCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.mailed(w.vet, "sign-in")
		w.wantProof("in another sign-in", false, w.vet, "sign-in 2", factor.ByEmailCode, first)
		w.wantProof("by another person", false, w.desk, "sign-in", factor.ByEmailCode, first)
		second := w.mailed(w.vet, "sign-in")
		if second == first {
			t.Fatal("the second code is the first")
		}
		w.wantProof("the code before the newest", false, w.vet, "sign-in", factor.ByEmailCode, first)
		elsewhere := w.mailed(w.vet, "session")
		w.wantProof("the newest", true, w.vet, "sign-in", factor.ByEmailCode, second[:4]+" "+second[4:])
		w.wantProof("the newest again", false, w.vet, "sign-in", factor.ByEmailCode, second)
		w.wantProof("that of a session", true, w.vet, "session", factor.ByEmailCode, elsewhere)

		w.Clock.Advance(2 * time.Hour)
		late := w.mailed(w.vet, "sign-in")
		w.Clock.Advance(10*time.Minute - time.Second)
		kept := w.mailed(w.vet, "sign-in 2")
		w.Clock.Advance(time.Second)
		w.wantProof("after ten minutes", false, w.vet, "sign-in", factor.ByEmailCode, late)
		w.Clock.Advance(10*time.Minute - 2*time.Second)
		w.wantProof("just before", true, w.vet, "sign-in 2", factor.ByEmailCode, kept)

		w.Clock.Advance(2 * time.Hour)
		moved := w.mailed(w.vet, "sign-in")
		vet := w.vet
		vet.RecoveryEmail = "thief@elsewhere.example"
		w.wantProof("after the address changed", false, vet, "sign-in", factor.ByEmailCode, moved)
		w.wantProof("at the address it went to", true, w.vet, "sign-in", factor.ByEmailCode, moved)
	})
}

func TestEmailCodeDiesOfWrongTries(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code := w.mailed(w.vet, "sign-in")
		wrong := "00000000"
		if code == wrong {
			wrong = "11111111"
		}
		for range 4 {
			w.wantProof("a wrong code", false, w.vet, "sign-in", factor.ByEmailCode, wrong)
		}
		w.wantProof("the right one after four wrong", true, w.vet, "sign-in", factor.ByEmailCode, code)

		code = w.mailed(w.vet, "sign-in")
		for range 5 {
			w.wantProof("a wrong code", false, w.vet, "sign-in", factor.ByEmailCode, wrong)
			w.Clock.Advance(90 * time.Second) // past the delay, within the life of the code
		}
		w.wantProof("the right one after five wrong", false, w.vet, "sign-in", factor.ByEmailCode, code)
	})
}

func TestFiveEmailCodesAnHour(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 5 {
			if err := w.send(w.vet, "sign-in"); err != nil {
				t.Fatalf("code %d: %v", i+1, err)
			}
			w.Clock.Advance(10 * time.Minute)
		}
		wantCode(t, w.send(w.vet, "another sign-in"), "too-many-codes")
		if err := w.send(w.desk, "sign-in"); err != nil {
			t.Errorf("another person: %v", err)
		}
		w.Clock.Advance(9 * time.Minute)
		wantCode(t, w.send(w.vet, "sign-in"), "too-many-codes")
		w.Clock.Advance(time.Minute + time.Second)
		if err := w.send(w.vet, "sign-in"); err != nil {
			t.Errorf("an hour after the first: %v", err)
		}
	})
	w := onPostgreSQL(t)
	sent := apptest.AtOnce(16, func(int) bool { return w.send(w.vet, "sign-in") == nil })
	if sent != 5 {
		t.Errorf("%d of 16 at once were sent", sent)
	}
}

// TestEmailCodesOfDevices: strangers use up what they are sent together, each
// known device has its own, and fifteen an hour are the most.
func TestEmailCodesOfDevices(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, device := range []string{"", "desk", "phone"} {
			for i := range 5 {
				if err := w.sendOn(w.vet, "sign-in "+device, device); err != nil {
					t.Fatalf("code %d on %q: %v", i+1, device, err)
				}
			}
			wantCode(t, w.sendOn(w.vet, "another sign-in", device), "too-many-codes")
			w.Clock.Advance(time.Minute)
		}
		wantCode(t, w.sendOn(w.vet, "sign-in", "tablet"), "too-many-codes")
		w.Clock.Advance(57*time.Minute + time.Second)
		for range 5 { // those of strangers are an hour ago
			if err := w.sendOn(w.vet, "sign-in", "tablet"); err != nil {
				t.Fatal(err)
			}
		}
		wantCode(t, w.sendOn(w.vet, "sign-in", "tablet"), "too-many-codes")
		wantCode(t, w.send(w.vet, "sign-in"), "too-many-codes")
	})
}

// TestChooseEmail makes codes by e-mail somebody's own factor.
func TestChooseEmail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		choose := func(askedIn, code string) (v factor.Verified, err error) {
			var refused error
			if failed := w.write(func(tx *db.Tx) error { // a wrong try is kept
				v, refused = w.Factors.ChooseEmail(w.ctx(), tx, w.c.Access(), w.vet.Account, askedIn, code)
				if fault.Is(refused, fault.Invalid) {
					return nil
				}
				return refused
			}); failed != nil {
				return v, failed
			}
			return v, refused
		}
		second := func() factor.Second {
			t.Helper()
			s, err := w.Factors.SecondOf(w.ctx(), w.DB, w.c.ID, w.vet.ID)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		code := w.mailed(w.vet, factor.Choosing("session"))
		_, err := choose("another session", code)
		wantComplaint(t, err)
		for range 5 {
			_, err = choose("session", "00000000")
			wantComplaint(t, err)
		}
		_, err = choose("session", code)
		wantComplaint(t, err) // void after five
		_, err = choose("session", w.mailed(w.vet, "session"))
		wantComplaint(t, err) // sent to prove something
		if second().Any() {
			t.Fatal("switched on without a right code")
		}
		v, err := choose("session", w.mailed(w.vet, factor.Choosing("session")))
		if err != nil || len(v.Codes) != 10 || second().EmailSince.IsZero() {
			t.Fatalf("%d codes, %v", len(v.Codes), err)
		}
		w.wantProof("a backup code", true, w.vet, "sign-in", factor.ByBackupCode, v.Codes[0].Reveal())
		w.wantProof("a code", true, w.vet, "sign-in", factor.ByEmailCode, w.mailed(w.vet, "sign-in"))

		apptest.Exec(w.App, `UPDATE role SET second_factor = 'optional', email_code = FALSE`)
		_, err = choose("session", w.mailed(w.vet, factor.Choosing("session")))
		wantCode(t, err, "second-factor-off")
		if d, err := w.Factors.DemandOf(w.ctx(), w.DB, w.vet.Account); err != nil || !second().Lacks(d, w.Clock.Now()) {
			t.Errorf("codes by e-mail are forbidden, and nothing is lacking: %v", err)
		}
		at, err := w.Factors.StandOf(w.ctx(), w.DB, w.vet.Account)
		if err != nil || !slices.Contains(at.Methods, factor.ByEmailCode) {
			t.Errorf("who has nothing else does not get in a last time: %v, %v", at.Methods, err)
		}
		w.setUp(w.vet)
		if at, err = w.Factors.StandOf(w.ctx(), w.DB, w.vet.Account); err != nil || slices.Contains(at.Methods, factor.ByEmailCode) {
			t.Errorf("forbidden codes beside an authenticator: %v, %v", at.Methods, err)
		}
	})
}
