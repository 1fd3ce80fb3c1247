package staffweb

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/staff"
)

type listPage struct {
	ui.Form
	Filter   staff.Filter
	Rows     []line
	Shown    int  // how many the filter leaves
	Part     bool // only the rows are asked for
	Next     string
	Chips    []chip
	Roles    []ui.Choice
	Branches []ui.Choice // none with a single branch
}

type chip struct {
	Label   string
	Count   int
	Href    string
	Current bool
}

// line is one person with the words for their state.
type line struct {
	staff.Row
	zone access.Viewer
}

// Mark is the state in words.
func (l line) Mark() mark { return stateMark(l.State()) }

// LastDay is the last day of somebody who leaves, "" for everybody else.
func (l line) LastDay() string { return ui.PlainDay(staff.LastDay(l.Account, l.zone.Zone())) }

// inPractice is a viewer for whom times are told in the practice's time zone,
// whatever the branch.
func inPractice(ctx context.Context) access.Viewer {
	return access.Viewer{Practice: access.ViewerFrom(ctx).Practice}
}

func filterFrom(q url.Values) staff.Filter {
	return staff.Filter{
		Query: strings.TrimSpace(q.Get("q")), State: staff.State(q.Get("state")), RoleID: q.Get("role"), BranchID: q.Get("branch"),
	}
}

// address is the list with a filter and a cursor.
func address(path string, f staff.Filter, cursor string) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"q": f.Query, "state": string(f.State), "role": f.RoleID, "branch": f.BranchID, "cursor": cursor,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return path + "?" + q.Encode()
}

func (f *Face) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	page, err := f.listPage(r.Context(), base(r), filterFrom(q), q.Get("cursor"))
	if fault.Is(err, fault.Invalid) { // an old or mistyped address: everybody, and what is wrong with it
		everybody, listErr := f.listPage(r.Context(), base(r), staff.Filter{}, "")
		if listErr != nil {
			return listErr
		}
		everybody.Form = ui.Form{}.With(err)
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "staff/list", everybody)
	}
	if err != nil {
		return err
	}
	if httpd.WantsPart(r) {
		page.Part = true
		return f.UI.Part(w, r, http.StatusOK, "staff/list", "rows", page)
	}
	return f.UI.Page(w, r, http.StatusOK, "staff/list", page)
}

func (f *Face) listPage(ctx context.Context, path string, filter staff.Filter, cursor string) (listPage, error) {
	practiceID := access.ViewerFrom(ctx).PracticeID
	part, err := f.Staff.List(ctx, practiceID, filter, cursor, 0)
	if err != nil {
		return listPage{}, err
	}
	counts, err := f.Staff.Counts(ctx, practiceID, filter)
	if err != nil {
		return listPage{}, err
	}
	page := listPage{Filter: filter, Shown: counts[filter.State]}
	for _, row := range part.Rows {
		page.Rows = append(page.Rows, line{row, inPractice(ctx)})
	}
	if part.Next != "" {
		page.Next = address(path, filter, part.Next)
	}
	for _, s := range append([]staff.State{""}, staff.States()...) {
		other := filter
		other.State = s
		page.Chips = append(page.Chips, chip{stateLabel(s), counts[s], address(path, other, ""), s == filter.State})
	}
	return page, f.choices(ctx, &page)
}

// choices are roles and branches to filter by.
func (f *Face) choices(ctx context.Context, page *listPage) error {
	roles, err := f.roles(ctx)
	if err != nil {
		return err
	}
	page.Roles = []ui.Choice{{Label: "All roles"}}
	for _, r := range roles {
		page.Roles = append(page.Roles, ui.Choice{Value: r.ID, Label: r.Name})
	}
	branches, err := f.branches(ctx)
	if err != nil || len(branches) < 2 {
		return err
	}
	page.Branches = []ui.Choice{{Label: "All branches"}}
	for _, b := range branches {
		page.Branches = append(page.Branches, ui.Choice{Value: b.ID, Label: b.Name})
	}
	return nil
}
