package signinweb

import (
	"errors"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
	"catflap/internal/signin"
)

type lockedPage struct {
	ui.Form
}

// lock answers scripts, which cover the page, and browsers without them, which
// leave it.
func (f *Face) lock(w http.ResponseWriter, r *http.Request) error {
	if err := f.SignIn.Lock(r.Context()); err != nil {
		return err
	}
	if httpd.WantsJSON(r) {
		return f.sayState(w, r)
	}
	return httpd.Redirect(w, r, home(r)+"/account/locked"+returnTo(backOr(r, "")))
}

func (f *Face) showLocked(w http.ResponseWriter, r *http.Request) error {
	if !access.ViewerFrom(r.Context()).Locked {
		return httpd.Redirect(w, r, backOr(r, home(r)+"/start"))
	}
	return f.UI.Page(w, r, http.StatusOK, "signin/locked", lockedPage{})
}

func (f *Face) unlock(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	token, err := f.SignIn.Unlock(r.Context(), secret.Text(form.Get("password")))
	if status, shown := proofStatus(w, err); shown && !httpd.WantsJSON(r) {
		return f.UI.Page(w, r, status, "signin/locked", lockedPage{Form: form.With(err)})
	}
	if errors.Is(err, signin.ErrNotLocked) && !httpd.WantsJSON(r) {
		return httpd.Redirect(w, r, backOr(r, home(r)+"/start"))
	}
	if err != nil {
		return err
	}
	httpd.SetSession(w, r, token.Reveal(), 0)
	if httpd.WantsJSON(r) {
		return f.sayState(w, r)
	}
	return httpd.Redirect(w, r, backOr(r, home(r)+"/start"))
}
