package signin

import (
	"context"
	"errors"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
)

// ErrNotLocked answers who unlocks a session that is open.
var ErrNotLocked = fault.New(fault.Conflict, "session-not-locked", "This session is not locked. Go on with your work.")

// Lock makes the viewer's session wait for their password. Locking it again
// changes nothing.
func (s *Service) Lock(ctx context.Context) error {
	v := access.ViewerFrom(ctx)
	if v.Locked {
		return nil
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Sessions.Lock(ctx, tx, v); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, ofSession(v, audit.SessionLocked))
	})
}

// Unlock opens the viewer's locked session with their password; its token is a
// new one. Tries are counted together with those of a step-up. It is none: what
// asks for a fresh proof still does.
func (s *Service) Unlock(ctx context.Context, password secret.Text) (token secret.Text, err error) {
	v := access.ViewerFrom(ctx)
	if !v.Locked {
		return "", ErrNotLocked
	}
	if err := s.prove(ctx, v, password, audit.UnlockRefused); err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		t, err := s.Sessions.Unlock(ctx, tx, v)
		if err != nil {
			return err
		}
		token = secret.Text(t)
		return s.Audit.Record(ctx, tx, ofSession(v, audit.SessionUnlocked))
	})
	return token, err
}

// prove checks the viewer's password inside a session and writes a refusal down
// with its cause.
func (s *Service) prove(ctx context.Context, v access.Viewer, password secret.Text, refused audit.Action) error {
	err := s.Factors.ConfirmPassword(ctx, v.PracticeID, v.AccountID, password.Reveal())
	e := ofSession(v, refused)
	switch {
	case errors.Is(err, factor.ErrWrongPassword):
		e.Cause = "wrong-password"
	case errors.Is(err, throttle.ErrDelayed):
		e.Cause = "throttled"
	default:
		return err
	}
	e.Outcome, e.FloodKey = audit.Refused, string(refused)+":"+e.Cause+":"+v.SessionID
	return errors.Join(err, s.Audit.Write(context.WithoutCancel(ctx), e))
}

func ofSession(v access.Viewer, action audit.Action) audit.Entry {
	return audit.Entry{
		Action: action, PracticeID: v.PracticeID, OnPlatform: v.PracticeID == "", AccountID: v.AccountID, AccountName: v.Name,
		Target: audit.Target{Kind: "session", ID: v.SessionID},
	}
}
