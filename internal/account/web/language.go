package accountweb

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/lang"
)

// languageRoutes are where the choice at the foot of a page is sent. Before a
// sign-in the browser alone keeps it; a pet parent's account keeps theirs.
func (f *Face) languageRoutes(m *httpd.Mux) {
	m.Handle("POST /{practice}/language", access.Rule{Audience: access.Public, Passive: true}, f.chooseLanguage)
	m.Handle("POST /{practice}/account/language", access.Rule{Audience: access.Client}, f.changeLanguage)
}

func (f *Face) chooseLanguage(w http.ResponseWriter, r *http.Request) error {
	if tag := r.PostForm.Get("language"); lang.Known(tag) {
		httpd.SetLanguage(w, r, tag)
	}
	return backToPage(w, r, "/login")
}

func (f *Face) changeLanguage(w http.ResponseWriter, r *http.Request) error {
	tag := r.PostForm.Get("language")
	if err := f.Accounts.Speak(r.Context(), tag); err != nil {
		return err
	}
	httpd.SetLanguage(w, r, tag)
	return backToPage(w, r, "/")
}

// backToPage leads to the page of this practice that the choice was made on.
func backToPage(w http.ResponseWriter, r *http.Request, otherwise string) error {
	home := "/" + access.PracticeFrom(r.Context()).Slug
	back := httpd.ReturnPath(r, "")
	if !strings.HasPrefix(back, home+"/") {
		back = home + otherwise
	}
	return httpd.Redirect(w, r, back)
}

type languageBody struct {
	Body struct {
		Language string `json:"language" enum:"en,es,fr,de" doc:"In which pages, messages and complaints speak to this person."`
	}
}

func (f *Face) languageAPI(a *httpd.API) {
	op := func(id, method, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/account/language", Summary: summary, Tags: []string{"Session"}}
	}
	own := access.Rule{Audience: access.Client}
	httpd.Register(a, own, op("own-language", http.MethodGet, "The pet parent's own language"),
		func(ctx context.Context, _ *struct{}) (*languageBody, error) {
			out := &languageBody{}
			out.Body.Language = lang.Or(access.ViewerFrom(ctx).Lang)
			return out, nil
		})
	httpd.Register(a, own, op("change-language", http.MethodPut, "Choose the language of pages, messages and complaints"),
		func(ctx context.Context, in *languageBody) (*languageBody, error) {
			return in, f.Accounts.Speak(ctx, in.Body.Language)
		})
}
