package campaign

import (
	"context"
	"strings"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/plan"
	"catflap/internal/practice"
)

// maxCampaignName is how long a name may be, in code points.
const maxCampaignName = 80

// DraftInput is a campaign as it is written down before it starts.
type DraftInput struct {
	Name     string
	Template string
	Scope    petparent.Scope
	Mark     int64 // of the draft that was seen
}

// Get reads one campaign of the viewer's practice. ErrNotFound.
func (s *Service) Get(ctx context.Context, campaignID string) (Campaign, error) {
	return one(ctx, s.DB, access.ViewerFrom(ctx).PracticeID, campaignID)
}

// List lists at most limit campaigns of the viewer's practice, newest first, behind
// the one with id after.
func (s *Service) List(ctx context.Context, after string, limit int) ([]Campaign, error) {
	return db.All(ctx, s.DB, scanCampaign, selectCampaign+`
		WHERE c.practice_id = $1 AND (c.id < $2 OR $2 = '') ORDER BY c.id DESC LIMIT $3`, access.ViewerFrom(ctx).PracticeID, after, limit)
}

// Create writes a draft down. Complaints on name, template and the filter.
func (s *Service) Create(ctx context.Context, in DraftInput) (c Campaign, err error) {
	v := access.ViewerFrom(ctx)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		c = Campaign{ID: id.New(), PracticeID: v.PracticeID, State: Draft, inLine: true, CreatedAt: s.Clock.Now(), createdBy: v.ActorID(), Reasons: map[Reason]int{}}
		if err := s.fill(ctx, tx, &c, in); err != nil {
			return err
		}
		if err := store(ctx, tx, c); err != nil {
			return err
		}
		return s.record(ctx, tx, c, audit.CampaignCreated, nil)
	})
	return c, err
}

// Change stores a draft anew. ErrNotFound, ErrNotDraft, ErrChanged, and complaints
// as Create.
func (s *Service) Change(ctx context.Context, campaignID string, in DraftInput) (c Campaign, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if c, err = s.draft(ctx, tx, campaignID, in.Mark); err != nil {
			return err
		}
		if err := s.fill(ctx, tx, &c, in); err != nil {
			return err
		}
		if err := store(ctx, tx, c); err != nil {
			return err
		}
		return s.record(ctx, tx, c, audit.CampaignChanged, nil)
	})
	return c, err
}

// Delete takes a draft away. ErrNotFound, ErrNotDraft.
func (s *Service) Delete(ctx context.Context, campaignID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := held(ctx, tx, access.ViewerFrom(ctx).PracticeID, campaignID)
		if err != nil {
			return err
		}
		if c.State != Draft {
			return ErrNotDraft
		}
		if _, err := tx.Exec(ctx, `DELETE FROM campaign WHERE practice_id = $1 AND id = $2`, c.PracticeID, c.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, c, audit.CampaignDeleted, nil)
	})
}

// draft holds a draft that is as it was seen.
func (s *Service) draft(ctx context.Context, tx *db.Tx, campaignID string, mark int64) (Campaign, error) {
	c, err := held(ctx, tx, access.ViewerFrom(ctx).PracticeID, campaignID)
	switch {
	case err != nil:
		return c, err
	case c.State != Draft:
		return c, ErrNotDraft
	case c.Mark != mark:
		return c, ErrChanged
	}
	return c, nil
}

// fill puts what was typed into a draft.
func (s *Service) fill(ctx context.Context, r db.Reader, c *Campaign, in DraftInput) error {
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	in.Scope.Sort = "" // whatever the order, it is the same people
	if err := in.Scope.Check(); err != nil {
		return err
	}
	var wrong fault.Complaints
	wrong.Check(in.Name != "", "name", "Give it a name, by which you find it again. Pet parents do not see it.")
	wrong.Check(utf8.RuneCountInString(in.Name) <= maxCampaignName, "name", "Use at most 80 characters.")
	wrong.Check(in.Template != "", "template", "Choose a template.")
	if in.Scope.BranchID != "" {
		_, err := s.Practices.Branch(ctx, r, c.PracticeID, in.Scope.BranchID)
		wrong.Check(err == nil, "branch", "Choose a branch of your practice.")
	}
	if in.Scope.Campaign != "" {
		_, err := one(ctx, r, c.PracticeID, in.Scope.Campaign)
		wrong.Check(err == nil, "of", "Choose an e-mail alert of your practice.")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	sc, err := s.scriptNow(ctx, r, c.PracticeID, in.Template)
	if fault.Is(err, fault.NotFound) {
		return fault.Complain("template", mail.ErrNoTemplate.Message)
	}
	if err != nil {
		return err
	}
	c.TemplateName = mail.NameOf(mail.Welcome)
	if in.Template != mail.Welcome {
		t, err := s.Mail.Template(ctx, c.PracticeID, in.Template)
		if err != nil {
			return err
		}
		c.TemplateName = t.Name
	}
	c.Name, c.Template, c.Scope, c.Credentials = in.Name, in.Template, in.Scope, sc.credentials
	c.Mark++
	return nil
}

// inPlan insists that the practice bought what a campaign needs.
func inPlan(p practice.Practice, credentials bool) error {
	bought, _ := plan.Find(p.Plan)
	if !bought.Includes(access.Marketing) {
		return ErrNotInPlan
	}
	if credentials && !bought.Includes(access.PetApp) {
		return onboarding.ErrNotInPlan
	}
	return nil
}

// record writes down what somebody did with a campaign: numbers, no words of it and
// no addresses.
func (s *Service) record(ctx context.Context, tx *db.Tx, c Campaign, action audit.Action, detail map[string]string) error {
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: action, PracticeID: c.PracticeID, Target: audit.Target{Kind: "campaign", ID: c.ID, Name: c.Name}, Detail: detail,
	})
}
