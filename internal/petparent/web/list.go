package petparentweb

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// countsParam asks for the numbers of the chips, which look at everybody. The
// page asks for them once it stands; without JavaScript a link does.
const countsParam = "counts"

type listPage struct {
	ui.Form
	Filter      petparent.Filter
	Rows        []listRow
	Matching    int // how many the filter leaves, where that is Known
	Known       bool
	Practice    int // how many there are at all, where nobody matches
	Next        string
	Counts      string // the address that counts; "" where the numbers are here
	Part        bool   // only the rows are asked for
	Chips       []filterChip
	Reasons     []filterChip // why not mailable; only beside that chip
	Invitations []ui.Choice
	Sorts       []ui.Choice
	Branches    []ui.Choice // none with a single branch
	Actions     []Action
}

// Action is something that can be done with the people that are ticked.
type Action struct {
	Name  string // as the form sends it
	Label string
}

// actionsFor are what the viewer may do with people ticked on the list, which
// sends them to /pet-parents/selection. None: nobody can be ticked.
func actionsFor(v access.Viewer) []Action {
	if !v.May(access.LoginManage) || !v.Has(access.PetApp) {
		return nil
	}
	return []Action{{Name: "logins", Label: "Create logins"}, {Name: "remind", Label: "Remind who never signed in"}}
}

type filterChip struct {
	Label   string
	Count   int
	Counted bool
	Href    string
	Current bool
}

// ByLastSignIn reports whether each line says when the person signed in last.
func (p listPage) ByLastSignIn() bool { return p.Filter.Sort == petparent.SortLastSignIn }

// ByNewest reports whether each line says since when the person is on record.
func (p listPage) ByNewest() bool { return p.Filter.Sort == petparent.SortNewest }

// Hidden are the parts of the filter that the chips choose, for forms.
func (p listPage) Hidden(names ...string) []ui.Choice {
	values, hidden := p.Filter.Values(), []ui.Choice{}
	for _, name := range names {
		if v := values.Get(name); v != "" {
			hidden = append(hidden, ui.Choice{Label: name, Value: v})
		}
	}
	return hidden
}

// listRow is one line with the words for its states.
type listRow struct {
	petparent.Row
	Branch practice.Branch
}

// Mark is the status in words.
func (r listRow) Mark() mark { return stateMark(r.Status, r.Invitation, r.Locked) }

// Living names the pets that are alive.
func (r listRow) Living() string { return living(r.Pets) }

func living(pets []petparent.PetLine) string {
	var names []string
	for _, p := range pets {
		if !p.Deceased {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}

// Missing is what stands where the e-mail would.
func (r listRow) Missing() string {
	if r.EmailProblem == petparent.EmailInvalid {
		return petparent.ReasonInvalid.Words()
	}
	return petparent.ReasonNoEmail.Words()
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
	}
	return ""
}

// filterQuery is an address with a filter, from "?" on; more are pairs.
func filterQuery(f petparent.Filter, more ...string) string {
	q := f.Values()
	for i := 0; i < len(more); i += 2 {
		if more[i+1] != "" {
			q.Set(more[i], more[i+1])
		}
	}
	return "?" + q.Encode()
}

func (f *Face) list(w http.ResponseWriter, r *http.Request) error {
	q, path := r.URL.Query(), base(r)+"/pet-parents/pet-app"
	filter, counted, part := petparent.FilterFrom(q), q.Has(countsParam), httpd.WantsPart(r)
	if counted && part {
		page := listPage{Filter: filter}
		if err := f.count(r.Context(), path, &page); err != nil {
			return err
		}
		return f.UI.Part(w, r, http.StatusOK, "petparent/list", "counted", page)
	}
	page, err := f.listPage(r.Context(), path, filter, q.Get("cursor"))
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
	if part {
		page.Part = true
		return f.UI.Part(w, r, http.StatusOK, "petparent/list", "rows", page)
	}
	if q.Has(openParam) && len(page.Rows) == 1 && page.Next == "" && q.Get("cursor") == "" {
		return httpd.Redirect(w, r, profilePath(r, page.Rows[0].ID))
	}
	if counted {
		if err := f.count(r.Context(), path, &page); err != nil {
			return err
		}
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/list", page)
}

// openParam comes from the search box of the header: whoever is the only one
// that matches is opened at once.
const openParam = "open"

func (f *Face) listPage(ctx context.Context, path string, filter petparent.Filter, cursor string) (listPage, error) {
	v := access.ViewerFrom(ctx)
	part, err := f.PetParents.List(ctx, v.PracticeID, filter, cursor, 0)
	if err != nil {
		return listPage{}, err
	}
	all, byID, err := f.branches(ctx, v.PracticeID)
	if err != nil {
		return listPage{}, err
	}
	page := listPage{Filter: filter, Counts: path + filterQuery(filter, countsParam, "yes")}
	page.Actions = actionsFor(v)
	for _, row := range part.Rows {
		page.Rows = append(page.Rows, listRow{Row: row, Branch: byID[row.HomeBranchID]})
	}
	if part.Next != "" {
		page.Next = path + filterQuery(filter, "cursor", part.Next)
	}
	page.Matching, page.Known = len(part.Rows), cursor == "" && part.Next == ""
	page.chips(path, nil)
	page.choices(all)
	if len(page.Rows) == 0 { // nobody here at all, or nobody that matches?
		if page.Practice, err = f.PetParents.Count(ctx, v.PracticeID); err != nil {
			return listPage{}, err
		}
	}
	return page, nil
}

// choices are the filters that are lists to choose from.
func (p *listPage) choices(branches []practice.Branch) {
	p.Invitations = []ui.Choice{{Label: "Any invitation"}}
	for _, i := range petparent.Invitations() {
		p.Invitations = append(p.Invitations, ui.Choice{Value: string(i), Label: invitationLabel(i)})
	}
	for _, s := range petparent.Sorts() {
		p.Sorts = append(p.Sorts, ui.Choice{Value: string(s), Label: sortLabel(s)})
	}
	if len(branches) > 1 {
		p.Branches = []ui.Choice{{Label: "All branches"}}
		for _, b := range branches {
			p.Branches = append(p.Branches, ui.Choice{Value: b.ID, Label: b.Name})
		}
	}
}

// count puts the numbers on the chips.
func (f *Face) count(ctx context.Context, path string, page *listPage) error {
	counts, err := f.PetParents.Counts(ctx, access.ViewerFrom(ctx).PracticeID, page.Filter)
	if err != nil {
		return err
	}
	page.Counts, page.Known = "", true
	page.Matching = int(counts.Shows[page.Filter.Show])
	if page.Filter.Reason != "" {
		page.Matching = int(counts.Reasons[page.Filter.Reason])
	}
	page.chips(path, &counts)
	return nil
}

// chips are those of one list; counts is nil where nobody was counted.
func (p *listPage) chips(path string, counts *petparent.Counts) {
	p.Chips, p.Reasons = nil, nil
	chip := func(label string, f petparent.Filter, n func(petparent.Counts) int64) filterChip {
		c := filterChip{
			Label: label, Href: path + filterQuery(f), Counted: counts != nil,
			Current: f.Show == p.Filter.Show && f.Reason == p.Filter.Reason,
		}
		if counts != nil {
			c.Count = int(n(*counts))
		}
		return c
	}
	for _, show := range petparent.Shows() {
		f := p.Filter
		f.Show, f.Reason = show, ""
		c := chip(showLabel(show), f, func(n petparent.Counts) int64 { return n.Shows[show] })
		c.Current = show == p.Filter.Show
		p.Chips = append(p.Chips, c)
	}
	if p.Filter.Show != petparent.ShowNotMailable {
		return
	}
	f := p.Filter
	f.Reason = ""
	p.Reasons = []filterChip{chip("Any reason", f, func(n petparent.Counts) int64 { return n.Shows[petparent.ShowNotMailable] })}
	for _, reason := range petparent.Reasons() {
		f.Reason = reason
		c := chip(reason.Words(), f, func(n petparent.Counts) int64 { return n.Reasons[reason] })
		if c.Count > 0 || !c.Counted || c.Current {
			p.Reasons = append(p.Reasons, c)
		}
	}
}
