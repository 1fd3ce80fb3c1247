package campaignweb

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/campaign"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/petparent"
)

// AudienceBody is whom a campaign is to. Exported, as all that is embedded in a
// body.
type AudienceBody struct {
	Query      string `json:"q,omitempty" maxLength:"200"`
	Show       string `json:"show,omitempty" enum:",not_invited,invited,never_signed_in,active,locked"`
	Invitation string `json:"invitation,omitempty" enum:",not_invited,queued,sent,failed,opened,signed_in,finished"`
	BranchID   string `json:"branch,omitempty" maxLength:"64" doc:"Home branch, by id"`
	Campaign   string `json:"campaign,omitempty" maxLength:"64" doc:"Only those who were written to in this one"`
}

func (b AudienceBody) scope() petparent.Scope {
	return petparent.Scope{
		Filter: petparent.FilterFrom(url.Values{
			"q": {b.Query}, "show": {b.Show}, "invitation": {b.Invitation}, "branch": {b.BranchID},
		}), Campaign: b.Campaign,
	}
}

func audienceOf(sc petparent.Scope) AudienceBody {
	return AudienceBody{Query: sc.Query, Show: string(sc.Show), Invitation: string(sc.Invitation), BranchID: sc.BranchID, Campaign: sc.Campaign}
}

type draftInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Name     string       `json:"name" maxLength:"320" doc:"By which staff find it again"`
		Template string       `json:"template" maxLength:"64" doc:"welcome for the login credentials, or the id of a template of your own"`
		Audience AudienceBody `json:"audience,omitempty" doc:"Left out: everybody"`
		Mark     int64        `json:"mark,omitempty" doc:"Of the draft that is changed"`
	}
}

type createInput struct {
	Body struct {
		Name     string       `json:"name" maxLength:"320" doc:"By which staff find it again"`
		Template string       `json:"template" maxLength:"64" doc:"welcome for the login credentials, or the id of a template of your own"`
		Audience AudienceBody `json:"audience,omitempty" doc:"Left out: everybody"`
	}
}

type campaignBody struct {
	ID           string         `json:"id"`
	Name         string         `json:"name"`
	Template     string         `json:"template"`
	TemplateName string         `json:"template_name" doc:"As it was called when it was chosen"`
	Audience     AudienceBody   `json:"audience"`
	State        campaign.State `json:"state" enum:"draft,preparing,running,paused,cancelled,done,failed"`
	Mark         int64          `json:"mark" doc:"Grows with each change"`
	Credentials  bool           `json:"credentials" doc:"Brings a temporary password or link"`
	Total        int            `json:"total" doc:"People, as counted at the start"`
	Looked       int            `json:"looked" doc:"People looked at so far"`
	LeftOut      int            `json:"left_out"`
	Reasons      map[string]int `json:"reasons" doc:"People left out by reason; one can have several"`
	Failure      string         `json:"failure,omitempty"`
	CreatedAt    time.Time      `json:"created_at"`
	StartedAt    *time.Time     `json:"started_at,omitempty"`
	EndedAt      *time.Time     `json:"ended_at,omitempty"`
}

func bodyOf(c campaign.Campaign) campaignBody {
	return campaignBody{
		ID: c.ID, Name: c.Name, Template: c.Template, TemplateName: c.TemplateName, Audience: audienceOf(c.Scope), State: c.State,
		Mark: c.Mark, Credentials: c.Credentials, Total: c.Total, Looked: c.Looked, LeftOut: c.LeftOut, Reasons: reasonsOf(c.Reasons),
		Failure: c.Failure, CreatedAt: c.CreatedAt, StartedAt: clock.OrNil(c.StartedAt), EndedAt: clock.OrNil(c.EndedAt),
	}
}

func reasonsOf(reasons map[campaign.Reason]int) map[string]int {
	all := map[string]int{}
	for r, n := range reasons {
		all[string(r)] = n
	}
	return all
}

type campaignOutput struct{ Body campaignBody }

// CountsBody is where the messages of a campaign stand.
type CountsBody struct {
	Waiting   int `json:"waiting"`
	Sent      int `json:"sent"`
	Failed    int `json:"failed"`
	Dropped   int `json:"dropped"`
	PerMinute int `json:"per_minute" doc:"Left within the last minute"`
	Remaining int `json:"remaining_seconds,omitempty" doc:"Left out where nobody can tell"`
}

type progressOutput struct {
	Body struct {
		Campaign campaignBody `json:"campaign"`
		Messages CountsBody   `json:"messages"`
	}
}

type planOutput struct {
	Body struct {
		People      int            `json:"people" doc:"In the audience"`
		Write       int            `json:"write" doc:"Who would get a message"`
		Credentials bool           `json:"credentials"`
		Reasons     map[string]int `json:"reasons" doc:"People who would be left out, by reason"`
	}
}

type campaignsOutput struct {
	Body struct {
		Items []campaignBody `json:"items" nullable:"false"`
		Next  string         `json:"next,omitempty"`
	}
}

type campaignAt struct {
	ID string `path:"id" maxLength:"64"`
}

type startInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body *struct {
		Mark int64 `json:"mark,omitempty" doc:"Of the draft that was looked at; left out: as it stands"`
	}
}

type recipientsInput struct {
	ID      string `path:"id" maxLength:"64"`
	Outcome string `query:"outcome" enum:",waiting,sent,failed,dropped,left_out"`
	After   string `query:"after" maxLength:"64"`
	Limit   int    `query:"limit" minimum:"0" maximum:"200"`
}

type recipientBody struct {
	PetParentID  string           `json:"pet_parent_id,omitempty" doc:"Left out once they are erased"`
	ClientNumber string           `json:"client_number,omitempty"`
	Name         string           `json:"name"`
	Email        string           `json:"email"`
	Outcome      campaign.Outcome `json:"outcome" enum:"waiting,sent,failed,dropped,left_out"`
	Reasons      []string         `json:"reasons,omitempty"`
	Words        string           `json:"words,omitempty" doc:"Why"`
	SentAt       *time.Time       `json:"sent_at,omitempty"`
}

type recipientsOutput struct {
	Body struct {
		Items []recipientBody `json:"items" nullable:"false"`
		Next  string          `json:"next,omitempty"`
	}
}

// alertRule is what it takes to write to everybody.
func alertRule() access.Rule {
	return access.Rule{Audience: access.Staff, Permission: access.MailSend, AllBranches: true, Feature: access.Marketing}
}

func (f *Face) alertsAPI(a *httpd.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/campaigns" + path, Summary: summary, Tags: []string{"E-mail"}}
	}
	rule := alertRule()
	httpd.Register(a, rule, op("campaigns", http.MethodGet, "", "E-mail alerts, newest first"), f.apiCampaigns)
	create := op("create-campaign", http.MethodPost, "", "Draft an e-mail to many pet parents")
	create.DefaultStatus = http.StatusCreated
	httpd.Register(a, rule, create, f.apiCreate)
	httpd.Register(a, rule, op("change-campaign", http.MethodPut, "/{id}", "Change a draft"), f.apiChange)
	httpd.Register(a, rule, op("delete-campaign", http.MethodDelete, "/{id}", "Delete a draft"), func(ctx context.Context, in *campaignAt) (*struct{}, error) {
		if !id.Valid(in.ID) {
			return nil, campaign.ErrNotFound
		}
		return nil, f.Campaigns.Delete(ctx, in.ID)
	})
	httpd.Register(a, rule, op("campaign-plan", http.MethodGet, "/{id}/plan", "Who would get it now, and why others would not"), f.apiPlan)
	httpd.Register(a, rule, op("test-campaign", http.MethodPost, "/{id}/test", "Send oneself a test message"), func(ctx context.Context, in *campaignAt) (*struct{}, error) {
		if !id.Valid(in.ID) {
			return nil, campaign.ErrNotFound
		}
		_, err := f.Campaigns.SendTest(ctx, in.ID)
		return nil, err
	})
	start := op("start-campaign", http.MethodPost, "/{id}/start", "Start writing to everybody; one that brings credentials only for who is signed in and proved it lately")
	start.DefaultStatus = http.StatusAccepted
	httpd.Register(a, rule, start, f.apiStart)
	for to, summary := range map[campaign.Steer]string{
		campaign.Pause: "Let nothing more leave", campaign.Resume: "Go on", campaign.Cancel: "Drop what has not left", campaign.Again: "Try again what failed",
	} {
		httpd.Register(a, rule, op(string(to)+"-campaign", http.MethodPost, "/{id}/"+string(to), summary), func(ctx context.Context, in *campaignAt) (*campaignOutput, error) {
			if !id.Valid(in.ID) {
				return nil, campaign.ErrNotFound
			}
			c, err := f.Campaigns.Steer(ctx, in.ID, to)
			if err != nil {
				return nil, err
			}
			return &campaignOutput{Body: bodyOf(c)}, nil
		})
	}
	httpd.Register(a, rule, op("campaign-recipients", http.MethodGet, "/{id}/recipients", "What became of everybody"), f.apiRecipients)
	rule.Passive = true
	httpd.Register(a, rule, op("campaign", http.MethodGet, "/{id}", "One e-mail alert, and how far it is"), f.apiCampaign)
}

func (f *Face) apiCampaigns(ctx context.Context, in *struct {
	After string `query:"after" maxLength:"64"`
}) (*campaignsOutput, error) {
	all, err := f.Campaigns.List(ctx, in.After, shownAlerts+1)
	if err != nil {
		return nil, err
	}
	out := &campaignsOutput{}
	out.Body.Items = []campaignBody{}
	if len(all) > shownAlerts {
		all = all[:shownAlerts]
		out.Body.Next = all[shownAlerts-1].ID
	}
	for _, c := range all {
		out.Body.Items = append(out.Body.Items, bodyOf(c))
	}
	return out, nil
}

func (f *Face) apiCreate(ctx context.Context, in *createInput) (*campaignOutput, error) {
	c, err := f.Campaigns.Create(ctx, campaign.DraftInput{Name: in.Body.Name, Template: in.Body.Template, Scope: in.Body.Audience.scope()})
	if err != nil {
		return nil, err
	}
	return &campaignOutput{Body: bodyOf(c)}, nil
}

func (f *Face) apiChange(ctx context.Context, in *draftInput) (*campaignOutput, error) {
	if !id.Valid(in.ID) {
		return nil, campaign.ErrNotFound
	}
	c, err := f.Campaigns.Change(ctx, in.ID, campaign.DraftInput{
		Name: in.Body.Name, Template: in.Body.Template, Scope: in.Body.Audience.scope(), Mark: in.Body.Mark,
	})
	if err != nil {
		return nil, err
	}
	return &campaignOutput{Body: bodyOf(c)}, nil
}

func (f *Face) apiPlan(ctx context.Context, in *campaignAt) (*planOutput, error) {
	c, err := f.get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if c.State != campaign.Draft {
		return nil, campaign.ErrNotDraft
	}
	p, err := f.Campaigns.Plan(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &planOutput{}
	out.Body.People, out.Body.Write, out.Body.Credentials, out.Body.Reasons = p.People, p.Write, p.Credentials, reasonsOf(p.Reasons)
	return out, nil
}

func (f *Face) apiStart(ctx context.Context, in *startInput) (*campaignOutput, error) {
	c, err := f.get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	mark := c.Mark
	if in.Body != nil && in.Body.Mark != 0 {
		mark = in.Body.Mark
	}
	if c, err = f.Campaigns.Start(ctx, in.ID, mark); err != nil {
		return nil, err
	}
	return &campaignOutput{Body: bodyOf(c)}, nil
}

func (f *Face) apiCampaign(ctx context.Context, in *campaignAt) (*progressOutput, error) {
	if !id.Valid(in.ID) {
		return nil, campaign.ErrNotFound
	}
	p, err := f.Campaigns.Progress(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &progressOutput{}
	out.Body.Campaign = bodyOf(p.Campaign)
	out.Body.Messages = CountsBody{
		Waiting: p.Waiting, Sent: p.Sent, Failed: p.Failed, Dropped: p.Dropped, PerMinute: p.PerMinute, Remaining: int(p.Remaining.Seconds()),
	}
	return out, nil
}

func (f *Face) apiRecipients(ctx context.Context, in *recipientsInput) (*recipientsOutput, error) {
	c, err := f.get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	limit := in.Limit
	if limit == 0 {
		limit = shownRecipients
	}
	lines, next, err := f.Campaigns.Recipients(ctx, c, campaign.Outcome(in.Outcome), in.After, limit)
	if err != nil {
		return nil, err
	}
	out := &recipientsOutput{}
	out.Body.Items, out.Body.Next = []recipientBody{}, next
	for _, l := range lines {
		b := recipientBody{
			PetParentID: l.PetParentID, ClientNumber: l.ClientNumber, Name: l.Name, Email: l.Email, Outcome: l.Outcome, Words: l.Words,
			SentAt: clock.OrNil(l.SentAt),
		}
		for _, r := range l.Reasons {
			b.Reasons = append(b.Reasons, string(r))
		}
		out.Body.Items = append(out.Body.Items, b)
	}
	return out, nil
}

// get reads a campaign by what an address says.
func (f *Face) get(ctx context.Context, campaignID string) (campaign.Campaign, error) {
	if !id.Valid(campaignID) {
		return campaign.Campaign{}, campaign.ErrNotFound
	}
	return f.Campaigns.Get(ctx, campaignID)
}

const (
	// shownAlerts and shownRecipients are how many lines a page has.
	shownAlerts     = 20
	shownRecipients = 50
)
