package petparentweb

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
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
	status, err := f.revealOn(r.Context(), &page)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "petparent/basic", page)
}

// revealOn puts the temporary password on a page, or why there is none to show.
func (f *Face) revealOn(ctx context.Context, page *basicPage) (status int, err error) {
	if page.State == "" {
		err = factor.ErrNoTemporary
	} else {
		page.revealed, err = f.reveal(ctx, page.Person)
	}
	if fault.Is(err, fault.Gone) {
		page.Form = ui.Form{}.With(err)
		return http.StatusGone, nil
	}
	return http.StatusOK, err
}

// errUnreadable answers where the practice lets nobody look.
var errUnreadable = fault.New(fault.Gone, "temporary-password-unreadable",
	"Your practice decided that nobody can read temporary passwords. Issue a new one, or send a new welcome e-mail.")

// reveal opens the temporary password for staff, if the policy lets them look:
// it may have been issued before the practice thought better of it.
func (f *Face) reveal(ctx context.Context, p petparent.Profile) (secret.Text, error) {
	policy, err := f.Practices.Policy(ctx, f.Practices.DB, p.PracticeID)
	if err != nil {
		return "", err
	}
	if !policy.TemporaryReadable {
		return "", errUnreadable
	}
	return f.Factors.ShowTemporary(ctx, p.PracticeID, p.AccountID, p.Name())
}

// issue replaces the temporary password by a fresh one and mails it. One that
// nobody can read later is shown now.
func (f *Face) issue(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	once, err := f.Onboarding.Reissue(r.Context(), access.ViewerFrom(r.Context()).Practice, petParentID)
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
	page, err := f.basic(r)
	if err != nil {
		return err
	}
	if once != "" {
		page.revealed = once
		return f.UI.Page(w, r, http.StatusOK, "petparent/basic", page)
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
