package mailweb

import (
	"net/http"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
)

func (f *Face) healthRoutes(m *httpd.Mux) {
	platform := access.Rule{Audience: access.Platform}
	m.Handle("GET /platform/mail", platform, f.showServer)
	m.Handle("POST /platform/mail/test", platform, f.testServer)
	manage := access.Rule{Audience: access.Staff, Permission: access.PracticeWrite, AllBranches: true}
	m.Handle("GET /{practice}/settings/mail", manage, f.showOwn)
	m.Handle("POST /{practice}/settings/mail/again", manage, f.tryAllAgain)
	m.Handle("POST /{practice}/settings/mail/{id}/again", manage, f.tryAgain)
}

type serverPage struct {
	ui.Form
	Health mail.Health
	Probe  *mail.Probe // of the test that was asked for
	To     string
}

func (f *Face) serverPage(w http.ResponseWriter, r *http.Request, status int, page serverPage) error {
	var err error
	if page.Health, err = f.Mail.Health(r.Context(), ""); err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "mail/server", page)
}

func (f *Face) showServer(w http.ResponseWriter, r *http.Request) error {
	return f.serverPage(w, r, http.StatusOK, serverPage{})
}

// testServer writes a test message past the queue and shows what was said.
func (f *Face) testServer(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	page := serverPage{Form: form, To: form.Get("email")}
	probe, err := f.Mail.ProbeServer(r.Context(), page.To)
	switch {
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		page.Form = form.With(err)
		return f.serverPage(w, r, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	page.Probe = &probe
	return f.serverPage(w, r, http.StatusOK, page)
}

type ownPage struct {
	Health   mail.Health
	Failures []mail.Message
	Next     string
}

func (f *Face) showOwn(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	var page ownPage
	var err error
	if page.Health, err = f.Mail.Health(r.Context(), v.PracticeID); err != nil {
		return err
	}
	list, err := f.Mail.Failures(r.Context(), v.PracticeID, mail.Page{After: r.URL.Query().Get("after")})
	if err != nil {
		return err
	}
	if page.Failures = list.Messages; list.Next != "" {
		page.Next = "/" + r.PathValue("practice") + "/settings/mail?after=" + list.Next
	}
	return f.UI.Page(w, r, http.StatusOK, "mail/own", page)
}

func (f *Face) tryAgain(w http.ResponseWriter, r *http.Request) error {
	if err := f.Mail.TryAgain(r.Context(), access.ViewerFrom(r.Context()).PracticeID, r.PathValue("id")); err != nil {
		return err
	}
	f.UI.Notice(w, r, "The message is in the queue again.")
	return back(w, r)
}

func (f *Face) tryAllAgain(w http.ResponseWriter, r *http.Request) error {
	n, err := f.Mail.TryAllAgain(r.Context(), access.ViewerFrom(r.Context()).PracticeID)
	if err != nil {
		return err
	}
	words := strconv.Itoa(n) + " messages are in the queue again."
	if n == 1 {
		words = "1 message is in the queue again."
	}
	f.UI.Notice(w, r, words)
	return back(w, r)
}

func back(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/"+r.PathValue("practice")+"/settings/mail", http.StatusSeeOther)
	return nil
}
