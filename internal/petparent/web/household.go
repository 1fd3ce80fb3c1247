package petparentweb

import (
	"context"
	"net/http"

	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

type householdPage struct {
	profilePage
	Numbers  []numberLine
	People   []householdPerson // everybody, the one whose page it is first
	Branches []ui.Choice
}

type numberLine struct{ System, Number string }

type householdPerson struct {
	petparent.PetParent
	Name    string
	LoginID string
	Self    bool
}

func (f *Face) showHousehold(w http.ResponseWriter, r *http.Request) error {
	page, err := f.householdPage(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/household", page)
}

func (f *Face) householdPage(r *http.Request) (householdPage, error) {
	shared, err := f.profileOf(r)
	if err != nil {
		return householdPage{}, err
	}
	ctx, p := r.Context(), shared.Person
	page := householdPage{profilePage: shared}
	numbers, err := f.PetParents.ClientNumbers(ctx, f.PetParents.DB, p.PracticeID, p.HouseholdID)
	if err != nil {
		return page, err
	}
	for _, n := range numbers {
		page.Numbers = append(page.Numbers, numberLine{systemLabel(n.System), n.Number})
	}
	for i, one := range append([]petparent.PetParent{p.PetParent}, p.Others...) {
		row, err := f.PetParents.Row(ctx, f.PetParents.DB, p.PracticeID, one.ID)
		if err != nil {
			return page, err
		}
		page.People = append(page.People, householdPerson{
			PetParent: one, Name: one.Name(p.Household.Company), LoginID: row.LoginID, Self: i == 0,
		})
	}
	page.Branches, err = f.branchChoices(ctx, p.PracticeID)
	return page, err
}

// branchChoices are the home branches to choose from, none of them first.
func (f *Face) branchChoices(ctx context.Context, practiceID string) ([]ui.Choice, error) {
	all, _, err := f.branches(ctx, practiceID)
	choices := []ui.Choice{{Label: "Not known"}}
	for _, b := range all {
		choices = append(choices, ui.Choice{Value: b.ID, Label: b.Name})
	}
	return choices, err
}

func (f *Face) showHouseholdEdit(w http.ResponseWriter, r *http.Request) error {
	return f.householdEditPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) householdEditPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	page, err := f.householdPage(r)
	if err != nil {
		return err
	}
	page.Form = form
	return f.UI.Page(w, r, status, "petparent/household_edit", page)
}

func (f *Face) editHousehold(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	err = f.updateHousehold(r.Context(), petParentID, petparent.HouseholdRecord{
		Company: form.Get("company"), BranchID: form.Get("home_branch"), Active: form.Get("inactive") == "", OptOut: form.Get("opt_out") != "",
	})
	if fault.Is(err, fault.Invalid) {
		return f.householdEditPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "The household is saved.")
	return httpd.Redirect(w, r, profilePath(r, petParentID)+"/household")
}

// updateHousehold checks the branch, which pet parents do not know.
func (f *Face) updateHousehold(ctx context.Context, petParentID string, in petparent.HouseholdRecord) error {
	practiceID := viewerPractice(ctx)
	if _, err := f.PetParents.Get(ctx, f.PetParents.DB, practiceID, petParentID); err != nil {
		return err
	}
	_, byID, err := f.branches(ctx, practiceID)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for id, b := range byID {
		names[id] = b.Name
	}
	if in.BranchID != "" && names[in.BranchID] == "" {
		return fault.Complain(petparent.FieldHomeBranch, "Choose one of the branches on the list.")
	}
	return f.PetParents.UpdateHousehold(ctx, practiceID, petParentID, in, names)
}
