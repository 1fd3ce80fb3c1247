package recoveryweb

import (
	"context"
	"embed"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/lang"
	"catflap/internal/foundation/ui"
	"catflap/internal/practice"
	"catflap/internal/recovery"
)

// Files are the pages and texts.
//
//go:embed *.html text.*.json said.*.json
var Files embed.FS

// Face answers for recovery.
type Face struct {
	UI        *ui.UI
	Recovery  *recovery.Service
	Practices *practice.Service
}

// Routes registers the pages and the JSON operations.
func (f *Face) Routes(m *httpd.Mux) {
	public := access.Rule{Audience: access.Public}
	f.protectRoutes(m)
	f.lostRoutes(m)
	for _, base := range []string{"/{practice}", "/platform"} {
		m.Handle("GET "+base+"/forgot-password", public, f.showForgot)
		m.Handle("POST "+base+"/forgot-password", public, f.forgot)
		m.Handle("GET "+base+"/reset-password", public, f.showReset)
		m.Handle("POST "+base+"/reset-password", public, f.reset)
	}
	m.Handle("GET /{$}", public, f.front)
	m.Handle("POST /{$}", public, f.answerFront)
	f.api(m.API())
	f.lostAPI(m.API())
}

type forgotPage struct {
	ui.Form
	Sent bool
	Desk practice.Practice // whom to ask; zero on the platform's own pages
}

func (f *Face) showForgot(w http.ResponseWriter, r *http.Request) error {
	return f.forgotPage(w, r, http.StatusOK, forgotPage{})
}

// forgotPage says whom to ask, whatever was typed: it never tells whether
// anything matched, and so names every way on to everybody.
func (f *Face) forgotPage(w http.ResponseWriter, r *http.Request, status int, page forgotPage) (err error) {
	if p := practiceOf(r); p.ID != "" {
		if page.Desk, err = f.Practices.Get(r.Context(), f.Practices.DB, p.ID); err != nil {
			return err
		}
	}
	return f.UI.Page(w, r, status, "recovery/forgot", page)
}

// practiceOf is the practice in the path; zero for the platform's own pages.
func practiceOf(r *http.Request) access.Practice {
	if r.PathValue("practice") == "" {
		return access.Practice{}
	}
	return access.PracticeFrom(r.Context())
}

func (f *Face) forgot(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	if form.Get("login") == "" {
		err := fault.Complain("login", f.UI.Text(r, "recovery.forgot.missing"))
		return f.forgotPage(w, r, http.StatusUnprocessableEntity, forgotPage{Form: form.With(err)})
	}
	if err := f.Recovery.Request(r.Context(), practiceOf(r), form.Get("login")); err != nil {
		return err
	}
	return f.forgotPage(w, r, http.StatusOK, forgotPage{Sent: true})
}

type resetPage struct {
	ui.Form
	Token   string
	Login   string
	Minimum int
}

func (f *Face) showReset(w http.ResponseWriter, r *http.Request) error {
	return f.resetPage(w, r, http.StatusOK, ui.Form{}, r.URL.Query().Get("token"))
}

func (f *Face) resetPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form, token string) error {
	a, err := f.Recovery.Resettable(r.Context(), practiceOf(r).ID, token)
	if err != nil {
		return err
	}
	minimum, err := f.Recovery.Factors.MinimumFor(r.Context(), f.Practices.DB, a)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "recovery/reset", resetPage{Form: form, Token: token, Login: a.LoginID, Minimum: minimum})
}

func (f *Face) reset(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	token := form.Get("token")
	err := f.Recovery.Reset(r.Context(), practiceOf(r).ID, recovery.ResetInput{
		Token: token, Chosen: factor.Twice(form.Get("new_password"), form.Get("repeat_password")),
	})
	if fault.Is(err, fault.Invalid) {
		return f.resetPage(w, r, http.StatusUnprocessableEntity, form.With(err), token)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "recovery.reset.done"))
	if p := practiceOf(r); p.Slug != "" {
		return httpd.Redirect(w, r, "/"+p.Slug+"/login")
	}
	return httpd.Redirect(w, r, "/platform/login")
}

type frontPage struct {
	ui.Form
	Any  bool // there are practices
	Sent bool
}

// front leads to the only practice, or helps to find the right one.
func (f *Face) front(w http.ResponseWriter, r *http.Request) error {
	some, err := f.Practices.List(r.Context(), "", 2)
	if err != nil {
		return err
	}
	if len(some) == 1 {
		return httpd.Redirect(w, r, "/"+some[0].Slug+"/login")
	}
	return f.UI.Page(w, r, http.StatusOK, "recovery/front", frontPage{Any: len(some) > 0})
}

// answerFront meets both forms of the front page: the choice of a language at
// its foot, which has no path of its own beside the names of practices, and the
// question for sign-in pages.
func (f *Face) answerFront(w http.ResponseWriter, r *http.Request) error {
	if !r.PostForm.Has("language") {
		return f.mailAddresses(w, r)
	}
	if tag := r.PostForm.Get("language"); lang.Known(tag) {
		httpd.SetLanguage(w, r, tag)
	}
	return httpd.Redirect(w, r, "/")
}

func (f *Face) mailAddresses(w http.ResponseWriter, r *http.Request) error {
	if err := f.Recovery.RequestAddresses(r.Context(), ui.FormFrom(r).Get("email")); err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "recovery/front", frontPage{Any: true, Sent: true})
}

func (f *Face) api(a *httpd.API) {
	op := func(id, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodPost, Path: path, Summary: summary, DefaultStatus: status, Tags: []string{"Recovery"}}
	}
	public := access.Rule{Audience: access.Public}
	type request struct {
		Practice string `path:"practice" doc:"The practice's slug."`
		Body     struct {
			Login string `json:"login" maxLength:"254"`
		}
	}
	httpd.Register(a, public, op("request-password-reset", "/practices/{practice}/password-reset",
		"Ask for a reset link; the answer never tells whether the login ID exists", http.StatusAccepted),
		func(ctx context.Context, in *request) (*struct{}, error) {
			return nil, f.Recovery.Request(ctx, access.PracticeFrom(ctx), in.Body.Login)
		})
	type addresses struct {
		Body struct {
			Email string `json:"email" maxLength:"254"`
		}
	}
	httpd.Register(a, public, op("request-sign-in-pages", "/sign-in-pages",
		"Mail a person the sign-in pages that know their address; the answer never tells whether any does", http.StatusAccepted),
		func(ctx context.Context, in *addresses) (*struct{}, error) {
			return nil, f.Recovery.RequestAddresses(ctx, in.Body.Email)
		})
	type reset struct {
		Body struct {
			Token       string `json:"token" maxLength:"200"`
			NewPassword string `json:"new_password" maxLength:"1024"`
		}
	}
	httpd.Register(a, public, op("reset-password", "/password-reset", "Choose a new password with a mailed link; never signs in", http.StatusNoContent),
		func(ctx context.Context, in *reset) (*struct{}, error) {
			return nil, f.Recovery.ResetAnywhere(ctx, recovery.ResetInput{Token: in.Body.Token, Chosen: factor.Once(in.Body.NewPassword)})
		})
}
