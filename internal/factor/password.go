package factor

import (
	"context"
	"errors"
	"fmt"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
)

// HashChosen checks a new password and makes what SetPassword stores. It takes
// a place in the bounded pool, so it is called before a transaction is opened.
func (s *Service) HashChosen(ctx context.Context, r Rules, c Chosen) (string, error) {
	if err := c.Check(r); err != nil {
		return "", err
	}
	return s.HashPassword(ctx, c.password)
}

// HashPassword makes what SetPassword stores of a password that was checked
// before.
func (s *Service) HashPassword(ctx context.Context, password secret.Text) (string, error) {
	return s.Hasher.Hash(ctx, password.Reveal())
}

// SetPassword stores a hash made by HashPassword in the caller's transaction.
// What was tried at the former password is forgotten with it. The version only
// ever grows, also when two are set in one microsecond.
func (s *Service) SetPassword(ctx context.Context, tx *db.Tx, practiceID, accountID, hash string) error {
	return s.setPassword(ctx, tx, practiceID, accountID, hash, false)
}

// SetMailedPassword is SetPassword for whoever came with a link from an e-mail:
// a code that is mailed there proves nothing more until something else was
// proved.
func (s *Service) SetMailedPassword(ctx context.Context, tx *db.Tx, practiceID, accountID, hash string) error {
	return s.setPassword(ctx, tx, practiceID, accountID, hash, true)
}

func (s *Service) setPassword(ctx context.Context, tx *db.Tx, practiceID, accountID, hash string, mailed bool) error {
	if _, err := tx.Exec(ctx, `
		INSERT INTO password (account_id, practice_id, hash, set_at, mailed) VALUES ($2, $1, $3, $4, $5)
		ON CONFLICT (account_id) DO UPDATE SET hash = $3, mailed = $5, set_at = `+nextVersion,
		practiceID, accountID, hash, s.Clock.Now(), mailed); err != nil {
		return err
	}
	return s.forgetTries(ctx, tx, practiceID, accountID)
}

// nextVersion is set_at of a password that is set at $4.
const nextVersion = `CASE WHEN password.set_at < $4 THEN $4 ELSE password.set_at + 1 END`

func (s *Service) forgetTries(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	if err := s.Throttle.Clear(ctx, tx, SignInTries(practiceID, accountID)); err != nil {
		return err
	}
	return s.Throttle.Clear(ctx, tx, stepUpTries(practiceID, accountID))
}

// replacePassword is SetPassword over the one with the version; false when that
// was replaced meanwhile.
func (s *Service) replacePassword(ctx context.Context, tx *db.Tx, practiceID, accountID, hash string, version int64) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE password SET hash = $3, set_at = `+nextVersion+`
		WHERE practice_id = $1 AND account_id = $2 AND set_at = $5`, practiceID, accountID, hash, s.Clock.Now(), version)
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.forgetTries(ctx, tx, practiceID, accountID)
}

// VoidPassword takes the password away: nothing matches until a new one is set
// by a mailed link, and what began with the old one goes no further.
func (s *Service) VoidPassword(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	_, err := tx.Exec(ctx, `
		UPDATE password SET hash = $3, set_at = `+nextVersion+` WHERE practice_id = $1 AND account_id = $2`,
		practiceID, accountID, "", s.Clock.Now())
	return err
}

// Rehash stores another hash of the same password.
func (s *Service) Rehash(ctx context.Context, tx *db.Tx, practiceID, accountID, hash string) error {
	_, err := tx.Exec(ctx, `UPDATE password SET hash = $3 WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID, hash)
	return err
}

// Password is what is stored of a password; zero when there is none.
type Password struct {
	Hash    string // "" matches nothing
	Version int64  // another one whenever a password is set, the same after Rehash
	Mailed  bool   // set by a mailed link, and no proof but that mailbox's since
}

// PasswordOf reads the password of an account.
func (s *Service) PasswordOf(ctx context.Context, r db.Reader, practiceID, accountID string) (Password, error) {
	p, err := db.One(ctx, r, func(sc db.Scanner) (p Password, err error) { return p, sc.Scan(&p.Hash, &p.Version, &p.Mailed) },
		`SELECT hash, set_at, mailed FROM password WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
	if errors.Is(err, db.ErrNone) {
		return Password{}, nil
	}
	return p, err
}

// HoldPassword reports whether the password is still the one with the version,
// and keeps it so until the end of the transaction: a session that is being
// made either sees a new password or is there to be ended by it.
func (s *Service) HoldPassword(ctx context.Context, tx *db.Tx, practiceID, accountID string, version int64) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE password SET set_at = set_at WHERE practice_id = $1 AND account_id = $2 AND set_at = $3`,
		practiceID, accountID, version)
	return n == 1, err
}

// SignInFactor is the factor under which tries at a sign-in are counted.
const SignInFactor = "password"

// SignInTries names the tries at a sign-in; subject is that of SubjectOf.
func SignInTries(practiceID, subject string) throttle.Key {
	return throttle.Key{PracticeID: practiceID, Subject: subject, Factor: SignInFactor}
}

func stepUpTries(practiceID, accountID string) throttle.Key {
	return throttle.Key{PracticeID: practiceID, Subject: accountID, Factor: "step_up"}
}

// ErrWrongPassword is the complaint of a step-up.
var ErrWrongPassword = fault.Complain("password", "This is not your password. Check it and type it again.")

// ConfirmPassword is the password proof inside a session (step-up, change of
// password). Tries are reserved first, apart from those at sign-in.
func (s *Service) ConfirmPassword(ctx context.Context, practiceID, accountID, password string) error {
	_, err := s.confirmed(ctx, practiceID, accountID, password)
	return err
}

// confirmed is ConfirmPassword; it tells which password it was that matched.
func (s *Service) confirmed(ctx context.Context, practiceID, accountID, password string) (Password, error) {
	key := stepUpTries(practiceID, accountID)
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return s.Throttle.Reserve(ctx, tx, key) }); err != nil {
		return Password{}, err
	}
	stored, err := s.PasswordOf(ctx, s.DB, practiceID, accountID)
	if err != nil {
		return Password{}, err
	}
	match, _, err := s.Hasher.Verify(ctx, stored.Hash, password)
	if err != nil {
		return Password{}, errors.Join(err, s.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { return s.Throttle.Return(ctx, tx, key) }))
	}
	if !match {
		return Password{}, ErrWrongPassword
	}
	return stored, s.DB.Write(ctx, func(tx *db.Tx) error { return s.Throttle.Clear(ctx, tx, key) })
}

// SubjectOf names an account in the throttle; an unknown login ID is named by
// a keyed hash, because people type passwords there.
func (s *Service) SubjectOf(practiceID, accountID, loginKey string) string {
	if accountID != "" {
		return accountID
	}
	return throttle.Unknown + hexOf(s.Ring.MAC("unknown_login", practiceID, loginKey))
}

// AddressMark stands for an IP address where it must not be readable.
func (s *Service) AddressMark(ip string) string { return hexOf(s.Ring.MAC("address", ip)) }

func hexOf(b []byte) string { return fmt.Sprintf("%x", b[:16]) }
