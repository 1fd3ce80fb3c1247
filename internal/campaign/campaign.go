package campaign

import (
	"slices"
	"time"

	"catflap/internal/foundation/fault"
	"catflap/internal/petparent"
)

// State is where a campaign stands.
type State string

// The states.
const (
	Draft     State = "draft"
	Preparing State = "preparing" // messages are being written; those that are leave already
	Running   State = "running"   // all are written, and some have not left
	Paused    State = "paused"
	Cancelled State = "cancelled" // what had not left was dropped
	Done      State = "done"
	Stopped   State = "failed" // could not go on; what is written leaves, and it can be started again
)

// Campaign is one text to many pet parents.
type Campaign struct {
	ID            string
	PracticeID    string
	Name          string
	Template      string // mail.Welcome, or the id of one of the practice's own
	TemplateName  string // as it was called when it was chosen
	Scope         petparent.Scope
	State         State
	Mark          int64 // grows with each change
	Credentials   bool  // brings what opens the first sign-in
	Prepared      bool  // everybody was looked at
	Total         int   // people, as counted at the start
	Looked        int   // people looked at so far
	Written       int   // messages
	LeftOut       int
	Reasons       map[Reason]int // people left out; one can have several reasons
	Failure       string         // why it stopped, in words
	CreatedAt     time.Time
	CreatedByName string
	StartedAt     time.Time // zero for a draft
	StartedByName string
	PausedAt      time.Time
	EndedAt       time.Time // zero while it goes on

	createdBy, startedBy string
	words                fixed
	place                string
	inLine               bool
}

// fixed are the words that a campaign was started with: whoever edits a template
// meanwhile changes nothing.
type fixed struct {
	Lang  string            `json:"lang,omitempty"`
	Own   string            `json:"own,omitempty"`   // a text of the practice's own
	Texts map[string]string `json:"texts,omitempty"` // texts in place of the built-in ones; "": those of Catflap
}

// UnderWay reports whether it goes on by itself.
func (c Campaign) UnderWay() bool { return c.State == Preparing || c.State == Running }

// CanStart reports whether Start takes it.
func (c Campaign) CanStart() bool { return c.State == Draft || c.State == Stopped }

// CanPause reports whether it can be paused.
func (c Campaign) CanPause() bool { return c.UnderWay() }

// CanResume reports whether it can be let go on.
func (c Campaign) CanResume() bool { return c.State == Paused }

// CanCancel reports whether it can be ended.
func (c Campaign) CanCancel() bool { return c.UnderWay() || c.State == Paused || c.State == Stopped }

// The refusals.
var (
	ErrNotFound = fault.New(fault.NotFound, "campaign-not-found",
		"This e-mail alert is not here. Go back to the list and choose again.")
	ErrNotDraft = fault.New(fault.Conflict, "campaign-started",
		"This e-mail alert was started already. Open it to see how far it is.")
	ErrChanged = fault.New(fault.Conflict, "campaign-changed",
		"Somebody changed this e-mail alert meanwhile. Look at it again before you go on.")
	ErrNotNow = fault.New(fault.Conflict, "campaign-not-now",
		"This is not possible any more: the e-mail alert has gone on or ended meanwhile. Look at where it stands.")
	ErrNobody = fault.New(fault.Conflict, "campaign-nobody",
		"Nobody would get this message. Widen the audience, or look at why people are left out.")
	ErrNotInPlan = fault.New(fault.Forbidden, "feature-not-in-plan",
		"E-mail to many pet parents at once is not part of your practice's plan. Ask your Catflap provider to change the plan.")
	ErrForPeople = fault.New(fault.Forbidden, "not-for-programs",
		"Only somebody who is signed in can do this.")
)

// Reason is why somebody is left out: one of petparent.Reasons, or one of these,
// or Missing with the name of a token behind it.
type Reason string

// The reasons that have to do with logins.
const (
	NoLogin  Reason = "no_login"
	LoginOff Reason = "login_inactive"
	SignedIn Reason = "signed_in"
	Missing         = "missing:"
)

// Words is the reason as people read it.
func (r Reason) Words() string {
	switch r {
	case NoLogin:
		return "No login"
	case LoginOff:
		return "Login switched off"
	case SignedIn:
		return "Already signed in"
	}
	if name, missing := r.Token(); missing {
		return "Nothing for {{" + name + "}}"
	}
	return petparent.Reason(r).Words()
}

// Token is the token for which there is nothing.
func (r Reason) Token() (name string, missing bool) {
	if len(r) > len(Missing) && r[:len(Missing)] == Missing {
		return string(r[len(Missing):]), true
	}
	return "", false
}

// ReasonCount is how many people are left out for a reason.
type ReasonCount struct {
	Reason Reason
	People int
}

// counted lists the reasons that occur in the order in which they are told.
func counted(reasons map[Reason]int) []ReasonCount {
	var order []Reason
	for _, r := range petparent.Reasons() {
		order = append(order, Reason(r))
	}
	order = append(order, NoLogin, LoginOff, SignedIn)
	var missing []Reason
	for r := range reasons {
		if _, is := r.Token(); is {
			missing = append(missing, r)
		}
	}
	slices.Sort(missing)
	var list []ReasonCount
	for _, r := range append(order, missing...) {
		if n := reasons[r]; n > 0 {
			list = append(list, ReasonCount{r, n})
		}
	}
	return list
}

// ReasonCounts lists why people were left out.
func (c Campaign) ReasonCounts() []ReasonCount { return counted(c.Reasons) }
