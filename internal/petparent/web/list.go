package petparentweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// suggestions is how many people the search box in the header offers.
const suggestions = 8

type listPage struct {
	ui.Form
	Filter   petparent.Filter
	Rows     []listRow
	Shown    int // how many the filter leaves
	Practice int // how many there are at all
	Next     string
	Part     bool // only the rows are asked for
	Chips    []filterChip
	Reasons  []filterChip // why not mailable; only beside that chip
	Branches []ui.Choice  // none with a single branch
}

type filterChip struct {
	Label   string
	Count   int
	Href    string
	Current bool
}

// listRow is one line with the words for its states.
type listRow struct {
	petparent.Row
	Branch practice.Branch
}

// Mark is the status in words.
func (r listRow) Mark() mark { return statusMark(r.Status) }

// Living names the pets that are alive.
func (r listRow) Living() string {
	var names []string
	for _, p := range r.Pets {
		if !p.Deceased {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}

// Missing is what stands where the e-mail would.
func (r listRow) Missing() string {
	if r.EmailProblem == petparent.EmailInvalid {
		return reasonLabel(petparent.ReasonInvalid)
	}
	return reasonLabel(petparent.ReasonNoEmail)
}

// Note says what else stands in the way of the invitation, "" when nothing
// does.
func (r listRow) Note() string {
	others := slices.DeleteFunc(slices.Clone(r.NotMailable), func(one petparent.Reason) bool {
		return one == petparent.ReasonNoEmail || one == petparent.ReasonInvalid // the line says so already
	})
	switch {
	case r.Status == petparent.Active || r.Status == petparent.Inactive:
		return ""
	case len(others) > 0:
		return "Cannot be mailed: " + reasonWords(others)
	case r.Status == petparent.Invited && r.MailState == string(mail.Failed):
		return "E-mail could not be delivered"
	}
	return ""
}

// filterFrom reads the filter of a query. A reason narrows those who cannot be
// mailed, so it says that much by itself.
func filterFrom(q url.Values) petparent.Filter {
	f := petparent.Filter{
		Query: strings.TrimSpace(q.Get("q")), Show: petparent.Show(q.Get("show")),
		Reason: petparent.Reason(q.Get("reason")), BranchID: q.Get("branch"),
	}
	if f.Reason != "" {
		f.Show = petparent.ShowNotMailable
	}
	return f
}

// filterQuery is the reverse of filterFrom, from "?" on.
func filterQuery(f petparent.Filter, cursor string) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"q": f.Query, "show": string(f.Show), "reason": string(f.Reason), "branch": f.BranchID, "cursor": cursor,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return "?" + q.Encode()
}

func (f *Face) list(w http.ResponseWriter, r *http.Request) error {
	q, path := r.URL.Query(), base(r)+"/pet-parents/pet-app"
	page, err := f.listPage(r.Context(), path, filterFrom(q), q.Get("cursor"))
	if fault.Is(err, fault.Invalid) { // an old or mistyped address: everybody, and what is wrong with it
		everybody, listErr := f.listPage(r.Context(), path, petparent.Filter{}, "")
		if listErr != nil {
			return listErr
		}
		everybody.Form = ui.Form{}.With(err)
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "petparent/list", everybody)
	}
	if err != nil {
		return err
	}
	if httpd.WantsPart(r) {
		page.Part = true
		return f.UI.Part(w, r, http.StatusOK, "petparent/list", "rows", page)
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/list", page)
}

func (f *Face) listPage(ctx context.Context, path string, filter petparent.Filter, cursor string) (listPage, error) {
	practiceID := access.ViewerFrom(ctx).PracticeID
	part, err := f.PetParents.List(ctx, practiceID, filter, cursor, 0)
	if err != nil {
		return listPage{}, err
	}
	counts, err := f.PetParents.Counts(ctx, practiceID, filter)
	if err != nil {
		return listPage{}, err
	}
	all, byID, err := f.branches(ctx, practiceID)
	if err != nil {
		return listPage{}, err
	}
	page := listPage{Filter: filter, Shown: int(counts.Shows[filter.Show])}
	if filter.Reason != "" {
		page.Shown = int(counts.Reasons[filter.Reason])
	}
	for _, row := range part.Rows {
		page.Rows = append(page.Rows, listRow{Row: row, Branch: byID[row.HomeBranchID]})
	}
	if part.Next != "" {
		page.Next = path + filterQuery(filter, part.Next)
	}
	page.chips(path, counts)
	if len(all) > 1 {
		page.Branches = []ui.Choice{{Label: "All branches"}}
		for _, b := range all {
			page.Branches = append(page.Branches, ui.Choice{Value: b.ID, Label: b.Name})
		}
	}
	if len(page.Rows) == 0 { // nobody here at all, or nobody that matches?
		everybody, err := f.PetParents.Counts(ctx, practiceID, petparent.Filter{})
		if err != nil {
			return listPage{}, err
		}
		page.Practice = int(everybody.Shows[petparent.ShowAll])
	}
	return page, nil
}

func (p *listPage) chips(path string, counts petparent.Counts) {
	for _, show := range petparent.Shows() {
		f := p.Filter
		f.Show, f.Reason = show, ""
		p.Chips = append(p.Chips, filterChip{
			Label: showLabel(show), Count: int(counts.Shows[show]), Href: path + filterQuery(f, ""), Current: show == p.Filter.Show,
		})
	}
	if p.Filter.Show != petparent.ShowNotMailable {
		return
	}
	f := p.Filter
	f.Reason = ""
	p.Reasons = []filterChip{{
		Label: "Any reason", Count: int(counts.Shows[petparent.ShowNotMailable]), Href: path + filterQuery(f, ""),
		Current: p.Filter.Reason == "",
	}}
	for _, reason := range petparent.Reasons() {
		f.Reason = reason
		if n := counts.Reasons[reason]; n > 0 || reason == p.Filter.Reason {
			p.Reasons = append(p.Reasons, filterChip{
				Label: reasonLabel(reason), Count: int(n), Href: path + filterQuery(f, ""), Current: reason == p.Filter.Reason,
			})
		}
	}
}

type suggestPage struct {
	Query string
	Rows  []listRow
	More  bool
}

// suggest answers the search box in the header of staff pages.
func (f *Face) suggest(w http.ResponseWriter, r *http.Request) error {
	page := suggestPage{Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	if page.Query != "" {
		part, err := f.PetParents.List(r.Context(), access.ViewerFrom(r.Context()).PracticeID,
			petparent.Filter{Query: page.Query}, "", suggestions)
		if err != nil {
			return err
		}
		for _, row := range part.Rows {
			page.Rows = append(page.Rows, listRow{Row: row})
		}
		page.More = part.Next != ""
	}
	return f.UI.Part(w, r, http.StatusOK, "petparent/list", "found", page)
}
