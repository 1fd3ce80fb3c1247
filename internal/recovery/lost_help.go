package recovery

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/session"
)

// SkipFactor lets somebody sign in once without their second factor, within
// factor.SkipLife; that sign-in then sets another one up. Complaints are about
// reason and identity; ErrOwnFactor, ErrChangedAddress, ErrNoFactor, ErrOff,
// ErrNeverIn, petparent.ErrNoLogin, staff.ErrManagesMore, staff.ErrNotSecure.
func (s *Service) SkipFactor(ctx context.Context, who Whom, in HelpInput) error {
	return s.help(ctx, who, in, func(tx *db.Tx, a account.Account, in HelpInput) (told, error) {
		if _, err := s.Factors.GrantSkip(ctx, tx, a, in.Reason); err != nil {
			return told{}, err
		}
		by := access.ViewerFrom(ctx).Name
		return told{
			action: audit.FactorSkipped,
			person: by + " lets you sign in once without your second factor, within 24 hours. That sign-in asks you to set up a new one.",
			others: by + " lets " + a.Name + " sign in once without the second factor.",
		}, nil
	})
}

// ResetFactor deletes everything that is somebody's second factor and ends their
// sessions and sign-ins under way. The next sign-in sets another one up, unless
// the policy has switched second factors off for them. It is refused like
// SkipFactor.
func (s *Service) ResetFactor(ctx context.Context, who Whom, in HelpInput) error {
	return s.help(ctx, who, in, func(tx *db.Tx, a account.Account, _ HelpInput) (told, error) {
		owed, err := s.removeFactor(ctx, tx, a)
		by := access.ViewerFrom(ctx).Name
		t := told{
			action: audit.FactorReset,
			person: by + " reset your two-factor authentication. Your next sign-in asks you to set it up again.",
			others: by + " reset the two-factor authentication of " + a.Name + ".",
		}
		if !owed {
			t.person = by + " reset your two-factor authentication. Your password alone opens your account now."
		}
		return t, err
	})
}

// removeFactor takes the second factor and whoever is in with it away. owed says
// that the next sign-in sets another one up.
func (s *Service) removeFactor(ctx context.Context, tx *db.Tx, a account.Account) (owed bool, err error) {
	demand, err := s.Factors.DemandOf(ctx, tx, a)
	if err != nil {
		return false, err
	}
	if err := s.Factors.RemoveSecond(ctx, tx, a); err != nil {
		return false, err
	}
	if owed = demand.Offered(); owed {
		if err := s.Factors.OweSecond(ctx, tx, a); err != nil {
			return false, err
		}
	}
	return owed, s.shutOut(ctx, tx, a, session.FactorReset)
}

// shutOut ends what somebody is in with. The sign-ins go first: one that was
// about to become a session is one of the sessions then.
func (s *Service) shutOut(ctx context.Context, tx *db.Tx, a account.Account, why session.Reason) error {
	if err := s.EndPending(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	_, err := s.Sessions.EndAll(ctx, tx, a.PracticeID, a.ID, "", why)
	return err
}

// help checks who helps whom, inside one transaction, does it, and writes it
// down.
func (s *Service) help(ctx context.Context, who Whom, in HelpInput, do func(*db.Tx, account.Account, HelpInput) (told, error)) error {
	in, err := in.check(who.Kind)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := s.hold(ctx, tx, who)
		if err != nil {
			return err
		}
		if err := s.barrier(access.ViewerFrom(ctx), a); err != nil {
			return err
		}
		second, err := s.Factors.SecondOf(ctx, tx, a.PracticeID, a.ID)
		if err != nil {
			return err
		}
		if !second.Any() {
			return ErrNoFactor
		}
		t, err := do(tx, a, in)
		if err != nil {
			return err
		}
		if err := s.Accounts.NoteHelp(ctx, tx, a); err != nil {
			return err
		}
		t.who, t.HelpInput = who, in
		return s.tell(ctx, tx, a, t)
	})
}

// CancelSkip takes back that somebody may sign in once without their second
// factor, and ends a sign-in that went on with it. ErrNoSkip.
func (s *Service) CancelSkip(ctx context.Context, who Whom) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := s.hold(ctx, tx, who)
		if err != nil {
			return err
		}
		waited, err := s.Factors.EndSkip(ctx, tx, a.PracticeID, a.ID)
		if err == nil && !waited {
			err = ErrNoSkip
		}
		if err != nil {
			return err
		}
		if err := s.EndPending(ctx, tx, a.PracticeID, a.ID); err != nil {
			return err
		}
		by := access.ViewerFrom(ctx).Name
		return s.tell(ctx, tx, a, told{
			who: who, action: audit.FactorSkipEnded,
			person: by + " took back that you may sign in once without your second factor.",
			others: by + " took back that " + a.Name + " may sign in once without the second factor.",
		})
	})
}
