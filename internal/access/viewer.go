package access

import "time"

// Kind is what an account is.
type Kind string

// The kinds of account.
const (
	KindStaff    Kind = "staff"
	KindClient   Kind = "client"
	KindPlatform Kind = "platform"
	// KindProgram is another program of the practice, with an API key.
	KindProgram Kind = "program"
	// KindSystem acts without an account: the command line, the server itself.
	KindSystem Kind = "system"
)

// Viewer is who stands behind a request, as the session knows it at this
// moment. The zero Viewer is nobody.
type Viewer struct {
	Kind       Kind
	AccountID  string
	Name       string
	LoginID    string
	Lang       string // in which pages speak to them; "" follows the browser
	PracticeID string // empty for platform accounts
	Practice   Practice
	Branch     Branch // the active branch; zero for clients, platform accounts and programs
	held       []Held
	features   []Feature

	SessionID    string    // empty while the sign-in is pending
	SignInID     string    // set while the sign-in is pending
	KeyID        string    // the API key of a program
	Second       string    // what proved the person besides the password; "" nothing
	ProvenUntil  time.Time // step-up counts until then
	IdleAt       time.Time // when the session ends if nothing happens
	ExpiresAt    time.Time // when it ends in any case
	SharedDevice bool
	Kept         bool // the session outlasts pauses: "Keep me signed in"
	Locked       bool // nothing but unlocking and signing out is answered
	OffNetwork   bool // works from outside the networks of the branch, which only warns
}

// Practice is what every page needs of the practice in its path.
type Practice struct {
	ID     string
	Slug   string
	Name   string
	Kind   string         // clinic, sitting, training
	Closed bool           // suspended or closed: nobody is let in
	Zone   *time.Location // nil is UTC
	// Clients: its pages say "Clients" and not "Pet parents". Known of the practice
	// in the path only.
	Clients bool
}

// Branch is what every page needs of a branch.
type Branch struct {
	ID   string
	Name string
	Hue  int            // 0–7, one of the eight muted branch colours
	Zone *time.Location // nil is the practice's
}

// Audience is the set of routes meant for this viewer.
func (v Viewer) Audience() Audience {
	switch {
	case v.SignInID != "":
		return Pending
	case v.KeyID != "":
		return Program
	case v.SessionID == "":
		return 0
	case v.Kind == KindStaff:
		return Staff
	case v.Kind == KindClient:
		return Client
	case v.Kind == KindPlatform:
		return Platform
	}
	return 0
}

// ActorID names who acts in what is written down: the account, or the key of a
// program.
func (v Viewer) ActorID() string {
	if v.KeyID != "" {
		return v.KeyID
	}
	return v.AccountID
}

// SignedIn reports whether a session stands behind the viewer.
func (v Viewer) SignedIn() bool { return v.SessionID != "" }

// Zone is where the viewer's times are told: the branch's time zone, else the
// practice's, else UTC.
func (v Viewer) Zone() *time.Location {
	switch {
	case v.Branch.Zone != nil:
		return v.Branch.Zone
	case v.Practice.Zone != nil:
		return v.Practice.Zone
	}
	return time.UTC
}

// Proven reports whether a complete sign-in or step-up still counts at now.
func (v Viewer) Proven(now time.Time) bool { return now.Before(v.ProvenUntil) }

// System is the viewer for work that no account asked for; name says what
// acts, for instance "command line".
func System(name string) Viewer { return Viewer{Kind: KindSystem, Name: name} }
