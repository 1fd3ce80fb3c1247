package petparentweb

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/petparent"
)

type ownOutput struct {
	Body OwnFields
}

// OwnFields is what a pet parent may correct: as on record, with what they asked
// for already laid over it.
type OwnFields struct {
	Person   petparent.Contact      `json:"person"`
	Pets     []petparent.PetDetails `json:"pets" nullable:"false" doc:"Living ones"`
	Waiting  []ownWaitingBody       `json:"waiting" nullable:"false" doc:"Corrections that the practice has not decided yet"`
	Revision string                 `json:"revision" doc:"Send it with a correction, so that nothing is corrected that changed meanwhile"`
}

type ownWaitingBody struct {
	Pet    *named `json:"pet,omitempty" doc:"Left out for the own data"`
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

type ownInput struct {
	Body struct {
		Person   *petparent.Contact     `json:"person,omitempty" doc:"Left out: stays as it is"`
		Pets     []petparent.PetDetails `json:"pets,omitempty" maxItems:"200" doc:"Those left out stay as they are"`
		Revision string                 `json:"revision,omitempty" maxLength:"64" doc:"Of what was shown; 409 details-changed when it is out of date"`
	}
}

type ownChangeOutput struct {
	Body struct {
		Outcome string `json:"outcome" enum:"saved,sent,withdrawn,unchanged" doc:"saved: on record; sent: waits for the practice; withdrawn: what waited is taken back"`
		OwnFields
	}
}

func (f *Face) ownAPI(a *httpd.API) {
	rule := access.Rule{Audience: access.Client, Feature: access.PetApp}
	httpd.Register(a, rule, operation("my-details", http.MethodGet, "/pet-parents/me/details", "What the signed-in pet parent may correct"),
		func(ctx context.Context, _ *struct{}) (*ownOutput, error) {
			b, err := f.ownBody(ctx)
			return &ownOutput{Body: b}, err
		})
	httpd.Register(a, rule, operation("correct-my-details", http.MethodPut, "/pet-parents/me/details", "Correct own data and pets"), f.apiCorrectOwn)
}

func (f *Face) ownBody(ctx context.Context) (OwnFields, error) {
	own, err := f.Onboarding.Own(ctx)
	b := OwnFields{Person: own.Person, Pets: own.Pets, Waiting: []ownWaitingBody{}, Revision: own.Revision}
	for _, w := range own.Waiting {
		line := ownWaitingBody{Field: w.Field, Before: w.Before, After: w.After}
		if w.PetID != "" {
			line.Pet = &named{ID: w.PetID, Name: w.PetName}
		}
		b.Waiting = append(b.Waiting, line)
	}
	return b, err
}

func (f *Face) apiCorrectOwn(ctx context.Context, in *ownInput) (*ownChangeOutput, error) {
	change, err := f.Onboarding.CorrectOwn(ctx, petparent.OwnInput{Person: in.Body.Person, Pets: in.Body.Pets, Revision: in.Body.Revision})
	if err != nil {
		return nil, err
	}
	out := &ownChangeOutput{}
	out.Body.Outcome = outcome(change)
	out.Body.OwnFields, err = f.ownBody(ctx)
	return out, err
}

// outcome is what became of a correction, as a stable word.
func outcome(c petparent.OwnChange) string {
	switch {
	case c.Accepted:
		return "saved"
	case len(c.Corrections) > 0:
		return "sent"
	case c.Withdrawn > 0:
		return "withdrawn"
	}
	return "unchanged"
}
