package factor

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// ErrDemanded answers who would deactivate a factor that the policy demands.
var ErrDemanded = fault.New(fault.Conflict, "second-factor-required",
	"Two-factor authentication is required for your login, so it cannot be deactivated. If you have another phone, set up a new key.")

// heldSecond is SecondOf and strict mode, with policy and account held until the
// end of the transaction, in the order in which everybody takes them.
func (s *Service) heldSecond(ctx context.Context, tx *db.Tx, a account.Account) (second Second, strict bool, err error) {
	if a.PracticeID != "" {
		p, err := s.Practices.HoldPolicy(ctx, tx, a.PracticeID)
		if err != nil {
			return second, false, err
		}
		strict = p.Policy.Strict
	}
	if _, err := s.Accounts.Hold(ctx, tx, a.PracticeID, a.ID); err != nil {
		return second, false, err
	}
	second, err = s.SecondOf(ctx, tx, a.PracticeID, a.ID)
	return second, strict, err
}

// SharedKey is the key of an account's authenticator, for another device or app
// of its person. It is recorded before it is shown. ErrNoAuthenticator.
func (s *Service) SharedKey(ctx context.Context, p access.Practice, a account.Account) (key otp.Key, l otp.Label, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if key, _, err = s.keyOf(ctx, tx, a.PracticeID, a.ID); err != nil {
			return err
		}
		return s.tellOf(ctx, tx, p, a, audit.FactorKeyShown, "The key of your authenticator app was shown, to set it up on another device.")
	})
	return key, labelOf(p, a), err
}

// Deactivate takes an account's factors away, for its own person. ErrDemanded
// where the policy wants one; ErrNoAuthenticator where there is none.
func (s *Service) Deactivate(ctx context.Context, p access.Practice, a account.Account) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		second, _, err := s.heldSecond(ctx, tx, a)
		if err != nil {
			return err
		}
		demand, err := s.DemandOf(ctx, tx, a)
		switch {
		case err != nil:
			return err
		case !second.Any():
			return ErrNoAuthenticator
		case demand.Required():
			return ErrDemanded
		}
		if err := s.RemoveSecond(ctx, tx, a); err != nil {
			return err
		}
		return s.tellOf(ctx, tx, p, a, audit.FactorRemoved, "Two-factor authentication was deactivated: your password alone opens your account now.")
	})
}

// DropEmail takes codes by e-mail away as a choice of one's own.
// ErrNoAuthenticator where they are all there is.
func (s *Service) DropEmail(ctx context.Context, p access.Practice, a account.Account) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		second, _, err := s.heldSecond(ctx, tx, a)
		switch {
		case err != nil:
			return err
		case second.AuthenticatorAt.IsZero():
			return ErrNoAuthenticator
		case second.EmailSince.IsZero():
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE second_factor SET email_since = NULL WHERE practice_id = $1 AND account_id = $2`, a.PracticeID, a.ID); err != nil {
			return err
		}
		return s.tellOf(ctx, tx, p, a, audit.FactorEmailDropped, "Codes by e-mail are not your second factor any more.")
	})
}

// RemoveSecond deletes everything that is a second factor of an account, and
// what is under way, in the caller's transaction, which tells of it.
func (s *Service) RemoveSecond(ctx context.Context, tx *db.Tx, a account.Account) error {
	for _, table := range []string{"authenticator", "authenticator_setup", "backup_code", "email_code", "factor_skip", "second_factor"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE practice_id = $1 AND account_id = $2`, a.PracticeID, a.ID); err != nil {
			return err
		}
	}
	return s.forgetSecondTries(ctx, tx, a)
}

// OweSecond makes the next sign-in of an account set a factor up.
func (s *Service) OweSecond(ctx context.Context, tx *db.Tx, a account.Account) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO second_factor (account_id, practice_id, owed) VALUES ($2, $1, TRUE)
		ON CONFLICT (account_id) DO UPDATE SET owed = TRUE`, a.PracticeID, a.ID)
	return err
}
