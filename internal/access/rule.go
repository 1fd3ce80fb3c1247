package access

// Audience is a set of those a route is meant for.
type Audience uint8

const (
	// Public routes answer anybody. It is written out, never a default.
	Public Audience = 1 << iota
	// Pending routes answer whoever is in the middle of a sign-in.
	Pending
	// Staff routes answer signed-in staff of the practice in the path.
	Staff
	// Client routes answer signed-in pet parents of the practice in the path.
	Client
	// Platform routes answer signed-in platform accounts.
	Platform
	// Program routes answer API keys of the practice. A route of the JSON API for
	// staff that names a permission answers keys that have it without saying so,
	// unless it asks for step-up, which no key passes.
	Program

	// SignedIn is everybody with a session.
	SignedIn = Staff | Client | Platform
)

// Has reports whether all of b is in a.
func (a Audience) Has(b Audience) bool { return b != 0 && a&b == b }

// Rule is what a route demands. A route cannot be registered without one; the
// zero Rule is refused at start.
type Rule struct {
	Audience    Audience
	Permission  Permission // needed in the session's branch; empty: none (not for platform or client accounts)
	Or          Permission // does instead of Permission; for pages that serve two kinds of work
	AllBranches bool       // the permission must be held for all branches, because the whole practice is meant
	Feature     Feature    // must be on: in the plan and, for staff, in the session's branch
	StepUp      bool       // a proof not older than five minutes
	Locked      bool       // answers a locked session too
	AnyBranch   bool       // takes a form that was opened in another branch of the same session, because it acts in none
	Passive     bool       // does not move the idle clock (polling, badges, checks by other programs)
	Upload      int64      // bytes a body may have; 0 is the standard limit of 1 MiB
}
