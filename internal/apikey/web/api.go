package apikeyweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/apikey"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
)

type keyBody struct {
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Hint        string              `json:"hint" doc:"The last characters of the key."`
	State       apikey.State        `json:"state" enum:"live,expired,revoked"`
	Permissions []access.Permission `json:"permissions"`
	CreatedAt   time.Time           `json:"created_at"`
	CreatedBy   personBody          `json:"created_by"`
	ExpiresAt   time.Time           `json:"expires_at"`
	LastUsedAt  *time.Time          `json:"last_used_at,omitempty" doc:"Written at most once a minute."`
	LastUsedIP  string              `json:"last_used_ip,omitempty"`
	RevokedAt   *time.Time          `json:"revoked_at,omitempty"`
	Key         string              `json:"key,omitempty" doc:"The key itself; only in the answer that made it."`
}

type personBody struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Active bool   `json:"active" doc:"False when they have left; the key goes on working."`
}

type keyOutput struct{ Body keyBody }

type keysOutput struct {
	Body struct {
		Items []keyBody `json:"items"`
		Next  string    `json:"next,omitempty" doc:"Cursor of the next page."`
	}
}

func (f *Face) body(k apikey.Key) keyBody {
	return keyBody{
		ID: k.ID, Name: k.Name, Hint: k.Hint, State: k.State(f.Keys.Clock.Now()), Permissions: k.Permissions, CreatedAt: k.CreatedAt,
		CreatedBy: personBody{ID: k.CreatedBy, Name: k.Creator, Active: k.CreatorActive}, ExpiresAt: k.ExpiresAt, LastUsedIP: k.LastUsedIP,
		LastUsedAt: clock.OrNil(k.LastUsedAt), RevokedAt: clock.OrNil(k.RevokedAt),
	}
}

// api registers the operations. They are for people: no key can hold the
// permission that they ask for.
func (f *Face) api(a *httpd.API, rule, proven access.Rule) {
	op := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Summary: summary, DefaultStatus: status, Tags: []string{"API keys"},
		}
	}
	httpd.Register(a, rule, op("api-keys", http.MethodGet, "/api-keys", "API keys of the practice, the newest first", 200), f.apiList)
	httpd.Register(a, proven, op("create-api-key", http.MethodPost, "/api-keys", "Create an API key; the answer is the only one that shows it", 201), f.apiCreate)
	httpd.Register(a, proven, op("revoke-api-key", http.MethodDelete, "/api-keys/{id}", "Revoke an API key for ever; it acts on the next request", 204), f.apiRevoke)
}

func (f *Face) apiList(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"64"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}) (*keysOutput, error) {
	keys, err := f.Keys.List(ctx, access.ViewerFrom(ctx).PracticeID, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &keysOutput{}
	out.Body.Items = make([]keyBody, 0, len(keys))
	for i, k := range keys {
		if i == in.Limit {
			out.Body.Next = keys[i-1].ID
			break
		}
		out.Body.Items = append(out.Body.Items, f.body(k))
	}
	return out, nil
}

func (f *Face) apiCreate(ctx context.Context, in *struct {
	Body struct {
		Name        string              `json:"name" maxLength:"400"`
		Permissions []access.Permission `json:"permissions" maxItems:"50" doc:"Only what you hold for all branches yourself."`
		ExpiresAt   time.Time           `json:"expires_at" doc:"One day to one year from now."`
	}
}) (*keyOutput, error) {
	made, token, err := f.Keys.Create(ctx, apikey.Input{Name: in.Body.Name, Permissions: in.Body.Permissions, ExpiresAt: in.Body.ExpiresAt})
	if err != nil {
		return nil, err
	}
	out := &keyOutput{Body: f.body(made)}
	out.Body.Key = token.Reveal()
	return out, nil
}

func (f *Face) apiRevoke(ctx context.Context, in *struct {
	ID string `path:"id"`
}) (*struct{}, error) {
	if !id.Valid(in.ID) {
		return nil, apikey.ErrNotFound
	}
	return nil, f.Keys.Revoke(ctx, access.ViewerFrom(ctx).PracticeID, in.ID)
}
