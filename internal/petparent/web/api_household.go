package petparentweb

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/petparent"
)

type newPersonInput struct {
	Body struct {
		petparent.Contact
		Company    string `json:"company,omitempty"`
		HomeBranch string `json:"home_branch,omitempty" doc:"By id"`
		Confirm    bool   `json:"confirm_similar,omitempty" doc:"That somebody with the same name or e-mail address is another person"`
	}
}

type joinInput struct {
	ID   string `path:"id"`
	Body struct {
		petparent.Contact
		Confirm bool `json:"confirm_similar,omitempty" doc:"That somebody with the same name or e-mail address is another person"`
	}
}

type householdInput struct {
	ID   string `path:"id"`
	Body petparent.HouseholdRecord
}

type newPetInput struct {
	ID   string `path:"id"`
	Body petRecordBody
}

type petInput struct {
	ID   string `path:"id"`
	Pet  string `path:"pet"`
	Body petRecordBody
}

// petRecordBody is all of a pet that staff type.
type petRecordBody struct {
	Name     string `json:"name"`
	Species  string `json:"species,omitempty"`
	Breed    string `json:"breed,omitempty"`
	Sex      string `json:"sex,omitempty" doc:"male, female, or empty when unknown"`
	Neutered *bool  `json:"neutered,omitempty"`
	BornOn   string `json:"born_on,omitempty" doc:"YYYY-MM-DD"`
	Deceased bool   `json:"deceased,omitempty"`
	DiedOn   string `json:"died_on,omitempty" doc:"YYYY-MM-DD"`
	Inactive bool   `json:"inactive,omitempty"`
}

func (b petRecordBody) record() petparent.PetRecord {
	return petparent.PetRecord{
		PetDetails: petparent.PetDetails{
			Name: b.Name, Species: b.Species, Breed: b.Breed, Sex: b.Sex, Neutered: b.Neutered, BornOn: b.BornOn, Deceased: b.Deceased,
		},
		DiedOn: b.DiedOn, Inactive: b.Inactive,
	}
}

type moveInput struct {
	ID   string `path:"id"`
	Body struct {
		To     string   `json:"to,omitempty" doc:"A pet parent whose household they join; left out for a household of their own"`
		Pets   []string `json:"pets,omitempty" doc:"That come along"`
		Shared bool     `json:"shared,omitempty" doc:"Whether these pets stay in the household left as well"`
	}
}

// mergeFields say how two records become one.
type mergeFields struct {
	With  string            `json:"with" doc:"The pet parent whose record is taken over"`
	Same  bool              `json:"same" doc:"Whether they are one person; else two people of one household"`
	Along bool              `json:"along,omitempty" doc:"With same: everybody and every pet of the other household comes along"`
	Login string            `json:"login,omitempty" enum:"stays,goes" doc:"Which of two logins of one person survives; left out: the one that is in use. It is refused where that would end a used login for one that was never used, or for one that was first used less than 7 days ago. Whoever ends a login has just proved who they are"`
	Take  []string          `json:"take,omitempty" doc:"Fields for which the record that is taken over is right"`
	Pets  map[string]string `json:"pets,omitempty" doc:"Pets that are one animal: the one that goes, the one that stays"`
	Seen  string            `json:"seen,omitempty" doc:"Of the preview; when the records changed since, nothing is merged"`
}

type mergePreviewInput struct {
	ID    string `path:"id"`
	With  string `query:"with" required:"true"`
	Same  bool   `query:"same"`
	Along bool   `query:"along"`
}

type mergeInput struct {
	ID   string `path:"id"`
	Body mergeFields
}

type mergeOutput struct {
	Body mergeBody
}

type mergeBody struct {
	Stays       named             `json:"stays"`
	Goes        named             `json:"goes"`
	Same        bool              `json:"same"`
	Along       bool              `json:"along" doc:"Whether the other household comes along"`
	Choices     []mergeChoiceBody `json:"choices" nullable:"false" doc:"Fields about which the records disagree"`
	People      []named           `json:"people" nullable:"false" doc:"Who joins the household"`
	Pets        []named           `json:"pets" nullable:"false" doc:"Pets that come along"`
	Twins       []twinBody        `json:"twins" nullable:"false" doc:"Pets that may be one animal"`
	LoginStays  string            `json:"login_stays,omitempty"`
	LoginEnds   string            `json:"login_ends,omitempty" doc:"The login ID that is deleted"`
	Fingerprint string            `json:"seen" doc:"To be sent with the merge"`
}

type mergeChoiceBody struct {
	Field string `json:"field"`
	Stays string `json:"stays"`
	Goes  string `json:"goes"`
}

type twinBody struct {
	Stays named `json:"stays"`
	Goes  named `json:"goes"`
}

type historyInput struct {
	ID     string `path:"id"`
	Field  string `query:"field" maxLength:"40"`
	Pet    string `query:"pet" doc:"By id: the history of this pet alone"`
	Cursor string `query:"cursor" maxLength:"64"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type historyOutput struct {
	Body struct {
		Items []changeBody `json:"items" nullable:"false"`
		Next  string       `json:"next,omitempty" doc:"Cursor of the next part."`
	}
}

type changeBody struct {
	At     time.Time `json:"at"`
	Field  string    `json:"field"`
	Before string    `json:"before"`
	After  string    `json:"after"`
	By     string    `json:"by" doc:"Who changed it, as people read it"`
	Pet    *named    `json:"pet,omitempty"`
}

func (f *Face) householdAPI(a *httpd.API) {
	write := access.Rule{Audience: access.Staff, Permission: access.PetParentWrite}
	created := operation("pet-parent-add", http.MethodPost, "/pet-parents", "Add a pet parent who comes from no practice system")
	joined := operation("pet-parent-add-to-household", http.MethodPost, "/pet-parents/{id}/people", "Add a person to the household, to the same pets")
	newPet := operation("pet-add", http.MethodPost, "/pet-parents/{id}/pets", "Add a pet to the household")
	for _, o := range []*huma.Operation{&created, &joined, &newPet} {
		o.DefaultStatus = http.StatusCreated
	}
	httpd.Register(a, write, created, f.apiAdd)
	httpd.Register(a, write, joined, f.apiJoin)
	httpd.Register(a, write, newPet, f.apiAddPet)
	httpd.Register(a, write, operation("pet-change", http.MethodPut, "/pet-parents/{id}/pets/{pet}", "Change a pet"), f.apiPet)
	httpd.Register(a, write, operation("household-change", http.MethodPut, "/pet-parents/{id}/household", "Change the household"), f.apiHousehold)
	httpd.Register(a, write, operation("pet-parent-move", http.MethodPost, "/pet-parents/{id}/move", "Move to another household"), f.apiMove)
	httpd.Register(a, write, operation("pet-parent-merge-preview", http.MethodGet, "/pet-parents/{id}/merge", "What a merge would do"), f.apiMergePreview)
	httpd.Register(a, write, operation("pet-parent-merge", http.MethodPost, "/pet-parents/{id}/merge", "Merge another record into this one"), f.apiMerge)
	httpd.Register(a, write, operation("pet-parent-history", http.MethodGet, "/pet-parents/{id}/history",
		"Changes of the person, the household and the pets, newest first"), f.apiHistory)
}

func (f *Face) apiAdd(ctx context.Context, in *newPersonInput) (*profileOutput, error) {
	p, _, err := f.newPerson(ctx, petparent.NewPerson{
		Contact: in.Body.Contact, Company: in.Body.Company, BranchID: in.Body.HomeBranch, Known: in.Body.Confirm,
	})
	if err != nil {
		return nil, err
	}
	return f.answer(ctx, p.ID)
}

func (f *Face) apiJoin(ctx context.Context, in *joinInput) (*profileOutput, error) {
	if err := (idInput{in.ID}).check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	p, _, err := f.newPerson(ctx, petparent.NewPerson{Contact: in.Body.Contact, HouseholdOf: in.ID, Known: in.Body.Confirm})
	if err != nil {
		return nil, err
	}
	return f.answer(ctx, p.ID)
}

func (f *Face) apiAddPet(ctx context.Context, in *newPetInput) (*profileOutput, error) {
	if err := (idInput{in.ID}).check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	if _, err := f.PetParents.AddPet(ctx, viewerPractice(ctx), in.ID, in.Body.record()); err != nil {
		return nil, err
	}
	return f.answer(ctx, in.ID)
}

func (f *Face) apiPet(ctx context.Context, in *petInput) (*profileOutput, error) {
	if !id.Valid(in.ID) || !id.Valid(in.Pet) {
		return nil, petparent.ErrPetNotFound
	}
	if err := f.PetParents.UpdatePet(ctx, viewerPractice(ctx), in.ID, in.Pet, in.Body.record()); err != nil {
		return nil, err
	}
	return f.answer(ctx, in.ID)
}

func (f *Face) apiHousehold(ctx context.Context, in *householdInput) (*profileOutput, error) {
	if err := (idInput{in.ID}).check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	if err := f.updateHousehold(ctx, in.ID, in.Body); err != nil {
		return nil, err
	}
	return f.answer(ctx, in.ID)
}

func (f *Face) apiMove(ctx context.Context, in *moveInput) (*profileOutput, error) {
	if !id.Valid(in.ID) || in.Body.To != "" && !id.Valid(in.Body.To) {
		return nil, petparent.ErrNotFound
	}
	if err := f.PetParents.Move(ctx, viewerPractice(ctx), petparent.Move{
		PetParentID: in.ID, To: in.Body.To, Pets: in.Body.Pets, Shared: in.Body.Shared,
	}); err != nil {
		return nil, err
	}
	return f.answer(ctx, in.ID)
}

func (f *Face) apiMergePreview(ctx context.Context, in *mergePreviewInput) (*mergeOutput, error) {
	if !id.Valid(in.ID) || !id.Valid(in.With) {
		return nil, petparent.ErrNotFound
	}
	m, err := f.PetParents.PreviewMerge(ctx, f.PetParents.DB, viewerPractice(ctx), petparent.MergeInput{
		Stays: in.ID, Goes: in.With, Same: in.Same, Households: in.Along,
	})
	if err != nil {
		return nil, err
	}
	return &mergeOutput{Body: mergeBodyFrom(m)}, nil
}

func mergeBodyFrom(m petparent.Merge) mergeBody {
	b := mergeBody{
		Stays: named{m.StaysNow.ID, m.StaysNow.Name()}, Goes: named{m.GoesNow.ID, m.GoesNow.Name()}, Same: m.Same, Along: m.Households,
		Choices: []mergeChoiceBody{}, People: []named{}, Pets: []named{}, Twins: []twinBody{},
		LoginStays: m.Survives.LoginID, LoginEnds: m.Ends.LoginID, Fingerprint: m.Seen,
	}
	for _, c := range m.Choices {
		b.Choices = append(b.Choices, mergeChoiceBody{c.Field, c.Stays, c.Goes})
	}
	for _, p := range m.Others {
		b.People = append(b.People, named{p.ID, p.Name(m.GoesNow.Household.Company)})
	}
	for _, pet := range m.Joining {
		b.Pets = append(b.Pets, named{pet.ID, pet.Name})
	}
	for _, t := range m.Twins {
		b.Twins = append(b.Twins, twinBody{named{t.Stays.ID, t.Stays.Name}, named{t.Goes.ID, t.Goes.Name}})
	}
	return b
}

func (f *Face) apiMerge(ctx context.Context, in *mergeInput) (*profileOutput, error) {
	b := in.Body
	if !id.Valid(in.ID) || !id.Valid(b.With) {
		return nil, petparent.ErrNotFound
	}
	if err := f.PetParents.Merge(ctx, viewerPractice(ctx), petparent.MergeInput{
		Stays: in.ID, Goes: b.With, Same: b.Same, Households: b.Along, Login: petparent.LoginSide(b.Login), Fields: b.Take, Pets: b.Pets, Seen: b.Seen,
	}); err != nil {
		return nil, err
	}
	return f.answer(ctx, in.ID)
}

func (f *Face) apiHistory(ctx context.Context, in *historyInput) (*historyOutput, error) {
	if err := (idInput{in.ID}).check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	page, err := f.profile(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Pet != "" && !slices.ContainsFunc(page.Person.Pets, func(p petparent.OwnedPet) bool { return p.ID == in.Pet }) {
		return nil, petparent.ErrPetNotFound
	}
	if !slices.Contains(append(fieldsOf(true), fieldsOf(false)...), in.Field) {
		in.Field = ""
	}
	rows, next, err := f.history(ctx, page.Person, in.Pet, in.Field, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &historyOutput{}
	out.Body.Items, out.Body.Next = make([]changeBody, 0, len(rows)), next
	for _, r := range rows {
		c := changeBody{At: r.At, Field: r.Field, Before: r.Before, After: r.After, By: r.Who()}
		if r.About != "" {
			c.Pet = &named{r.TargetID, r.About}
		}
		out.Body.Items = append(out.Body.Items, c)
	}
	return out, nil
}
