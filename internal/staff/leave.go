package staff

import (
	"context"
	"errors"
	"fmt"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/session"
)

// SweepJob is the kind of the job that deactivates who has left.
const SweepJob = "staff.sweep"

// dayForm is how a day is written, in forms and in the record.
const dayForm = time.DateOnly

// Deactivate switches a person off: their sessions end at their next request,
// and with them every link, every sign-in under way and every known device.
// The reason may be "".
func (s *Service) Deactivate(ctx context.Context, practiceID, accountID, reason string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.holdManaged(ctx, tx, practiceID, accountID)
		if err != nil {
			return err
		}
		if one.self() {
			return ErrSelf
		}
		return s.deactivate(ctx, tx, one, reason)
	})
}

func (s *Service) deactivate(ctx context.Context, tx *db.Tx, one subject, reason string) error {
	if err := s.Roles.Keeping(ctx, tx, one.PracticeID, func() error {
		won, err := s.Accounts.Deactivate(ctx, tx, one.Account, reason)
		if err == nil && !won {
			err = ErrAlreadyOff
		}
		return err
	}); err != nil {
		return err
	}
	if err := s.Factors.EndLinks(ctx, tx, one.PracticeID, one.ID, ""); err != nil {
		return err
	}
	if err := s.shutOut(ctx, tx, one); err != nil {
		return err
	}
	return s.record(ctx, tx, one, audit.StaffDeactivated, audit.Diff(nil, "reason", "", reason))
}

// shutOut ends what somebody is in with or could come back with. The sign-ins
// go first: one that was about to become a session is one of the sessions then.
func (s *Service) shutOut(ctx context.Context, tx *db.Tx, one subject) error {
	if err := s.EndPending(ctx, tx, one.PracticeID, one.ID); err != nil {
		return err
	}
	if err := s.Devices.ForgetAll(ctx, tx, one.PracticeID, one.ID); err != nil {
		return err
	}
	if _, err := s.Factors.EndSkip(ctx, tx, one.PracticeID, one.ID); err != nil {
		return err
	}
	_, err := s.Sessions.EndAll(ctx, tx, one.PracticeID, one.ID, "", session.Deactivated)
	return err
}

// Reactivate switches a person on again, with the roles and the password they
// had. It gives what they may do, so the viewer must hold all of it.
func (s *Service) Reactivate(ctx context.Context, practiceID, accountID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.holdManaged(ctx, tx, practiceID, accountID)
		if err != nil {
			return err
		}
		if !covers(one.viewer, one.held) {
			return ErrMore
		}
		won, err := s.Accounts.Reactivate(ctx, tx, one.Account)
		if err != nil {
			return err
		}
		if !won {
			return ErrActive
		}
		// Nothing that slipped in while they were deactivated comes to life.
		if err := s.shutOut(ctx, tx, one); err != nil {
			return err
		}
		return s.record(ctx, tx, one, audit.StaffReactivated, nil)
	})
}

// SetLeaving has a person deactivated at the end of a day ("2026-07-31") in
// the time zone of the practice; "" takes it back.
func (s *Service) SetLeaving(ctx context.Context, practiceID, accountID, day string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.holdManaged(ctx, tx, practiceID, accountID)
		switch {
		case err != nil:
			return err
		case !one.Active:
			return ErrInactive
		case one.self() && day != "":
			return ErrSelf
		}
		zone, err := s.zone(ctx, tx, practiceID)
		if err != nil {
			return err
		}
		at, err := s.endOf(day, zone)
		if err != nil {
			return err
		}
		if at.Equal(one.LeavesAt) {
			return nil
		}
		if err := s.Roles.Keeping(ctx, tx, practiceID, func() error { return s.Accounts.SetLeaving(ctx, tx, one.Account, at) }); err != nil {
			return err
		}
		return s.record(ctx, tx, one, audit.StaffLeaving, audit.Diff(nil, "last_day", LastDay(one.Account, zone), day))
	})
}

// endOf is the end of a day that is not over yet, the zero time for "".
func (s *Service) endOf(day string, zone *time.Location) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	d, err := time.ParseInLocation(dayForm, day, zone)
	if err != nil {
		return time.Time{}, fault.Complain("on", "Type the day as year-month-day, for instance 2026-03-31.")
	}
	now := s.Clock.Now()
	end := time.Date(d.Year(), d.Month(), d.Day()+1, 0, 0, 0, 0, zone)
	switch {
	case !now.Before(end):
		return time.Time{}, fault.Complain("on", "Choose today or a later day. To switch somebody off now, use Deactivate.")
	case end.After(now.AddDate(5, 0, 0)):
		return time.Time{}, fault.Complain("on", "Choose a day within the next five years.")
	}
	return end, nil
}

// LastDay is the last day of somebody who leaves, as year-month-day; "" for
// everybody else.
func LastDay(a account.Account, zone *time.Location) string {
	if a.LeavesAt.IsZero() {
		return ""
	}
	return a.LeavesAt.In(zone).AddDate(0, 0, -1).Format(dayForm)
}

func (s *Service) zone(ctx context.Context, r db.Reader, practiceID string) (*time.Location, error) {
	p, err := s.Practices.Get(ctx, r, practiceID)
	return access.Viewer{Practice: p.Access()}.Zone(), err
}

// Sweep deactivates everybody who has left by now.
func (s *Service) Sweep(ctx context.Context) error {
	ctx = access.WithViewer(ctx, access.System("leaving date"))
	due, err := s.Accounts.Due(ctx, s.DB)
	for _, ref := range due {
		if one := s.sweepOne(ctx, ref); one != nil {
			err = errors.Join(err, fmt.Errorf("deactivate account %s: %w", ref.AccountID, one))
		}
	}
	return err
}

func (s *Service) sweepOne(ctx context.Context, ref account.Ref) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.hold(ctx, tx, ref.PracticeID, ref.AccountID)
		if err != nil {
			return err
		}
		if !one.Active || one.LeavesAt.IsZero() || s.Clock.Now().Before(one.LeavesAt) {
			return nil // somebody was quicker, or it was taken back
		}
		zone, err := s.zone(ctx, tx, ref.PracticeID)
		if err != nil {
			return err
		}
		return s.deactivate(ctx, tx, one, "Their last day was "+one.LeavesAt.In(zone).AddDate(0, 0, -1).Format("2 January 2006")+".")
	})
}

// EndSessions ends every session of a person, who may sign in again. The viewer
// manages sessions in each branch where one is open.
func (s *Service) EndSessions(ctx context.Context, practiceID, accountID string) (n int64, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.hold(ctx, tx, practiceID, accountID)
		if err != nil {
			return err
		}
		if one.self() {
			return ErrOwnSessions
		}
		open, err := s.Sessions.List(ctx, practiceID, accountID)
		if err != nil {
			return err
		}
		for _, o := range open {
			if !one.viewer.MayIn(access.SessionManage, o.BranchID) {
				return ErrElsewhere
			}
		}
		n, err = s.Sessions.EndAll(ctx, tx, practiceID, accountID, "", session.ByOther)
		return err
	})
	return n, err
}

// ErrOwnSessions answers those who end their own sessions at the wrong place.
var ErrOwnSessions = fault.New(fault.Conflict, "own-sessions",
	"These are your own sessions. End them under Where you are signed in.")
