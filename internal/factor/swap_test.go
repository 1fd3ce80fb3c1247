package factor_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/factor"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
)

// sealed is the ciphertext of a row.
func (w *world) sealed(table, id string) []byte {
	w.t.Helper()
	b, err := db.One(context.Background(), w.DB, func(sc db.Scanner) (b []byte, err error) { return b, sc.Scan(&b) },
		`SELECT sealed FROM `+table+` WHERE id = $1`, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func (w *world) put(table, id string, sealed []byte) {
	w.t.Helper()
	apptest.Exec(w.App, `UPDATE `+table+` SET sealed = $2 WHERE id = $1`, id, sealed)
}

func (w *world) ids(query string, args ...any) []string {
	w.t.Helper()
	all, err := db.All(context.Background(), w.DB, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) }, query, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func wantBroken(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, secret.ErrSealBroken) {
		t.Errorf("%s: %v", what, err)
	}
}

// temporary issues a temporary password that staff can read.
func (w *world) temporary(p apptest.Person) (factor.Temporary, secret.Text) {
	w.t.Helper()
	var made factor.Temporary
	var plain secret.Text
	if err := w.write(func(tx *db.Tx) (err error) {
		made, plain, err = w.Factors.IssueTemporary(w.ctx(), tx, factor.IssueInput{
			PracticeID: p.PracticeID, AccountID: p.ID, AccountName: p.Name,
			Policy: factor.TemporaryPolicy{Life: 72 * time.Hour, Tries: 5, Readable: true, Style: factor.StyleWords},
		})
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return made, plain
}

// TestSwappedSeals puts ciphertexts where they do not belong, as somebody could
// who writes into the database: nothing opens, and nobody is let in.
func TestSwappedSeals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		vets, vetCodes := w.setUp(w.vet)
		desks, _ := w.setUp(w.desk)
		vet := w.ids(`SELECT id FROM authenticator WHERE account_id = $1`, w.vet.ID)[0]
		desk := w.ids(`SELECT id FROM authenticator WHERE account_id = $1`, w.desk.ID)[0]
		ours, theirs := w.sealed("authenticator", vet), w.sealed("authenticator", desk)
		closed := func(what string, keys ...otp.Key) {
			t.Helper()
			w.patience()
			for _, k := range keys {
				right, err := w.prove(w.vet, "sign-in", factor.ByAuthenticator, w.code(k))
				if right {
					t.Errorf("%s: let in", what)
				}
				wantBroken(t, what, err)
			}
		}

		w.put("authenticator", vet, theirs)
		w.put("authenticator", desk, ours)
		closed("two authenticators swapped", vets, desks)
		_, _, err := w.Factors.SharedKey(w.ctx(), w.c.Access(), w.vet.Account)
		wantBroken(t, "the key shown", err)

		// The row of one's own, whole, in place of somebody else's.
		apptest.Exec(w.App, `DELETE FROM authenticator WHERE account_id = $1`, w.vet.ID)
		apptest.Exec(w.App, `UPDATE authenticator SET sealed = $2, account_id = $3 WHERE account_id = $1`, w.desk.ID, theirs, w.vet.ID)
		closed("an authenticator given to somebody else", desks)

		apptest.Exec(w.App, `UPDATE authenticator SET sealed = $2, id = $3 WHERE account_id = $1`, w.vet.ID, ours, vet)
		w.patience()
		w.wantProof("put right again", true, w.vet, "sign-in", factor.ByAuthenticator, w.code(vets))

		// A set-up of one's own is worth nothing as the key, nor as another one's.
		one, two := w.begin(w.vet, "session 1"), w.begin(w.vet, "session 2")
		w.put("authenticator", vet, w.sealed("authenticator_setup", one.ID))
		closed("an unverified key as the key", one.Key)
		w.put("authenticator", vet, ours)
		one, two = w.begin(w.vet, "session 1"), w.begin(w.vet, "session 2") // those are too old by now
		first, second := w.sealed("authenticator_setup", one.ID), w.sealed("authenticator_setup", two.ID)
		w.put("authenticator_setup", one.ID, second)
		w.put("authenticator_setup", two.ID, first)
		for _, k := range []otp.Key{one.Key, two.Key} {
			_, err = w.verify(w.vet, "session 1", one.ID, w.code(k))
			wantBroken(t, "two set-ups swapped", err)
		}
		w.put("authenticator_setup", one.ID, ours)
		_, err = w.verify(w.vet, "session 1", one.ID, w.code(vets))
		wantBroken(t, "the key as a set-up", err)

		// Backup codes are found by their keyed hash and shown from their seal.
		rows := w.ids(`SELECT id FROM backup_code WHERE account_id = $1 ORDER BY place`, w.vet.ID)
		a, b := w.sealed("backup_code", rows[0]), w.sealed("backup_code", rows[1])
		w.put("backup_code", rows[0], b)
		w.put("backup_code", rows[1], a)
		_, err = w.Factors.BackupCodes(w.ctx(), w.c.Access(), w.vet.Account)
		wantBroken(t, "two backup codes swapped", err)
		w.put("backup_code", rows[0], a)
		w.put("backup_code", rows[1], ours)
		_, err = w.Factors.BackupCodes(w.ctx(), w.c.Access(), w.vet.Account)
		wantBroken(t, "the key as a backup code", err)
		w.put("backup_code", rows[1], b)
		w.patience()
		apptest.Exec(w.App, `UPDATE backup_code SET account_id = $2, place = 11 WHERE id = $1`, rows[2], w.desk.ID)
		w.wantProof("a backup code given to somebody else", false, w.desk, "sign-in", factor.ByBackupCode, vetCodes[2].Reveal())
		_, err = w.Factors.BackupCodes(w.ctx(), w.c.Access(), w.desk.Account)
		wantBroken(t, "a backup code given to somebody else", err)
		apptest.Exec(w.App, `UPDATE backup_code SET account_id = $2, place = 3 WHERE id = $1`, rows[2], w.vet.ID)
		w.wantProof("back with its owner", true, w.vet, "sign-in", factor.ByBackupCode, vetCodes[2].Reveal())

		mine, plain := w.temporary(w.vet)
		yours, other := w.temporary(w.desk)
		mySeal, yourSeal := w.sealed("temporary_password", mine.ID), w.sealed("temporary_password", yours.ID)
		w.put("temporary_password", mine.ID, yourSeal)
		w.put("temporary_password", yours.ID, mySeal)
		_, err = w.Factors.ShowTemporary(w.ctx(), w.c.ID, w.vet.ID, w.vet.Name)
		wantBroken(t, "two temporary passwords swapped", err)
		moved, err := w.Factors.TemporaryOf(w.ctx(), w.DB, w.c.ID, w.vet.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, typed := range []secret.Text{plain, other} {
			match, err := w.Factors.MatchTemporary(w.ctx(), moved, typed.Reveal())
			if match {
				t.Error("a temporary password that was swapped matches")
			}
			wantBroken(t, "matching", err)
		}
		w.put("temporary_password", mine.ID, a)
		_, err = w.Factors.OpenTemporary(w.ctx(), w.c.ID, mine.ID)
		wantBroken(t, "a backup code as a temporary password", err)
	})
}
