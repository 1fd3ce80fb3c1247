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

// Service is what can be done with staff.
type Service struct {
	DB       *db.DB
	Audit    *audit.Log
	Accounts *account.Service
	Roles    *role.Service
	Factors  *factor.Service
	Mail     *mail.Service
}

// Invitation is who is invited to do what, where.
type Invitation struct {
	Name   string
	Email  string // becomes login ID and recovery address
	Grants []role.Grant
}

// Invite makes the account, grants the roles and mails the invitation, all in
// the caller's transaction.
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
	if err := s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.StaffInvited, PracticeID: p.ID, AccountID: a.ID, AccountName: a.Name,
		Changes: []audit.Change{{Field: "login", After: a.LoginID}},
	}); err != nil {
		return account.Account{}, err
	}
	return a, s.SendInvitation(ctx, tx, p, a)
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
