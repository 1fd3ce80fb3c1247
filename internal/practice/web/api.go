package practiceweb

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

type practiceBody struct {
	ID        string       `json:"id"`
	Slug      string       `json:"slug"`
	Name      string       `json:"name"`
	Kind      string       `json:"kind" enum:"clinic,sitting,training"`
	Plan      string       `json:"plan"`
	Status    string       `json:"status" enum:"active,suspended,closed"`
	Reason    string       `json:"reason,omitempty" doc:"Why it is suspended or closed."`
	StatusAt  *time.Time   `json:"status_at,omitempty" doc:"Since when it has the status; left out when it always had."`
	LoginURL  string       `json:"login_url"`
	Branches  []branchBody `json:"branches,omitempty"`
	CreatedAt time.Time    `json:"created_at"`
}

type branchBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type practiceOutput struct {
	Body practiceBody
}

type practicesOutput struct {
	Body struct {
		Items []practiceBody `json:"items"`
		Next  string         `json:"next,omitempty" doc:"Cursor of the next page."`
	}
}

type createInput struct {
	Body struct {
		Name          string   `json:"name"`
		Slug          string   `json:"slug"`
		Kind          string   `json:"kind" enum:"clinic,sitting,training"`
		Plan          string   `json:"plan"`
		Phone         string   `json:"phone,omitempty"`
		Email         string   `json:"email,omitempty"`
		Hours         string   `json:"hours,omitempty"`
		Branches      []string `json:"branches" minItems:"1"`
		Administrator struct {
			Name  string `json:"name"`
			Email string `json:"email"`
		} `json:"administrator"`
	}
}

func (f *Face) body(p practice.Practice, branches []practice.Branch) practiceBody {
	b := practiceBody{
		ID: p.ID, Slug: p.Slug, Name: p.Name, Kind: p.Kind, Plan: p.Plan, Status: p.Status,
		LoginURL: f.LoginURL(p.Slug), CreatedAt: p.CreatedAt, StatusAt: clock.OrNil(p.StatusAt), Reason: p.Reason,
	}
	for _, one := range branches {
		b.Branches = append(b.Branches, branchBody{ID: one.ID, Name: one.Name})
	}
	return b
}

func (f *Face) api(a *httpd.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Platform"}}
	}
	platform := access.Rule{Audience: access.Platform}
	httpd.Register(a, platform, op("platform-practices", http.MethodGet, "/platform/practices", "All practices, by slug"), f.apiList)
	httpd.Register(a, platform, op("platform-practice", http.MethodGet, "/platform/practices/{id}", "One practice"), f.apiGet)
	create := op("platform-create-practice", http.MethodPost, "/platform/practices", "Create a practice and invite its first administrator")
	create.DefaultStatus = http.StatusCreated
	httpd.Register(a, platform, create, f.apiCreate)
	httpd.Register(a, access.Rule{Audience: access.Platform, StepUp: true}, op("platform-change-practice", http.MethodPut, "/platform/practices/{id}",
		"Change the plan of a practice, suspend, close or open it again; what is left out stays"), f.apiChange)
	invite := op("platform-invite-administrator", http.MethodPost, "/platform/practices/{id}/invite", "Invite the administrator again; the earlier link ends")
	invite.DefaultStatus = http.StatusAccepted
	httpd.Register(a, platform, invite, func(ctx context.Context, in *practiceInput) (*struct{}, error) {
		if !id.Valid(in.ID) {
			return nil, practice.ErrNotFound
		}
		return nil, f.Onboarding.InviteAdministratorAgain(ctx, in.ID)
	})
}

func (f *Face) apiList(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"64"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}) (*practicesOutput, error) {
	all, err := f.Practices.List(ctx, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &practicesOutput{}
	out.Body.Items = make([]practiceBody, 0, len(all))
	for i, p := range all {
		if i == in.Limit {
			out.Body.Next = all[i-1].Slug
			break
		}
		out.Body.Items = append(out.Body.Items, f.body(p, nil))
	}
	return out, nil
}

type practiceInput struct {
	ID string `path:"id"`
}

func (f *Face) apiGet(ctx context.Context, in *practiceInput) (*practiceOutput, error) {
	if !id.Valid(in.ID) {
		return nil, practice.ErrNotFound
	}
	p, err := f.Practices.Get(ctx, f.Practices.DB, in.ID)
	if err != nil {
		return nil, err
	}
	return f.answer(ctx, p)
}

func (f *Face) answer(ctx context.Context, p practice.Practice) (*practiceOutput, error) {
	branches, err := f.Practices.Branches(ctx, f.Practices.DB, p.ID)
	if err != nil {
		return nil, err
	}
	return &practiceOutput{Body: f.body(p, branches)}, nil
}

func (f *Face) apiCreate(ctx context.Context, in *createInput) (*practiceOutput, error) {
	b := in.Body
	p, err := f.Onboarding.OpenPractice(ctx, onboarding.PracticeInput{
		Input: practice.Input{
			Name: b.Name, Slug: b.Slug, Kind: b.Kind, Plan: b.Plan, Phone: b.Phone, Email: b.Email, Hours: b.Hours, Branches: b.Branches,
		},
		AdministratorName: b.Administrator.Name, AdministratorEmail: b.Administrator.Email,
	})
	if err != nil {
		return nil, err
	}
	return f.answer(ctx, p)
}

type changeInput struct {
	ID   string `path:"id"`
	Body struct {
		Plan   string `json:"plan,omitempty"`
		Status string `json:"status,omitempty" enum:"active,suspended,closed"`
		Reason string `json:"reason,omitempty" maxLength:"2000" doc:"Needed to suspend and to close; it stands in the record of the practice too."`
	}
}

func (f *Face) apiChange(ctx context.Context, in *changeInput) (*practiceOutput, error) {
	if !id.Valid(in.ID) {
		return nil, practice.ErrNotFound
	}
	p, err := f.Onboarding.ChangePractice(ctx, in.ID, onboarding.PracticeChange{
		Plan: in.Body.Plan, Status: in.Body.Status, Reason: in.Body.Reason,
	})
	if err != nil {
		return nil, err
	}
	return f.answer(ctx, p)
}
