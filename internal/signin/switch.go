package signin

import (
	"context"
	"slices"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/practice"
)

// The refusals of a switch.
var (
	// ErrNotTheirBranch complains about a branch without a role of the person.
	ErrNotTheirBranch = fault.Complain("branch", "You have no role in this branch. Choose one of those in the list, or ask your practice administrator.")
	// ErrBranchNetwork answers from outside the networks of a branch.
	ErrBranchNetwork = fault.New(fault.Conflict, "branch-network",
		"This branch can only be worked in from its own networks, and you are not in one of them. You still work in the branch you were in.")
	// ErrHereAlready answers for the branch that the session is in.
	ErrHereAlready = fault.New(fault.Conflict, "branch-already", "You work in this branch already.")
)

// OtherBranches lists the branches besides the active one in which the viewer
// may work, by name.
func (s *Service) OtherBranches(ctx context.Context, v access.Viewer) ([]practice.Branch, error) {
	if v.Kind != access.KindStaff {
		return nil, nil
	}
	all, err := s.Practices.Branches(ctx, s.DB, v.PracticeID)
	others := all[:0]
	for _, b := range all {
		if b.ID != v.Branch.ID && v.InBranch(b.ID) {
			others = append(others, b)
		}
	}
	return others, err
}

// SwitchBranch moves the viewer's session to another branch in which they have
// a role now and whose network admits them. The session's token is a new one.
func (s *Service) SwitchBranch(ctx context.Context, branchID string) (token secret.Text, to practice.Branch, err error) {
	v := access.ViewerFrom(ctx)
	if branchID == v.Branch.ID {
		return "", to, ErrHereAlready
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if to, err = s.branchFor(ctx, tx, v, branchID); err != nil {
			return err
		}
		t, err := s.Sessions.SwitchBranch(ctx, tx, v, to.ID)
		if err != nil {
			return err
		}
		token = secret.Text(t)
		if err := s.Accounts.WorksIn(ctx, tx, v.PracticeID, v.AccountID, to.ID); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.BranchSwitched, PracticeID: v.PracticeID, AccountID: v.AccountID, AccountName: v.Name,
			BranchID: to.ID, Target: audit.Target{Kind: "branch", ID: to.ID, Name: to.Name},
			Changes: audit.Diff(nil, "branch", v.Branch.Name, to.Name),
		})
	})
	return token, to, err
}

// branchFor is the branch, if the viewer may work there from where they are.
// Their roles are looked up again: they may just have changed.
func (s *Service) branchFor(ctx context.Context, r db.Reader, v access.Viewer, branchID string) (practice.Branch, error) {
	theirs, err := s.BranchesFor(ctx, r, account.Account{PracticeID: v.PracticeID, ID: v.AccountID})
	if err != nil {
		return practice.Branch{}, err
	}
	i := slices.IndexFunc(theirs, func(p Place) bool { return p.ID == branchID })
	switch {
	case i < 0:
		return practice.Branch{}, ErrNotTheirBranch
	case theirs[i].Barred != "":
		return practice.Branch{}, ErrBranchNetwork
	}
	return theirs[i].Branch, nil
}
