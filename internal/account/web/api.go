package accountweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/session"
)

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type sessionOutput struct {
	Body sessionBody
}

type sessionBody struct {
	ID      string      `json:"id"`
	Kind    access.Kind `json:"kind" enum:"staff,client,platform"`
	Account struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Login string `json:"login"`
	} `json:"account"`
	Practice      *practiceBody       `json:"practice,omitempty"`
	Branch        *named              `json:"branch,omitempty"`
	Roles         []string            `json:"roles,omitempty"`
	Permissions   []access.Permission `json:"permissions,omitempty"`
	Proofs        []string            `json:"proofs" doc:"What the person proved when they signed in: password, then totp, email_code, backup_code, or set_up where the factor was set up then."`
	ProvenUntil   time.Time           `json:"proven_until" doc:"Until then no step-up is asked for."`
	ExpiresAt     time.Time           `json:"expires_at"`
	IdleExpiresAt time.Time           `json:"idle_expires_at"`
}

// AppendJSON writes the body: this is what programs ask for all day long.
func (o *sessionOutput) AppendJSON(b []byte) []byte {
	s := &o.Body
	b = member(append(b, '{'), `"id":`, s.ID)
	b = member(b, `,"kind":`, string(s.Kind))
	b = member(b, `,"account":{"id":`, s.Account.ID)
	b = member(b, `,"name":`, s.Account.Name)
	b = append(member(b, `,"login":`, s.Account.Login), '}')
	if p := s.Practice; p != nil {
		b = member(b, `,"practice":{"id":`, p.ID)
		b = member(b, `,"slug":`, p.Slug)
		b = append(member(b, `,"name":`, p.Name), '}')
	}
	if n := s.Branch; n != nil {
		b = member(b, `,"branch":{"id":`, n.ID)
		b = append(member(b, `,"name":`, n.Name), '}')
	}
	if len(s.Roles) > 0 {
		b = list(b, `,"roles":`, s.Roles)
	}
	if len(s.Permissions) > 0 {
		b = list(b, `,"permissions":`, s.Permissions)
	}
	b = list(b, `,"proofs":`, s.Proofs)
	b = instant(b, `,"proven_until":`, s.ProvenUntil)
	b = instant(b, `,"expires_at":`, s.ExpiresAt)
	return append(instant(b, `,"idle_expires_at":`, s.IdleExpiresAt), '}')
}

func member(b []byte, name, value string) []byte {
	return httpd.AppendJSONString(append(b, name...), value)
}

func list[T ~string](b []byte, name string, values []T) []byte {
	b = append(append(b, name...), '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = httpd.AppendJSONString(b, string(v))
	}
	return append(b, ']')
}

func instant(b []byte, name string, at time.Time) []byte {
	b = append(append(b, name...), '"')
	return append(at.AppendFormat(b, time.RFC3339Nano), '"')
}

type practiceBody struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
}

func sessionFrom(v access.Viewer) sessionBody {
	b := sessionBody{
		ID: v.SessionID, Kind: v.Kind, Roles: v.Roles(), Permissions: v.Allowed(), Proofs: []string{"password"},
		ProvenUntil: v.ProvenUntil, ExpiresAt: v.ExpiresAt, IdleExpiresAt: v.IdleAt,
	}
	b.Account.ID, b.Account.Name, b.Account.Login = v.AccountID, v.Name, v.LoginID
	if v.Second != "" {
		b.Proofs = append(b.Proofs, v.Second)
	}
	if v.PracticeID != "" {
		b.Practice = &practiceBody{ID: v.PracticeID, Slug: v.Practice.Slug, Name: v.Practice.Name}
	}
	if v.Branch.ID != "" {
		b.Branch = &named{ID: v.Branch.ID, Name: v.Branch.Name}
	}
	return b
}

type listedBody struct {
	ID        string    `json:"id"`
	Current   bool      `json:"current"`
	Device    string    `json:"device"`
	IP        string    `json:"ip"`
	Branch    string    `json:"branch,omitempty"`
	Kept      bool      `json:"kept,omitempty" doc:"\"Keep me signed in\": pauses do not end it."`
	Shared    bool      `json:"shared,omitempty" doc:"On a computer that others use too."`
	Locked    bool      `json:"locked,omitempty" doc:"It waits for its person's password."`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
}

func listed(v access.Viewer, l session.Listed) listedBody {
	return listedBody{
		ID: l.ID, Current: l.ID == v.SessionID, Device: l.Device, IP: l.IP, Branch: l.BranchName,
		Shared: l.Shared, Kept: l.Kept, Locked: !l.LockedAt.IsZero(), CreatedAt: l.CreatedAt, SeenAt: l.SeenAt,
	}
}

type sessionsOutput struct {
	Body struct {
		Items []listedBody `json:"items"`
	}
}

type sessionInput struct {
	ID string `path:"id"`
}

func (f *Face) api(a *httpd.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Session"}}
	}
	rule := access.Rule{Audience: access.SignedIn, AnyBranch: true}
	httpd.Register(a, access.Rule{Audience: access.SignedIn, Passive: true},
		op("session", http.MethodGet, "/session", "Who is signed in; does not move the idle clock"),
		func(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
			return &sessionOutput{Body: sessionFrom(access.ViewerFrom(ctx))}, nil
		})
	httpd.Register(a, access.Rule{Audience: access.SignedIn, AnyBranch: true, Locked: true}, op("sign-out", http.MethodDelete, "/session", "Sign out"),
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			return nil, f.Sessions.SignOut(ctx, access.ViewerFrom(ctx))
		})
	httpd.Register(a, rule, op("sessions", http.MethodGet, "/sessions", "Own sessions"), f.apiList)
	httpd.Register(a, rule, op("end-session", http.MethodDelete, "/sessions/{id}", "End one own session"), f.apiEnd)
	httpd.Register(a, rule, op("end-other-sessions", http.MethodDelete, "/sessions", "End all other own sessions"),
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			_, err := f.Sessions.EndOthers(ctx, access.ViewerFrom(ctx))
			return nil, err
		})
	f.practiceAPI(a)
}

func (f *Face) apiList(ctx context.Context, _ *struct{}) (*sessionsOutput, error) {
	v := access.ViewerFrom(ctx)
	all, err := f.Sessions.List(ctx, v.PracticeID, v.AccountID)
	if err != nil {
		return nil, err
	}
	out := &sessionsOutput{}
	out.Body.Items = make([]listedBody, 0, len(all))
	for _, l := range all {
		out.Body.Items = append(out.Body.Items, listed(v, l))
	}
	return out, nil
}

func (f *Face) apiEnd(ctx context.Context, in *sessionInput) (*struct{}, error) {
	if !id.Valid(in.ID) {
		return nil, session.ErrNotFound
	}
	return nil, f.Sessions.EndOwn(ctx, access.ViewerFrom(ctx), in.ID)
}
