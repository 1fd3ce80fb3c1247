package signin

import (
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/practice"
)

// Step is what a sign-in waits for; the words are those of the JSON API.
type Step string

// The steps, in the order in which they come.
const (
	Identify       Step = "identify"
	ConfirmDetails Step = "confirm_details"
	NewPassword    Step = "new_password"
	NoBranch       Step = "no_branch"
	OffNetwork     Step = "off_network"
	ChooseBranch   Step = "choose_branch"
	Done           Step = "done"
)

// Proof is how the person began.
type Proof string

// The proofs that begin a sign-in.
const (
	ByPassword  Proof = "password"
	ByTemporary Proof = "temporary"
	ByLink      Proof = "link"
)

// Life is how long a pending sign-in waits for its next step.
const Life = 15 * time.Minute

// TokenPrefix begins every sign-in token.
const TokenPrefix = "cfp_"

// State is everything that decides the next step.
type State struct {
	ID               string
	Account          account.Account
	Proof            Proof
	ProofID          string // the temporary password, the link, or the version of the password
	DetailsConfirmed bool
	Branches         []practice.Branch // where the person may work
	Barred           []practice.Branch // where they may, but not from the network they are in
	BranchID         string            // the branch of the session, once known
	ReturnPath       string
	Shared           bool
	ExpiresAt        time.Time
}

// Next is the step that a sign-in waits for. It looks at nothing but the state.
func Next(s State) Step {
	client, staff := s.Account.Kind == access.KindClient, s.Account.Kind == access.KindStaff
	switch {
	case s.Account.ID == "":
		return Identify
	case client && !s.Account.Onboarded() && !s.DetailsConfirmed:
		return ConfirmDetails
	case client && !s.Account.Onboarded():
		return NewPassword
	case staff && s.BranchID == "" && len(s.Branches) == 0 && len(s.Barred) > 0:
		return OffNetwork
	case staff && s.BranchID == "" && len(s.Branches) == 0:
		return NoBranch
	case staff && s.BranchID == "":
		return ChooseBranch
	}
	return Done
}

// FirstSignIn reports whether the state belongs to a pet parent who has not
// been in before.
func (s State) FirstSignIn() bool {
	return s.Account.Kind == access.KindClient && !s.Account.Onboarded()
}
