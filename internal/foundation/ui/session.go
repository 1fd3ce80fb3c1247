package ui

import (
	"net/http"
	"net/url"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
)

// sessionData is what the scripts of a page know about its session.
type sessionData struct {
	ID, Branch string
	Account    string
	Idle, End  int    // seconds until it ends if nothing happens, and in any case
	Proof      int    // seconds for which the last proof still counts
	EndsAt     string // the latter as people read it
	Back       string // where this page is
	Leave      string // the sign-in page that leads its own person back to it
}

// newSession describes the viewer's session; nil where the page belongs to
// another practice than the session.
func newSession(v View, r *http.Request) *sessionData {
	if v.Practice.ID != v.Viewer.PracticeID {
		return nil
	}
	s := &sessionData{
		ID: v.Viewer.SessionID, Branch: v.Viewer.Branch.ID, Account: v.Viewer.AccountID,
		Idle: Seconds(v.Now, v.Viewer.IdleAt), End: Seconds(v.Now, v.Viewer.ExpiresAt),
		Proof:  Seconds(v.Now, v.Viewer.ProvenUntil),
		EndsAt: v.Viewer.ExpiresAt.In(v.Viewer.Zone()).Format("15:04 MST"), Back: before(r),
	}
	if s.Back == "" {
		s.Back = v.URL("/")
	}
	s.Leave = v.URL("/login") + "?" + url.Values{"return": {s.Back}, "for": {httpd.ReturnMark(r.Context())}}.Encode()
	return s
}

// Seconds is how long it is from now until then in whole seconds, at least none.
func Seconds(now, then time.Time) int { return max(0, int(then.Sub(now)/time.Second)) }

// Arrival is what the panel after a sign-in tells besides who and where.
type Arrival struct {
	Before time.Time // the sign-in before this one; zero for the first
	On     string    // device and address of that
	Failed int       // tries that failed between the two
	Notes  []Note    // what the person should do about their login
}

// Note is a thing to do and the page where it is done.
type Note struct{ Text, Href, Label string }

// arrivalCookie names the session whose person has not seen the panel yet.
const (
	arrivalCookie = "catflap-arrived"
	arrivalLife   = 10 * time.Minute
)

// Arrived lets the next page of the session confirm who is signed in, and where.
func (u *UI) Arrived(w http.ResponseWriter, r *http.Request, sessionID string) {
	httpd.SetCookie(w, r, arrivalCookie, sessionID, arrivalLife)
}

// takeArrival reports once after a sign-in that this is its first page.
func (u *UI) takeArrival(w http.ResponseWriter, r *http.Request, v access.Viewer) bool {
	sessionID := httpd.CookieValue(r, arrivalCookie)
	if sessionID == "" {
		return false
	}
	httpd.ClearCookie(w, r, arrivalCookie)
	return sessionID == v.SessionID && u.options.Arrival != nil
}
