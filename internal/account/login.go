package account

import (
	"context"
	"errors"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// ChangeLogin stores another login ID of a pet parent, whom the caller holds.
// ErrLoginTaken when somebody signs in with it.
func (s *Service) ChangeLogin(ctx context.Context, tx *db.Tx, a Account, login string) error {
	login = strings.TrimSpace(login)
	n, err := tx.Exec(ctx, `
		UPDATE account SET login_id = $3, login_key = $4
		WHERE practice_id = $1 AND id = $2
			AND NOT EXISTS (SELECT 1 FROM account o WHERE o.practice_id = $1 AND o.login_key = $4 AND o.id <> $2)`,
		a.PracticeID, a.ID, login, Key(login))
	if err == nil && n == 0 || db.IsDuplicate(err, "account_practice_id_login_key") {
		return ErrLoginTaken
	}
	tx.Announce(access.AccountTopic(a.ID))
	return err
}

// LoginFree reports whether nobody in the practice but the account itself signs
// in with the login ID. accountID is "" for somebody without a login.
func (s *Service) LoginFree(ctx context.Context, r db.Reader, practiceID, accountID, login string) (bool, error) {
	other, err := s.ByLogin(ctx, r, practiceID, login)
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	return err == nil && other.ID == accountID, err
}

// ConfirmRecovery makes the address that was asked for the recovery address of a
// pet parent, whose login ID stays. It was changed by who asked for it.
func (s *Service) ConfirmRecovery(ctx context.Context, tx *db.Tx, a Account) error {
	_, err := tx.Exec(ctx, `
		UPDATE account SET recovery_email = $3, recovery_key = $4, pending_email = '', recovery_changed_at = $5
		WHERE practice_id = $1 AND id = $2`,
		a.PracticeID, a.ID, a.PendingEmail, Key(a.PendingEmail), s.Clock.Now())
	return err
}
