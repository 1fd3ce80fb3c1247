package factor_test

import (
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
)

// TestCodeOfAKeyReplacedMeanwhile: a code that matched the key of before counts
// for nothing once another key is there, and leaves the codes of that one alone.
func TestCodeOfAKeyReplacedMeanwhile(t *testing.T) {
	w := onPostgreSQL(t)
	former, _ := w.setUp(w.vet)
	w.patience()
	begun := w.begin(w.vet, "session")
	step := otp.Step(w.Clock.Now())
	taken := make(chan bool, 1)
	err := w.write(func(tx *db.Tx) error {
		// It lets others read the key, and has them wait before they use a code up.
		if _, err := tx.Exec(w.ctx(), `LOCK TABLE authenticator IN SHARE MODE`); err != nil {
			return err
		}
		go func() {
			right, err := w.prove(w.vet, "sign-in", factor.ByAuthenticator, former.Code(step))
			taken <- right && err == nil
		}()
		w.untilSomebodyWaits()
		_, err := w.Factors.VerifySetup(w.ctx(), tx, w.c.Access(), w.vet.Account, "session", begun.ID, begun.Key.Code(step-1))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if <-taken {
		t.Error("a code of the key of before was taken")
	}
	if last := apptest.Number(w.App, `SELECT last_step FROM authenticator WHERE account_id = $1`, w.vet.ID); int64(last) != step-1 {
		t.Errorf("the new key's last step is %d, want %d", last, step-1)
	}
	w.wantProof("a code of the new key", true, w.vet, "sign-in", factor.ByAuthenticator, begun.Key.Code(step))
}
