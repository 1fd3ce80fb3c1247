package onboardingweb

import (
	"net/http"
	"net/url"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// errChoiceGone answers for people who were chosen too long ago.
var errChoiceGone = fault.New(fault.Gone, "choice-gone",
	"Whom you chose on the list is not remembered any more. Go back to the list and choose again.")

// scopeFrom reads a scope as addresses and forms carry it.
func scopeFrom(v url.Values) petparent.Scope {
	sc := petparent.Scope{Filter: petparent.FilterFrom(v), Choice: v.Get("choice")}
	sc.Sort = "" // whatever the order, it is the same people
	return sc
}

// scopeValues is the reverse of scopeFrom.
func scopeValues(sc petparent.Scope) url.Values {
	v := sc.Values()
	if sc.Choice != "" {
		v.Set("choice", sc.Choice)
	}
	return v
}

// scopeForm is what the pages show of a scope, and carry on to the next one.
type scopeForm struct {
	Scope    petparent.Scope
	Path     string // of the page, below the practice
	Narrowed bool
	Chosen   int // people who were chosen one by one; 0: none were
	Branches []ui.Choice
	Shows    []ui.Choice
}

// Hidden are the fields with which a form sends the scope on.
func (s scopeForm) Hidden() []ui.Choice {
	var fields []ui.Choice
	values := scopeValues(s.Scope)
	for _, name := range []string{"q", "show", "invitation", "reason", "branch", "choice"} {
		if v := values.Get(name); v != "" {
			fields = append(fields, ui.Choice{Label: name, Value: v})
		}
	}
	return fields
}

// With is the query of the scope, from "?" on; "" for everybody.
func (s scopeForm) With() string { return query(s.Scope) }

func query(sc petparent.Scope) string {
	if values := scopeValues(sc); len(values) > 0 {
		return "?" + values.Encode()
	}
	return ""
}

func (f *Face) scopeForm(r *http.Request, path string) (scopeForm, error) {
	form := scopeForm{Scope: scopeFrom(r.URL.Query()), Path: path}
	form.Narrowed = !form.Scope.Everybody()
	practiceID := access.PracticeFrom(r.Context()).ID
	if err := f.checkScope(r, form.Scope); err != nil {
		return form, err
	}
	if form.Scope.Choice != "" {
		n, err := f.Onboarding.PetParents.Chosen(r.Context(), f.Practices.DB, practiceID, form.Scope.Choice)
		if err != nil {
			return form, err
		}
		form.Chosen = n
	}
	all, err := f.Practices.Branches(r.Context(), f.Practices.DB, practiceID)
	if err != nil {
		return form, err
	}
	if len(all) > 1 {
		form.Branches = []ui.Choice{{Label: "All branches"}}
		for _, b := range all {
			form.Branches = append(form.Branches, ui.Choice{Value: b.ID, Label: b.Name})
		}
	}
	form.Shows = []ui.Choice{
		{Label: "Everybody"},
		{Value: string(petparent.ShowNotInvited), Label: "Not invited"},
		{Value: string(petparent.ShowNeverSignedIn), Label: "Never signed in"},
		{Value: string(petparent.ShowNotMailable), Label: "Cannot be mailed"},
	}
	return form, nil
}

// checkScope insists that the choice is one of the practice.
func (f *Face) checkScope(r *http.Request, sc petparent.Scope) error {
	if sc.Choice == "" {
		return nil
	}
	if !id.Valid(sc.Choice) {
		return errChoiceGone
	}
	n, err := f.Onboarding.PetParents.Chosen(r.Context(), f.Practices.DB, access.PracticeFrom(r.Context()).ID, sc.Choice)
	if err == nil && n == 0 {
		err = errChoiceGone
	}
	return err
}

// postedScope reads the scope that a form sends on.
func (f *Face) postedScope(r *http.Request) (petparent.Scope, error) {
	sc := scopeFrom(ui.FormFrom(r).Values)
	return sc, f.checkScope(r, sc)
}

// selection takes people who were ticked on the list, or all that match its
// filter, to what is done with them: action says what. The ticked ones are
// remembered here, so that no address names them.
func (f *Face) selection(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	below := ""
	if form.Get("action") == "remind" {
		below = "/reminders"
	}
	if form.Get("who") == "all" {
		sc := scopeFrom(form.Values)
		sc.Choice = ""
		return httpd.Redirect(w, r, loginsPath(r, below)+query(sc))
	}
	choice, err := f.choose(r, form.Values["person"])
	if err != nil {
		return err
	}
	return httpd.Redirect(w, r, loginsPath(r, below)+query(petparent.Scope{Choice: choice}))
}

func (f *Face) choose(r *http.Request, people []string) (choice string, err error) {
	err = f.Onboarding.DB.Write(r.Context(), func(tx *db.Tx) error {
		choice, err = f.Onboarding.PetParents.Choose(r.Context(), tx, access.PracticeFrom(r.Context()).ID, people)
		return err
	})
	return choice, err
}
