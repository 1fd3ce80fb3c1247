package pimsweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
)

type afterPage struct {
	ui.Form
	Logins bool
}

// after shows what the practice wants done after each import.
func (f *Face) after(w http.ResponseWriter, r *http.Request) error {
	on, err := f.Imports.LoginsAfter(r.Context(), f.Imports.DB, access.ViewerFrom(r.Context()).PracticeID)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "pims/after", afterPage{Logins: on})
}

func (f *Face) saveAfter(w http.ResponseWriter, r *http.Request) error {
	on := ui.FormFrom(r).Get("logins") != ""
	if err := f.Imports.SetLoginsAfter(r.Context(), access.ViewerFrom(r.Context()).PracticeID, on); err != nil {
		return err
	}
	f.UI.Notice(w, r, "Saved.")
	return httpd.Redirect(w, r, "/"+access.PracticeFrom(r.Context()).Slug+"/pet-parents/import/after")
}
