package factor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
)

const (
	emailCodeLife  = 10 * time.Minute
	emailCodeTries = 5 // wrong ones until it is void
	emailCodes     = 5 // that one account is sent in an hour for one known device, or for strangers
	allEmailCodes  = 15
)

// ErrCodesSent asks for patience with codes by e-mail.
var ErrCodesSent = fault.New(fault.TooMany, "too-many-codes",
	"We sent you 5 codes within an hour, and that is the limit. Look for the newest e-mail, also in the spam folder, or try again later.")

// errAllSent is ErrCodesSent for all devices of an account together.
var errAllSent = fault.New(fault.TooMany, ErrCodesSent.Code,
	"We sent you 15 codes within an hour, and that is the limit. Look for the newest e-mail, also in the spam folder, or try again later.")

type emailCode struct {
	id, keyID, address, linkID string
}

// text is the code: it follows from the id under the key ring, so that it is
// stored nowhere and a mail that is sent again carries the same one.
func (s *Service) text(c emailCode) (string, error) {
	mac, err := s.Ring.MACWith(c.keyID, "email_code", c.id)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(mac)%100_000_000), nil
}

// Choosing is what a code is asked for in, for ChooseEmail: one that proves
// something in a sign-in or session chooses nothing there, and the other way round.
func Choosing(askedIn string) string { return "choose/" + askedIn }

// SendCode mails a code that only this sign-in or session takes; former ones of
// it are void. device is the mark of the one that it is asked for on, if the
// account is known there, "" otherwise: strangers who have the password use up
// what they are sent together, and not what is sent to its owner. ErrCodesSent.
func (s *Service) SendCode(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, askedIn, device string) error {
	if _, err := s.Accounts.Hold(ctx, tx, a.PracticeID, a.ID); err != nil { // one after the other, or more could be sent
		return err
	}
	now := s.Clock.Now()
	if err := s.mayBeSent(ctx, tx, a, device); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE email_code SET ended_at = $4 WHERE practice_id = $1 AND account_id = $2 AND asked_in = $3 AND ended_at IS NULL`,
		a.PracticeID, a.ID, askedIn, now); err != nil {
		return err
	}
	link, err := s.NewLink(ctx, tx, a.PracticeID, a.ID, Protection, account.Key(a.RecoveryEmail))
	if err != nil {
		return err
	}
	c := emailCode{id: id.New(), keyID: s.Ring.KeyID(), address: account.Key(a.RecoveryEmail), linkID: link.ID}
	if _, err := tx.Exec(ctx, `
		INSERT INTO email_code (id, practice_id, account_id, asked_in, key_id, address, link_id, tries, created_at, expires_at, device)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10)`,
		c.id, a.PracticeID, a.ID, askedIn, c.keyID, c.address, c.linkID, now, now.Add(emailCodeLife), device); err != nil {
		return err
	}
	if err := s.mailCode(ctx, tx, p, a, c); err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, entryFor(a, audit.CodeMailed))
}

// mayBeSent fails with ErrCodesSent while the last hour allows no code more.
func (s *Service) mayBeSent(ctx context.Context, tx *db.Tx, a account.Account, device string) error {
	type sent struct {
		at     time.Time
		device string
	}
	now := s.Clock.Now()
	all, err := db.All(ctx, tx, func(sc db.Scanner) (c sent, err error) { return c, sc.Scan(&c.at, &c.device) }, `
		SELECT created_at, device FROM email_code WHERE practice_id = $1 AND account_id = $2 AND created_at > $3 ORDER BY created_at`,
		a.PracticeID, a.ID, now.Add(-time.Hour))
	if err != nil {
		return err
	}
	if n := len(all); n >= allEmailCodes {
		return errAllSent.After(all[n-allEmailCodes].at.Add(time.Hour).Sub(now))
	}
	here := slices.DeleteFunc(all, func(c sent) bool { return c.device != device })
	if n := len(here); n >= emailCodes {
		return ErrCodesSent.After(here[n-emailCodes].at.Add(time.Hour).Sub(now))
	}
	return nil
}

func (s *Service) mailCode(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, c emailCode) error {
	_, err := s.Mail.Enqueue(ctx, tx, mail.Draft{
		PracticeID: a.PracticeID, AccountID: a.ID, To: a.RecoveryEmail, ToName: a.Name, Template: mail.SignInCode, Lang: a.Lang,
		Data:   s.circumstances(ctx, p, a, "10 minutes"),
		Secret: mail.SecretRef{Kind: mail.SecretCode, ID: c.id},
	})
	return err
}

// MailedCode is a code that still works, for the mail that carries it, and the
// link of "this was not me". ErrLinkVoid otherwise.
func (s *Service) MailedCode(ctx context.Context, r db.Reader, practiceID, codeID string) (code secret.Text, linkID string, err error) {
	c, err := db.One(ctx, r, scanEmailCode, selectEmailCode+` AND id = $2`, practiceID, codeID, s.Clock.Now())
	if errors.Is(err, db.ErrNone) {
		return "", "", ErrLinkVoid
	}
	if err != nil {
		return "", "", err
	}
	text, err := s.text(c)
	return secret.Text(text), c.linkID, err
}

// CodeWaits reports whether a code was mailed for this sign-in or session that
// it still takes.
func (s *Service) CodeWaits(ctx context.Context, r db.Reader, a account.Account, askedIn string) (bool, error) {
	c, err := s.waitingCode(ctx, r, a, askedIn)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	return err == nil && c.address == account.Key(a.RecoveryEmail), err
}

func (s *Service) waitingCode(ctx context.Context, r db.Reader, a account.Account, askedIn string) (emailCode, error) {
	return db.One(ctx, r, scanEmailCode, selectEmailCode+` AND account_id = $2 AND asked_in = $4 ORDER BY created_at DESC, id DESC LIMIT 1`,
		a.PracticeID, a.ID, s.Clock.Now(), askedIn)
}

const selectEmailCode = `
	SELECT id, key_id, address, link_id FROM email_code
	WHERE practice_id = $1 AND ended_at IS NULL AND expires_at > $3`

func scanEmailCode(sc db.Scanner) (c emailCode, err error) {
	return c, sc.Scan(&c.id, &c.keyID, &c.address, &c.linkID)
}

// takeEmailCode uses the code of a sign-in or session up; of several at once one
// is taken. A wrong one counts against it.
func (s *Service) takeEmailCode(ctx context.Context, tx *db.Tx, a account.Account, askedIn, typed string) (bool, error) {
	now := s.Clock.Now()
	c, err := s.waitingCode(ctx, tx, a, askedIn)
	if errors.Is(err, db.ErrNone) || err == nil && c.address != account.Key(a.RecoveryEmail) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	text, err := s.text(c)
	if err != nil {
		return false, err
	}
	if !secret.Equal(text, otp.Plain(typed)) {
		_, err = tx.Exec(ctx, `
			UPDATE email_code SET tries = tries + 1, ended_at = CASE WHEN tries + 1 >= $4 THEN $3 ELSE ended_at END
			WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`, a.PracticeID, c.id, now, emailCodeTries)
		return false, err
	}
	n, err := tx.Exec(ctx, `
		UPDATE email_code SET ended_at = $3 WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`, a.PracticeID, c.id, now)
	return n == 1, err
}

// ChooseEmail makes codes by e-mail the account's own second factor, proved by
// one that was sent to this session or sign-in for Choosing. Backup codes come with it where
// there are none. Complaints are about code; ErrFactorOff where the policy
// forbids it.
func (s *Service) ChooseEmail(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, askedIn, typed string) (Verified, error) {
	second, strict, err := s.heldSecond(ctx, tx, a)
	if err != nil {
		return Verified{}, err
	}
	demand, err := s.DemandOf(ctx, tx, a)
	if err != nil {
		return Verified{}, err
	}
	if !demand.Offered() || !demand.EmailCode || a.RecoveryEmail == "" {
		return Verified{}, ErrFactorOff
	}
	taken, err := s.takeEmailCode(ctx, tx, a, Choosing(askedIn), typed)
	if err != nil {
		return Verified{}, err
	}
	if !taken {
		return Verified{}, errWrongEmailCode
	}
	if err := markSecond(ctx, tx, a.PracticeID, a.ID); err != nil {
		return Verified{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE second_factor SET email_since = $3 WHERE practice_id = $1 AND account_id = $2`,
		a.PracticeID, a.ID, s.Clock.Now()); err != nil {
		return Verified{}, err
	}
	out := Verified{Changed: second.Any()}
	if second.Unused == 0 {
		if out.Codes, err = s.makeCodes(ctx, tx, a, strict); err != nil {
			return out, err
		}
	}
	return out, s.tellSet(ctx, tx, p, a, second, audit.FactorSet, "Two-factor authentication was switched on: a code by e-mail is asked for from now on.")
}

var errWrongEmailCode = fault.Complain("code", "This is not the code of the newest e-mail, or it is older than 10 minutes. Check it, or send a new one.")
