package accountweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/device"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
)

type passwordPage struct {
	ui.Form
	Minimum int
}

func (f *Face) showPassword(w http.ResponseWriter, r *http.Request) error {
	return f.passwordPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) passwordPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	rules, err := f.Factors.RulesSeen(r.Context(), access.ViewerFrom(r.Context()).Practice, "")
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "account/password", passwordPage{Form: form, Minimum: rules.Minimum})
}

// changePassword asks for the current password itself. The step-up is for the
// second factor: a password alone, at a session that was left open, changes none.
func (f *Face) changePassword(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	token, err := f.Factors.ChangePassword(recognised(r.Context(), true), factor.ChangeInput{
		Current: secret.Text(form.Get("current_password")),
		Chosen:  factor.Twice(form.Get("new_password"), form.Get("repeat_password")),
	})
	switch {
	case fault.Is(err, fault.Invalid):
		return f.passwordPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	case fault.Is(err, fault.TooMany):
		return f.passwordPage(w, r, http.StatusTooManyRequests, form.With(err))
	case fault.Is(err, fault.Conflict):
		return f.passwordPage(w, r, http.StatusConflict, form.With(err))
	case err != nil:
		return err
	}
	httpd.RenewSession(w, r, token.Reveal())
	f.UI.Notice(w, r, f.UI.Text(r, "account.password.done"))
	return httpd.Redirect(w, r, base(access.ViewerFrom(r.Context()))+"/account/sessions")
}

// recognised is a context in which the device is known that a request comes from.
func recognised(ctx context.Context, keeps bool) context.Context {
	token := httpd.CookieIn(ctx, device.Cookie(access.PracticeFrom(ctx)))
	return device.WithBrowser(ctx, device.Browser{Token: secret.Text(token), Keeps: keeps})
}

type passwordInput struct {
	Body struct {
		Current string `json:"current_password" maxLength:"1024"`
		New     string `json:"new_password" maxLength:"1024"`
	}
}

type passwordOutput struct {
	Body struct {
		Token string `json:"token" doc:"The session's new token; the one before it is void, and all other sessions are over."`
	}
}

func (f *Face) passwordAPI(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.SignedIn, StepUp: true}, huma.Operation{
		OperationID: "change-password", Method: http.MethodPut, Path: "/account/password",
		Summary: "Choose another password; ends all other sessions", Tags: []string{"Session"},
	}, func(ctx context.Context, in *passwordInput) (*passwordOutput, error) {
		token, err := f.Factors.ChangePassword(recognised(ctx, false), factor.ChangeInput{
			Current: secret.Text(in.Body.Current), Chosen: factor.Once(in.Body.New),
		})
		if err != nil {
			return nil, err
		}
		out := &passwordOutput{}
		out.Body.Token = token.Reveal()
		return out, nil
	})
}
