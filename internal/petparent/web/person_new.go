package petparentweb

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// newPersonPage is for somebody new, in a household of their own or in that of
// Person.
type newPersonPage struct {
	profilePage
	Joins    bool // the household of Person
	Action   string
	Back     string
	Branches []ui.Choice
	Similar  []listRow // who may be the same person
}

func (f *Face) showNewPerson(w http.ResponseWriter, r *http.Request) error {
	return f.newPersonPage(w, r, http.StatusOK, ui.Form{}, nil)
}

func (f *Face) newPersonPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form, similar []petparent.Row) error {
	page := newPersonPage{Action: r.URL.Path, Back: base(r) + "/pet-parents/pet-app", Joins: r.PathValue("id") != ""}
	var err error
	if page.Joins {
		if page.profilePage, err = f.profileOf(r); err != nil {
			return err
		}
		page.Back = profilePath(r, page.Person.ID) + "/household"
	}
	page.Form = form
	for _, row := range similar {
		page.Similar = append(page.Similar, listRow{Row: row})
	}
	if page.Branches, err = f.branchChoices(r.Context(), practiceOf(r)); err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "petparent/person_new", page)
}

func (f *Face) addPerson(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	in := petparent.NewPerson{
		Contact: petparent.Contact{
			FirstName: form.Get("first_name"), LastName: form.Get("last_name"), Email: form.Get("email"),
			Phones: strings.Split(form.Get("phones"), "\n"),
		},
		Company: form.Get("company"), BranchID: form.Get("home_branch"), Known: form.Get("known") != "",
	}
	if r.PathValue("id") != "" {
		var err error
		if in.HouseholdOf, err = httpd.PathID(r, "id"); err != nil {
			return err
		}
	}
	p, similar, err := f.newPerson(r.Context(), in)
	switch {
	case fault.Is(err, fault.Invalid):
		return f.newPersonPage(w, r, http.StatusUnprocessableEntity, form.With(err), nil)
	case errors.Is(err, petparent.ErrSimilar):
		return f.newPersonPage(w, r, http.StatusConflict, form.With(err), similar)
	case err != nil:
		return err
	}
	f.UI.Notice(w, r, p.Name(in.Company)+" is added.")
	return httpd.Redirect(w, r, profilePath(r, p.ID))
}

// newPerson adds somebody, or tells who may be the same person.
func (f *Face) newPerson(ctx context.Context, in petparent.NewPerson) (petparent.PetParent, []petparent.Row, error) {
	practiceID := viewerPractice(ctx)
	if in.BranchID != "" {
		_, byID, err := f.branches(ctx, practiceID)
		if err == nil && byID[in.BranchID].ID == "" {
			err = fault.Complain(petparent.FieldHomeBranch, "Choose one of the branches on the list.")
		}
		if err != nil {
			return petparent.PetParent{}, nil, err
		}
	}
	p, err := f.PetParents.Add(ctx, practiceID, in)
	if !errors.Is(err, petparent.ErrSimilar) {
		return p, nil, err
	}
	similar, lookErr := f.PetParents.Similar(ctx, practiceID, in)
	if lookErr != nil {
		return p, nil, lookErr
	}
	return p, similar, err
}
