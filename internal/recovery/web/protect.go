package recoveryweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/recovery"
)

// protectRoutes are where the link of a security notice leads. Looking at it
// changes nothing.
func (f *Face) protectRoutes(m *httpd.Mux) {
	public := access.Rule{Audience: access.Public}
	for _, base := range []string{"/{practice}", "/platform"} {
		m.Handle("GET "+base+"/protect", public, f.showProtect)
		m.Handle("POST "+base+"/protect", public, f.protect)
	}
}

type protectPage struct {
	Token    string
	Login    string
	Practice string
	Factor   bool   // the second factor goes too
	Mails    bool   // a link to a new password goes to the address on record
	Span     string // how long that link works
	Done     bool
}

func protectPageOf(r *http.Request, p recovery.Protection) protectPage {
	page := protectPage{Login: p.Account.LoginID, Practice: practiceOf(r).Name, Factor: p.Factor, Mails: p.Mails, Span: p.Span}
	if page.Practice == "" {
		page.Practice = "Catflap"
	}
	return page
}

func (f *Face) showProtect(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	p, err := f.Recovery.Protectable(r.Context(), practiceOf(r).ID, token)
	if err != nil {
		return err
	}
	page := protectPageOf(r, p)
	page.Token = token
	return f.UI.Page(w, r, http.StatusOK, "recovery/protect", page)
}

func (f *Face) protect(w http.ResponseWriter, r *http.Request) error {
	p, err := f.Recovery.Protect(r.Context(), practiceOf(r).ID, ui.FormFrom(r).Get("token"))
	if err != nil {
		return err
	}
	page := protectPageOf(r, p)
	page.Done = true
	if own(r, p.Account) {
		httpd.ClearSession(w, r)
	}
	return f.UI.Page(w, r, http.StatusOK, "recovery/protect", page)
}

// own reports whether the person is signed in in this very browser.
func own(r *http.Request, a account.Account) bool {
	v := access.ViewerFrom(r.Context())
	return v.SignedIn() && v.AccountID == a.ID
}
