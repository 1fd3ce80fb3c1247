package staff

import (
	"context"
	"strings"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// ChangeEmail gives a person another login ID and recovery address. Who has
// never chosen a password gets a fresh invitation there, and it counts at once.
// Anybody else's new mailbox is asked first, and the former one is told. As
// whoever has the mailbox can have the account, the viewer must hold all that
// the person may do, and has not let them in without the second factor lately.
func (s *Service) ChangeEmail(ctx context.Context, p access.Practice, accountID, email string) (asked bool, err error) {
	email = strings.TrimSpace(email)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.holdManaged(ctx, tx, p.ID, accountID)
		switch {
		case err != nil:
			return err
		case !covers(one.viewer, one.held):
			return ErrMore
		case !one.Active:
			return ErrInactive
		case one.HelpedBy(one.viewer.ActorID(), s.Clock.Now()):
			return ErrHelper
		case email == one.LoginID && email == one.RecoveryEmail:
			return fault.Complain("email", "This is their address already. Type the new one.")
		}
		if err := s.Accounts.CheckEmail(ctx, tx, one.Account, email); err != nil {
			return err
		}
		asked = one.Onboarded()
		if !asked {
			return s.changeInvited(ctx, tx, p, one, email)
		}
		return s.askMailbox(ctx, tx, p, one, email)
	})
	return asked, err
}

// changeInvited corrects the address of an invitation.
func (s *Service) changeInvited(ctx context.Context, tx *db.Tx, p access.Practice, one subject, email string) error {
	if err := s.moveTo(ctx, tx, one.Account, email); err != nil {
		return err
	}
	one.LoginID, one.RecoveryEmail = email, email
	return s.SendInvitation(ctx, tx, p, one.Account)
}

// askMailbox waits for the new mailbox to say that it is theirs, and tells the
// former one while it can still object.
func (s *Service) askMailbox(ctx context.Context, tx *db.Tx, p access.Practice, one subject, email string) error {
	if err := s.Factors.AskMailbox(ctx, tx, p, one.Account, email, factor.Address); err != nil {
		return err
	}
	if err := s.record(ctx, tx, one, audit.StaffEmailAsked, audit.Diff(nil, "email", one.LoginID, email)); err != nil {
		return err
	}
	return s.Factors.Tell(ctx, tx, p, one.Account, "Your e-mail address at "+p.Name+" is to become "+email+". It changes once that mailbox confirms.")
}

// CancelEmail forgets an address that has not been confirmed.
func (s *Service) CancelEmail(ctx context.Context, practiceID, accountID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.holdManaged(ctx, tx, practiceID, accountID)
		if err != nil {
			return err
		}
		return s.keepEmail(ctx, tx, one)
	})
}

// keepEmail forgets an address that has not been confirmed, also when somebody
// may do more from now on: who asked for it need not hold that.
func (s *Service) keepEmail(ctx context.Context, tx *db.Tx, one subject) error {
	if one.PendingEmail == "" {
		return nil
	}
	if err := s.Factors.KeepMailbox(ctx, tx, one.Account, factor.Address); err != nil {
		return err
	}
	return s.record(ctx, tx, one, audit.StaffEmailAsked, audit.Diff(nil, "email", one.PendingEmail, one.LoginID))
}

// AddressOf is whose new address a link confirms, and which. It changes
// nothing. factor.ErrLinkVoid.
func (s *Service) AddressOf(ctx context.Context, practiceID, token string) (account.Account, error) {
	_, a, err := s.Factors.AskedMailbox(ctx, s.DB, practiceID, token, factor.Address)
	return a, err
}

// ConfirmEmail makes the confirmed address login ID and recovery address. Of
// several at once one wins. It signs nobody in.
func (s *Service) ConfirmEmail(ctx context.Context, p access.Practice, token string) (a account.Account, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Practices.Hold(ctx, tx, p.ID); err != nil {
			return err
		}
		l, former, err := s.Factors.AskedMailbox(ctx, tx, p.ID, token, factor.Address)
		if err != nil {
			return err
		}
		if err := s.askerCovers(ctx, tx, former); err != nil {
			return err
		}
		if err := s.Factors.UseLink(ctx, tx, l); err != nil {
			return err
		}
		if err := s.moveTo(ctx, tx, former, former.PendingEmail); err != nil {
			return err
		}
		if err := s.Factors.Tell(ctx, tx, p, former, "Your e-mail address at "+p.Name+" is now "+former.PendingEmail+"."); err != nil {
			return err
		}
		a, err = s.Accounts.Get(ctx, tx, p.ID, former.ID)
		return err
	})
	return a, err
}

// askerCovers insists that whoever asked for the new address still may do all
// that the person may do: roles may have been edited since. Nor have they helped
// with a lost second factor lately.
func (s *Service) askerCovers(ctx context.Context, tx *db.Tx, a account.Account) error {
	by := a.Asker()
	if by == "" {
		return nil
	}
	if a.HelpedBy(by, s.Clock.Now()) {
		return ErrAskerHelped
	}
	v, err := s.Roles.Acting(access.WithViewer(ctx, access.Viewer{Kind: access.KindStaff, PracticeID: a.PracticeID, AccountID: by}), tx)
	if err != nil {
		return err
	}
	held, err := s.Roles.HeldBy(ctx, tx, a.PracticeID, a.ID)
	if err == nil && !covers(v, held) {
		err = ErrAsker
	}
	return err
}

// moveTo stores the address and ends what was sent to the former one, with a skip
// that waits: it was granted to whoever had that.
func (s *Service) moveTo(ctx context.Context, tx *db.Tx, a account.Account, email string) error {
	if err := s.Accounts.ChangeEmail(ctx, tx, a, email); err != nil {
		return err
	}
	if err := s.Factors.EndLinks(ctx, tx, a.PracticeID, a.ID, ""); err != nil {
		return err
	}
	if _, err := s.Factors.EndSkip(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.StaffEmailChanged, PracticeID: a.PracticeID, AccountID: a.ID, AccountName: a.Name,
		Changes: audit.Diff(nil, "email", a.LoginID, email),
	})
}
