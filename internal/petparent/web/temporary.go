package petparentweb

import (
	"errors"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// show reveals the temporary password once. That it was shown stands in the
// record before anybody sees it.
func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	page, err := f.basic(r)
	if err != nil {
		return err
	}
	if page.State == "" {
		err = factor.ErrNoTemporary
	} else {
		page.revealed, err = f.Factors.ShowTemporary(r.Context(), page.Person.PracticeID, page.Person.AccountID, page.Person.Name())
	}
	if errors.Is(err, factor.ErrNoTemporary) {
		page.Form = ui.Form{}.With(err)
		return f.UI.Page(w, r, http.StatusGone, "petparent/basic", page)
	}
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/basic", page)
}

// issue replaces the temporary password by a fresh one and mails it.
func (f *Face) issue(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	err = f.Onboarding.Reissue(r.Context(), access.ViewerFrom(r.Context()).Practice, petParentID)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Gone) {
		page, readErr := f.basic(r)
		if readErr != nil {
			return readErr
		}
		page.Form = ui.Form{}.With(err)
		return f.UI.Page(w, r, http.StatusConflict, "petparent/basic", page)
	}
	if err != nil {
		return err
	}
	page, err := f.profile(r.Context(), petParentID)
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, issuedWords(page.Person.Login))
	return httpd.Redirect(w, r, profilePath(r, petParentID))
}

func issuedWords(l petparent.Login) string {
	if l.RecoveryEmail == "" {
		return "A new temporary password is ready. Show it and pass it on; what was given out before does not work any more."
	}
	return "A welcome e-mail is on its way to " + l.RecoveryEmail + ". What was given out before does not work any more."
}
