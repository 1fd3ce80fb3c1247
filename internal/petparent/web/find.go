package petparentweb

import (
	"net/http"
	"net/url"
	"strings"

	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
)

// candidates is how many people are offered for a merge or a move.
const candidates = 20

// findPage asks for the other record.
type findPage struct {
	profilePage
	Moves bool // to another household; else merged with another record
	Query string
	Rows  []listRow
	More  bool
	Path  string // leads on with ?with= and the other one's id
}

// find searches for the other record of a merge or a move. Without a query it
// offers who shares the name or the e-mail address.
func (f *Face) find(w http.ResponseWriter, r *http.Request, shared profilePage, moves bool, status int, form ui.Form) error {
	page := findPage{profilePage: shared, Moves: moves, Query: strings.TrimSpace(r.URL.Query().Get("q")), Path: r.URL.Path}
	page.Form = form
	ctx, p := r.Context(), shared.Person
	var rows []petparent.Row
	var err error
	if page.Query != "" {
		var part petparent.Page
		part, err = f.PetParents.List(ctx, p.PracticeID, petparent.Filter{Query: page.Query}, "", candidates)
		rows, page.More = part.Rows, part.Next != ""
	} else if !moves {
		rows, err = f.PetParents.Similar(ctx, p.PracticeID, petparent.NewPerson{Contact: p.Contact(), Company: p.Household.Company})
	}
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.ID == p.ID || moves && row.HouseholdID == p.HouseholdID {
			continue
		}
		page.Rows = append(page.Rows, listRow{Row: row})
	}
	return f.UI.Page(w, r, status, "petparent/find", page)
}

// Choose is where the choice of a row leads.
func (p findPage) Choose(petParentID string) string {
	return p.Path + "?" + url.Values{"with": {petParentID}}.Encode()
}
