package accountweb

import (
	"net/http"
	"net/url"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
	"catflap/internal/session"
)

// pageSize is how many sessions of a practice a list shows at once.
const pageSize = 50

type practiceSessionsPage struct {
	ui.Form
	Wish     session.Wish
	Sessions []session.Open
	Person   *session.Open // whose sessions alone are shown
	Branches []ui.Choice
	Kinds    []ui.Choice
	Next     string
	Part     bool // only the rows are asked for
}

// wishFrom reads the wish of a query. An id that cannot be one finds nothing.
func wishFrom(q url.Values) session.Wish {
	return session.Wish{
		Text: q.Get("q"), BranchID: q.Get("branch"), Kind: access.Kind(q.Get("kind")), AccountID: q.Get("person"),
		After: q.Get("cursor"), Limit: pageSize,
	}
}

// listPractice shows the open sessions that the viewer manages.
func (f *Face) listPractice(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	page := practiceSessionsPage{Wish: wishFrom(r.URL.Query()), Kinds: []ui.Choice{
		{Label: "Everybody"}, {Value: string(access.KindStaff), Label: "Staff"}, {Value: string(access.KindClient), Label: f.UI.Ours(r.Context(), "Pet parents")},
	}}
	found, next, err := f.Sessions.Search(r.Context(), v, page.Wish)
	if err != nil {
		return err
	}
	page.Sessions = found
	if page.Wish.AccountID != "" && len(found) > 0 {
		page.Person = &found[0]
	}
	if next != "" {
		page.Next = ui.SamePage(r, "cursor", next)
	}
	branches, err := f.Practices.Branches(r.Context(), f.Practices.DB, v.PracticeID)
	if err != nil {
		return err
	}
	page.Branches = []ui.Choice{{Label: "All branches"}}
	for _, b := range branches {
		if v.MayIn(access.SessionManage, b.ID) {
			page.Branches = append(page.Branches, ui.Choice{Value: b.ID, Label: b.Name})
		}
	}
	if page.Part = httpd.WantsPart(r); page.Part {
		return f.UI.Part(w, r, http.StatusOK, "account/practice_sessions", "rows", page)
	}
	return f.UI.Page(w, r, http.StatusOK, "account/practice_sessions", page)
}

func (f *Face) endOther(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	sessionID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	if err := f.Sessions.EndOther(r.Context(), v, sessionID); err != nil {
		return err
	}
	f.UI.Notice(w, r, "The session is over. That device has to sign in again.")
	return httpd.Redirect(w, r, base(v)+"/security/sessions")
}

func (f *Face) endPerson(w http.ResponseWriter, r *http.Request) error {
	v, accountID := access.ViewerFrom(r.Context()), ui.FormFrom(r).Get("person")
	if !id.Valid(accountID) {
		return session.ErrNotFound
	}
	n, err := f.Sessions.EndPerson(r.Context(), v, accountID)
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "account.sessions.person_ended", "Count", n))
	return httpd.Redirect(w, r, base(v)+"/security/sessions")
}
