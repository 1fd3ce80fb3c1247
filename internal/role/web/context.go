package roleweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/role"
)

type contextOutput struct {
	Body contextBody
}

type contextBody struct {
	Kind        access.Kind         `json:"kind" enum:"staff,client,platform,program"`
	Account     *accountBody        `json:"account,omitempty" doc:"The person; left out for an API key."`
	Practice    *practiceBody       `json:"practice,omitempty"`
	Branch      *named              `json:"branch,omitempty"`
	Roles       []string            `json:"roles" nullable:"false" doc:"Names of the roles held in the branch."`
	Permissions []access.Permission `json:"permissions" nullable:"false" doc:"Held in the branch; of an API key its own."`
	Features    []access.Feature    `json:"features" nullable:"false" doc:"In the plan and not switched off in the branch."`
	Landing     string              `json:"landing,omitempty" doc:"Path of the first page after signing in."`
	Menu        []entryBody         `json:"menu" nullable:"false" doc:"What the person sees, in order."`
	Hidden      []hiddenBody        `json:"hidden" nullable:"false" doc:"What they do not see, with every cause."`
}

type accountBody struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Login string `json:"login"`
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type practiceBody struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
}

type entryBody struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Group string `json:"group,omitempty"`
	Icon  string `json:"icon,omitempty"`
	URL   string `json:"url" doc:"A path on this server, or the whole address of another application."`
}

type hiddenBody struct {
	Key    string      `json:"key"`
	Label  string      `json:"label"`
	Group  string      `json:"group,omitempty"`
	Causes []causeBody `json:"causes" nullable:"false"`
}

type causeBody struct {
	Cause       role.Cause          `json:"cause" enum:"role,plan,branch"`
	Permissions []access.Permission `json:"permissions,omitempty" doc:"One of these is needed; cause role only."`
	AllBranches bool                `json:"all_branches,omitempty" doc:"It is needed for all branches."`
	Feature     access.Feature      `json:"feature,omitempty" doc:"Causes plan and branch only."`
	Elsewhere   []string            `json:"elsewhere,omitempty" doc:"Names of branches where the person's roles allow it."`
	Who         []string            `json:"who,omitempty" doc:"Names of people who can change it, for those who may see who works here."`
	WhoRoles    []string            `json:"who_roles,omitempty" doc:"Names of the roles that can change it."`
	Text        string              `json:"text" doc:"The same in words for the person."`
}

func (f *Face) api(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.SignedIn | access.Program, Passive: true},
		huma.Operation{
			OperationID: "context", Method: http.MethodGet, Path: "/context", Tags: []string{"Session"},
			Summary: "Who is signed in, where, and their menu: what they see, and what not and why; does not move the idle clock",
		}, f.context)
}

func (f *Face) context(ctx context.Context, _ *struct{}) (*contextOutput, error) {
	v := access.ViewerFrom(ctx)
	hidden, err := f.Menus.Hidden(ctx, v)
	if err != nil {
		return nil, err
	}
	b := contextBody{
		Kind: v.Kind, Roles: orNone(v.Roles()), Permissions: orNone(v.Allowed()), Features: []access.Feature{},
		Menu: []entryBody{}, Hidden: []hiddenBody{},
	}
	if v.AccountID != "" {
		b.Account = &accountBody{ID: v.AccountID, Name: v.Name, Login: v.LoginID}
	}
	base := "/platform"
	if v.PracticeID != "" {
		base = "/" + v.Practice.Slug
		b.Practice = &practiceBody{ID: v.PracticeID, Slug: v.Practice.Slug, Name: v.Practice.Name}
	}
	if v.Branch.ID != "" {
		b.Branch = &named{ID: v.Branch.ID, Name: v.Branch.Name}
	}
	if v.Kind == access.KindStaff {
		b.Landing = base + role.LandingFor(v)
	}
	for _, feature := range access.Features() {
		if v.Has(feature) {
			b.Features = append(b.Features, feature)
		}
	}
	for _, e := range f.Menus.Visible(v) {
		line := entryBody{Key: e.Key, Label: e.Label, Group: e.Group, Icon: e.Icon, URL: e.Address(v)}
		if line.URL == "" {
			line.URL = base + e.Path
		}
		b.Menu = append(b.Menu, line)
	}
	for _, h := range hidden {
		b.Hidden = append(b.Hidden, hiddenFrom(h, v))
	}
	return &contextOutput{Body: b}, nil
}

func hiddenFrom(h role.Hidden, v access.Viewer) hiddenBody {
	b := hiddenBody{Key: h.Key, Label: h.Label, Group: h.Group, Causes: []causeBody{}}
	for _, r := range h.Reasons {
		words := inWords(h.MenuEntry, r, v)
		c := causeBody{Cause: r.Cause, Elsewhere: r.Elsewhere, Who: r.Names, WhoRoles: r.Roles, Text: words.Why + " " + words.Who}
		if r.Cause == role.NotInRole {
			c.Permissions, c.AllBranches = h.Permissions, h.AllBranches
		} else {
			c.Feature = h.Feature
		}
		b.Causes = append(b.Causes, c)
	}
	return b
}

// orNone is an empty list instead of none at all, which JSON would call null.
func orNone[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}
