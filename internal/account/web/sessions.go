package accountweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/session"
)

type sessionsPage struct {
	Sessions []session.Listed
}

func (f *Face) listSessions(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	all, err := f.Sessions.List(r.Context(), v.PracticeID, v.AccountID)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "account/sessions", sessionsPage{Sessions: all})
}

func base(v access.Viewer) string {
	if v.Practice.Slug != "" {
		return "/" + v.Practice.Slug
	}
	return "/platform"
}

func (f *Face) endSession(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	sessionID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	if err := f.Sessions.EndOwn(r.Context(), v, sessionID); err != nil {
		return err
	}
	if sessionID == v.SessionID {
		httpd.ClearSession(w, r)
		return httpd.Redirect(w, r, base(v)+"/login?why=signed-out-now")
	}
	f.UI.Notice(w, r, f.UI.Text(r, "account.sessions.ended"))
	return httpd.Redirect(w, r, base(v)+"/account/sessions")
}

func (f *Face) endOthers(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	n, err := f.Sessions.EndOthers(r.Context(), v)
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "account.sessions.others_ended", "Count", int(n)))
	return httpd.Redirect(w, r, base(v)+"/account/sessions")
}
