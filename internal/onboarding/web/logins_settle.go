package onboardingweb

import (
	"net/http"
	"slices"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
)

// settleRoutes registers what is done about one person who gets no login by
// themselves.
func (f *Face) settleRoutes(m *httpd.Mux, rule access.Rule) {
	const one = "/{practice}/pet-parents/logins/decide/{id}"
	m.Handle("GET "+one, rule, f.showStanding)
	m.Handle("POST "+one+"/login", rule, f.giveLogin)
	m.Handle("POST "+one+"/household", rule, f.makeHousehold)
	m.Handle("POST "+one+"/record", rule, f.reactivateRecord)
	proven := rule
	proven.StepUp = true
	m.Handle("POST "+one+"/reactivate", proven, f.switchOn)
	m.Handle("POST "+one+"/skip", rule, f.skip)
	m.Handle("POST "+one+"/unskip", rule, f.unskip)
	rule.Passive = true
	m.Handle("GET "+one+"/available", rule, f.available)
}

type standingPage struct {
	ui.Form
	onboarding.Standing
	Address   string
	Reasons   []string              // in words
	Reactive  bool                  // the record is inactive, and can be made active here
	Partners  []ui.Choice           // who may live with them
	Archived  []onboarding.Sharer   // records with the address that are archived
	Off       []onboarding.Sharer   // logins with the address that are switched off
	Login     string                // suggested
	Check     onboarding.LoginCheck // of Login
	MayChange bool
}

func (f *Face) standing(r *http.Request) (standingPage, error) {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return standingPage{}, petparent.ErrNotFound
	}
	ctx := r.Context()
	st, err := f.Onboarding.Standing(ctx, access.PracticeFrom(ctx).ID, petParentID)
	page := standingPage{Standing: st, Address: st.Person.Email, MayChange: access.ViewerFrom(ctx).May(access.PetParentWrite)}
	if err != nil {
		return page, err
	}
	for _, reason := range st.Reasons {
		page.Reasons = append(page.Reasons, reason.Words())
	}
	page.Reactive = slices.Contains(st.Reasons, petparent.ReasonInactive) && !slices.Contains(st.Reasons, petparent.ReasonDeleted)
	if len(st.Suggestions) > 0 {
		page.Login, page.Check.Free = st.Suggestions[0], true
	}
	if st.Conflict == nil {
		return page, nil
	}
	for _, one := range st.Conflict.People {
		switch {
		case one.PetParentID == st.Person.ID:
		case one.Archived:
			page.Archived = append(page.Archived, one)
		case one.Off:
			page.Off = append(page.Off, one)
		default:
			note := "client " + one.Household
			if one.LoginID != "" {
				note += ", signs in with " + one.LoginID
			}
			page.Partners = append(page.Partners, ui.Choice{Value: one.PetParentID, Label: one.Name, Note: note})
		}
	}
	return page, nil
}

func (f *Face) showStanding(w http.ResponseWriter, r *http.Request) error {
	page, err := f.standing(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/standing", page)
}

// again shows the page with what is wrong with what was typed.
func (f *Face) again(w http.ResponseWriter, r *http.Request, err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	page, readErr := f.standing(r)
	if readErr != nil {
		return readErr
	}
	page.Form = ui.FormFrom(r).With(err)
	return f.UI.Page(w, r, http.StatusUnprocessableEntity, "onboarding/standing", page)
}

// available answers whether what is being typed can be used.
func (f *Face) available(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return petparent.ErrNotFound
	}
	login := r.URL.Query().Get("login")
	check, err := f.Onboarding.CheckLogin(r.Context(), access.PracticeFrom(r.Context()).ID, petParentID, login)
	if err != nil {
		return err
	}
	return f.UI.Part(w, r, http.StatusOK, "onboarding/standing", "availability", standingPage{Login: login, Check: check})
}

func (f *Face) giveLogin(w http.ResponseWriter, r *http.Request) error {
	login := ui.FormFrom(r).Get("login")
	return f.settled(w, r, "The login is made, and the welcome e-mail is on its way.", func(practiceID, petParentID string) error {
		return f.Onboarding.GiveLogin(r.Context(), practiceID, petParentID, login)
	})
}

func (f *Face) makeHousehold(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	return f.settled(w, r, "They are one household now. The welcome e-mails are on their way.",
		func(practiceID, petParentID string) error {
			in := onboarding.HouseholdOf{Person: petParentID, Other: form.Get("other"), First: petParentID, Login: form.Get("second_login")}
			if form.Get("first") == "other" {
				in.First = in.Other
			}
			return secondLogin(f.Onboarding.MakeHousehold(r.Context(), practiceID, in))
		})
}

// secondLogin gives complaints the name of the field in the form.
func secondLogin(err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	e := *fault.From(err)
	e.Fields = slices.Clone(e.Fields)
	for i := range e.Fields {
		if e.Fields[i].Name == onboarding.FieldLogin {
			e.Fields[i].Name = "second_login"
		}
	}
	return &e
}

// reactivateRecord makes the person's record active, or that of another one with
// the same address.
func (f *Face) reactivateRecord(w http.ResponseWriter, r *http.Request) error {
	return f.about(w, r, "record", "The record is active again.", func(practiceID, petParentID string) error {
		return f.Onboarding.PetParents.ReactivateRecord(r.Context(), practiceID, petParentID)
	})
}

// switchOn switches a login on again that is in the way: somebody else's.
func (f *Face) switchOn(w http.ResponseWriter, r *http.Request) error {
	return f.about(w, r, "holder", "The login is switched on again.", func(_, petParentID string) error {
		if petParentID == r.PathValue("id") {
			return petparent.ErrNotFound
		}
		_, err := f.Onboarding.SwitchOnAgain(r.Context(), access.PracticeFrom(r.Context()), petParentID)
		return err
	})
}

// about does something about one of those who have the address, whom a field of
// the form names, and shows how the person stands then.
func (f *Face) about(w http.ResponseWriter, r *http.Request, field, done string, do func(practiceID, petParentID string) error) error {
	page, err := f.standing(r)
	if err != nil {
		return err
	}
	who := ui.FormFrom(r).Get(field)
	known := who == page.Person.ID
	if page.Conflict != nil {
		known = known || slices.ContainsFunc(page.Conflict.People, func(s onboarding.Sharer) bool { return s.PetParentID == who })
	}
	if !known {
		return petparent.ErrNotFound
	}
	if err := do(access.PracticeFrom(r.Context()).ID, who); err != nil {
		return f.again(w, r, err)
	}
	f.UI.Notice(w, r, done)
	return httpd.Redirect(w, r, loginsPath(r, "/decide/"+page.Person.ID))
}

func (f *Face) skip(w http.ResponseWriter, r *http.Request) error {
	together := ui.FormFrom(r).Get("together") == "yes"
	return f.settled(w, r, "Left out from now on. You find them under Left out, where you can take it back.", func(practiceID, petParentID string) error {
		_, err := f.Onboarding.Skip(r.Context(), practiceID, petParentID, together)
		return err
	})
}

func (f *Face) unskip(w http.ResponseWriter, r *http.Request) error {
	return f.settled(w, r, "Not left out any more.", func(practiceID, petParentID string) error {
		return f.Onboarding.Unskip(r.Context(), practiceID, petParentID)
	})
}

// settled does it and leads back to the list.
func (f *Face) settled(w http.ResponseWriter, r *http.Request, done string, do func(practiceID, petParentID string) error) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return petparent.ErrNotFound
	}
	if err := do(access.PracticeFrom(r.Context()).ID, petParentID); err != nil {
		return f.again(w, r, err)
	}
	f.UI.Notice(w, r, done)
	return httpd.Redirect(w, r, loginsPath(r, ""))
}
