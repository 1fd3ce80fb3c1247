package onboarding

import (
	"context"

	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
)

// InvitationInput is the first password of an invited person.
type InvitationInput struct {
	Token  string
	Chosen factor.Chosen
}

// Invited is who an invitation link was sent to; reading it changes nothing.
// practiceID is "" for the platform.
func (s *Service) Invited(ctx context.Context, practiceID, token string) (account.Account, error) {
	l, err := s.Factors.FindLink(ctx, s.DB, practiceID, factor.Invitation, token)
	if err != nil {
		return account.Account{}, err
	}
	return s.invited(ctx, l)
}

func (s *Service) invited(ctx context.Context, l factor.Link) (account.Account, error) {
	a, err := s.Accounts.Get(ctx, s.DB, l.PracticeID, l.AccountID)
	if err != nil {
		return a, err
	}
	if !a.Active || a.Onboarded() || l.Address != account.Key(a.RecoveryEmail) {
		return a, factor.ErrLinkVoid
	}
	return a, nil
}

// AcceptInvitation stores the first password and uses the link up. Of several
// at once one wins; the others get factor.ErrLinkVoid.
func (s *Service) AcceptInvitation(ctx context.Context, practiceID string, in InvitationInput) error {
	l, err := s.Factors.FindLink(ctx, s.DB, practiceID, factor.Invitation, in.Token)
	if err != nil {
		return err
	}
	return s.accept(ctx, l, in)
}

// AcceptAnywhere is AcceptInvitation for programs, which send the token alone.
func (s *Service) AcceptAnywhere(ctx context.Context, in InvitationInput) error {
	l, err := s.Factors.FindAnyLink(ctx, s.DB, factor.Invitation, in.Token)
	if err != nil {
		return err
	}
	return s.accept(ctx, l, in)
}

func (s *Service) accept(ctx context.Context, l factor.Link, in InvitationInput) error {
	a, err := s.invited(ctx, l)
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
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		won, err := s.Accounts.MarkOnboarded(ctx, tx, a.PracticeID, a.ID)
		if err != nil {
			return err
		}
		if !won {
			return factor.ErrLinkVoid
		}
		if err := s.Factors.UseLink(ctx, tx, l); err != nil {
			return err
		}
		if err := s.Factors.SetPassword(ctx, tx, a.PracticeID, a.ID, hash); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.InvitationUsed, PracticeID: a.PracticeID, OnPlatform: a.PracticeID == "",
			AccountID: a.ID, AccountName: a.Name,
		})
	})
}
