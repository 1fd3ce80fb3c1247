package petparentweb

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

type idInput struct {
	ID string `path:"id"`
}

// check answers "not found" for what is no identifier of ours.
func (in idInput) check(missing error) error {
	if !id.Valid(in.ID) {
		return missing
	}
	return nil
}

type profileOutput struct {
	Body profileBody
}

type petsOutput struct {
	Body struct {
		Items []petBody `json:"items" nullable:"false"`
	}
}

type peopleInput struct {
	Query      string               `query:"q" doc:"Beginnings of words of name, company, e-mail, login ID, client number or pet's name, or digits of a phone; all must match. Where no word begins so, parts of words count"`
	Show       petparent.Show       `query:"show" enum:"not_invited,invited,never_signed_in,active,locked,not_mailable"`
	Invitation petparent.Invitation `query:"invitation" enum:"not_invited,queued,sent,failed,opened,signed_in,finished" doc:"How far they came with what they were given last"`
	Reason     petparent.Reason     `query:"reason" enum:"deleted,inactive,opt_out,no_email,invalid_email,refused_email,all_pets_deceased"`
	Mail       petparent.Mailed     `query:"mail" enum:"never,waiting,sent,failed" doc:"What became of the newest message to them"`
	Branch     string               `query:"branch" doc:"Home branch, by id"`
	Sort       petparent.Sort       `query:"sort" enum:"newest,last_sign_in" doc:"By name when it is left out. Who never signed in comes last in last_sign_in"`
	Cursor     string               `query:"cursor" maxLength:"2000"`
	Limit      int                  `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type peopleOutput struct {
	Body struct {
		Items []listedBody `json:"items" nullable:"false"`
		Next  string       `json:"next,omitempty" doc:"Cursor of the next part."`
	}
}

type messagesInput struct {
	ID     string `path:"id"`
	Cursor string `query:"cursor" maxLength:"64"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type messagesOutput struct {
	Body struct {
		Items []messageBody `json:"items" nullable:"false"`
		Next  string        `json:"next,omitempty" doc:"Cursor of the next part."`
	}
}

type contactInput struct {
	ID   string `path:"id"`
	Body petparent.Contact
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Pet parents"}}
}

func (f *Face) api(a *httpd.API) {
	read := access.Rule{Audience: access.Staff, Permission: access.PetParentRead}
	httpd.Register(a, read, operation("pet-parents", http.MethodGet, "/pet-parents", "Pet parents by name"), f.apiList)
	httpd.Register(a, read, operation("pet-parent", http.MethodGet, "/pet-parents/{id}", "One pet parent"), f.apiGet)
	httpd.Register(a, read, operation("pet-parent-pets", http.MethodGet, "/pet-parents/{id}/pets", "Their pets, living ones first"), f.apiPets)
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.PetParentWrite},
		operation("pet-parent-change-contact", http.MethodPut, "/pet-parents/{id}/contact", "Change contact data"), f.apiContact)
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.MailRead},
		operation("pet-parent-messages", http.MethodGet, "/pet-parents/{id}/messages", "What was sent to them, newest first"), f.apiMessages)
	httpd.Register(a, access.Rule{Audience: access.Client, Feature: access.PetApp},
		operation("pet-parent-me", http.MethodGet, "/pet-parents/me", "The signed-in pet parent's own data and practice"), f.apiMe)
	f.ownAPI(a)
	f.householdAPI(a)
	f.temporaryAPI(a)
	f.proposalAPI(a)
}

func (f *Face) apiList(ctx context.Context, in *peopleInput) (*peopleOutput, error) {
	practiceID := access.ViewerFrom(ctx).PracticeID
	part, err := f.PetParents.List(ctx, practiceID, petparent.Filter{
		Query: in.Query, Show: in.Show, Invitation: in.Invitation, Reason: in.Reason, BranchID: in.Branch, Sort: in.Sort, Mailed: in.Mail,
	}, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	_, byID, err := f.branches(ctx, practiceID)
	if err != nil {
		return nil, err
	}
	out := &peopleOutput{}
	out.Body.Items, out.Body.Next = make([]listedBody, 0, len(part.Rows)), part.Next
	for _, row := range part.Rows {
		out.Body.Items = append(out.Body.Items, listedFrom(row, byID[row.HomeBranchID]))
	}
	return out, nil
}

func (f *Face) apiGet(ctx context.Context, in *idInput) (*profileOutput, error) {
	if err := in.check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	out, err := f.answer(ctx, in.ID)
	if !errors.Is(err, petparent.ErrNotFound) {
		return out, err
	}
	// Who was merged into another record answers with that record.
	now, lookErr := f.PetParents.Now(ctx, viewerPractice(ctx), in.ID)
	if lookErr != nil || now == "" {
		return nil, errors.Join(err, lookErr)
	}
	return f.answer(ctx, now)
}

func (f *Face) answer(ctx context.Context, petParentID string) (*profileOutput, error) {
	page, err := f.profile(ctx, petParentID)
	if err != nil {
		return nil, err
	}
	t, err := f.temporaryOf(ctx, page.Person)
	if err != nil {
		return nil, err
	}
	return &profileOutput{Body: profileFrom(page.Person, page.Branch, temporaryFrom(t, page.Person.Invitation, f.Clock.Now()))}, nil
}

func (f *Face) apiPets(ctx context.Context, in *idInput) (*petsOutput, error) {
	if err := in.check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	page, err := f.profile(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &petsOutput{}
	out.Body.Items = petsFrom(page.Person.Pets)
	return out, nil
}

func (f *Face) apiContact(ctx context.Context, in *contactInput) (*profileOutput, error) {
	if err := (idInput{in.ID}).check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	if err := f.PetParents.UpdateContact(ctx, access.ViewerFrom(ctx).PracticeID, in.ID, in.Body); err != nil {
		return nil, err
	}
	return f.answer(ctx, in.ID)
}

func (f *Face) apiMessages(ctx context.Context, in *messagesInput) (*messagesOutput, error) {
	if err := (idInput{in.ID}).check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	p, err := f.PetParents.Get(ctx, f.PetParents.DB, access.ViewerFrom(ctx).PracticeID, in.ID)
	if err != nil {
		return nil, err
	}
	list, err := f.Mail.ForPetParent(ctx, p.PracticeID, p.ID, mail.Page{After: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &messagesOutput{}
	out.Body.Items, out.Body.Next = make([]messageBody, 0, len(list.Messages)), list.Next
	for _, m := range list.Messages {
		out.Body.Items = append(out.Body.Items, messageFrom(m))
	}
	return out, nil
}
