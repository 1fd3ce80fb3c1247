package signin

import (
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor"
	"catflap/internal/practice"
)

// Step is what a sign-in waits for; the words are those of the JSON API.
type Step string

// The steps, in the order in which they come.
const (
	Identify       Step = "identify"
	SecondFactor   Step = "second_factor"
	AcceptTerms    Step = "accept_terms"
	ConfirmDetails Step = "confirm_details"
	NewPassword    Step = "new_password"
	SetUpSecond    Step = "set_up_second_factor"
	StoreCodes     Step = "store_backup_codes" // pages only: programs get the codes with the answer
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
	ProofID          string          // the temporary password, the link, or the version of the password
	Factor           bool            // a second proof is asked of the account
	Methods          []factor.Method // by which it can be given
	Second           factor.Method   // by which it was given in this sign-in; "" not yet
	SecondTries      int             // wrong codes so far
	SkipID           string          // the skip that stands in place of the proof
	Lacks            bool            // a factor has to be set up before anything opens
	Owed             bool            // because it was reset
	EmailChoice      bool            // codes by e-mail would be enough
	Stored           bool            // the backup codes made in this sign-in are said to be stored
	Unfinished       time.Time       // when a set-up was begun that nobody finished or gave up
	Deadline         time.Time       // when the policy will insist on a factor; zero: it does not, or there is one
	TermsVersion     int             // of the practice's terms that a pet parent accepts; 0 asks nothing
	TermsOwed        bool            // they have not
	DetailsConfirmed bool
	Renews           bool              // a temporary password was issued in place of their own: they choose another
	Branches         []practice.Branch // where the person may work
	Barred           []practice.Branch // where they may, but not from the network they are in
	BranchID         string            // the branch of the session, once known
	ReturnPath       string
	Shared           bool
	Keep             bool // "Keep me signed in" was asked for
	ExpiresAt        time.Time
}

// Next is the step that a sign-in waits for. It looks at nothing but the state.
func Next(s State) Step {
	client, staff := s.Account.Kind == access.KindClient, s.Account.Kind == access.KindStaff
	switch {
	case s.Account.ID == "":
		return Identify
	case s.Factor && s.Second == "":
		return SecondFactor
	case client && s.TermsOwed:
		return AcceptTerms
	case client && !s.Account.Onboarded() && !s.DetailsConfirmed:
		return ConfirmDetails
	case client && !s.Account.Onboarded():
		return NewPassword
	case s.Renews:
		return NewPassword
	case s.Lacks:
		return SetUpSecond
	case s.Second == factor.BySetup && !s.Stored:
		return StoreCodes
	case staff && s.BranchID == "" && len(s.Branches) == 0 && len(s.Barred) > 0:
		return OffNetwork
	case staff && s.BranchID == "" && len(s.Branches) == 0:
		return NoBranch
	case staff && s.BranchID == "":
		return ChooseBranch
	}
	return Done
}

// FirstSignIn reports whether the state waits for the steps of a pet parent who
// has not been in before.
func (s State) FirstSignIn() bool {
	step := Next(s)
	return !s.Renews && (step == ConfirmDetails || step == NewPassword)
}
