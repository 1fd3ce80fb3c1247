package onboarding

import (
	"context"
	"strconv"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/practice"
)

// PracticeChange is what the platform changes about a practice; empty fields
// leave it as it is.
type PracticeChange struct {
	Plan   string
	Status string // practice.Active, practice.Suspended or practice.Closed
	Reason string // for the status
}

// errNothing answers for a change that says nothing.
var errNothing = fault.New(fault.Invalid, "nothing-to-change", "Say what is to change: the plan, the status, or both.")

// ChangePractice changes plan and status of a practice, all or nothing. The
// same plan or status as before changes nothing.
//
// While a practice is suspended nobody gets in: its sessions end with the
// change, sign-ins are refused like wrong passwords, API keys answer nobody,
// nothing new is started and its mail waits. Closing does all that, revokes the
// API keys and drops the mail that waits; the data stays until it is erased.
func (s *Service) ChangePractice(ctx context.Context, practiceID string, in PracticeChange) (p practice.Practice, err error) {
	if in.Plan == "" && in.Status == "" {
		return practice.Practice{}, errNothing
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if p, err = s.Practices.Get(ctx, tx, practiceID); err != nil {
			return err
		}
		if in.Plan != "" {
			if p, err = s.Practices.SetPlan(ctx, tx, practiceID, in.Plan); err != nil {
				return err
			}
		}
		if in.Status != "" && in.Status != p.Status {
			p, err = s.setStatus(ctx, tx, practiceID, in)
		}
		return err
	})
	return p, err
}

func (s *Service) setStatus(ctx context.Context, tx *db.Tx, practiceID string, in PracticeChange) (practice.Practice, error) {
	// Also when it is opened: a sign-in that was on its way when the practice was
	// suspended may have left a session that nobody could use until now.
	sessions, err := s.Sessions.EndPractice(ctx, tx, practiceID)
	if err != nil {
		return practice.Practice{}, err
	}
	p, err := s.Practices.SetStatus(ctx, tx, practiceID, in.Status, in.Reason,
		map[string]string{"sessions": strconv.FormatInt(sessions, 10)})
	if err != nil {
		return practice.Practice{}, err
	}
	switch p.Status {
	case practice.Closed:
		if _, err := s.Keys.RevokeAll(ctx, tx, practiceID); err != nil {
			return p, err
		}
		err = s.Mail.DropWaiting(ctx, tx, practiceID)
	case practice.Active:
		err = s.Mail.ResumePractice(ctx, tx, practiceID)
	}
	return p, err
}
