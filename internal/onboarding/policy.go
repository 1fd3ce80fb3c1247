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
	Hidden    int   // people whose backup codes cannot be shown again
}

// ChangePolicy changes the policy of the viewer's practice, which needs the
// permission for all branches, with everything that follows from it in one
// transaction: open sessions are held to shorter limits, grace ends with the
// demand that it belongs to, and strict mode leaves no readable temporary
// password or backup code. practice.ErrNotHere, practice.ErrPolicyChanged, and
// complaints by the name of the setting.
func (s *Service) ChangePolicy(ctx context.Context, in practice.PolicyInput) (out PolicyChange, err error) {
	v := access.ViewerFrom(ctx)
	if !v.MayEverywhere(access.SecurityManage) {
		return PolicyChange{}, practice.ErrNotHere
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		out, err = s.changePolicy(ctx, tx, v.PracticeID, in)
		return err
	})
	return out, err
}

func (s *Service) changePolicy(ctx context.Context, tx *db.Tx, practiceID string, in practice.PolicyInput) (out PolicyChange, err error) {
	changed, err := s.Practices.ChangePolicy(ctx, tx, practiceID, in)
	if err != nil {
		return out, err
	}
	out = PolicyChange{PolicyChange: changed}
	if len(changed.Changed) == 0 {
		return out, nil
	}
	if !changed.Before.SameLimits(changed.After) {
		if err := s.Sessions.ShortenToPolicy(ctx, tx, practiceID); err != nil {
			return out, err
		}
	}
	if changed.After.Strict && !changed.Before.Strict {
		if out.Withdrawn, err = s.Factors.WithdrawReadable(ctx, tx, practiceID); err != nil {
			return out, err
		}
		if out.Hidden, err = s.Factors.HideCodes(ctx, tx, practiceID); err != nil {
			return out, err
		}
	}
	return out, s.Factors.ForgetGrace(ctx, tx, practiceID)
}

// WaitingForLink is who was invited with a temporary password that strict mode
// withdrew, and has been given nothing in its place.
type WaitingForLink struct {
	Mailable int // an e-mail can bring them a link
	Others   int // without an e-mail address
}

// All counts both.
func (w WaitingForLink) All() int { return w.Mailable + w.Others }

// StrictEffect is whom strict mode concerns when it is switched on.
type StrictEffect struct {
	WaitingForLink     // come to wait for a link
	Readable       int // people whose backup codes can be shown again
	EmailOnly      int // people who have codes by e-mail and nothing else
}

// StrictPreview counts whom strict mode would concern.
func (s *Service) StrictPreview(ctx context.Context, practiceID string) (e StrictEffect, err error) {
	if e.Mailable, e.Others, err = s.Factors.CountReadable(ctx, s.DB, practiceID); err != nil {
		return e, err
	}
	if e.Readable, err = s.Factors.CountReadableCodes(ctx, s.DB, practiceID); err != nil {
		return e, err
	}
	staff, err := s.Factors.Stands(ctx, s.DB, practiceID)
	if err != nil {
		return e, err
	}
	for _, one := range staff {
		if one.Second.EmailOnly() {
			e.EmailOnly++
		}
	}
	clients, err := s.Factors.ClientStand(ctx, s.DB, practiceID)
	e.EmailOnly += clients.EmailOnly
	return e, err
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
	ctx, err := s.OnBehalf(ctx, p.PracticeID, p.StartedBy)
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
	_, err = s.reissue(ctx, tx, p, row, true)
	if fault.Is(err, fault.Conflict) { // signed in or switched off meanwhile
		return nil
	}
	return err
}
