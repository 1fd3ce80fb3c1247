package signin

import (
	"context"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/practice"
	"catflap/internal/role"
)

// Place is a branch in which somebody has a role.
type Place struct {
	practice.Branch
	Barred string // why they cannot work there from where they are now, in words; "" when they can
}

// BranchesFor lists the branches in which an account has a role, by name, with
// what bars those that it cannot work in from the address of the request.
func (s *Service) BranchesFor(ctx context.Context, r db.Reader, a account.Account) ([]Place, error) {
	held, err := s.Roles.HeldBy(ctx, r, a.PracticeID, a.ID)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	all, err := s.Practices.Branches(ctx, r, a.PracticeID)
	if err != nil {
		return nil, err
	}
	works, ip := access.Viewer{}.Holding(role.Access(held)), access.OriginFrom(ctx).IP
	var places []Place
	for _, b := range all {
		if !works.InBranch(b.ID) {
			continue
		}
		p := Place{Branch: b}
		if !b.Network.Admits(ip) {
			p.Barred = "Only from the networks of " + b.Name + ", and you are not in one of them."
		}
		places = append(places, p)
	}
	return places, nil
}

// fillBranches divides the branches of a state into those that can be chosen
// and those that the network bars. A branch that was chosen and cannot be any
// more has to be chosen again.
func (s *Service) fillBranches(ctx context.Context, r db.Reader, st State) (State, error) {
	places, err := s.BranchesFor(ctx, r, st.Account)
	if err != nil {
		return st, err
	}
	st.Branches, st.Barred = nil, nil
	for _, p := range places {
		if p.Barred == "" {
			st.Branches = append(st.Branches, p.Branch)
		} else {
			st.Barred = append(st.Barred, p.Branch)
		}
	}
	if _, there := st.branch(); !there {
		st.BranchID = ""
	}
	if len(st.Branches) == 1 && st.ID == "" { // once asked, the choice is theirs
		st.BranchID = st.Branches[0].ID
	}
	return st, nil
}

// branch is the one that is chosen, if it can be.
func (s State) branch() (practice.Branch, bool) {
	i := slices.IndexFunc(s.Branches, func(b practice.Branch) bool { return b.ID == s.BranchID })
	if i < 0 {
		return practice.Branch{}, false
	}
	return s.Branches[i], true
}

// barrier is why nobody gets in with a right password, nil if a branch is or can
// be chosen.
func (s State) barrier() error {
	switch Next(s) {
	case NoBranch:
		return ErrNoBranch
	case OffNetwork:
		return errOffNetwork(s.Barred)
	}
	return nil
}

// errOffNetwork is ErrOffNetwork with the names of the branches.
func errOffNetwork(barred []practice.Branch) error {
	e := *ErrOffNetwork
	names := make([]string, len(barred))
	for i, b := range barred {
		names[i] = b.Name
	}
	e.Message = "Your login ID and password are right, but " + listed(names) +
		" can only be worked in from the branch's own network, and you are not in it. Sign in from there, or ask your practice administrator."
	return &e
}

// listed is "North, South and West".
func listed(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// barredChoice complains about a branch that cannot be chosen.
func (s State) barredChoice(branchID string) error {
	for _, b := range s.Barred {
		if b.ID == branchID {
			return fault.Complain("branch", b.Name+" can only be worked in from its own networks, and you are not in one of them. Choose another branch, or sign in from there.")
		}
	}
	return fault.Complain("branch", "Choose one of the branches in the list.")
}
