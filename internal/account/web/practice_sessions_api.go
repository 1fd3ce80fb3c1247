package accountweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/session"
)

type openBody struct {
	listedBody
	Kind    access.Kind `json:"kind" enum:"staff,client"`
	Account struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Login string `json:"login"`
	} `json:"account"`
}

type openOutput struct {
	Body struct {
		Items []openBody `json:"items"`
		Next  string     `json:"next,omitempty" doc:"The cursor of what follows."`
	}
}

type openInput struct {
	Query   string `query:"q" maxLength:"200" doc:"Part of a name, login ID, device or address."`
	Branch  string `query:"branch" doc:"Its id."`
	Kind    string `query:"kind" enum:"staff,client"`
	Account string `query:"account" doc:"Its id."`
	Cursor  string `query:"cursor"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// practiceAPI is the administration of other people's sessions.
func (f *Face) practiceAPI(a *httpd.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Sessions of the practice"}}
	}
	rule := access.Rule{Audience: access.Staff, Permission: access.SessionManage}
	httpd.Register(a, rule, op("practice-sessions", http.MethodGet, "/practice-sessions", "Open sessions in the branches that you manage"), f.apiOpen)
	httpd.Register(a, rule, op("end-practice-session", http.MethodDelete, "/practice-sessions/{id}", "End somebody's session"),
		func(ctx context.Context, in *sessionInput) (*struct{}, error) {
			if !id.Valid(in.ID) {
				return nil, session.ErrNotFound
			}
			return nil, f.Sessions.EndOther(ctx, access.ViewerFrom(ctx), in.ID)
		})
	rule.StepUp = true
	httpd.Register(a, rule, op("end-sessions-of-account", http.MethodDelete, "/practice-sessions", "End all sessions of a person that you manage"),
		func(ctx context.Context, in *struct {
			Account string `query:"account" required:"true" doc:"Whose, by id."`
		}) (*struct{}, error) {
			if !id.Valid(in.Account) {
				return nil, session.ErrNotFound
			}
			_, err := f.Sessions.EndPerson(ctx, access.ViewerFrom(ctx), in.Account)
			return nil, err
		})
}

func (f *Face) apiOpen(ctx context.Context, in *openInput) (*openOutput, error) {
	v := access.ViewerFrom(ctx)
	found, next, err := f.Sessions.Search(ctx, v, session.Wish{
		Text: in.Query, BranchID: in.Branch, Kind: access.Kind(in.Kind), AccountID: in.Account, After: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &openOutput{}
	out.Body.Next = next
	out.Body.Items = make([]openBody, 0, len(found))
	for _, o := range found {
		b := openBody{listedBody: listed(v, o.Listed), Kind: o.Kind}
		b.Account.ID, b.Account.Name, b.Account.Login = o.AccountID, o.Name, o.LoginID
		out.Body.Items = append(out.Body.Items, b)
	}
	return out, nil
}
