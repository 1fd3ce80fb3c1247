package factor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
)

// MaximumPassword is the longest password, in code points.
const MaximumPassword = 128

// Rules is what a new password has to satisfy.
type Rules struct {
	Minimum   int      // code points
	Forbidden []string // names of practice, branch, person and pets, and login IDs
}

// Chosen is a new password as somebody typed it: programs send it Once, pages
// ask for it Twice.
type Chosen struct {
	password, repeat secret.Text
}

// Once is a new password from a program.
func Once(password string) Chosen { return Twice(password, password) }

// Twice is a new password from a page that asked for it again.
func Twice(password, repeat string) Chosen {
	return Chosen{password: secret.Text(password), repeat: secret.Text(repeat)}
}

// Check complains about a new password and its repetition. The fields are
// "new_password" and "repeat_password".
func (ch Chosen) Check(r Rules) error {
	password := ch.password.Reveal()
	var c fault.Complaints
	folded := norm.NFKC.String(password)
	n := utf8.RuneCountInString(folded)
	switch {
	case !utf8.ValidString(password):
		c.Add("new_password", "This password has characters that cannot be stored. Type it again.")
	case min(n, utf8.RuneCountInString(password)) < r.Minimum: // one code point may fold to eighteen
		c.Add("new_password", fmt.Sprintf("Use at least %d characters. A few words in a row are easy to remember.", r.Minimum))
	case n > MaximumPassword:
		c.Add("new_password", fmt.Sprintf("Use at most %d characters.", MaximumPassword))
	case tooSimple(folded):
		c.Add("new_password", "This is one of the first things a guesser tries. Use a few words that belong only to you.")
	case isName(folded, r.Forbidden):
		c.Add("new_password", "This is a name or login that others know. Use a few words that belong only to you.")
	}
	if ch.password != ch.repeat {
		c.Add("repeat_password", "The two passwords are not the same. Type the second one again.")
	}
	return c.Err()
}

// tooSimple catches one character or one short run repeated all along.
func tooSimple(p string) bool {
	for period := 1; period <= 4; period++ {
		if len(p) > period && strings.HasPrefix(strings.Repeat(p[:period], len(p)/period+1), p) {
			return true
		}
	}
	return strings.Contains("01234567890123456789", p) || strings.Contains("abcdefghijklmnopqrstuvwxyz", strings.ToLower(p)) ||
		strings.Contains("qwertyuiopasdfghjklzxcvbnm", strings.ToLower(p))
}

// isName reports whether nothing but a known name, with or without digits
// around it, makes up the password.
func isName(p string, names []string) bool {
	core := onlyLetters(p)
	for _, n := range names {
		if n = onlyLetters(n); n != "" && core == n {
			return true
		}
	}
	return false
}

func onlyLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t0123456789.-_'!?@#$%&*+", r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}

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
// What was tried at the former password is forgotten with it.
func (s *Service) SetPassword(ctx context.Context, tx *db.Tx, practiceID, accountID, hash string) error {
	if _, err := tx.Exec(ctx, `
		INSERT INTO password (account_id, practice_id, hash, set_at) VALUES ($2, $1, $3, $4)
		ON CONFLICT (account_id) DO UPDATE SET hash = $3, set_at = $4`, practiceID, accountID, hash, s.Clock.Now()); err != nil {
		return err
	}
	if err := s.Throttle.Clear(ctx, tx, SignInTries(practiceID, accountID)); err != nil {
		return err
	}
	return s.Throttle.Clear(ctx, tx, stepUpTries(practiceID, accountID))
}

// Rehash stores another hash of the same password.
func (s *Service) Rehash(ctx context.Context, tx *db.Tx, practiceID, accountID, hash string) error {
	_, err := tx.Exec(ctx, `UPDATE password SET hash = $3 WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID, hash)
	return err
}

// Password is what is stored of a password; zero when there is none.
type Password struct {
	Hash    string
	Version int64 // another one whenever a password is set, the same after Rehash
}

// PasswordOf reads the password of an account.
func (s *Service) PasswordOf(ctx context.Context, r db.Reader, practiceID, accountID string) (Password, error) {
	p, err := db.One(ctx, r, func(sc db.Scanner) (p Password, err error) { return p, sc.Scan(&p.Hash, &p.Version) },
		`SELECT hash, set_at FROM password WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
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

// SignInTries names the tries at a sign-in; subject is that of SubjectOf.
func SignInTries(practiceID, subject string) throttle.Key {
	return throttle.Key{PracticeID: practiceID, Subject: subject, Factor: "password"}
}

func stepUpTries(practiceID, accountID string) throttle.Key {
	return throttle.Key{PracticeID: practiceID, Subject: accountID, Factor: "step_up"}
}

// ErrWrongPassword is the complaint of a step-up.
var ErrWrongPassword = fault.Complain("password", "This is not your password. Check it and type it again.")

// ConfirmPassword is the password proof inside a session (step-up, change of
// password). Tries are reserved first, apart from those at sign-in.
func (s *Service) ConfirmPassword(ctx context.Context, practiceID, accountID, password string) error {
	key := stepUpTries(practiceID, accountID)
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return s.Throttle.Reserve(ctx, tx, key) }); err != nil {
		return err
	}
	stored, err := s.PasswordOf(ctx, s.DB, practiceID, accountID)
	if err != nil {
		return err
	}
	match, _, err := s.Hasher.Verify(ctx, stored.Hash, password)
	if err != nil {
		return errors.Join(err, s.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { return s.Throttle.Return(ctx, tx, key) }))
	}
	if !match {
		return ErrWrongPassword
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.Throttle.Clear(ctx, tx, key) })
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
