package campaign

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/job"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// PrepareJob is the kind of the jobs that Prepare does.
const PrepareJob = "campaign.prepare"

const (
	// batch is how many people are written to in one transaction.
	batch = 1000
	// batchSecret is the same where each gets a temporary password or link.
	batchSecret = 100
	// lastTry is the attempt after which a campaign that keeps failing is stopped,
	// so that somebody can look at it and start it again.
	lastTry = 6
)

var noTime time.Time

type jobPayload struct {
	PracticeID string `json:"practice_id"`
	CampaignID string `json:"campaign_id"`
}

// Prepare writes the messages of a campaign, or what is left of them. Each batch of
// people is one transaction with everything that belongs to it, so that one that was
// killed goes on behind the last complete batch, and nobody is written to twice.
func (s *Service) Prepare(ctx context.Context, j job.Job) error {
	var p jobPayload
	if err := j.Into(&p); err != nil {
		return err
	}
	err := s.prepare(ctx, p)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if j.Attempt < lastTry && !final(err) {
		return err
	}
	if ferr := s.DB.Write(ctx, func(tx *db.Tx) error { return s.stop(ctx, tx, p, fault.From(err).Message) }); ferr != nil {
		return errors.Join(err, ferr)
	}
	return job.Give(err)
}

// final are the refusals that do not get better by waiting.
func final(err error) bool {
	for _, one := range []error{
		ErrNotInPlan, onboarding.ErrNotInPlan, onboarding.ErrNotMailed, onboarding.ErrNoLinks, practice.ErrNotOpen, mail.ErrNoTemplate,
	} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}

// stop says why a campaign cannot go on. What is written stays as it is.
func (s *Service) stop(ctx context.Context, tx *db.Tx, p jobPayload, words string) error {
	c, err := held(ctx, tx, p.PracticeID, p.CampaignID)
	if err != nil || c.State != Preparing {
		return err
	}
	c.State, c.Failure, c.EndedAt = Stopped, words, s.Clock.Now()
	c.Mark++
	if err := store(ctx, tx, c); err != nil {
		return err
	}
	return s.record(ctx, tx, c, audit.CampaignEnded, map[string]string{"state": string(c.State), "written": strconv.Itoa(c.Written)})
}

func (s *Service) prepare(ctx context.Context, p jobPayload) error {
	c, err := one(ctx, s.DB, p.PracticeID, p.CampaignID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if ctx, err = s.Onboarding.OnBehalf(ctx, c.PracticeID, c.startedBy); err != nil {
		return err
	}
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			more, err = s.nextBatch(ctx, tx, p)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// nextBatch writes to the next people of a campaign; false when there is nobody
// left, or somebody stopped it.
func (s *Service) nextBatch(ctx context.Context, tx *db.Tx, p jobPayload) (bool, error) {
	// Held, so that nobody is erased in the middle of it.
	house, err := s.Practices.HoldPolicy(ctx, tx, p.PracticeID)
	if err != nil {
		return false, err
	}
	c, err := held(ctx, tx, p.PracticeID, p.CampaignID)
	if errors.Is(err, ErrNotFound) || err == nil && c.State != Preparing {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := open(house, c.Credentials); err != nil {
		return false, err
	}
	sc, err := s.scriptOf(ctx, tx, c)
	if err != nil {
		return false, err
	}
	size := cmp.Or(s.step, batch)
	if sc.credentials {
		size = min(size, batchSecret)
	}
	people, err := s.PetParents.Addressed(ctx, tx, c.PracticeID, c.Scope, c.place, size)
	if err != nil {
		return false, err
	}
	if len(people) == 0 {
		c.State, c.Prepared, c.Total = Running, true, c.Looked
		return false, store(ctx, tx, c)
	}
	reasons, err := s.write(ctx, tx, c, sc, people)
	if err != nil {
		return false, err
	}
	var left [][]any
	for i, to := range people {
		if len(reasons[i]) == 0 {
			c.Written++
			continue
		}
		c.LeftOut++
		words := make([]string, len(reasons[i]))
		for n, r := range reasons[i] {
			c.Reasons[r]++
			words[n] = string(r)
		}
		left = append(left, []any{c.ID, to.ID, c.PracticeID, strings.Join(words, " ")})
	}
	if err := leaveOut(ctx, tx, c, left); err != nil {
		return false, err
	}
	c.place = people[len(people)-1].ID
	c.Looked += len(people)
	c.Total = max(c.Total, c.Looked) // somebody may have been imported meanwhile
	return true, store(ctx, tx, c)
}

// write writes to people, and returns why each of the others gets nothing.
func (s *Service) write(ctx context.Context, tx *db.Tx, c Campaign, sc script, people []petparent.Addressed) ([][]Reason, error) {
	reasons := make([][]Reason, len(people))
	var drafts []mail.Draft
	var invited []petparent.Addressed
	var at []int
	for i, to := range people {
		data := sc.values(to)
		if reasons[i] = sc.judge(to, data); len(reasons[i]) > 0 {
			continue
		}
		if sc.credentials {
			invited, at = append(invited, to), append(at, i)
			continue
		}
		drafts = append(drafts, mail.Draft{
			PracticeID: c.PracticeID, AccountID: to.AccountID, PetParentID: to.ID, To: to.Email, ToName: to.Name(),
			TextID: sc.fixed.Own, Lang: sc.fixed.Lang, Data: data, Bulk: true, CampaignID: c.ID,
		})
	}
	if !sc.credentials {
		return reasons, s.Mail.EnqueueBulk(ctx, tx, drafts)
	}
	late, err := s.Onboarding.ReissueMany(ctx, tx, c.PracticeID, invited, onboarding.Campaign{
		ID: c.ID, Texts: sc.fixed.Texts, Own: sc.fixed.Own, Needs: sc.needs, Data: sc.values,
	})
	if err != nil {
		return nil, err
	}
	for i, err := range late {
		switch {
		case err == nil:
		case errors.Is(err, onboarding.ErrSignedInBefore):
			reasons[at[i]] = []Reason{SignedIn}
		case errors.Is(err, onboarding.ErrLoginInactive):
			reasons[at[i]] = []Reason{LoginOff}
		default:
			reasons[at[i]] = []Reason{Reason(petparent.ReasonNoEmail)}
		}
	}
	return reasons, nil
}
