package staff

import (
	"context"
	"errors"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail"
	"catflap/internal/role"
)

// Invitation is who is invited to do what, where.
type Invitation struct {
	Name   string
	Email  string // becomes login ID and recovery address
	Grants []role.Grant
}

// Invite makes the account, grants the roles and mails the invitation, all in
// the caller's transaction. Whether the viewer may is the caller's to check.
func (s *Service) Invite(ctx context.Context, tx *db.Tx, p access.Practice, in Invitation) (account.Account, error) {
	a, err := s.Accounts.Create(ctx, tx, account.Input{
		PracticeID: p.ID, Kind: access.KindStaff, Name: in.Name, LoginID: in.Email, RecoveryEmail: in.Email,
	})
	if errors.Is(err, account.ErrLoginTaken) {
		return account.Account{}, fault.Complain("email", "Somebody in this practice signs in with this address already.")
	}
	if err != nil {
		return account.Account{}, err
	}
	if err := s.Roles.Give(ctx, tx, p.ID, a.ID, in.Grants); err != nil {
		return account.Account{}, err
	}
	roles, err := s.describe(ctx, tx, p.ID, a.ID)
	if err != nil {
		return account.Account{}, err
	}
	if err := s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.StaffInvited, PracticeID: p.ID, AccountID: a.ID, AccountName: a.Name,
		Changes: []audit.Change{{Field: "login", After: a.LoginID}, {Field: "roles", After: roles}},
	}); err != nil {
		return account.Account{}, err
	}
	return a, s.SendInvitation(ctx, tx, p, a)
}

// Add invites a person on behalf of the viewer, who manages staff and holds all
// that is given wherever it is given.
func (s *Service) Add(ctx context.Context, p access.Practice, in Invitation) (a account.Account, err error) {
	if len(in.Grants) == 0 {
		return a, ErrNoGrants
	}
	if len(in.Grants) > maximumGrants {
		return a, fault.Complain("grants", "One person can hold at most 200 roles. Give a role for all branches instead.")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Practices.Hold(ctx, tx, p.ID); err != nil {
			return err
		}
		v, err := s.Roles.Acting(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.mayGive(ctx, tx, v, p.ID, in.Grants); err != nil {
			return err
		}
		a, err = s.Invite(ctx, tx, p, in)
		return err
	})
	return a, err
}

// InviteAgain mails a fresh invitation to somebody who has not chosen a
// password yet; the link in the earlier one ends.
func (s *Service) InviteAgain(ctx context.Context, p access.Practice, accountID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.holdManaged(ctx, tx, p.ID, accountID)
		switch {
		case err != nil:
			return err
		case !one.Active:
			return ErrInactive
		case one.Onboarded():
			return ErrOnboarded
		}
		if err := s.record(ctx, tx, one, audit.StaffReinvited, nil); err != nil {
			return err
		}
		return s.SendInvitation(ctx, tx, p, one.Account)
	})
}

// SendInvitation mails a fresh link for the first password; older links end.
func (s *Service) SendInvitation(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account) error {
	l, err := s.Factors.NewLink(ctx, tx, p.ID, a.ID, factor.Invitation, account.Key(a.RecoveryEmail))
	if err != nil {
		return err
	}
	_, err = s.Mail.Enqueue(ctx, tx, mail.Draft{
		PracticeID: p.ID, AccountID: a.ID, To: a.RecoveryEmail, ToName: a.Name, Template: mail.StaffInvitation, Lang: a.Lang,
		Data:   map[string]string{"name": a.Name, "practice": p.Name, "inviter": access.ViewerFrom(ctx).Name, "valid_for": factor.Invitation.Span()},
		Secret: mail.SecretRef{Kind: mail.SecretLink, ID: l.ID},
	})
	return err
}
