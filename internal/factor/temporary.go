package factor

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
)

// TemporaryPolicy is what the practice decided about temporary passwords.
type TemporaryPolicy struct {
	Life     time.Duration
	Tries    int
	Readable bool
	Style    Style
}

// Temporary is the state of a temporary password, without the secret.
type Temporary struct {
	ID         string
	PracticeID string
	AccountID  string
	Readable   bool // the secret part is still there
	Generated  bool
	Tries      int
	MaxTries   int
	IssuedAt   time.Time
	ExpiresAt  time.Time // zero until its message has left, or failed for good
	BurntAt    time.Time
	Withdrawn  bool   // burnt by a change of the policy, not by wrong tries
	Again      bool   // in place of a password of one's own, which was forgotten
	LinkID     string // the activation link that the same message carries; ""
	sealed     []byte
	hash       string
	life       time.Duration
}

// Usable reports whether it still opens the first-sign-in steps.
func (t Temporary) Usable(now time.Time) bool {
	return t.ID != "" && t.BurntAt.IsZero() && !t.Expired(now)
}

// Expired reports whether its life is over.
func (t Temporary) Expired(now time.Time) bool {
	return !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)
}

// IssueInput is a new temporary password; a generated one when Typed is empty.
type IssueInput struct {
	PracticeID  string
	AccountID   string
	AccountName string
	Policy      TemporaryPolicy
	Typed       secret.Text
	Kept        Temporary // a readable one whose words stay, for a life of its own; the zero value for others
	ByMail      bool      // its life begins once its message has left, or failed for good
	Again       bool      // the first sign-in is long complete
	LinkID      string    // an activation link that goes into the same message
}

// ErrNoTemporary answers where there is none, or nothing readable of it.
var ErrNoTemporary = fault.New(fault.Gone, "temporary-password-gone",
	"There is no temporary password to show. Issue a new one, or point to Forgot password?")

// MinimumTyped is the shortest temporary password that staff may type.
const MinimumTyped = 8

// unreadable hashes what must not be readable; "" for readable ones. Only
// practices that forbid readable ones pay for it inside their transaction.
func (s *Service) unreadable(ctx context.Context, in IssueInput, plain secret.Text) (string, error) {
	if in.Policy.Readable {
		return "", nil
	}
	return s.Hasher.Hash(ctx, foldReadable(plain.Reveal()))
}

// IssueTemporary replaces whatever temporary password the account had. The
// plain text is returned for the one who issued it; a readable one can be
// opened again until the first sign-in.
func (s *Service) IssueTemporary(ctx context.Context, tx *db.Tx, in IssueInput) (Temporary, secret.Text, error) {
	plain, err := s.plain(in)
	if err != nil {
		return Temporary{}, "", err
	}
	hash, err := s.unreadable(ctx, in, plain)
	if err != nil {
		return Temporary{}, "", err
	}
	t := in.temporary(s.Clock.Now())
	t.hash = hash
	if in.Policy.Readable {
		if t.sealed, err = s.Ring.Seal(t.seal(), []byte(plain.Reveal())); err != nil {
			return Temporary{}, "", err
		}
	}
	if err := s.DeleteTemporary(ctx, tx, in.PracticeID, in.AccountID); err != nil {
		return Temporary{}, "", err
	}
	if err := insertTemporary(ctx, tx, access.ViewerFrom(ctx).ActorID(), t); err != nil {
		return Temporary{}, "", err
	}
	return t, plain, s.Audit.Record(ctx, tx, t.issued(in.AccountName))
}

// IssueTemporaries is IssueTemporary for many readable ones of accounts that
// were made in the same transaction, and therefore have none.
func (s *Service) IssueTemporaries(ctx context.Context, tx *db.Tx, all []IssueInput) ([]Temporary, error) {
	issued, entries, now := make([]Temporary, len(all)), make([]audit.Entry, len(all)), s.Clock.Now()
	for i, in := range all {
		plain, err := s.plain(in)
		if err != nil {
			return nil, err
		}
		t := in.temporary(now)
		if t.sealed, err = s.Ring.Seal(t.seal(), []byte(plain.Reveal())); err != nil {
			return nil, err
		}
		issued[i], entries[i] = t, t.issued(in.AccountName)
	}
	if err := insertTemporary(ctx, tx, access.ViewerFrom(ctx).ActorID(), issued...); err != nil {
		return nil, err
	}
	return issued, s.Audit.RecordAll(ctx, tx, entries)
}

func (in IssueInput) temporary(now time.Time) Temporary {
	t := Temporary{
		ID: id.New(), PracticeID: in.PracticeID, AccountID: in.AccountID, Readable: in.Policy.Readable,
		Generated: in.Typed == "" && (in.Kept.ID == "" || in.Kept.Generated), Again: in.Again, LinkID: in.LinkID, MaxTries: in.Policy.Tries, IssuedAt: now, life: in.Policy.Life,
	}
	if !in.ByMail {
		t.ExpiresAt = now.Add(t.life)
	}
	return t
}

// issued is the entry for the record.
func (t Temporary) issued(accountName string) audit.Entry {
	return audit.Entry{
		Action: audit.TemporaryIssued, PracticeID: t.PracticeID, AccountID: t.AccountID, AccountName: accountName,
		Target: audit.Target{Kind: "temporary_password", ID: t.ID},
	}
}

func (s *Service) plain(in IssueInput) (secret.Text, error) {
	switch {
	case in.Kept.ID != "":
		return s.openSealed(in.Kept)
	case in.Typed == "":
		return newReadable(in.Policy.Style), nil
	}
	n := utf8.RuneCountInString(in.Typed.Reveal())
	if n < MinimumTyped || n > MaximumPassword {
		return "", fault.Complain("temporary_password", "Type at least 8 characters, or leave it empty to have one made.")
	}
	return in.Typed, nil
}

// seal is the associated data: the ciphertext opens in its own row only.
func (t Temporary) seal() string { return "temporary_password/sealed/" + t.ID }

// TemporaryOf reads the state; the zero Temporary when there is none.
func (s *Service) TemporaryOf(ctx context.Context, r db.Reader, practiceID, accountID string) (Temporary, error) {
	t, err := db.One(ctx, r, scanTemporary, selectTemporary+` WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
	if errors.Is(err, db.ErrNone) {
		return Temporary{}, nil
	}
	return t, err
}

// ReserveTemporaryTry takes one of the tries in the transaction that reserves
// the sign-in's try, before anything is compared. It reports false where no
// usable temporary password with tries left exists, or where the typed text
// cannot be a generated one, so that a typing error costs nothing. The
// statement runs in any case: the time tells nobody which case it was.
func (s *Service) ReserveTemporaryTry(ctx context.Context, tx *db.Tx, t Temporary, typed string) (bool, error) {
	if t.Generated && t.MaxTries > 1 && !looksReadable(typed) {
		t.ID = ""
	}
	n, err := tx.Exec(ctx, `
		UPDATE temporary_password SET tries = tries + 1
		WHERE practice_id = $1 AND id = $2 AND burnt_at IS NULL AND tries < max_tries
			AND (expires_at IS NULL OR expires_at > $3)`, t.PracticeID, t.ID, s.Clock.Now())
	return n == 1, err
}

// MatchTemporary compares after a reserved try. The caller spends one Argon2
// run in any case; a hash-only temporary password is that run.
func (s *Service) MatchTemporary(ctx context.Context, t Temporary, typed string) (bool, error) {
	folded := foldReadable(typed)
	if t.hash != "" {
		match, _, err := s.Hasher.Verify(ctx, t.hash, folded)
		return match, err
	}
	if _, _, err := s.Hasher.Verify(ctx, "", folded); err != nil {
		return false, err
	}
	plain, err := s.openSealed(t)
	if err != nil {
		return false, err
	}
	return secret.Equal(foldReadable(plain.Reveal()), folded), nil
}

func (s *Service) openSealed(t Temporary) (secret.Text, error) {
	if len(t.sealed) == 0 {
		return "", ErrNoTemporary
	}
	b, err := s.Ring.Open(t.seal(), t.sealed)
	return secret.Text(b), err
}

// ReturnTemporaryTry gives a reserved try back: after a match, or when it was
// never looked at. It reports false where the temporary password was replaced,
// used or burnt meanwhile.
func (s *Service) ReturnTemporaryTry(ctx context.Context, tx *db.Tx, t Temporary) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE temporary_password SET tries = tries - 1
		WHERE practice_id = $1 AND id = $2 AND tries > 0 AND burnt_at IS NULL`, t.PracticeID, t.ID)
	return n == 1, err
}

// BurnTemporary makes it void once its tries are used up, deletes the secret
// part and tells the record. It does nothing while tries are left.
func (s *Service) BurnTemporary(ctx context.Context, tx *db.Tx, t Temporary, accountName string) error {
	n, err := tx.Exec(ctx, `
		UPDATE temporary_password SET burnt_at = $3, sealed = NULL, hash = ''
		WHERE practice_id = $1 AND id = $2 AND burnt_at IS NULL AND tries >= max_tries`,
		t.PracticeID, t.ID, s.Clock.Now())
	if err != nil || n == 0 {
		return err
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.TemporaryBurnt, Outcome: audit.Refused, Cause: "tries-used-up", PracticeID: t.PracticeID,
		AccountID: t.AccountID, AccountName: accountName, Target: audit.Target{Kind: "temporary_password", ID: t.ID},
	})
}

// UseTemporary deletes the one with which a password of one's own was chosen. Of
// several at once one gets true.
func (s *Service) UseTemporary(ctx context.Context, tx *db.Tx, practiceID, temporaryID string) (bool, error) {
	n, err := tx.Exec(ctx, `DELETE FROM temporary_password WHERE practice_id = $1 AND id = $2`, practiceID, temporaryID)
	return n == 1, err
}

// DeleteTemporary removes it altogether: with the first sign-in, a re-issue, a
// change of the recovery address, deactivation.
func (s *Service) DeleteTemporary(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM temporary_password WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
	return err
}

// ShowTemporary reveals it to staff. The record is written first, in a
// transaction that holds the temporary password: nobody sees what was not
// recorded, and a first sign-in comes either before it or after it.
func (s *Service) ShowTemporary(ctx context.Context, practiceID, accountID, accountName string) (secret.Text, error) {
	var t Temporary
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		held, err := tx.Exec(ctx, `UPDATE temporary_password SET tries = tries WHERE practice_id = $1 AND account_id = $2`,
			practiceID, accountID)
		if err != nil {
			return err
		}
		if t, err = s.TemporaryOf(ctx, tx, practiceID, accountID); err != nil {
			return err
		}
		if held == 0 || !t.Readable || !t.Usable(s.Clock.Now()) {
			return ErrNoTemporary
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.TemporaryShown, PracticeID: practiceID, AccountID: accountID, AccountName: accountName,
			Target: audit.Target{Kind: "temporary_password", ID: t.ID},
		})
	})
	if err != nil {
		return "", err
	}
	return s.openSealed(t)
}

// OpenTemporary is for the hand-over to the mail server only.
func (s *Service) OpenTemporary(ctx context.Context, practiceID, temporaryID string) (secret.Text, error) {
	t, err := db.One(ctx, s.DB, scanTemporary, selectTemporary+` WHERE practice_id = $1 AND id = $2`, practiceID, temporaryID)
	if errors.Is(err, db.ErrNone) {
		return "", fault.New(fault.Gone, "temporary-password-replaced", "The temporary password was replaced or used before this message was sent.")
	}
	if err != nil {
		return "", err
	}
	if !t.Usable(s.Clock.Now()) {
		return "", fault.New(fault.Gone, "temporary-password-void", "The temporary password had expired or was used up before this message was sent.")
	}
	return s.openSealed(t)
}

// LinkBeside is the activation link that goes into the message with a temporary
// password; "" for none.
func (s *Service) LinkBeside(ctx context.Context, practiceID, temporaryID string) (linkID string, err error) {
	linkID, err = db.One(ctx, s.DB, func(sc db.Scanner) (id string, err error) { return id, sc.Scan(&id) },
		`SELECT link_id FROM temporary_password WHERE practice_id = $1 AND id = $2`, practiceID, temporaryID)
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	return linkID, err
}

// TemporarySettled starts its life, once: with the hand-over of its message, or
// when that could not be sent, so that none waits for ever.
func (s *Service) TemporarySettled(ctx context.Context, tx *db.Tx, practiceID, temporaryID string, at time.Time) error {
	_, err := tx.Exec(ctx, `
		UPDATE temporary_password SET expires_at = $3 + life * 1000000
		WHERE practice_id = $1 AND id = $2 AND expires_at IS NULL`, practiceID, temporaryID, at)
	return err
}

// SweepTemporary deletes the secret part of expired ones.
func (s *Service) SweepTemporary(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		over, err := db.All(ctx, tx, scanTemporary, selectTemporary+`
			WHERE expires_at <= $1 AND (sealed IS NOT NULL OR hash <> '') AND burnt_at IS NULL`, s.Clock.Now())
		if err != nil {
			return err
		}
		for _, t := range over {
			if _, err := tx.Exec(ctx, `
				UPDATE temporary_password SET sealed = NULL, hash = '' WHERE practice_id = $1 AND id = $2`,
				t.PracticeID, t.ID); err != nil {
				return err
			}
			if err := s.Audit.Record(ctx, tx, audit.Entry{
				Action: audit.TemporaryExpired, PracticeID: t.PracticeID, AccountID: t.AccountID,
				Target: audit.Target{Kind: "temporary_password", ID: t.ID},
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// IsTemporary reports whether a new password is the temporary one.
func (s *Service) IsTemporary(ctx context.Context, practiceID, accountID string, c Chosen) (bool, error) {
	t, err := s.TemporaryOf(ctx, s.DB, practiceID, accountID)
	if err != nil || t.ID == "" || (t.hash == "" && !t.Readable) {
		return false, err
	}
	return s.MatchTemporary(ctx, t, c.password.Reveal())
}
