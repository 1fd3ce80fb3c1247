package petparentweb

import (
	"net/http"
	"slices"
	"strings"

	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// petPage is the form of one pet; the zero Pet is a new one.
type petPage struct {
	profilePage
	Pet     petparent.OwnedPet
	Species []ui.Choice
}

// Neutered is how the pet's stands in the form.
func (p petPage) Neutered() string { return choiceOf(p.Pet.Neutered) }

// choiceOf is yes, no or "" for not known, as forms send it.
func choiceOf(known *bool) string {
	switch {
	case known == nil:
		return ""
	case *known:
		return "yes"
	}
	return "no"
}

func (f *Face) showPetEdit(w http.ResponseWriter, r *http.Request) error {
	return f.petPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) petPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	shared, err := f.profileOf(r)
	if err != nil {
		return err
	}
	page := petPage{profilePage: shared, Species: f.UI.SpeciesChoices(r, petparent.Species())}
	if petID := r.PathValue("pet"); petID != "" {
		if page.Pet, err = f.PetParents.Pet(r.Context(), f.PetParents.DB, shared.Person.PracticeID, shared.Person.ID, petID); err != nil {
			return err
		}
		if s := page.Pet.Species; s != "" && !slices.Contains(petparent.Species(), s) {
			page.Species = append(page.Species, ui.Choice{Value: s, Label: s}) // as the practice system calls it
		}
	}
	page.Form = form
	return f.UI.Page(w, r, status, "petparent/pet_edit", page)
}

func (f *Face) editPet(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form, petID := ui.FormFrom(r), r.PathValue("pet")
	in := petFrom(form)
	if petID == "" {
		_, err = f.PetParents.AddPet(r.Context(), practiceOf(r), petParentID, in)
	} else if !id.Valid(petID) {
		err = petparent.ErrPetNotFound
	} else {
		err = f.PetParents.UpdatePet(r.Context(), practiceOf(r), petParentID, petID, in)
	}
	if fault.Is(err, fault.Invalid) {
		return f.petPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, strings.TrimSpace(in.Name)+" is saved.")
	return httpd.Redirect(w, r, profilePath(r, petParentID)+"/pets")
}

func petFrom(form ui.Form) petparent.PetRecord {
	in := petparent.PetRecord{
		PetDetails: petparent.PetDetails{
			Name: form.Get("name"), Species: form.Get("species"), Breed: form.Get("breed"), Sex: form.Get("sex"),
			BornOn: form.Get("born_on"), Deceased: form.Get("deceased") != "",
		},
		DiedOn: form.Get("died_on"), Inactive: form.Get("inactive") != "",
	}
	if n := form.Get("neutered"); n == "yes" || n == "no" {
		yes := n == "yes"
		in.Neutered = &yes
	}
	return in
}
