package onboardingweb

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
)

// TallyBody is who gets no login, and why. Exported, because the OpenAPI
// document leaves other embedded types out.
type TallyBody struct {
	NotMailable notMailableBody `json:"not_mailable" doc:"People who get no login because they cannot be mailed."`
	Conflicts   []conflictBody  `json:"conflicts" doc:"Addresses with which nobody gets a login by themselves."`
	Skipped     int             `json:"skipped" doc:"People who are left out, because staff decided so."`
	Recent      int             `json:"recent" doc:"Reminders: people who got a welcome e-mail less than 24 hours ago."`
}

type notMailableBody struct {
	People  int            `json:"people"`
	Reasons map[string]int `json:"reasons" doc:"People by reason; one person can have several."`
}

type conflictBody struct {
	onboarding.Conflict
	Remedy string `json:"remedy" doc:"What to do about it, in words."`
}

type planBody struct {
	TallyBody
	People int `json:"people" doc:"People without a login; for reminders, with one that was never used."`
	Create int `json:"create" doc:"People who would get a welcome e-mail, and a login if they have none."`
	Waits  int `json:"waiting" doc:"People whose temporary password strict mode withdrew and who can be invited again."`
}

type runBody struct {
	TallyBody
	ID        string              `json:"id"`
	Kind      onboarding.RunKind  `json:"kind" enum:"create,remind"`
	State     onboarding.RunState `json:"state" enum:"running,done,failed"`
	Total     int                 `json:"total" doc:"People it was going to look at when it began."`
	Done      int                 `json:"done" doc:"People looked at so far."`
	Created   int                 `json:"created" doc:"Welcome e-mails written, each with a login for who had none."`
	Failure   string              `json:"failure,omitempty" doc:"Why it failed, in words."`
	StartedAt time.Time           `json:"started_at"`
	EndedAt   *time.Time          `json:"ended_at,omitempty"`
}

type planOutput struct{ Body planBody }

type runOutput struct{ Body runBody }

// ScopeBody says whom it is about. Exported like TallyBody.
type ScopeBody struct {
	Filter *FilterBody `json:"filter,omitempty" doc:"All who match; left out, everybody."`
	People []string    `json:"people,omitempty" maxItems:"200" doc:"Pet parents, one by one, by id; not together with a filter."`
}

// FilterBody is the filter of GET /pet-parents, without an order.
type FilterBody struct {
	Query      string `json:"q,omitempty"`
	Show       string `json:"show,omitempty" enum:",not_invited,invited,never_signed_in,active,locked,not_mailable"`
	Invitation string `json:"invitation,omitempty" enum:",not_invited,queued,sent,failed,opened,signed_in,finished"`
	Reason     string `json:"reason,omitempty" enum:",deleted,inactive,opt_out,no_email,invalid_email,refused_email,all_pets_deceased"`
	BranchID   string `json:"branch,omitempty" doc:"Home branch, by id"`
}

func (b FilterBody) filter() petparent.Filter {
	return petparent.FilterFrom(url.Values{
		"q": {b.Query}, "show": {b.Show}, "invitation": {b.Invitation}, "reason": {b.Reason}, "branch": {b.BranchID},
	})
}

type startInput struct {
	Body *ScopeBody
}

type previewInput struct {
	Query      string   `query:"q"`
	Show       string   `query:"show"`
	Invitation string   `query:"invitation"`
	Reason     string   `query:"reason"`
	BranchID   string   `query:"branch"`
	People     []string `query:"people" maxItems:"200" doc:"Pet parents by id, separated by commas; not together with the others."`
}

type personInput struct {
	ID string `path:"id"`
}

// errBoth answers who says both.
var errBoth = fault.Complain("people", "Send people or a filter, not both.")

// scope is what was sent as a scope; people are remembered for it.
func (f *Face) scope(ctx context.Context, in *ScopeBody) (petparent.Scope, error) {
	if in == nil {
		return petparent.Scope{}, nil
	}
	var sc petparent.Scope
	if in.Filter != nil {
		sc.Filter = in.Filter.filter()
	}
	if len(in.People) == 0 {
		return sc, nil
	}
	if !sc.Everybody() {
		return sc, errBoth
	}
	err := f.Onboarding.DB.Write(ctx, func(tx *db.Tx) (err error) {
		sc.Choice, err = f.Onboarding.PetParents.Choose(ctx, tx, access.PracticeFrom(ctx).ID, in.People)
		return err
	})
	return sc, err
}

// preview looks at whom a plan is about, and forgets the choice again: nobody
// comes back to it.
func (f *Face) preview(ctx context.Context, in *previewInput,
	plan func(context.Context, string, petparent.Scope) (onboarding.LoginPlan, error)) (onboarding.LoginPlan, error) {
	sc, err := f.scope(ctx, in.body())
	if err != nil {
		return onboarding.LoginPlan{}, err
	}
	practiceID := access.PracticeFrom(ctx).ID
	p, err := plan(ctx, practiceID, sc)
	if sc.Choice == "" {
		return p, err
	}
	return p, errors.Join(err, f.Onboarding.DB.Write(ctx, func(tx *db.Tx) error {
		return f.Onboarding.PetParents.Unchoose(ctx, tx, practiceID, sc.Choice)
	}))
}

func (in *previewInput) body() *ScopeBody {
	return &ScopeBody{
		Filter: &FilterBody{Query: in.Query, Show: in.Show, Invitation: in.Invitation, Reason: in.Reason, BranchID: in.BranchID},
		People: in.People,
	}
}

func tallyBodyOf(t onboarding.Tally) TallyBody {
	b := TallyBody{
		NotMailable: notMailableBody{People: t.NotMailable, Reasons: map[string]int{}},
		Conflicts:   make([]conflictBody, 0, len(t.Conflicts)),
		Skipped:     t.Skipped, Recent: t.Recent,
	}
	for _, r := range t.ReasonCounts() {
		b.NotMailable.Reasons[string(r.Reason)] = r.People
	}
	for _, c := range t.Conflicts {
		b.Conflicts = append(b.Conflicts, conflictBody{Conflict: c, Remedy: c.Remedy()})
	}
	return b
}

func runBodyOf(run onboarding.LoginRun) *runOutput {
	b := runBody{
		TallyBody: tallyBodyOf(run.Tally), ID: run.ID, Kind: run.Kind, State: run.State, Total: run.Total, Done: run.Done,
		Created: run.Create, Failure: run.Failure, StartedAt: run.StartedAt, EndedAt: clock.OrNil(run.EndedAt),
	}
	return &runOutput{Body: b}
}

func (f *Face) loginsAPI(a *httpd.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Pet parents"}}
	}
	rule := access.Rule{Audience: access.Staff, Permission: access.LoginManage, Feature: access.PetApp}
	httpd.Register(a, rule, op("logins-preview", http.MethodGet, "/logins/preview", "What creating logins for everybody, or for some, would do"), f.apiPlan)
	start := op("logins-create", http.MethodPost, "/logins", "Create logins for everybody, or for some, and send welcome e-mails")
	start.DefaultStatus = http.StatusAccepted
	httpd.Register(a, rule, start, f.apiStart)
	waiting := op("logins-invite-waiting", http.MethodPost, "/logins/waiting", "Invite again whose temporary password strict mode withdrew")
	waiting.DefaultStatus = http.StatusAccepted
	httpd.Register(a, rule, waiting, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, f.Onboarding.InviteWaiting(ctx, access.PracticeFrom(ctx).ID)
	})
	httpd.Register(a, rule, op("logins-reminders-preview", http.MethodGet, "/logins/reminders/preview", "Whom reminders would go to"), f.apiPlanReminders)
	remind := op("logins-remind", http.MethodPost, "/logins/reminders", "Send fresh welcome e-mails to those who never signed in")
	remind.DefaultStatus = http.StatusAccepted
	httpd.Register(a, rule, remind, f.apiRemind)
	httpd.Register(a, rule, op("logins-skip", http.MethodPut, "/logins/skipped/{id}", "Leave a pet parent out of the logins for all"),
		func(ctx context.Context, in *personInput) (*struct{}, error) {
			if !id.Valid(in.ID) {
				return nil, petparent.ErrNotFound
			}
			_, err := f.Onboarding.Skip(ctx, access.PracticeFrom(ctx).ID, in.ID, false)
			return nil, err
		})
	httpd.Register(a, rule, op("logins-unskip", http.MethodDelete, "/logins/skipped/{id}", "Leave a pet parent out no more"),
		func(ctx context.Context, in *personInput) (*struct{}, error) {
			if !id.Valid(in.ID) {
				return nil, petparent.ErrNotFound
			}
			return nil, f.Onboarding.Unskip(ctx, access.PracticeFrom(ctx).ID, in.ID)
		})
	proven := rule
	proven.StepUp = true
	httpd.Register(a, proven, op("logins-report", http.MethodGet, "/logins/{id}/report.csv", "What became of everybody, one line each; recorded"), f.apiReport)
	rule.Passive = true
	httpd.Register(a, rule, op("logins-run", http.MethodGet, "/logins/{id}", "Progress and report of one such run"), f.apiRun)
}

func (f *Face) apiPlan(ctx context.Context, in *previewInput) (*planOutput, error) {
	plan, err := f.preview(ctx, in, f.Onboarding.PlanLogins)
	if err != nil {
		return nil, err
	}
	waiting, err := f.Onboarding.WaitingForLink(ctx, access.PracticeFrom(ctx).ID)
	if err != nil {
		return nil, err
	}
	return &planOutput{Body: planBody{
		TallyBody: tallyBodyOf(plan.Tally), People: plan.People, Create: plan.Create, Waits: waiting.Mailable,
	}}, nil
}

func (f *Face) apiPlanReminders(ctx context.Context, in *previewInput) (*planOutput, error) {
	plan, err := f.preview(ctx, in, f.Onboarding.PlanReminders)
	if err != nil {
		return nil, err
	}
	return &planOutput{Body: planBody{TallyBody: tallyBodyOf(plan.Tally), People: plan.People, Create: plan.Create}}, nil
}

func (f *Face) apiStart(ctx context.Context, in *startInput) (*runOutput, error) {
	return f.apiBegin(ctx, in, f.Onboarding.StartLogins)
}

func (f *Face) apiRemind(ctx context.Context, in *startInput) (*runOutput, error) {
	return f.apiBegin(ctx, in, f.Onboarding.StartReminders)
}

func (f *Face) apiBegin(ctx context.Context, in *startInput,
	start func(context.Context, string, petparent.Scope) (onboarding.LoginRun, error)) (*runOutput, error) {
	sc, err := f.scope(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	run, err := start(ctx, access.PracticeFrom(ctx).ID, sc)
	if err != nil {
		return nil, err
	}
	return runBodyOf(run), nil
}

func (f *Face) apiReport(ctx context.Context, in *personInput) (*huma.StreamResponse, error) {
	if !id.Valid(in.ID) {
		return nil, onboarding.ErrRunNotFound
	}
	run, err := f.Onboarding.Run(ctx, access.PracticeFrom(ctx).ID, in.ID)
	if err != nil {
		return nil, err
	}
	if err := f.Onboarding.RecordReport(ctx, run); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(huma.Context) { f.streamReport(ctx, run) }}, nil
}

func (f *Face) apiRun(ctx context.Context, in *struct {
	ID string `path:"id"`
}) (*runOutput, error) {
	if !id.Valid(in.ID) {
		return nil, onboarding.ErrRunNotFound
	}
	run, err := f.Onboarding.Run(ctx, access.PracticeFrom(ctx).ID, in.ID)
	if err != nil {
		return nil, err
	}
	return runBodyOf(run), nil
}
