package signinweb

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
	"catflap/internal/session"
	"catflap/internal/signin"
)

type confirmPage struct {
	ui.Form
	Again bool // what they sent has to be sent once more afterwards
}

func (f *Face) showConfirm(w http.ResponseWriter, r *http.Request) error {
	return f.UI.Page(w, r, http.StatusOK, "signin/confirm", confirmPage{Again: r.URL.Query().Get("again") != ""})
}

// confirm is step-up: the password again, then back to where it was asked for.
func (f *Face) confirm(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	again := form.Get("again") != ""
	token, err := f.SignIn.StepUp(r.Context(), signin.Again{
		Password: secret.Text(form.Get("password")), Method: factor.Method(form.Get("method")), Code: secret.Text(form.Get("code")),
	})
	if status, shown := proofStatus(err); shown && !httpd.WantsJSON(r) {
		return f.UI.Page(w, r, status, "signin/confirm", confirmPage{Form: form.With(err), Again: again})
	}
	if err != nil {
		return err
	}
	httpd.SetSession(w, r, token.Reveal(), 0)
	if httpd.WantsJSON(r) {
		return f.sayState(w, r)
	}
	if again {
		f.UI.Notice(w, r, f.UI.Text(r, "signin.confirm.again"))
	}
	return httpd.Redirect(w, r, backOr(r, home(r)+"/"))
}

// proofStatus tells which errors of a password are shown above its form.
func proofStatus(err error) (int, bool) {
	switch {
	case fault.Is(err, fault.Invalid):
		return http.StatusUnprocessableEntity, true
	case fault.Is(err, fault.TooMany):
		return http.StatusTooManyRequests, true
	}
	return 0, false
}

// backOr is the return path of the form, if it stays in the practice.
func backOr(r *http.Request, otherwise string) string {
	if back := within(r, httpd.ReturnPath(r, "")); back != "" {
		return back
	}
	return otherwise
}

func (f *Face) signOut(w http.ResponseWriter, r *http.Request) error {
	return f.leave(w, r, "signin.receipt")
}

// switchUser ends the session before the next person begins one.
func (f *Face) switchUser(w http.ResponseWriter, r *http.Request) error {
	return f.leave(w, r, "signin.receipt.switch")
}

// leave ends the session and gives a receipt for it.
func (f *Face) leave(w http.ResponseWriter, r *http.Request, receipt string) error {
	v := access.ViewerFrom(r.Context())
	ended, err := f.Sessions.Get(r.Context(), f.Sessions.DB, v.PracticeID, v.SessionID)
	if err != nil {
		return err
	}
	if err := f.Sessions.SignOut(r.Context(), v); err != nil {
		return err
	}
	httpd.ClearSession(w, r)
	if v.SharedDevice {
		w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	}
	f.UI.Notice(w, r, f.UI.Text(r, receipt, f.receipt(r.Context(), ended)...))
	return httpd.Redirect(w, r, home(r)+"/login")
}

// receipt names a session that was ended, for its text.
func (f *Face) receipt(ctx context.Context, s session.Session) []any {
	v := access.ViewerFrom(ctx)
	now := f.Sessions.Clock.Now().In(v.Zone())
	began, form := s.CreatedAt.In(v.Zone()), "15:04"
	if began.Format("2006-01-02") != now.Format("2006-01-02") {
		form = "2 January, 15:04"
	}
	return []any{
		"Name", v.Name, "Device", s.Device, "Branch", v.Branch.Name,
		"Since", began.Format(form), "Ended", now.Format("15:04 MST"),
	}
}

// start leads to the landing page of the viewer's role, if they can open it.
func (f *Face) start(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	landing := v.Landing()
	if landing == "" || within(r, home(r)+landing) == "" || !f.UI.Offers(r.Context(), v, landing) {
		landing = "/"
	}
	return httpd.Redirect(w, r, home(r)+landing)
}
