package onboardingweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/onboarding"
)

// TallyBody is who gets no login, and why. Exported, because the OpenAPI
// document leaves other embedded types out.
type TallyBody struct {
	NotMailable notMailableBody `json:"not_mailable" doc:"People who get no login because they cannot be mailed."`
	Conflicts   []conflictBody  `json:"conflicts" doc:"Addresses with which nobody gets a login by themselves."`
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
	People int `json:"people" doc:"People without a login."`
	Create int `json:"create" doc:"People who would get a login and a welcome e-mail."`
	Waits  int `json:"waiting" doc:"People whose temporary password strict mode withdrew and who can be invited again."`
}

type runBody struct {
	TallyBody
	ID        string              `json:"id"`
	State     onboarding.RunState `json:"state" enum:"running,done,failed"`
	Total     int                 `json:"total" doc:"People without a login when it began."`
	Done      int                 `json:"done" doc:"People looked at so far."`
	Created   int                 `json:"created" doc:"Logins created, each with a welcome e-mail."`
	Failure   string              `json:"failure,omitempty" doc:"Why it failed, in words."`
	StartedAt time.Time           `json:"started_at"`
	EndedAt   *time.Time          `json:"ended_at,omitempty"`
}

type planOutput struct{ Body planBody }

type runOutput struct{ Body runBody }

func tallyBodyOf(t onboarding.Tally) TallyBody {
	b := TallyBody{
		NotMailable: notMailableBody{People: t.NotMailable, Reasons: map[string]int{}},
		Conflicts:   make([]conflictBody, 0, len(t.Conflicts)),
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
	return &runOutput{Body: runBody{
		TallyBody: tallyBodyOf(run.Tally), ID: run.ID, State: run.State, Total: run.Total, Done: run.Done,
		Created: run.Create, Failure: run.Failure, StartedAt: run.StartedAt, EndedAt: clock.OrNil(run.EndedAt),
	}}
}

func (f *Face) loginsAPI(a *httpd.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Pet parents"}}
	}
	rule := access.Rule{Audience: access.Staff, Permission: access.LoginManage, Feature: access.PetApp}
	httpd.Register(a, rule, op("logins-preview", http.MethodGet, "/logins/preview", "What creating logins for everybody would do"), f.apiPlan)
	start := op("logins-create", http.MethodPost, "/logins", "Create logins for everybody and send welcome e-mails")
	start.DefaultStatus = http.StatusAccepted
	httpd.Register(a, rule, start, f.apiStart)
	waiting := op("logins-invite-waiting", http.MethodPost, "/logins/waiting", "Invite again whose temporary password strict mode withdrew")
	waiting.DefaultStatus = http.StatusAccepted
	httpd.Register(a, rule, waiting, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, f.Onboarding.InviteWaiting(ctx, access.PracticeFrom(ctx).ID)
	})
	rule.Passive = true
	httpd.Register(a, rule, op("logins-run", http.MethodGet, "/logins/{id}", "Progress and report of one such run"), f.apiRun)
}

func (f *Face) apiPlan(ctx context.Context, _ *struct{}) (*planOutput, error) {
	plan, err := f.Onboarding.PlanLogins(ctx, access.PracticeFrom(ctx).ID)
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

func (f *Face) apiStart(ctx context.Context, _ *struct{}) (*runOutput, error) {
	run, err := f.Onboarding.StartLogins(ctx, access.PracticeFrom(ctx).ID)
	if err != nil {
		return nil, err
	}
	return runBodyOf(run), nil
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
