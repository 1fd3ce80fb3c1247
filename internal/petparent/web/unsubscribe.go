package petparentweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// unsubscribeRoutes are where the link at the end of bulk mail leads. Looking
// changes nothing. Mail programs send the POST by themselves (RFC 8058): without a
// cookie, and without a redirect in the answer.
func (f *Face) unsubscribeRoutes(m *httpd.Mux) {
	public := access.Rule{Audience: access.Public}
	m.Handle("GET /{practice}/unsubscribe", public, f.showUnsubscribe)
	m.Handle("POST /{practice}/unsubscribe", public, f.unsubscribe)
}

type unsubscribePage struct {
	Token    string
	Practice string
	Out      bool // opted out
	Undone   bool // just now
}

func (f *Face) showUnsubscribe(w http.ResponseWriter, r *http.Request) error {
	practice, token := access.PracticeFrom(r.Context()), r.URL.Query().Get("token")
	p, err := f.PetParents.Unsubscribing(r.Context(), practice.ID, token)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/unsubscribe", unsubscribePage{Token: token, Practice: practice.Name, Out: p.OptedOut()})
}

func (f *Face) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	practice, form := access.PracticeFrom(r.Context()), ui.FormFrom(r)
	token := form.Get("token")
	if token == "" {
		token = r.URL.Query().Get("token")
	}
	p, err := f.PetParents.Unsubscribing(r.Context(), practice.ID, token)
	if err != nil {
		return err
	}
	undo := form.Get("undo") != ""
	if err := f.PetParents.SetOptOut(r.Context(), practice.ID, petparent.OptOutInput{
		PetParentID: p.ID, Out: !undo, By: petparent.OptedOutByLink,
	}); err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/unsubscribe",
		unsubscribePage{Token: token, Practice: practice.Name, Out: !undo, Undone: undo})
}
