package factor_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
)

// TestACodeCountsOnce: whatever it was typed for, on whichever device, for ever.
func TestACodeCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		key, _ := w.setUp(w.vet)
		wizards := w.code(key)
		w.wantProof("the code that finished the wizard", false, w.vet, "sign-in", factor.ByAuthenticator, wizards)
		w.Clock.Advance(otp.Period)
		second := w.code(key)
		w.wantProof("the next code", true, w.vet, "sign-in", factor.ByAuthenticator, second)
		w.wantProof("again at a second sign-in", false, w.vet, "sign-in 2", factor.ByAuthenticator, second)
		w.wantProof("again at a step-up", false, w.vet, "session", factor.ByAuthenticator, second)
		w.wantProof("the wizard's again", false, w.vet, "session", factor.ByAuthenticator, wizards)
		w.patience()

		shared, _, err := w.Factors.SharedKey(w.ctx(), w.c.Access(), w.vet.Account)
		if err != nil || shared.Text() != key.Text() {
			t.Fatalf("the key for another device is %s, %v", shared, err)
		}
		step := otp.Step(w.Clock.Now())
		w.wantProof("a code of the other device, whose clock is ahead", true, w.vet, "sign-in 3", factor.ByAuthenticator, shared.Code(step+1))
		w.wantProof("the code of now, of the first device", false, w.vet, "session", factor.ByAuthenticator, key.Code(step))
		w.wantProof("the same code of the first device", false, w.vet, "session", factor.ByAuthenticator, key.Code(step+1))
		w.Clock.Advance(2 * otp.Period)
		w.wantProof("a later code", true, w.vet, "session", factor.ByAuthenticator, w.code(key))

		w.wantProof("the code of another person", false, w.desk, "session", factor.ByAuthenticator, w.code(key))
		other, _ := w.setUp(w.desk)
		w.Clock.Advance(otp.Period)
		w.wantProof("a code of another person's key", false, w.vet, "session", factor.ByAuthenticator, w.code(other))
	})
}

// TestCodesByTheClock is a sign-in with codes of a clock that is off.
func TestCodesByTheClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		key, _ := w.setUp(w.vet)
		for _, off := range []time.Duration{-60 * time.Second, -30 * time.Second, 0, 30 * time.Second, 60 * time.Second} {
			w.patience()
			accepted := off.Abs() <= 30*time.Second
			w.wantProof(off.String(), accepted, w.vet, "sign-in", factor.ByAuthenticator, key.Code(otp.Step(w.Clock.Now().Add(off))))
		}
	})
}

// TestOneOfSixteen has the same proof given by sixteen at once. Each comes from
// a device of its own, so that the throttle does not put them in a row.
func TestOneOfSixteen(t *testing.T) {
	w := onPostgreSQL(t)
	key, codes := w.setUp(w.vet)
	w.Clock.Advance(otp.Period)
	mailed := w.mailed(w.vet, "sign-in")
	for _, c := range []struct {
		method factor.Method
		code   string
	}{
		{factor.ByAuthenticator, w.code(key)},
		{factor.ByBackupCode, codes[0].Reveal()},
		{factor.ByEmailCode, mailed},
	} {
		t.Run(string(c.method), func(t *testing.T) {
			won := apptest.AtOnce(16, func(i int) bool {
				right, err := w.proveOn(w.vet, "sign-in", c.method, c.code, fmt.Sprintf("device %d", i))
				if err != nil {
					t.Error(err)
				}
				return right
			})
			if won != 1 {
				t.Errorf("%d of 16 were let in", won)
			}
		})
	}
}

func TestOneSkipOfSixteen(t *testing.T) {
	w := onPostgreSQL(t)
	var g factor.Skip
	if err := w.write(func(tx *db.Tx) (err error) {
		g, err = w.Factors.GrantSkip(w.ctx(), tx, w.vet.Account, "lost the phone")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	use := func(practiceID, accountID string) (used bool) {
		if err := w.write(func(tx *db.Tx) (err error) {
			used, err = w.Factors.UseSkip(w.ctx(), tx, practiceID, accountID, g.ID)
			return err
		}); err != nil {
			t.Error(err)
		}
		return used
	}
	if use(w.c.ID, w.desk.ID) {
		t.Error("another account used it")
	}
	if won := apptest.AtOnce(16, func(int) bool { return use(w.c.ID, w.vet.ID) }); won != 1 {
		t.Errorf("used by %d of 16", won)
	}
	again, err := w.Factors.SkipOf(w.ctx(), w.DB, w.c.ID, w.vet.ID)
	if err != nil || again.Works(w.Clock.Now()) || again.UsedAt.IsZero() {
		t.Errorf("afterwards it is %+v, %v", again, err)
	}
	if err := w.write(func(tx *db.Tx) (err error) {
		g, err = w.Factors.GrantSkip(w.ctx(), tx, w.vet.Account, "again")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if w.Clock.Advance(factor.SkipLife); use(w.c.ID, w.vet.ID) {
		t.Error("used after a day")
	}
}

func TestBackupCodesAsTyped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, codes := w.setUp(w.vet)
		_, others := w.setUp(w.desk)
		if len(codes) != 10 {
			t.Fatalf("%d codes", len(codes))
		}
		// Letters that look like digits are read as meant, whichever was printed.
		look := strings.NewReplacer("0", "O", "1", "l")
		ways := []func(string) string{
			func(s string) string { return s },
			func(s string) string { return strings.ReplaceAll(s, "-", "") },
			func(s string) string { return " " + strings.ReplaceAll(s, "-", "  ") + "\r\n" },
			strings.ToUpper,
			func(s string) string { return look.Replace(strings.ToUpper(s)) },
			func(s string) string { return strings.NewReplacer("0", "o", "1", "I").Replace(s) },
			func(s string) string { return strings.Join(strings.Split(s, ""), " ") },
		}
		for i, way := range ways {
			w.wantProof("somebody else's", false, w.desk, "sign-in", factor.ByBackupCode, codes[i].Reveal())
			typed := way(codes[i].Reveal())
			w.wantProof(fmt.Sprintf("%q", typed), true, w.vet, "sign-in", factor.ByBackupCode, typed)
			w.wantProof(fmt.Sprintf("%q again", typed), false, w.vet, "session", factor.ByBackupCode, typed)
			w.patience()
		}
		w.wantProof("one of the desk's", false, w.vet, "sign-in", factor.ByBackupCode, others[0].Reveal())
		w.wantProof("nothing", false, w.vet, "sign-in", factor.ByBackupCode, "")
		w.wantProof("part of one", false, w.vet, "sign-in", factor.ByBackupCode, codes[8].Reveal()[:10])
		w.patience()
		w.Work()
		before := len(w.Mailbox.Letters())
		w.wantProof("the one that leaves two", true, w.vet, "sign-in", factor.ByBackupCode, codes[8].Reveal())
		if w.Work(); len(w.Mailbox.Letters()) != before+1 || !strings.Contains(w.LastMail(w.vet.RecoveryEmail).Text, "two are left") {
			t.Error("no mail says that two are left")
		}
		shown, err := w.Factors.BackupCodes(w.ctx(), w.c.Access(), w.vet.Account)
		if err != nil || len(shown) != 10 {
			t.Fatalf("shown %d, %v", len(shown), err)
		}
		for i, s := range shown {
			if s.Code != codes[i] || s.UsedAt.IsZero() != (i == 7 || i == 9) {
				t.Errorf("code %d: used %v", i, s.UsedAt)
			}
		}
		fresh, err := w.Factors.NewBackupCodes(w.ctx(), w.c.Access(), w.vet.Account)
		if err != nil {
			t.Fatal(err)
		}
		w.wantProof("a former one", false, w.vet, "sign-in", factor.ByBackupCode, codes[7].Reveal())
		w.wantProof("a new one", true, w.vet, "sign-in", factor.ByBackupCode, fresh[0].Reveal())
	})
}

// TestOtherPractices: a right code opens nothing elsewhere, also for whoever has
// the same login ID there.
func TestOtherPractices(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		key, codes := w.setUp(w.vet)
		there := w.Clinic("claws")
		twin := w.Hire(there, "Vera Vet", "vera@paws.example", "veterinarian", "")
		w.Clock.Advance(otp.Period)
		elsewhere := *w
		elsewhere.c = there
		elsewhere.setUp(twin)
		w.Clock.Advance(otp.Period)
		elsewhere.wantProof("the code of here", false, twin, "sign-in", factor.ByAuthenticator, w.code(key))
		elsewhere.wantProof("a backup code of here", false, twin, "sign-in", factor.ByBackupCode, codes[0].Reveal())
		code := w.mailed(w.vet, "sign-in")
		elsewhere.wantProof("an e-mail code of here", false, twin, "sign-in", factor.ByEmailCode, code)

		mixed := w.vet // this account with the other practice's id
		mixed.PracticeID = there.ID
		elsewhere.wantProof("by another practice's id", false, mixed, "sign-in", factor.ByAuthenticator, w.code(key))
		elsewhere.wantProof("by another practice's id", false, mixed, "sign-in", factor.ByBackupCode, codes[0].Reveal())
		if _, _, err := w.Factors.SharedKey(w.ctx(), there.Access(), mixed.Account); !errors.Is(err, factor.ErrNoAuthenticator) {
			t.Errorf("the key by another practice's id: %v", err)
		}
		w.wantProof("at home", true, w.vet, "sign-in", factor.ByAuthenticator, w.code(key))
		w.wantProof("at home", true, w.vet, "sign-in", factor.ByBackupCode, codes[0].Reveal())
		w.wantProof("at home", true, w.vet, "sign-in", factor.ByEmailCode, code)
	})
}
