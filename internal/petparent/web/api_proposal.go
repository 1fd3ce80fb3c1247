package petparentweb

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/petparent"
)

type proposalsInput struct {
	PetParent string `query:"pet_parent" doc:"Only what this person wants corrected"`
	Cursor    string `query:"cursor" maxLength:"64"`
	Limit     int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type proposalsOutput struct {
	Body struct {
		Items []proposalBody `json:"items" nullable:"false"`
		Next  string         `json:"next,omitempty" doc:"Cursor of the next part."`
	}
}

func (f *Face) proposalAPI(a *httpd.API) {
	rule := access.Rule{Audience: access.Staff, Permission: access.OnboardingAccept, Feature: access.PetApp}
	httpd.Register(a, rule, operation("proposals", http.MethodGet, "/proposals", "Open corrections of pet parents, oldest first"), f.apiProposals)
	f.pileAPI(a, rule)
	httpd.Register(a, rule, operation("accept-proposal", http.MethodPost, "/proposals/{id}/accept", "Take a correction over, once"),
		func(ctx context.Context, in *idInput) (*struct{}, error) {
			if err := in.check(petparent.ErrProposalNotFound); err != nil {
				return nil, err
			}
			return nil, f.PetParents.Accept(ctx, access.ViewerFrom(ctx).PracticeID, in.ID)
		})
	httpd.Register(a, rule, operation("reject-proposal", http.MethodPost, "/proposals/{id}/reject", "Close a correction without taking it over, once"),
		func(ctx context.Context, in *idInput) (*struct{}, error) {
			if err := in.check(petparent.ErrProposalNotFound); err != nil {
				return nil, err
			}
			return nil, f.PetParents.Reject(ctx, access.ViewerFrom(ctx).PracticeID, in.ID)
		})
}

func (f *Face) apiProposals(ctx context.Context, in *proposalsInput) (*proposalsOutput, error) {
	all, err := f.PetParents.Proposals(ctx, access.ViewerFrom(ctx).PracticeID, in.PetParent, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &proposalsOutput{}
	if len(all) > in.Limit {
		all = all[:in.Limit]
		out.Body.Next = all[in.Limit-1].ID
	}
	out.Body.Items = make([]proposalBody, 0, len(all))
	for _, p := range all {
		out.Body.Items = append(out.Body.Items, proposalFrom(p))
	}
	return out, nil
}
