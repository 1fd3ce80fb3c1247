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
	"catflap/internal/practice"
)

// NumbersBody is a tally without names and addresses. Exported like TallyBody.
type NumbersBody struct {
	NotMailable notMailableBody `json:"not_mailable"`
	Conflicts   map[string]int  `json:"conflicts" doc:"Addresses with which nobody gets a login by themselves, by clash: shared, login, archived, staff."`
	Waiting     int             `json:"waiting" doc:"People whom these hold up."`
	Skipped     int             `json:"skipped" doc:"People whom the practice leaves out."`
}

type platformPlanOutput struct {
	Body struct {
		NumbersBody
		People int `json:"people" doc:"People without a login."`
		Create int `json:"create" doc:"People who would get a login and a welcome e-mail."`
	}
}

type platformRunOutput struct {
	Body struct {
		NumbersBody
		ID        string              `json:"id"`
		State     onboarding.RunState `json:"state" enum:"running,done,failed"`
		Total     int                 `json:"total"`
		Done      int                 `json:"done"`
		Created   int                 `json:"created"`
		Failure   string              `json:"failure,omitempty"`
		StartedAt time.Time           `json:"started_at"`
		EndedAt   *time.Time          `json:"ended_at,omitempty"`
	}
}

func numbersOf(t onboarding.Tally) NumbersBody {
	b := NumbersBody{NotMailable: tallyBodyOf(t).NotMailable, Conflicts: map[string]int{}, Waiting: t.Waiting(), Skipped: t.Skipped}
	for _, c := range t.Conflicts {
		b.Conflicts[string(c.Clash)]++
	}
	return b
}

func platformRunOf(run onboarding.LoginRun) *platformRunOutput {
	out := &platformRunOutput{}
	b := &out.Body
	b.NumbersBody, b.ID, b.State, b.Total, b.Done = numbersOf(run.Tally), run.ID, run.State, run.Total, run.Done
	b.Created, b.Failure, b.StartedAt, b.EndedAt = run.Create, run.Failure, run.StartedAt, clock.OrNil(run.EndedAt)
	return out
}

func (f *Face) platformAPI(a *httpd.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Platform"}}
	}
	const all = "/platform/practices/{id}/logins"
	httpd.Register(a, access.Rule{Audience: access.Platform},
		op("platform-logins-preview", http.MethodGet, all+"/preview", "What creating logins for a practice would do, in numbers"),
		func(ctx context.Context, in *struct {
			ID     string `path:"id"`
			Branch string `query:"branch" doc:"Home branch, by id"`
		}) (*platformPlanOutput, error) {
			if !id.Valid(in.ID) {
				return nil, practice.ErrNotFound
			}
			plan, err := f.Onboarding.PlanLogins(ctx, in.ID, branchScope(in.Branch))
			if err != nil {
				return nil, err
			}
			out := &platformPlanOutput{}
			out.Body.NumbersBody, out.Body.People, out.Body.Create = numbersOf(plan.Tally), plan.People, plan.Create
			return out, nil
		})
	start := op("platform-logins-create", http.MethodPost, all, "Create logins for a practice and send welcome e-mails")
	start.DefaultStatus = http.StatusAccepted
	httpd.Register(a, access.Rule{Audience: access.Platform, StepUp: true}, start, func(ctx context.Context, in *struct {
		ID   string `path:"id"`
		Body *struct {
			Branch string `json:"branch,omitempty" doc:"Home branch, by id; left out, everybody"`
		}
	}) (*platformRunOutput, error) {
		if !id.Valid(in.ID) {
			return nil, practice.ErrNotFound
		}
		branch := ""
		if in.Body != nil {
			branch = in.Body.Branch
		}
		run, err := f.Onboarding.StartLogins(ctx, in.ID, branchScope(branch))
		if err != nil {
			return nil, err
		}
		return platformRunOf(run), nil
	})
	httpd.Register(a, access.Rule{Audience: access.Platform, Passive: true},
		op("platform-logins-run", http.MethodGet, all+"/{run}", "Progress and report of one such run, in numbers"),
		func(ctx context.Context, in *struct {
			ID  string `path:"id"`
			Run string `path:"run"`
		}) (*platformRunOutput, error) {
			if !id.Valid(in.ID) || !id.Valid(in.Run) {
				return nil, onboarding.ErrRunNotFound
			}
			run, err := f.Onboarding.Run(ctx, in.ID, in.Run)
			if err != nil {
				return nil, err
			}
			return platformRunOf(run), nil
		})
}
