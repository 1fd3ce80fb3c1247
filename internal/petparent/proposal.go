package petparent

import (
	"context"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
)

// Proposal is one field that a pet parent wants corrected, for staff to accept
// or reject. There is at most one open for a field: the newest.
type Proposal struct {
	ID            string
	PetParentID   string
	PetParentName string
	PetID         string // "" for the person's own data
	PetName       string
	Field         string // one of the Field constants
	Before        string // when it was made; phones stand one on each line
	After         string
	State         ProposalState
	CreatedAt     time.Time
	DecidedAt     time.Time
	DecidedBy     string // account
}

// ProposalState is what became of a proposal.
type ProposalState string

// The states of a proposal.
const (
	ProposalOpen     ProposalState = "open"
	ProposalAccepted ProposalState = "accepted"
	ProposalRejected ProposalState = "rejected"
	ProposalReplaced ProposalState = "replaced" // the pet parent changed it at once, or took it back, or the pet is not theirs any more
)

// Faults of deciding.
var (
	ErrProposalNotFound = fault.New(fault.NotFound, "proposal-not-found",
		"This correction is not here any more. Load the list again to see the newest ones.")
	ErrProposalDecided = fault.New(fault.Gone, "proposal-decided",
		"This correction has been decided already. Load the list again to see what is left.")
)

// Proposals reads at most limit open proposals, oldest first, after the one
// with id after ("" for the first). petParentID narrows to one person, ""
// does not.
func (s *Service) Proposals(ctx context.Context, practiceID, petParentID, after string, limit int) ([]Proposal, error) {
	return openProposals(ctx, s.DB, practiceID, petParentID, after, limit)
}

// CountProposals counts the practice's open proposals.
func (s *Service) CountProposals(ctx context.Context, practiceID string) (int64, error) {
	return countOpen(ctx, s.DB, practiceID, "")
}

// Accept applies a proposal, once. ErrProposalDecided when somebody else was
// quicker, ErrProposalNotFound when it is not there or was replaced by a newer
// one, ErrProposalStray.
func (s *Service) Accept(ctx context.Context, practiceID, proposalID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := s.decide(ctx, tx, practiceID, proposalID, ProposalAccepted)
		if err != nil {
			return err
		}
		if err := s.ownsFor(ctx, tx, practiceID, p); err != nil {
			return err
		}
		c := Correction{PetID: p.PetID, Field: p.Field, Before: p.Before, After: p.After}
		return s.apply(ctx, tx, practiceID, p.PetParentID, []Correction{c}, audit.ProposalAccepted)
	})
}

// Reject closes a proposal without applying it, once. Errors as for Accept.
func (s *Service) Reject(ctx context.Context, practiceID, proposalID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := s.decide(ctx, tx, practiceID, proposalID, ProposalRejected)
		if err != nil {
			return err
		}
		person, err := s.Get(ctx, tx, practiceID, p.PetParentID)
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.ProposalRejected, PracticeID: practiceID, AccountID: person.AccountID, Target: person.target(""),
			Changes: []audit.Change{{Field: p.Field, Before: p.Before, After: p.After}},
			Detail:  p.detail(),
		})
	})
}

func (s *Service) decide(ctx context.Context, tx *db.Tx, practiceID, proposalID string, state ProposalState) (Proposal, error) {
	by := access.ViewerFrom(ctx).ActorID()
	p, err := decideProposal(ctx, tx, practiceID, proposalID, state, s.Clock.Now(), by)
	if !errors.Is(err, db.ErrNone) {
		return p, err
	}
	known, err := proposalExists(ctx, tx, practiceID, proposalID)
	switch {
	case err != nil:
		return Proposal{}, err
	case known:
		return Proposal{}, ErrProposalDecided
	}
	return Proposal{}, ErrProposalNotFound
}

// propose stores corrections as open proposals, all in one audit entry.
func (s *Service) propose(ctx context.Context, tx *db.Tx, by PetParent, list []Correction) error {
	var changes []audit.Change
	for _, c := range list {
		if err := putProposal(ctx, tx, by.PracticeID, by.ID, id.New(), c, s.Clock.Now()); err != nil {
			return err
		}
		changes = append(changes, audit.Change{Field: c.named(), Before: c.Before, After: c.After})
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.ProposalMade, PracticeID: by.PracticeID, AccountID: by.AccountID, Target: by.target(""), Changes: changes,
	})
}

func (p Proposal) detail() map[string]string {
	if p.PetID == "" {
		return nil
	}
	return map[string]string{"pet": p.PetID}
}
