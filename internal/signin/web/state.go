package signinweb

import (
	"encoding/json"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
)

// stateBody is what the tabs of a browser ask about their session.
type stateBody struct {
	Session string `json:"session"`
	Account string `json:"account"`
	Branch  string `json:"branch"`
	Locked  bool   `json:"locked"`
	Idle    int    `json:"idle"` // seconds until it ends if nothing happens
	End     int    `json:"end"`  // seconds until it ends in any case
}

// state tells how the session stands without moving its idle clock.
func (f *Face) state(w http.ResponseWriter, r *http.Request) error {
	v, now := access.ViewerFrom(r.Context()), f.Sessions.Clock.Now()
	return sendState(w, stateBody{
		Session: v.SessionID, Account: v.AccountID, Branch: v.Branch.ID, Locked: v.Locked,
		Idle: ui.Seconds(now, v.IdleAt), End: ui.Seconds(now, v.ExpiresAt),
	})
}

// stay is the answer to "Are you still there?". It does nothing: that the
// person asked for it is what moves the idle clock.
func (f *Face) stay(w http.ResponseWriter, r *http.Request) error {
	if httpd.WantsJSON(r) {
		return f.state(w, r)
	}
	return httpd.Redirect(w, r, backOr(r, home(r)+"/"))
}

// sayState is state after something was done to the session in this request.
func (f *Face) sayState(w http.ResponseWriter, r *http.Request) error {
	v, now := access.ViewerFrom(r.Context()), f.Sessions.Clock.Now()
	s, err := f.Sessions.Get(r.Context(), f.Sessions.DB, v.PracticeID, v.SessionID)
	if err != nil {
		return err
	}
	return sendState(w, stateBody{
		Session: s.ID, Account: s.AccountID, Branch: s.BranchID, Locked: !s.LockedAt.IsZero(),
		Idle: ui.Seconds(now, s.IdleAt()), End: ui.Seconds(now, s.ExpiresAt),
	})
}

func sendState(w http.ResponseWriter, s stateBody) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(s)
}
