package petparentweb

import (
	"net/http"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// ownPage is what the forms of a pet parent's own data share.
type ownPage struct {
	ui.Form
	Revision string
	AtOnce   bool // corrections count without anybody looking at them
}

type ownDetailsPage struct {
	ownPage
	Person petparent.Contact
	Phones string // one on each line
}

type ownPetPage struct {
	ownPage
	Pet                      petparent.PetDetails
	Species, Sexes, Neutered []ui.Choice
}

// NeuteredNow is the choice that stands on record.
func (p ownPetPage) NeuteredNow() string { return choiceOf(p.Pet.Neutered) }

// wish is a correction of the pet parent's own that waits, in words.
type wish struct{ Label, Former, Wanted string }

func (f *Face) showOwnDetails(w http.ResponseWriter, r *http.Request) error {
	return f.ownDetailsPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) ownDetailsPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	own, shared, err := f.ownForm(r, form)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "petparent/own_details",
		ownDetailsPage{ownPage: shared, Person: own.Person, Phones: strings.Join(own.Person.Phones, "\n")})
}

// ownForm reads what both forms begin with. What was typed over a page that is
// out of date goes with the revision that it was typed over.
func (f *Face) ownForm(r *http.Request, form ui.Form) (petparent.Own, ownPage, error) {
	own, err := f.Onboarding.Own(r.Context())
	if err != nil {
		return own, ownPage{}, err
	}
	policy, err := f.Practices.Policy(r.Context(), f.Practices.DB, practiceOf(r))
	return own, ownPage{Form: form, Revision: own.Revision, AtOnce: policy.AcceptChanges}, err
}

func (f *Face) changeOwnDetails(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	return f.correctOwn(w, r, petparent.OwnInput{Person: &petparent.Contact{
		FirstName: form.Get("person.first_name"), LastName: form.Get("person.last_name"), Email: form.Get("person.email"),
		Phones: strings.Split(form.Get("person.phones"), "\n"),
	}}, f.ownDetailsPage)
}

func (f *Face) showOwnPet(w http.ResponseWriter, r *http.Request) error {
	return f.ownPetPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) ownPetPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	petID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	own, shared, err := f.ownForm(r, form)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(own.Pets, func(pet petparent.PetDetails) bool { return pet.ID == petID })
	if at < 0 {
		return petparent.ErrPetNotFound
	}
	page := ownPetPage{
		ownPage: shared, Pet: own.Pets[at],
		Species:  f.UI.SpeciesChoices(r, petparent.Species()),
		Sexes:    f.choices(r, "", "signin.details.sex_unknown", "female", "signin.details.female", "male", "signin.details.male"),
		Neutered: f.choices(r, "", "petparent.own.neutered_unknown", "yes", "petparent.own.yes", "no", "petparent.own.no"),
	}
	return f.UI.Page(w, r, status, "petparent/own_pet", page)
}

// choices pairs values with the keys of their labels.
func (f *Face) choices(r *http.Request, pairs ...string) (all []ui.Choice) {
	for pair := range slices.Chunk(pairs, 2) {
		all = append(all, ui.Choice{Value: pair[0], Label: f.UI.Text(r, pair[1])})
	}
	return all
}

func (f *Face) changeOwnPet(w http.ResponseWriter, r *http.Request) error {
	petID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	pet := petparent.PetDetails{
		ID: petID, Name: form.Get("pets[0].name"), Species: form.Get("pets[0].species"), Breed: form.Get("pets[0].breed"),
		Sex: form.Get("pets[0].sex"), BornOn: form.Get("pets[0].born_on"), Deceased: form.Get("pets[0].deceased") != "",
	}
	if n := form.Get("pets[0].neutered"); n != "" {
		yes := n == "yes"
		pet.Neutered = &yes
	}
	return f.correctOwn(w, r, petparent.OwnInput{Pets: []petparent.PetDetails{pet}}, f.ownPetPage)
}

// correctOwn hands in what was typed and leads back to the pet app.
func (f *Face) correctOwn(w http.ResponseWriter, r *http.Request, in petparent.OwnInput,
	again func(http.ResponseWriter, *http.Request, int, ui.Form) error,
) error {
	form := ui.FormFrom(r)
	in.Revision = form.Get("revision")
	out, err := f.Onboarding.CorrectOwn(r.Context(), in)
	switch {
	case fault.Is(err, fault.Invalid):
		return again(w, r, http.StatusUnprocessableEntity, form.With(err))
	case fault.Is(err, fault.Conflict): // what is there now, not what was typed over something else
		return again(w, r, http.StatusConflict, ui.Form{}.With(err))
	case err != nil:
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "petparent.own."+outcome(out), "Practice", access.ViewerFrom(r.Context()).Practice.Name))
	return httpd.Redirect(w, r, base(r)+"/pet-app")
}

// wishes says what waits in the words of the pet parent.
func (f *Face) wishes(r *http.Request, waiting []petparent.Proposal) (all []wish) {
	for _, p := range waiting {
		label := f.UI.Text(r, "petparent.field."+p.Field)
		if p.PetID != "" {
			label = f.UI.Text(r, "petparent.field.of", "Pet", p.PetName, "Field", label)
		}
		all = append(all, wish{label, f.ownValue(r, p.Field, p.Before), f.ownValue(r, p.Field, p.After)})
	}
	return all
}

// ownValue is the value of a field as pet parents read it.
func (f *Face) ownValue(r *http.Request, field, value string) string {
	switch {
	case value == "":
		return f.UI.Text(r, "petparent.own.nothing")
	case field == petparent.FieldSpecies:
		return f.UI.SpeciesLabel(r, value)
	case field == petparent.FieldSex:
		return f.UI.Text(r, "petparent.pet."+value)
	case value == "true" && (field == petparent.FieldNeutered || field == petparent.FieldDeceased):
		return f.UI.Text(r, "petparent.own.yes")
	case value == "false" && (field == petparent.FieldNeutered || field == petparent.FieldDeceased):
		return f.UI.Text(r, "petparent.own.no")
	case field == petparent.FieldBornOn:
		return f.UI.Day(r, value)
	}
	return fieldValue(field, value)
}
