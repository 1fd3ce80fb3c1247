package account

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// maximumReason is how long a reason may be, in code points.
const maximumReason = 500

// Rename stores another name.
func (s *Service) Rename(ctx context.Context, tx *db.Tx, a Account, name string) error {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > 200 {
		return fault.Complain("name", "Type a name of at most 200 characters.")
	}
	_, err := tx.Exec(ctx, `UPDATE account SET name = $3, name_key = $4 WHERE practice_id = $1 AND id = $2`,
		a.PracticeID, a.ID, name, Fold(name))
	tx.Announce(access.AccountTopic(a.ID))
	return err
}

// CheckEmail complains about an address that somebody else in the practice
// signs in with already, or that is none.
func (s *Service) CheckEmail(ctx context.Context, r db.Reader, a Account, email string) error {
	if !IsEmail(email) {
		return fault.Complain("email", "Type a whole e-mail address, like name@example.com.")
	}
	other, err := s.ByLogin(ctx, r, a.PracticeID, email)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	case other.ID != a.ID:
		return fault.Complain("email", "Somebody in this practice signs in with this address already.")
	}
	return nil
}

// AskEmail remembers the address that is to become login ID and recovery
// address, and who asked for it; "" forgets it.
func (s *Service) AskEmail(ctx context.Context, tx *db.Tx, a Account, email string) error {
	if email == "" {
		_, err := tx.Exec(ctx, `UPDATE account SET pending_email = '' WHERE practice_id = $1 AND id = $2`, a.PracticeID, a.ID)
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE account SET pending_email = $3, recovery_changed_at = $4, recovery_changed_by = $5 WHERE practice_id = $1 AND id = $2`,
		a.PracticeID, a.ID, email, s.Clock.Now(), s.changers(ctx, a))
	return err
}

// ChangeEmail makes an address both login ID and recovery address. ErrLoginTaken
// when somebody signs in with it. Links that went to the former one are the
// caller's to end. An address that was asked for was changed by who asked.
func (s *Service) ChangeEmail(ctx context.Context, tx *db.Tx, a Account, email string) error {
	by := strings.Join(a.RecoveryChangers, " ")
	if email != a.PendingEmail {
		by = s.changers(ctx, a)
	}
	n, err := tx.Exec(ctx, `
		UPDATE account SET login_id = $3, login_key = $4, recovery_email = $3, recovery_key = $4, pending_email = '',
			recovery_changed_at = $5, recovery_changed_by = $6
		WHERE practice_id = $1 AND id = $2
			AND NOT EXISTS (SELECT 1 FROM account o WHERE o.practice_id = $1 AND o.login_key = $4 AND o.id <> $2)`,
		a.PracticeID, a.ID, email, Key(email), s.Clock.Now(), by)
	if err == nil && n == 0 || db.IsDuplicate(err, "account_practice_id_login_key") {
		return ErrLoginTaken
	}
	tx.Announce(access.AccountTopic(a.ID))
	return err
}

// Deactivate switches an account off. It reports false when it was off
// already, so that of several at once one wins. What the person could come
// back with is the caller's to end.
func (s *Service) Deactivate(ctx context.Context, tx *db.Tx, a Account, reason string) (bool, error) {
	reason = strings.TrimSpace(reason)
	if utf8.RuneCountInString(reason) > maximumReason {
		return false, fault.Complain("reason", "Use at most 500 characters.")
	}
	n, err := tx.Exec(ctx, `
		UPDATE account SET active = FALSE, pending_email = '', deactivated_at = $3, deactivated_by = $4, deactivated_why = $5
		WHERE practice_id = $1 AND id = $2 AND active`,
		a.PracticeID, a.ID, s.Clock.Now(), access.ViewerFrom(ctx).AccountID, reason)
	tx.Announce(access.AccountTopic(a.ID))
	return n == 1, err
}

// Reactivate switches an account on again. It reports false when it was on.
func (s *Service) Reactivate(ctx context.Context, tx *db.Tx, a Account) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE account SET active = TRUE, leaves_at = NULL, deactivated_at = NULL, deactivated_by = '', deactivated_why = ''
		WHERE practice_id = $1 AND id = $2 AND NOT active`, a.PracticeID, a.ID)
	tx.Announce(access.AccountTopic(a.ID))
	return n == 1, err
}

// SetLeaving stores when somebody who leaves is deactivated; the zero time
// takes it back.
func (s *Service) SetLeaving(ctx context.Context, tx *db.Tx, a Account, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE account SET leaves_at = $3 WHERE practice_id = $1 AND id = $2 AND active`, a.PracticeID, a.ID, at)
	return err
}

// Due lists who has left by now and is still active.
func (s *Service) Due(ctx context.Context, r db.Reader) ([]Ref, error) {
	return db.All(ctx, r, func(sc db.Scanner) (ref Ref, err error) { return ref, sc.Scan(&ref.PracticeID, &ref.AccountID) }, `
		SELECT practice_id, id FROM account WHERE leaves_at IS NOT NULL AND leaves_at <= $1 AND active ORDER BY leaves_at, id`,
		s.Clock.Now())
}
