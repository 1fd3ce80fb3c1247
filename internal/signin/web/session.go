package signinweb

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/lang"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
	"catflap/internal/session"
	"catflap/internal/signin"
)

type confirmPage struct {
	ui.Form
	Again bool // what they sent has to be sent once more afterwards
	Code  codeFields
}

func (f *Face) showConfirm(w http.ResponseWriter, r *http.Request) error {
	return f.confirmPage(w, r, http.StatusOK, ui.Form{})
}

// confirmPage asks for the password and, where there is a second factor, for a
// code. A script gets what it asks for besides the password.
func (f *Face) confirmPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	asked, err := f.SignIn.AskedAgain(r.Context())
	if errors.Is(err, signin.ErrNoMethod) && len(form.Complaints) == 0 {
		status, form = http.StatusConflict, form.With(err)
	} else if err != nil && !errors.Is(err, signin.ErrNoMethod) {
		return err
	}
	q := r.URL.Query()
	kept, again := url.Values{}, form.Get("again") != "" || q.Get("again") != ""
	if again {
		kept.Set("again", "yes")
	}
	if back := form.Get("return") + q.Get("return"); back != "" {
		kept.Set("return", back)
	}
	page := confirmPage{Form: form, Again: again, Code: f.codeFields(r, "/account/confirm", asked, form, kept)}
	if httpd.WantsPart(r) {
		page.Code.ID, page.Code.Focus = "prove-code", ""
		return f.UI.Part(w, r, status, "signin/confirm", "code", page)
	}
	return f.UI.Page(w, r, status, "signin/confirm", page)
}

// confirm is step-up: the proofs again, then back to where they were asked for.
func (f *Face) confirm(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	token, err := f.SignIn.StepUp(fromPage(r), signin.Again{
		Password: secret.Text(form.Get("password")), Method: factor.Method(form.Get("method")), Code: secret.Text(form.Get("code")),
	})
	if status, shown := proofStatus(w, err); shown && !httpd.WantsJSON(r) {
		return f.confirmPage(w, r, status, form.With(err))
	}
	if err != nil {
		return err
	}
	httpd.RenewSession(w, r, token.Reveal())
	if httpd.WantsJSON(r) {
		return f.sayState(w, r)
	}
	if form.Get("again") != "" {
		f.UI.Notice(w, r, f.UI.Text(r, "signin.confirm.again"))
	}
	return httpd.Redirect(w, r, backOr(r, home(r)+"/"))
}

// confirmCode mails a code for a step-up.
func (f *Face) confirmCode(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	err := f.SignIn.SendStepUpCode(fromPage(r))
	if status, shown := proofStatus(w, err); shown && !httpd.WantsJSON(r) {
		return f.confirmPage(w, r, status, form.With(err))
	}
	if err != nil {
		return err
	}
	if httpd.WantsJSON(r) {
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	asked, err := f.SignIn.AskedAgain(r.Context())
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "signin.code.sent", "Address", asked.Address))
	q := url.Values{"method": {string(factor.ByEmailCode)}}
	for _, name := range []string{"return", "again"} {
		if v := form.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	return httpd.Redirect(w, r, home(r)+"/account/confirm?"+q.Encode())
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
	began := s.CreatedAt.In(v.Zone())
	since := began.Format("15:04")
	if began.Format("2006-01-02") != now.Format("2006-01-02") {
		since = lang.DayMonth(v.Lang, began) + ", " + since
	}
	return []any{
		"Name", v.Name, "Device", lang.Device(v.Lang, s.Device), "Branch", v.Branch.Name,
		"Since", since, "Ended", now.Format("15:04 MST"),
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
