package campaign

import (
	"context"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
)

// Start begins to write to everybody of a campaign; Prepare does it. mark is of the
// draft that was seen. One that stopped goes on where it was. ErrNotFound,
// ErrNotDraft, ErrChanged, ErrNobody, ErrCredentials, ErrByProgram, ErrUnproven, ErrNotInPlan,
// practice.ErrNotOpen, mail.ErrNoTemplate.
func (s *Service) Start(ctx context.Context, campaignID string, mark int64) (c Campaign, err error) {
	v := access.ViewerFrom(ctx)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		// Taken first, as wherever a login is changed.
		p, err := s.Practices.HoldPolicy(ctx, tx, v.PracticeID)
		if err != nil {
			return err
		}
		if c, err = held(ctx, tx, v.PracticeID, campaignID); err != nil {
			return err
		}
		switch {
		case !c.CanStart():
			return ErrNotDraft
		case c.Mark != mark:
			return ErrChanged
		}
		if c.State == Draft {
			if err := s.settleWords(ctx, tx, &c); err != nil {
				return err
			}
		}
		if err := s.mayStart(ctx, c); err != nil {
			return err
		}
		if err := open(p, c.Credentials); err != nil {
			return err
		}
		c.State, c.Failure, c.inLine = Preparing, "", false
		c.StartedAt, c.startedBy, c.EndedAt = s.Clock.Now(), v.ActorID(), noTime
		c.Mark++
		if err := store(ctx, tx, c); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c, audit.CampaignStarted, map[string]string{"people": strconv.Itoa(c.Total)}); err != nil {
			return err
		}
		return s.goOn(ctx, tx, c)
	})
	return c, err
}

// settleWords takes the words as they are at this moment, and counts the people.
func (s *Service) settleWords(ctx context.Context, tx *db.Tx, c *Campaign) error {
	sc, err := s.scriptNow(ctx, tx, c.PracticeID, c.Template)
	if err != nil {
		return err
	}
	c.words, c.Credentials = sc.fixed, sc.credentials
	if c.Total, err = s.PetParents.CountAddressed(ctx, tx, c.PracticeID, c.Scope); err != nil {
		return err
	}
	if c.Total == 0 {
		return ErrNobody
	}
	return nil
}

// mayStart insists on what it takes to send secrets to many people. That somebody
// may write to all branches is asked for at the door.
func (s *Service) mayStart(ctx context.Context, c Campaign) error {
	if !c.Credentials {
		return nil
	}
	if !access.ViewerFrom(ctx).MayEverywhere(access.LoginManage) {
		return ErrCredentials
	}
	return s.MaySendCredentials(ctx)
}

// Steer is what can be done with a campaign that goes on.
type Steer string

// The ways.
const (
	Pause  Steer = "pause"
	Resume Steer = "resume"
	Cancel Steer = "cancel"
	Again  Steer = "again" // with what failed
)

// Steer pauses a campaign, lets it go on, ends it, or has what failed tried again.
// Of what the mail server is being handed at that moment, nothing can be kept
// back; everything else waits, or is dropped. ErrNotFound, ErrNotNow.
func (s *Service) Steer(ctx context.Context, campaignID string, to Steer) (c Campaign, err error) {
	v := access.ViewerFrom(ctx)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if c, err = held(ctx, tx, v.PracticeID, campaignID); err != nil {
			return err
		}
		action, detail, now := audit.Action(""), map[string]string{"written": strconv.Itoa(c.Written), "people": strconv.Itoa(c.Total)}, s.Clock.Now()
		switch {
		case to == Pause && c.CanPause():
			action, c.State, c.PausedAt = audit.CampaignPaused, Paused, now
		case to == Resume && c.CanResume():
			if err := s.mayStart(ctx, c); err != nil && !c.Prepared {
				return err // it issues more of them
			}
			action, c.State, c.PausedAt = audit.CampaignResumed, Running, noTime
			if !c.Prepared {
				c.State = Preparing
			}
		case to == Cancel && c.CanCancel():
			action, c.State, c.EndedAt, c.PausedAt = audit.CampaignCancelled, Cancelled, now, noTime
		case to == Again && (c.State == Done || c.State == Running):
			n, err := s.Mail.TryCampaignAgain(ctx, tx, c.PracticeID, c.ID)
			if err != nil {
				return err
			}
			if n == 0 {
				return ErrNotNow
			}
			action, c.State, c.EndedAt, detail = audit.CampaignTriedAgain, Running, noTime, map[string]string{"messages": strconv.Itoa(n)}
		default:
			return ErrNotNow
		}
		c.inLine, c.Mark = false, c.Mark+1
		if err := store(ctx, tx, c); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c, action, detail); err != nil {
			return err
		}
		return s.goOn(ctx, tx, c)
	})
	return c, err
}

// goOn begins what a change of the state asks for.
func (s *Service) goOn(ctx context.Context, tx *db.Tx, c Campaign) error {
	at := jobPayload{PracticeID: c.PracticeID, CampaignID: c.ID}
	if c.State == Preparing {
		if _, err := s.Jobs.Enqueue(ctx, tx, PrepareJob, at); err != nil {
			return err
		}
	}
	_, err := s.Jobs.Enqueue(ctx, tx, AlignJob, at)
	return err
}
