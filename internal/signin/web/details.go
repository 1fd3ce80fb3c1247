package signinweb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
	"catflap/internal/signin"
)

type detailsPage struct {
	ui.Form
	Step, Of int
	Person   petparent.Contact
	Phones   string // one a line
	Pets     []petForm
	Sexes    []ui.Choice
	Species  []ui.Choice
	AtOnce   bool // corrections count without anybody looking at them
}

// petForm is one pet with the names of its fields.
type petForm struct {
	petparent.PetDetails
	Prefix string // "pets[0]."
}

// NeuteredWord passes on what the form does not ask about.
func (p petForm) NeuteredWord() string {
	switch {
	case p.Neutered == nil:
		return ""
	case *p.Neutered:
		return "yes"
	}
	return "no"
}

func (f *Face) showDetails(w http.ResponseWriter, r *http.Request) error {
	return f.detailsPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) detailsPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	out, err := f.SignIn.Current(r.Context())
	if err != nil {
		return err
	}
	if !out.State.FirstSignIn() {
		return httpd.Redirect(w, r, stepPath(home(r), out))
	}
	d, err := f.Onboarding.Details(r.Context(), out.State.Account)
	if err != nil {
		return err
	}
	policy, err := f.Practices.Policy(r.Context(), f.SignIn.DB, out.State.Account.PracticeID)
	if err != nil {
		return err
	}
	page := detailsPage{
		AtOnce: policy.AcceptChanges,
		Form:   form, Person: d.Person, Phones: strings.Join(d.Person.Phones, "\n"),
		Sexes: []ui.Choice{
			{Value: "", Label: f.UI.Text(r, "signin.details.sex_unknown")},
			{Value: "female", Label: f.UI.Text(r, "signin.details.female")},
			{Value: "male", Label: f.UI.Text(r, "signin.details.male")},
		},
		Species: f.UI.SpeciesChoices(r, petparent.Species()),
	}
	page.Step, page.Of = firstStep(out.State, signin.ConfirmDetails)
	for i, pet := range d.Pets {
		page.Pets = append(page.Pets, petForm{PetDetails: pet, Prefix: fmt.Sprintf("pets[%d].", i)})
	}
	return f.UI.Page(w, r, status, "signin/details", page)
}

func (f *Face) confirmDetails(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	out, err := f.SignIn.ConfirmDetails(r.Context(), detailsFrom(form))
	if fault.Is(err, fault.Invalid) {
		return f.detailsPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if errors.Is(err, signin.ErrOutOfOrder) {
		return f.next(w, r)
	}
	if err != nil {
		return err
	}
	return f.follow(w, r, out)
}

// mostPets bounds what is read from one form.
const mostPets = 200

func detailsFrom(form ui.Form) petparent.Details {
	d := petparent.Details{Person: petparent.Contact{
		FirstName: form.Get("person.first_name"), LastName: form.Get("person.last_name"), Email: form.Get("person.email"),
		Phones: strings.Split(form.Get("person.phones"), "\n"),
	}}
	for i := range mostPets {
		prefix := fmt.Sprintf("pets[%d].", i)
		id := form.Get(prefix + "id")
		if id == "" {
			break
		}
		pet := petparent.PetDetails{
			ID: id, Name: form.Get(prefix + "name"), Species: form.Get(prefix + "species"), Breed: form.Get(prefix + "breed"),
			Sex: form.Get(prefix + "sex"), BornOn: form.Get(prefix + "born_on"), Deceased: form.Get(prefix+"deceased") != "",
		}
		if n := form.Get(prefix + "neutered"); n != "" {
			yes := n == "yes"
			pet.Neutered = &yes
		}
		d.Pets = append(d.Pets, pet)
	}
	return d
}

type detailsOutput struct {
	Body petparent.Details
}

func (f *Face) detailsAPI(a *httpd.API) {
	op := func(id, method, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/sign-in/details", Summary: summary, Tags: []string{"Sign-in"}}
	}
	pending := access.Rule{Audience: access.Pending}
	httpd.Register(a, pending, op("sign-in-details", http.MethodGet, "Own data and pets, to confirm or correct"),
		func(ctx context.Context, _ *struct{}) (*detailsOutput, error) {
			out, err := f.SignIn.Current(ctx)
			if err != nil {
				return nil, err
			}
			if !out.State.FirstSignIn() {
				return nil, signin.ErrOutOfOrder
			}
			d, err := f.Onboarding.Details(ctx, out.State.Account)
			return &detailsOutput{Body: d}, err
		})
	httpd.Register(a, pending, op("sign-in-confirm-details", http.MethodPost, "Confirm or correct own data and pets"),
		func(ctx context.Context, in *struct{ Body petparent.Details }) (*conversation, error) {
			return say(f.SignIn.ConfirmDetails(ctx, in.Body))
		})
}
