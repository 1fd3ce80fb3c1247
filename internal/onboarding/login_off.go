package onboarding

import (
	"context"

	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/session"
)

// switchOver switches the login off or on as wished.
func (e *loginEdit) switchOver(ctx context.Context, tx *db.Tx) error {
	if e.in.Active == nil {
		return nil
	}
	before, after, action := "yes", "no", audit.LoginOff
	if *e.in.Active {
		before, after, action = after, before, audit.LoginOn
	}
	var err error
	if *e.in.Active {
		err = e.SwitchOn(ctx, tx, e.account)
	} else {
		err = e.SwitchOff(ctx, tx, e.account)
	}
	if err != nil {
		return err
	}
	e.account.Active, e.out.On, e.out.Off = *e.in.Active, *e.in.Active, !*e.in.Active
	e.account.PendingEmail = ""
	e.out.Changed = append(e.out.Changed, FieldActive)
	return e.Audit.Record(ctx, tx, e.entry(action, audit.Diff(nil, FieldActive, before, after)))
}

// SwitchOff deactivates a pet parent's account, which the caller holds, in the
// caller's transaction: their sessions end at their next request, and with them
// every link, the temporary password, every sign-in under way and every known
// device. Of one that is off already the same is swept again.
func (s *Service) SwitchOff(ctx context.Context, tx *db.Tx, a account.Account) error {
	if _, err := s.Accounts.Deactivate(ctx, tx, a, ""); err != nil {
		return err
	}
	return s.shutOut(ctx, tx, a)
}

// SwitchOn is the reverse: the password of their own that the person had counts
// again, if they had one. Nothing that slipped in while the login was off comes
// to life.
func (s *Service) SwitchOn(ctx context.Context, tx *db.Tx, a account.Account) error {
	if _, err := s.Accounts.Reactivate(ctx, tx, a); err != nil {
		return err
	}
	return s.shutOut(ctx, tx, a)
}

// shutOut ends what somebody is in with or could come back with. The sign-ins go
// before the sessions: one that was about to become a session is one of those
// then.
func (s *Service) shutOut(ctx context.Context, tx *db.Tx, a account.Account) error {
	if err := s.Factors.EndLinks(ctx, tx, a.PracticeID, a.ID, ""); err != nil {
		return err
	}
	if err := s.Factors.DeleteTemporary(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	if err := s.EndPending(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	if err := s.Devices.ForgetAll(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	if _, err := s.Factors.EndSkip(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	_, err := s.Sessions.EndAll(ctx, tx, a.PracticeID, a.ID, "", session.Deactivated)
	return err
}
