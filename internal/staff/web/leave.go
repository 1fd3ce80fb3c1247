package staffweb

import (
	"net/http"

	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/staff"
)

type deactivatePage struct {
	personPage
	Held staff.Held
}

// showDeactivate tells what the person still holds before anything happens.
func (f *Face) showDeactivate(w http.ResponseWriter, r *http.Request) error {
	return f.deactivatePage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) deactivatePage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	shared, err := f.managed(r)
	if err == nil && shared.Rights.Self {
		err = staff.ErrSelf
	}
	if err != nil {
		return err
	}
	shared.Form = form
	page := deactivatePage{personPage: shared}
	if page.Held, err = f.Staff.StillHolds(r.Context(), shared.Person.Account); err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "staff/deactivate", page)
}

func (f *Face) deactivate(w http.ResponseWriter, r *http.Request) error {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	err = f.Staff.Deactivate(r.Context(), practiceOf(r).ID, accountID, form.Get("reason"))
	switch {
	case fault.Is(err, fault.Invalid):
		return f.deactivatePage(w, r, http.StatusUnprocessableEntity, form.With(err))
	case fault.Is(err, fault.Conflict):
		return f.deactivatePage(w, r, http.StatusConflict, form.With(err))
	}
	return f.done(w, r, err, "They are deactivated. Every session ends with its next request.")
}

func (f *Face) reactivate(w http.ResponseWriter, r *http.Request) error {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	return f.done(w, r, f.Staff.Reactivate(r.Context(), practiceOf(r).ID, accountID),
		"They are reactivated, with the roles and the password they had.")
}

type leavesPage struct {
	personPage
	Day   string // year-month-day, "" without one
	Today string
}

func (f *Face) showLeaves(w http.ResponseWriter, r *http.Request) error {
	return f.leavesPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) leavesPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	shared, err := f.managed(r)
	if err == nil && shared.Rights.Self {
		err = staff.ErrSelf
	}
	if err != nil {
		return err
	}
	shared.Form = form
	zone := inPractice(r.Context()).Zone()
	return f.UI.Page(w, r, status, "staff/leaves", leavesPage{
		personPage: shared, Day: staff.LastDay(shared.Person.Account, zone), Today: f.Staff.Clock.Now().In(zone).Format("2006-01-02"),
	})
}

func (f *Face) leaves(w http.ResponseWriter, r *http.Request) error {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	on := form.Get("on")
	if on == "" {
		err = fault.Complain("on", "Choose their last day.")
	} else {
		err = f.Staff.SetLeaving(r.Context(), practiceOf(r).ID, accountID, on)
	}
	switch {
	case fault.Is(err, fault.Invalid):
		return f.leavesPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	case fault.Is(err, fault.Conflict):
		return f.leavesPage(w, r, http.StatusConflict, form.With(err))
	}
	return f.done(w, r, err, "They are deactivated at the end of "+ui.PlainDay(on)+".")
}

func (f *Face) stays(w http.ResponseWriter, r *http.Request) error {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	return f.done(w, r, f.Staff.SetLeaving(r.Context(), practiceOf(r).ID, accountID, ""), "They stay.")
}
