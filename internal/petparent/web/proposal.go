package petparentweb

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

type proposalsPage struct {
	ui.Form
	People []proposer
	Person string // id of the only one who is shown, "" for all
	Next   string
}

// proposer is one person with what they want corrected.
type proposer struct {
	ID, Name  string
	Proposals []proposalLine
}

type proposalLine struct {
	petparent.Proposal
}

// Label is what people call the field.
func (p proposalLine) Label() string { return fieldLabel(p.Field) }

// Former is the value before in words.
func (p proposalLine) Former() string { return fieldValue(p.Field, p.Before) }

// Wanted is the value after in words.
func (p proposalLine) Wanted() string { return fieldValue(p.Field, p.After) }

// practiceOf is the practice of the viewer, which the guard has compared with
// the path.
func practiceOf(r *http.Request) string { return viewerPractice(r.Context()) }

func viewerPractice(ctx context.Context) string { return access.ViewerFrom(ctx).PracticeID }

func (f *Face) listProposals(w http.ResponseWriter, r *http.Request) error {
	page := proposalsPage{Person: r.URL.Query().Get("person")}
	all, err := f.PetParents.Proposals(r.Context(), practiceOf(r), page.Person, r.URL.Query().Get("after"), pageSize+1)
	if err != nil {
		return err
	}
	if len(all) > pageSize {
		all = all[:pageSize]
		page.Next = r.URL.Path + "?after=" + all[pageSize-1].ID
		if page.Person != "" {
			page.Next += "&person=" + all[0].PetParentID
		}
	}
	for _, p := range all {
		at := slices.IndexFunc(page.People, func(o proposer) bool { return o.ID == p.PetParentID })
		if at < 0 {
			at = len(page.People)
			page.People = append(page.People, proposer{ID: p.PetParentID, Name: p.PetParentName})
		}
		page.People[at].Proposals = append(page.People[at].Proposals, proposalLine{p})
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/proposals", page)
}

func (f *Face) accept(w http.ResponseWriter, r *http.Request) error {
	proposalID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	return f.decided(w, r, f.PetParents.Accept(r.Context(), practiceOf(r), proposalID), "The correction is accepted and on record.")
}

func (f *Face) reject(w http.ResponseWriter, r *http.Request) error {
	proposalID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	return f.decided(w, r, f.PetParents.Reject(r.Context(), practiceOf(r), proposalID), "The correction is rejected. The record stays as it was.")
}

// decided leads back to the list, also when a colleague was quicker.
func (f *Face) decided(w http.ResponseWriter, r *http.Request, err error, words string) error {
	if errors.Is(err, petparent.ErrProposalDecided) {
		words, err = "Somebody else has decided this correction already.", nil
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, words)
	return httpd.Redirect(w, r, httpd.ReturnPath(r, base(r)+"/pet-parents/proposals"))
}

// acceptSeveral accepts the corrections that were on the page, not those that
// came since: nobody accepts what they have not seen.
func (f *Face) acceptSeveral(w http.ResponseWriter, r *http.Request) error {
	ids := ui.FormFrom(r).Values["proposal"]
	if len(ids) == 0 || len(ids) > pageSize || slices.ContainsFunc(ids, func(one string) bool { return !id.Valid(one) }) {
		return fault.Complain("proposal", "Load the list of corrections again and accept from there.")
	}
	accepted := 0
	for _, one := range ids {
		err := f.PetParents.Accept(r.Context(), practiceOf(r), one)
		if fault.Is(err, fault.Gone) || fault.Is(err, fault.NotFound) {
			continue // decided or replaced since the page was shown
		}
		if err != nil {
			return err
		}
		accepted++
	}
	words := strconv.Itoa(accepted) + " corrections are accepted and on record."
	switch {
	case accepted == 1:
		words = "One correction is accepted and on record."
	case accepted < len(ids):
		words += " The others had been decided or replaced before."
	}
	f.UI.Notice(w, r, words)
	return httpd.Redirect(w, r, httpd.ReturnPath(r, base(r)+"/pet-parents/proposals"))
}
