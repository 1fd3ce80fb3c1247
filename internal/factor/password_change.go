package factor

import (
	"context"
	"errors"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
	"catflap/internal/session"
)

// ChangeInput is a new password in place of the one a person has.
type ChangeInput struct {
	Current secret.Text
	Chosen  Chosen
}

// ErrPasswordMoved answers those who lost the race for one change.
var ErrPasswordMoved = fault.New(fault.Conflict, "password-changed-meanwhile",
	"Your password was changed somewhere else a moment ago, so this change was not made. Sign in with the new one; if that was not you, use Forgot password?")

// errCurrent is ErrWrongPassword at the field of the change.
var errCurrent = fault.Complain("current_password", "This is not your password. Check it and type it again.")

// ChangePassword stores a new password of the person who is signed in. Every
// other session ends, and this one gets the token that is returned; mailed
// links to a new password and sign-ins under way with the old one are void.
// The person is told by mail. Tries count like those of a step-up.
//
// Complaints are about current_password, new_password and repeat_password;
// throttle.ErrDelayed; ErrPasswordMoved for all but one of several at once.
func (s *Service) ChangePassword(ctx context.Context, in ChangeInput) (token secret.Text, err error) {
	v := access.ViewerFrom(ctx)
	a, err := s.Accounts.Get(ctx, s.DB, v.PracticeID, v.AccountID)
	if err != nil {
		return "", err
	}
	rules, err := s.RulesFor(ctx, s.DB, a)
	if err != nil {
		return "", err
	}
	if err := in.Chosen.Check(rules); err != nil {
		return "", err
	}
	before, err := s.confirmed(ctx, v.PracticeID, v.AccountID, in.Current.Reveal())
	if err != nil {
		return "", s.notChanged(ctx, v, err)
	}
	if in.Chosen.is(in.Current) {
		return "", fault.Complain("new_password", "This is the password you have now. Choose another one.")
	}
	hash, err := s.HashPassword(ctx, in.Chosen.password)
	if err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		// The order is that of a reset: links, password, sessions.
		if err := s.EndLinks(ctx, tx, a.PracticeID, a.ID, Reset); err != nil {
			return err
		}
		won, err := s.replacePassword(ctx, tx, a.PracticeID, a.ID, hash, before.Version)
		if err != nil {
			return err
		}
		if !won {
			return ErrPasswordMoved
		}
		fresh, err := s.Sessions.Renew(ctx, tx, v)
		if err != nil {
			return err
		}
		token = secret.Text(fresh)
		if _, err := s.Sessions.EndAll(ctx, tx, a.PracticeID, a.ID, v.SessionID, session.PasswordChanged); err != nil {
			return err
		}
		if err := s.ForgetDevices(ctx, tx, a.PracticeID, a.ID); err != nil {
			return err
		}
		if err := s.Audit.Record(ctx, tx, changeEntry(v, audit.PasswordChanged)); err != nil {
			return err
		}
		return s.Tell(ctx, tx, v.Practice, a, "Your password was changed.")
	})
	return token, err
}

func changeEntry(v access.Viewer, action audit.Action) audit.Entry {
	return audit.Entry{
		Action: action, PracticeID: v.PracticeID, OnPlatform: v.PracticeID == "",
		AccountID: v.AccountID, AccountName: v.Name,
	}
}

// notChanged writes down why the current password did not open the change.
func (s *Service) notChanged(ctx context.Context, v access.Viewer, err error) error {
	e := changeEntry(v, audit.PasswordRefused)
	switch {
	case errors.Is(err, ErrWrongPassword):
		e.Cause, err = "wrong-password", errCurrent
	case errors.Is(err, throttle.ErrDelayed):
		e.Cause = "throttled"
	default:
		return err
	}
	e.Outcome, e.FloodKey = audit.Refused, "password-change:"+e.Cause+":"+v.SessionID
	return errors.Join(err, s.Audit.Write(context.WithoutCancel(ctx), e))
}
