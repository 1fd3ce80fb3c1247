package staffweb

import (
	"net/http"
	"strconv"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/staff"
)

// personPage is what all pages about one person share.
type personPage struct {
	ui.Form
	Person line
	Rights staff.Rights
}

// personOf reads whom the path is about, as far as the viewer may see them.
func (f *Face) personOf(r *http.Request) (personPage, error) {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return personPage{}, err
	}
	row, err := f.Staff.Get(r.Context(), practiceOf(r).ID, accountID)
	if err != nil {
		return personPage{}, err
	}
	rights, err := f.Staff.Rights(r.Context(), row.Account)
	return personPage{Person: line{row, inPractice(r.Context())}, Rights: rights}, err
}

// managed is personOf for the forms that only those see who may send them.
func (f *Face) managed(r *http.Request) (personPage, error) {
	page, err := f.personOf(r)
	if err == nil && !page.Rights.Manage {
		err = staff.ErrElsewhere
	}
	return page, err
}

type showPage struct {
	personPage
	Sessions      int
	InvitedUntil  time.Time
	DeactivatedBy string // who did it
}

func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	shared, err := f.personOf(r)
	if err != nil {
		return err
	}
	page := showPage{personPage: shared}
	ctx, a := r.Context(), shared.Person.Account
	held, err := f.Staff.StillHolds(ctx, a)
	if err != nil {
		return err
	}
	page.Sessions = held.Sessions
	if page.InvitedUntil, err = f.Staff.InvitedUntil(ctx, a); err != nil {
		return err
	}
	if page.DeactivatedBy, err = f.Staff.NameOf(ctx, f.Staff.DB, a.PracticeID, a.DeactivatedBy); err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "staff/show", page)
}

func (f *Face) personPath(r *http.Request) string { return base(r) + "/" + r.PathValue("id") }

// done leads back to the person with a word about what was done.
func (f *Face) done(w http.ResponseWriter, r *http.Request, err error, words string) error {
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, words)
	return httpd.Redirect(w, r, f.personPath(r))
}

func (f *Face) inviteAgain(w http.ResponseWriter, r *http.Request) error {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	return f.done(w, r, f.Staff.InviteAgain(r.Context(), practiceOf(r), accountID),
		"A fresh invitation is on its way. The link in the earlier one does not work any more.")
}

func (f *Face) endSessions(w http.ResponseWriter, r *http.Request) error {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	n, err := f.Staff.EndSessions(r.Context(), practiceOf(r).ID, accountID)
	words := strconv.FormatInt(n, 10) + " sessions are over. They can sign in again."
	switch n {
	case 0:
		words = "There was no open session."
	case 1:
		words = "The session is over. They can sign in again."
	}
	return f.done(w, r, err, words)
}

func (f *Face) showName(w http.ResponseWriter, r *http.Request) error {
	page, err := f.managed(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "staff/name", page)
}

func (f *Face) rename(w http.ResponseWriter, r *http.Request) error {
	page, err := f.personOf(r)
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	err = f.Staff.Rename(r.Context(), practiceOf(r).ID, page.Person.ID, form.Get("name"))
	if fault.Is(err, fault.Invalid) {
		page.Form = form.With(err)
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "staff/name", page)
	}
	return f.done(w, r, err, "The name is saved.")
}

func (f *Face) showEmail(w http.ResponseWriter, r *http.Request) error {
	page, err := f.managed(r)
	if err == nil && !page.Rights.Cover {
		err = staff.ErrMore
	}
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "staff/email", page)
}

func (f *Face) changeEmail(w http.ResponseWriter, r *http.Request) error {
	page, err := f.personOf(r)
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	asked, err := f.Staff.ChangeEmail(r.Context(), practiceOf(r), page.Person.ID, form.Get("email"))
	if fault.Is(err, fault.Invalid) {
		page.Form = form.With(err)
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "staff/email", page)
	}
	words := "The address is changed, and a fresh invitation went there."
	if asked {
		words = "A message went to the new address. It counts once it is confirmed there."
	}
	return f.done(w, r, err, words)
}

func (f *Face) cancelEmail(w http.ResponseWriter, r *http.Request) error {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	return f.done(w, r, f.Staff.CancelEmail(r.Context(), practiceOf(r).ID, accountID), "The address stays as it was.")
}

type confirmPage struct {
	Token string
	Name  string
	Email string
}

// showConfirmEmail shows what the link is for. It changes nothing: mail
// programs open links by themselves.
func (f *Face) showConfirmEmail(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	a, err := f.Staff.AddressOf(r.Context(), access.PracticeFrom(r.Context()).ID, token)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "staff/confirm_email", confirmPage{Token: token, Name: a.Name, Email: a.PendingEmail})
}

func (f *Face) confirmEmail(w http.ResponseWriter, r *http.Request) error {
	p := access.PracticeFrom(r.Context())
	a, err := f.Staff.ConfirmEmail(r.Context(), p, ui.FormFrom(r).Get("token"))
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "staff.confirm.done", "Login", a.LoginID))
	return httpd.Redirect(w, r, "/"+p.Slug+"/login")
}
