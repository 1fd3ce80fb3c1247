package petparentweb

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// mergePage shows what a merge does. The person whose page it is stays.
type mergePage struct {
	profilePage
	Asked bool // whether they are one person; before that nothing is shown
	Merge petparent.Merge
	Other petparent.Profile
}

// mergeChoice is a field about which the records disagree.
type mergeChoice struct {
	Name, Label, Value string
	Choices            []ui.Choice
}

// Choices are the fields to decide.
func (p mergePage) Choices() []mergeChoice {
	var all []mergeChoice
	for _, c := range p.Merge.Choices {
		one := mergeChoice{Name: "take." + c.Field, Label: fieldLabel(c.Field), Value: "stays"}
		if c.Other {
			one.Value = "goes"
		}
		stays, goes := fieldValue(c.Field, c.Stays), fieldValue(c.Field, c.Goes)
		if c.Field == petparent.FieldEmail || c.Field == petparent.FieldPhones {
			one.Label += " that comes first"
		}
		one.Choices = []ui.Choice{{Value: "stays", Label: stays}, {Value: "goes", Label: goes}}
		all = append(all, one)
	}
	return all
}

// Logins are the two to choose from; none when there is nothing to choose.
func (p mergePage) Logins() []ui.Choice {
	if !p.Merge.Either {
		return nil
	}
	return []ui.Choice{
		{Value: "stays", Label: p.Merge.StaysNow.Login.LoginID, Note: loginNote(p.Merge.StaysNow)},
		{Value: "goes", Label: p.Merge.GoesNow.Login.LoginID, Note: loginNote(p.Merge.GoesNow)},
	}
}

func loginNote(p petparent.Profile) string {
	return statusMark(p.Status).Text
}

// Login is the one of them that is proposed.
func (p mergePage) Login() string {
	if p.Merge.GoesLogin {
		return string(petparent.LoginOfGoes)
	}
	return string(petparent.LoginOfStays)
}

// OtherNames are those who come along.
func (p mergePage) OtherNames() []string {
	var names []string
	for _, o := range p.Merge.Others {
		names = append(names, o.Name(p.Merge.GoesNow.Household.Company))
	}
	return names
}

// Joining are the pets that come along for certain: not those of which the page
// asks whether they are here already.
func (p mergePage) Joining() []petparent.OwnedPet {
	return slices.DeleteFunc(slices.Clone(p.Merge.Joining), func(one petparent.OwnedPet) bool {
		return slices.ContainsFunc(p.Merge.Twins, func(t petparent.Twin) bool { return t.Goes.ID == one.ID })
	})
}

// Rest is who would be left behind with the pets if only the person were merged.
func (p mergePage) Rest() []string {
	var names []string
	for _, o := range p.Merge.GoesNow.Others {
		names = append(names, o.Name(p.Merge.GoesNow.Household.Company))
	}
	return names
}

// RestWords are their names as part of a sentence.
func (p mergePage) RestWords() string { return strings.Join(p.Rest(), ", ") }

// Number is that of the other household.
func (p mergePage) Number() string { return p.Other.Household.ExternalID }

// Imported reports whether a practice system knows the other household.
func (p mergePage) Imported() bool { return p.Other.Household.System != petparent.MadeHere }

// OtherSystem is the practice system of the other household.
func (p mergePage) OtherSystem() string { return systemLabel(p.Other.Household.System) }

// SwapPath keeps the other record instead.
func (p mergePage) SwapPath(base string) string {
	q := url.Values{"with": {p.Person.ID}}
	if p.Asked {
		q.Set("same", yesNo(p.Merge.Same))
		if p.Merge.Households {
			q.Set("along", "yes")
		}
	}
	return base + "?" + q.Encode()
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func (f *Face) showMerge(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	return f.mergePage(w, r, http.StatusOK, ui.Form{}, petparent.MergeInput{
		Goes: q.Get("with"), Same: q.Get("same") == "yes", Households: q.Get("along") == "yes",
	}, q.Has("same"))
}

func (f *Face) mergePage(w http.ResponseWriter, r *http.Request, status int, form ui.Form, in petparent.MergeInput, asked bool) error {
	shared, err := f.profileOf(r)
	if err != nil {
		return err
	}
	if in.Goes == "" {
		return f.find(w, r, shared, false, status, form)
	}
	page := mergePage{profilePage: shared, Asked: asked}
	in.Stays = shared.Person.ID
	if !asked {
		in.Same = true // the two profiles are the same for both
	}
	page.Merge, err = f.PetParents.PreviewMerge(r.Context(), f.PetParents.DB, shared.Person.PracticeID, in)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
		return f.find(w, r, shared, false, statusOf(err), form.With(err))
	}
	if err != nil {
		return err
	}
	// Before anything is chosen that would have to be chosen again afterwards.
	if err := f.PetParents.MayEndLogin(r.Context()); asked && page.Merge.Ends.AccountID != "" && fault.Is(err, fault.StepUp) {
		return err
	}
	page.Other, page.Form = page.Merge.GoesNow, form
	return f.UI.Page(w, r, status, "petparent/merge", page)
}

// statusOf is the status of a page that is shown again because of a fault.
func statusOf(err error) int {
	switch fault.From(err).Kind {
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	}
	return http.StatusConflict
}

func (f *Face) merge(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	in := mergeFrom(form)
	in.Stays = petParentID
	err = f.PetParents.Merge(r.Context(), practiceOf(r), in)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Forbidden) || fault.Is(err, fault.NotFound) {
		in.Seen, in.Pets, in.Fields, in.Login = "", nil, nil, petparent.LoginInUse
		return f.mergePage(w, r, statusOf(err), form.With(err), in, true)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "The records are merged.")
	return httpd.Redirect(w, r, profilePath(r, petParentID)+"/household")
}

func mergeFrom(form ui.Form) petparent.MergeInput {
	in := petparent.MergeInput{
		Goes: form.Get("with"), Same: form.Get("same") == "yes", Households: form.Get("along") == "yes",
		Login: petparent.LoginSide(form.Get("login")), Seen: form.Get("seen"), Pets: map[string]string{},
	}
	for name := range form.Values {
		if field, found := strings.CutPrefix(name, "take."); found && form.Get(name) == "goes" {
			in.Fields = append(in.Fields, field)
		}
	}
	for _, pair := range form.Values["twin"] {
		if goes, stays, found := strings.Cut(pair, ":"); found {
			in.Pets[goes] = stays
		}
	}
	return in
}
