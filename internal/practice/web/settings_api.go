package practiceweb

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/plan"
	"catflap/internal/practice"
)

// DetailsFields is what a practice says about itself. Exported, as all that is
// embedded in a body: the OpenAPI document leaves other embedded types out.
type DetailsFields struct {
	Name     string `json:"name" maxLength:"400"`
	Phone    string `json:"phone" maxLength:"800"`
	Email    string `json:"email" maxLength:"800"`
	Hours    string `json:"hours" maxLength:"800"`
	TimeZone string `json:"time_zone" maxLength:"100" doc:"IANA name, for instance Europe/Berlin."`
}

type ownPracticeBody struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	DetailsFields
	Kind     string           `json:"kind" enum:"clinic,sitting,training"`
	Plan     string           `json:"plan"`
	Features []access.Feature `json:"features" doc:"What the plan includes."`
	LoginURL string           `json:"login_url"`
}

type ownPracticeOutput struct{ Body ownPracticeBody }

// BranchFields is what can be changed about a branch.
type BranchFields struct {
	Name     string           `json:"name" maxLength:"400"`
	Hue      int              `json:"hue" minimum:"0" maximum:"7" doc:"One of the eight branch colours."`
	Phone    string           `json:"phone,omitempty" maxLength:"800"`
	Email    string           `json:"email,omitempty" maxLength:"800" doc:"Left out: the practice's."`
	Hours    string           `json:"hours,omitempty" maxLength:"2000" doc:"As pet parents read them; left out: the practice's."`
	Address  string           `json:"address,omitempty" maxLength:"2000" doc:"As pet parents read it."`
	TimeZone string           `json:"time_zone,omitempty" maxLength:"100" doc:"IANA name; left out: the practice's."`
	Off      []access.Feature `json:"features_off,omitempty" doc:"Features that are switched off in this branch."`
}

func (b BranchFields) input() practice.BranchInput {
	return practice.BranchInput{
		Name: b.Name, Hue: b.Hue, Phone: b.Phone, Email: b.Email, Hours: b.Hours, Address: b.Address,
		TimeZone: b.TimeZone, FeaturesOff: b.Off,
	}
}

type ownBranchBody struct {
	ID string `json:"id"`
	BranchFields
	Features []access.Feature `json:"features" doc:"What is on: included in the plan and not switched off."`
	Network  *NetworkFields   `json:"network,omitempty" doc:"For those who may change it."`
}

// NetworkFields is from where people may work in a branch.
type NetworkFields struct {
	Mode     string   `json:"mode" enum:"off,warn,restrict"`
	Networks []string `json:"networks" maxItems:"60" doc:"CIDR prefixes."`
}

type ownBranchOutput struct{ Body ownBranchBody }

type ownBranchesOutput struct {
	Body struct {
		Items []ownBranchBody `json:"items"`
	}
}

func (f *Face) settingsAPI(a *httpd.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Practice"}}
	}
	httpd.Register(a, detailsRule(), op("practice", http.MethodGet, "/practice", "The practice, its plan and features"), f.apiDetails)
	httpd.Register(a, detailsRule(), op("change-practice", http.MethodPut, "/practice", "Change name, contact, hours and time zone"), f.apiChangeDetails)
	httpd.Register(a, branchesRule(), op("branches", http.MethodGet, "/branches", "The branches, by name"), f.apiBranches)
	add := op("add-branch", http.MethodPost, "/branches", "Open a branch")
	add.DefaultStatus = http.StatusCreated
	httpd.Register(a, addBranchRule(), add, f.apiAddBranch)
	httpd.Register(a, branchRule(), op("change-branch", http.MethodPut, "/branches/{id}", "Change a branch; the permission is needed there"), f.apiChangeBranch)
	httpd.Register(a, networkRule(), op("change-network", http.MethodPut, "/branches/{id}/network",
		"Change from where people may work in a branch; ends the sessions that are not admitted any more"), f.apiChangeNetwork)
}

func (f *Face) apiDetails(ctx context.Context, _ *struct{}) (*ownPracticeOutput, error) {
	p, err := f.Practices.Get(ctx, f.Practices.DB, access.ViewerFrom(ctx).PracticeID)
	if err != nil {
		return nil, err
	}
	return f.ownPractice(p), nil
}

func (f *Face) ownPractice(p practice.Practice) *ownPracticeOutput {
	return &ownPracticeOutput{Body: ownPracticeBody{
		ID: p.ID, Slug: p.Slug, Kind: p.Kind, Plan: p.Plan, Features: notNull(p.Features()), LoginURL: f.LoginURL(p.Slug),
		DetailsFields: DetailsFields{Name: p.Name, Phone: p.Phone, Email: p.Email, Hours: p.Hours, TimeZone: p.TimeZone},
	}}
}

// notNull is never null in JSON.
func notNull(all []access.Feature) []access.Feature { return append([]access.Feature{}, all...) }

func (f *Face) apiChangeDetails(ctx context.Context, in *struct{ Body DetailsFields }) (*ownPracticeOutput, error) {
	b := in.Body
	p, err := f.Practices.ChangeDetails(ctx, practice.Details{Name: b.Name, Phone: b.Phone, Email: b.Email, Hours: b.Hours, TimeZone: b.TimeZone})
	if err != nil {
		return nil, err
	}
	return f.ownPractice(p), nil
}

func (f *Face) ownBranch(ctx context.Context, b practice.Branch, bought []access.Feature) ownBranchBody {
	body := ownBranchBody{
		ID: b.ID, Features: slices.DeleteFunc(notNull(bought), func(one access.Feature) bool { return slices.Contains(b.FeaturesOff, one) }),
		BranchFields: BranchFields{
			Name: b.Name, Hue: b.Hue, Phone: b.Phone, Email: b.Email, Hours: b.Hours, Address: b.Address,
			TimeZone: b.TimeZone, Off: b.FeaturesOff,
		},
	}
	if access.ViewerFrom(ctx).MayIn(access.SecurityManage, b.ID) {
		body.Network = &NetworkFields{Mode: b.Network.Mode, Networks: []string{}}
		for _, p := range b.Network.Prefixes {
			body.Network.Networks = append(body.Network.Networks, p.String())
		}
	}
	return body
}

// bought is what the plan of the viewer's practice includes.
func (f *Face) bought(ctx context.Context) ([]access.Feature, error) {
	p, err := f.Practices.Get(ctx, f.Practices.DB, access.ViewerFrom(ctx).PracticeID)
	one, _ := plan.Find(p.Plan)
	return one.Features, err
}

func (f *Face) apiBranches(ctx context.Context, _ *struct{}) (*ownBranchesOutput, error) {
	all, err := f.Practices.Branches(ctx, f.Practices.DB, access.ViewerFrom(ctx).PracticeID)
	if err != nil {
		return nil, err
	}
	bought, err := f.bought(ctx)
	if err != nil {
		return nil, err
	}
	out := &ownBranchesOutput{}
	out.Body.Items = make([]ownBranchBody, 0, len(all))
	for _, b := range all {
		out.Body.Items = append(out.Body.Items, f.ownBranch(ctx, b, bought))
	}
	return out, nil
}

func (f *Face) answerBranch(ctx context.Context, b practice.Branch, err error) (*ownBranchOutput, error) {
	if err != nil {
		return nil, err
	}
	bought, err := f.bought(ctx)
	if err != nil {
		return nil, err
	}
	return &ownBranchOutput{Body: f.ownBranch(ctx, b, bought)}, nil
}

func (f *Face) apiAddBranch(ctx context.Context, in *struct{ Body BranchFields }) (*ownBranchOutput, error) {
	b, err := f.Practices.AddBranch(ctx, in.Body.input())
	return f.answerBranch(ctx, b, err)
}

func (f *Face) apiChangeBranch(ctx context.Context, in *struct {
	ID   string `path:"id"`
	Body BranchFields
}) (*ownBranchOutput, error) {
	if !id.Valid(in.ID) {
		return nil, practice.ErrBranchNotFound
	}
	b, err := f.Practices.ChangeBranch(ctx, in.ID, in.Body.input())
	return f.answerBranch(ctx, b, err)
}

type networkOutput struct {
	Body struct {
		SessionsEnded int `json:"sessions_ended"`
	}
}

func (f *Face) apiChangeNetwork(ctx context.Context, in *struct {
	ID   string `path:"id"`
	Body struct {
		NetworkFields
		ShutMeOut bool `json:"shut_me_out,omitempty" doc:"Save it even if it ends the session in use."`
	}
}) (*networkOutput, error) {
	if !id.Valid(in.ID) {
		return nil, practice.ErrBranchNotFound
	}
	ended, err := f.Sessions.ChangeNetwork(ctx, in.ID,
		practice.NetworkInput{Mode: in.Body.Mode, Networks: in.Body.Networks}, in.Body.ShutMeOut)
	if err != nil {
		return nil, err
	}
	out := &networkOutput{}
	out.Body.SessionsEnded = ended
	return out, nil
}
