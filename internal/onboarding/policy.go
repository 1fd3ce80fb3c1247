package onboarding

import (
	"context"
	"errors"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/job"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// PolicyChange is what a change of the policy came to.
type PolicyChange struct {
	practice.PolicyChange
	Withdrawn int64 // temporary passwords that do not work any more
}

// ChangePolicy changes the policy of the viewer's practice, which needs the
// permission for all branches, with everything that follows from it in one
// transaction: open sessions are held to shorter limits, and strict mode leaves
// no readable temporary password. practice.ErrNotHere,
// practice.ErrPolicyChanged, and complaints by the name of the setting.
func (s *Service) ChangePolicy(ctx context.Context, in practice.PolicyInput) (out PolicyChange, err error) {
	v := access.ViewerFrom(ctx)
	if !v.MayEverywhere(access.SecurityManage) {
		return PolicyChange{}, practice.ErrNotHere
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		changed, err := s.Practices.ChangePolicy(ctx, tx, v.PracticeID, in)
		if err != nil {
			return err
		}
		out = PolicyChange{PolicyChange: changed}
		if !changed.Before.SameLimits(changed.After) {
			if err := s.Sessions.ShortenToPolicy(ctx, tx, v.PracticeID); err != nil {
				return err
			}
		}
		if changed.After.Strict && !changed.Before.Strict {
			out.Withdrawn, err = s.Factors.WithdrawReadable(ctx, tx, v.PracticeID)
		}
		return err
	})
	return out, err
}

// WaitingForLink is who was invited with a temporary password that strict mode
// withdrew, and has been given nothing in its place.
type WaitingForLink struct {
	Mailable int // an e-mail can bring them a link
	Others   int // without an e-mail address
}

// All counts both.
func (w WaitingForLink) All() int { return w.Mailable + w.Others }

// StrictPreview counts who would come to wait for a link by strict mode.
func (s *Service) StrictPreview(ctx context.Context, practiceID string) (w WaitingForLink, err error) {
	w.Mailable, w.Others, err = s.Factors.CountReadable(ctx, s.DB, practiceID)
	return w, err
}

// WaitingForLink counts who waits.
func (s *Service) WaitingForLink(ctx context.Context, practiceID string) (w WaitingForLink, err error) {
	w.Mailable, w.Others, err = s.Factors.CountWithdrawn(ctx, s.DB, practiceID)
	return w, err
}

// InviteJob is the kind of the jobs that RunInvite does.
const InviteJob = "onboarding.invite_waiting"

type invitePayload struct {
	PracticeID string `json:"practice_id"`
	StartedBy  string `json:"started_by"`
}

// InviteWaiting has everybody who waits for a link invited again; RunInvite
// does it. ErrNotInPlan.
func (s *Service) InviteWaiting(ctx context.Context, practiceID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := s.withPetApp(ctx, tx, practiceID); err != nil {
			return err
		}
		_, err := s.Jobs.Enqueue(ctx, tx, InviteJob,
			invitePayload{PracticeID: practiceID, StartedBy: access.ViewerFrom(ctx).AccountID}, job.Key(practiceID))
		return err
	})
}

// RunInvite writes to everybody who waits for a link and can be mailed. Whoever
// was written to waits no longer, so a run that was killed starts over.
func (s *Service) RunInvite(ctx context.Context, j job.Job) error {
	var p invitePayload
	if err := j.Into(&p); err != nil {
		return err
	}
	ctx, err := s.onBehalf(ctx, LoginRun{PracticeID: p.PracticeID, StartedBy: p.StartedBy})
	if err != nil {
		return err
	}
	for place := ""; ; {
		next := ""
		err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			next, err = s.inviteBatch(ctx, tx, p.PracticeID, place)
			return err
		})
		if err != nil || next == "" {
			return err
		}
		place = next
	}
}

// inviteBatch writes to the next of those who wait; "" when nobody is left.
func (s *Service) inviteBatch(ctx context.Context, tx *db.Tx, practiceID, after string) (place string, err error) {
	full, err := s.holdPetApp(ctx, tx, practiceID)
	if err != nil {
		return "", err
	}
	accounts, err := s.Factors.Withdrawn(ctx, tx, practiceID, after, batch)
	if err != nil || len(accounts) == 0 {
		return "", err
	}
	for _, accountID := range accounts {
		if err := s.inviteOne(ctx, tx, full, accountID); err != nil {
			return "", err
		}
	}
	return accounts[len(accounts)-1], nil
}

func (s *Service) inviteOne(ctx context.Context, tx *db.Tx, p practice.Practice, accountID string) error {
	person, err := s.PetParents.ByAccount(ctx, tx, p.ID, accountID)
	if errors.Is(err, petparent.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	row, err := s.PetParents.Row(ctx, tx, p.ID, person.ID)
	if err != nil || len(unmailable(row)) > 0 {
		return err
	}
	_, err = s.reissue(ctx, tx, p, person, true)
	if fault.Is(err, fault.Conflict) { // signed in or switched off meanwhile
		return nil
	}
	return err
}
