package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
	"catflap/internal/role"
)

// Identify is who a token stands for at this moment. Passive requests do not
// move the idle clock. With a session that is over, the viewer still names
// account and practice, but has no SessionID.
func (s *Service) Identify(ctx context.Context, token string, passive bool) (access.Viewer, error) {
	now := s.Clock.Now()
	row, err := db.One(ctx, s.DB, scanIdentity, selectIdentity, secret.HashToken(token))
	if errors.Is(err, db.ErrNone) {
		return access.Viewer{}, ErrNone
	}
	if err != nil {
		return access.Viewer{}, err
	}
	v := row.viewer
	if v.Kind == access.KindStaff {
		held, err := s.Roles.HeldBy(ctx, s.DB, v.PracticeID, v.AccountID)
		if err != nil {
			return access.Viewer{}, err
		}
		v = v.Holding(role.Access(held))
	}
	if err := row.refusal(v, now, access.OriginFrom(ctx).IP); err != nil {
		return access.Viewer{Kind: v.Kind, AccountID: v.AccountID, PracticeID: v.PracticeID}, err
	}
	v.SessionID, v.SharedDevice, v.Locked = row.session.ID, row.session.Shared, !row.session.LockedAt.IsZero()
	v.OffNetwork = row.network.Warns(access.OriginFrom(ctx).IP)
	v.ProvenUntil, v.ExpiresAt = row.session.ProvenAt.Add(ProofLife), row.session.ExpiresAt
	if !passive && !v.Locked && now.Sub(row.session.SeenAt) >= touchEvery {
		if err := s.touch(ctx, row.session, now); err != nil {
			return access.Viewer{}, err
		}
		row.session.SeenAt = now
	}
	v.IdleAt = row.session.IdleAt()
	return v, nil
}

// refusal is why the session answers nobody at the moment, nil if it does.
func (i identity) refusal(v access.Viewer, now time.Time, ip string) error {
	if err := i.session.alive(now); err != nil {
		return err
	}
	switch {
	case !i.accountActive:
		return errDeactivated
	case v.Practice.Closed:
		return errPracticeClosed
	case v.Kind == access.KindStaff && !v.InBranch(v.Branch.ID):
		return errAccessChanged
	case !i.network.Admits(ip):
		return errOffNetwork
	}
	return nil
}

func (s Session) alive(now time.Time) error {
	switch {
	case !s.EndedAt.IsZero():
		return s.EndedWhy.answer()
	case !now.Before(s.ExpiresAt):
		return ErrExpired
	case !now.Before(s.IdleAt()):
		return ErrIdle
	}
	return nil
}

// featuresOn is what the plan includes and the branch has not switched off.
func featuresOn(bought, off []access.Feature) []access.Feature {
	return slices.DeleteFunc(slices.Clone(bought), func(f access.Feature) bool { return slices.Contains(off, f) })
}
