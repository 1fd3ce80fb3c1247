package onboarding

import (
	"context"
	"slices"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/staff"
)

// PracticeInput is a new practice and who is to run it.
type PracticeInput struct {
	practice.Input
	AdministratorName  string
	AdministratorEmail string
}

// OpenPractice creates a practice with its branches and ready-made roles and
// invites its first administrator, all or nothing.
func (s *Service) OpenPractice(ctx context.Context, in PracticeInput) (p practice.Practice, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		p, _, err = s.Practices.Create(ctx, tx, in.Input)
		if err != nil {
			return err
		}
		roles, err := s.Roles.CreateReadyMades(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		var grants []role.Grant
		for _, r := range roles {
			if r.Key == role.Administrator {
				grants = append(grants, role.Grant{RoleID: r.ID})
			}
		}
		_, err = s.Staff.Invite(ctx, tx, p.Access(), staff.Invitation{
			Name: in.AdministratorName, Email: in.AdministratorEmail, Grants: grants,
		})
		return renamed(err)
	})
	return p, err
}

// InviteAdministratorAgain mails the administrator of a practice who has not
// chosen a password yet a fresh link, for instance when the first one expired
// unread.
func (s *Service) InviteAdministratorAgain(ctx context.Context, practiceID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := s.Practices.Get(ctx, tx, practiceID)
		if err != nil {
			return err
		}
		if p.Status != practice.Active {
			return practice.ErrNotOpen
		}
		a, err := s.invitedAdministrator(ctx, tx, practiceID)
		if err != nil {
			return err
		}
		if err := s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.StaffReinvited, PracticeID: p.ID, AccountID: a.ID, AccountName: a.Name,
		}); err != nil {
			return err
		}
		return s.Staff.SendInvitation(ctx, tx, p.Access(), a)
	})
}

func (s *Service) invitedAdministrator(ctx context.Context, tx *db.Tx, practiceID string) (account.Account, error) {
	all, err := s.Accounts.List(ctx, tx, practiceID, access.KindStaff)
	if err != nil {
		return account.Account{}, err
	}
	for _, a := range all {
		if a.Onboarded() || !a.Active {
			continue
		}
		held, err := s.Roles.HeldBy(ctx, tx, practiceID, a.ID)
		if err != nil {
			return account.Account{}, err
		}
		if slices.ContainsFunc(held, func(h role.Held) bool { return h.Key == role.Administrator }) {
			return s.Accounts.Hold(ctx, tx, practiceID, a.ID)
		}
	}
	return account.Account{}, fault.New(fault.Conflict, "nobody-to-invite",
		"Every administrator of this practice has chosen a password already. They can use Forgot password?")
}

// renamed gives complaints about the person the names of the form's fields.
func renamed(err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	f := *fault.From(err)
	fields := append([]fault.Field(nil), f.Fields...)
	for i := range fields {
		fields[i].Name = "administrator_" + fields[i].Name
	}
	f.Fields = fields
	return &f
}
