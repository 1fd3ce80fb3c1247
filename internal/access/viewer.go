package access

import (
	"slices"
	"time"
)

// Kind is what an account is.
type Kind string

// The kinds of account.
const (
	KindStaff    Kind = "staff"
	KindClient   Kind = "client"
	KindPlatform Kind = "platform"
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
	PracticeID string // empty for platform accounts
	Practice   Practice
	Branch     Branch   // the active branch; zero for clients and platform accounts
	Roles      []string // names of the roles held in the active branch
	allowed    []Permission

	SessionID    string    // empty while the sign-in is pending
	SignInID     string    // set while the sign-in is pending
	ProvenUntil  time.Time // step-up counts until then
	IdleAt       time.Time // when the session ends if nothing happens
	ExpiresAt    time.Time // when it ends in any case
	SharedDevice bool
}

// Practice is what every page needs of the practice in its path.
type Practice struct {
	ID        string
	Slug      string
	Name      string
	Kind      string // clinic, sitting, training
	Suspended bool
}

// Branch is what every page needs of a branch.
type Branch struct {
	ID   string
	Name string
	Hue  int // 0–7, one of the eight muted branch colours
}

// Audience is the set of routes meant for this viewer.
func (v Viewer) Audience() Audience {
	switch {
	case v.SignInID != "":
		return Pending
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

// SignedIn reports whether a session stands behind the viewer.
func (v Viewer) SignedIn() bool { return v.SessionID != "" }

// May reports whether the viewer holds the permission in the active branch.
func (v Viewer) May(p Permission) bool { return slices.Contains(v.allowed, p) }

// Allowed lists the permissions held in the active branch.
func (v Viewer) Allowed() []Permission { return slices.Clone(v.allowed) }

// WithPermissions returns the viewer holding exactly these permissions.
func (v Viewer) WithPermissions(p []Permission) Viewer {
	v.allowed = p
	return v
}

// Proven reports whether a complete sign-in or step-up still counts at now.
func (v Viewer) Proven(now time.Time) bool { return now.Before(v.ProvenUntil) }

// System is the viewer for work that no account asked for; name says what
// acts, for instance "command line".
func System(name string) Viewer { return Viewer{Kind: KindSystem, Name: name} }
