package recovery

import (
	"context"

	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/session"
)

// ResetInput is a new password by mailed link.
type ResetInput struct {
	Token  string
	Chosen factor.Chosen
}

// Resettable is whose password the link behind a token changes, if it still
// works; reading it changes nothing.
func (s *Service) Resettable(ctx context.Context, practiceID, token string) (account.Account, error) {
	l, err := s.Factors.FindLink(ctx, s.DB, practiceID, factor.Reset, token)
	if err != nil {
		return account.Account{}, err
	}
	return s.resettable(ctx, l)
}

func (s *Service) resettable(ctx context.Context, l factor.Link) (account.Account, error) {
	a, err := s.Accounts.Get(ctx, s.DB, l.PracticeID, l.AccountID)
	if err == nil && (!a.Active || l.Address != account.Key(a.RecoveryEmail)) {
		err = factor.ErrLinkVoid
	}
	return a, err
}

// Reset stores a new password, uses the link up, ends every session and every
// sign-in under way, forgets the known devices, and opens an account that too many
// wrong tries had closed. It signs nobody in.
func (s *Service) Reset(ctx context.Context, practiceID string, in ResetInput) error {
	l, err := s.Factors.FindLink(ctx, s.DB, practiceID, factor.Reset, in.Token)
	if err != nil {
		return err
	}
	return s.reset(ctx, l, in)
}

// ResetAnywhere is Reset for programs, which send the token alone.
func (s *Service) ResetAnywhere(ctx context.Context, in ResetInput) error {
	l, err := s.Factors.FindAnyLink(ctx, s.DB, factor.Reset, in.Token)
	if err != nil {
		return err
	}
	return s.reset(ctx, l, in)
}

func (s *Service) reset(ctx context.Context, l factor.Link, in ResetInput) error {
	a, err := s.resettable(ctx, l)
	if err != nil {
		return err
	}
	rules, err := s.Factors.RulesFor(ctx, s.DB, a)
	if err != nil {
		return err
	}
	hash, err := s.Factors.HashChosen(ctx, rules, in.Chosen)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error { return s.store(ctx, tx, a, l, hash) })
}

func (s *Service) store(ctx context.Context, tx *db.Tx, a account.Account, l factor.Link, hash string) error {
	if err := s.Factors.UseLink(ctx, tx, l); err != nil {
		return err
	}
	if err := s.Factors.EndLinks(ctx, tx, a.PracticeID, a.ID, ""); err != nil {
		return err
	}
	if err := s.Factors.SetMailedPassword(ctx, tx, a.PracticeID, a.ID, hash); err != nil {
		return err
	}
	if err := s.Factors.DeleteTemporary(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	if _, err := s.Sessions.EndAll(ctx, tx, a.PracticeID, a.ID, "", session.PasswordChanged); err != nil {
		return err
	}
	if err := s.Devices.ForgetAll(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	if err := s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PasswordReset, PracticeID: a.PracticeID, OnPlatform: a.PracticeID == "",
		AccountID: a.ID, AccountName: a.Name,
	}); err != nil {
		return err
	}
	p, err := s.practice(ctx, tx, a.PracticeID)
	if err != nil {
		return err
	}
	return s.Factors.Tell(ctx, tx, p, a, "Your password was changed through a link in an e-mail.")
}
