package signinweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
)

type confirmPage struct {
	ui.Form
}

func (f *Face) showConfirm(w http.ResponseWriter, r *http.Request) error {
	return f.UI.Page(w, r, http.StatusOK, "signin/confirm", confirmPage{})
}

// confirm is step-up: the password again, then back to where it was asked for.
func (f *Face) confirm(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	token, err := f.SignIn.StepUp(r.Context(), secret.Text(form.Get("password")))
	switch {
	case fault.Is(err, fault.Invalid):
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "signin/confirm", confirmPage{Form: form.With(err)})
	case fault.Is(err, fault.TooMany):
		return f.UI.Page(w, r, http.StatusTooManyRequests, "signin/confirm", confirmPage{Form: form.With(err)})
	case err != nil:
		return err
	}
	httpd.SetSession(w, r, token.Reveal(), 0)
	back := within(r, httpd.ReturnPath(r, ""))
	if back == "" {
		back = home(r) + "/"
	}
	return httpd.Redirect(w, r, back)
}

func (f *Face) signOut(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	if err := f.Sessions.SignOut(r.Context(), v); err != nil {
		return err
	}
	httpd.ClearSession(w, r)
	if v.SharedDevice {
		w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	}
	return httpd.Redirect(w, r, home(r)+"/login?why=signed-out-now")
}
