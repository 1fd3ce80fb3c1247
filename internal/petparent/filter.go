package petparent

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Filter narrows a list; zero fields do not.
type Filter struct {
	// Query are beginnings of words of name, company, pets' names, e-mail, login
	// ID, client number or phone number; all must match. Where nobody in the
	// practice has words that begin so, parts of words count as well.
	Query      string
	Show       Show
	Invitation Invitation
	Reason     Reason // why somebody cannot be mailed
	BranchID   string // home branch
	Sort       Sort   // of a list; nothing to count
}

// FilterFrom reads a filter as addresses and forms carry it. A reason narrows
// those who cannot be mailed, so it says that much by itself.
func FilterFrom(v url.Values) Filter {
	f := Filter{
		Query: strings.TrimSpace(v.Get("q")), Show: Show(v.Get("show")), Invitation: Invitation(v.Get("invitation")),
		Reason: Reason(v.Get("reason")), BranchID: v.Get("branch"), Sort: Sort(v.Get("sort")),
	}
	if f.Reason != "" {
		f.Show = ShowNotMailable
	}
	return f
}

// Values is the reverse of FilterFrom.
func (f Filter) Values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"q": f.Query, "show": string(f.Show), "invitation": string(f.Invitation), "reason": string(f.Reason),
		"branch": f.BranchID, "sort": string(f.Sort),
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (f Filter) check() error {
	var c fault.Complaints
	c.Check(slices.Contains(Shows(), f.Show), "show", "Choose one of the filters above the list.")
	c.Check(f.Invitation == "" || slices.Contains(Invitations(), f.Invitation), "invitation", "Choose one of the states of the invitation above the list.")
	c.Check(slices.Contains(Sorts(), f.Sort), "sort", "Choose one of the orders above the list.")
	c.Check(f.Reason == "" || slices.Contains(Reasons(), f.Reason), "reason", "Choose one of the reasons above the list.")
	return c.Err()
}

// Selection is some of the practice's pet parents: those ticked on a list, or
// all that match a filter.
type Selection struct {
	IDs    []string // where All is not set
	All    bool
	Filter Filter
}

// maxTicked bounds how many are ticked one by one.
const maxTicked = 5000

// SelectionFrom reads what the list's form sends: who=all with the filter, else
// the ticked ones as person.
func SelectionFrom(v url.Values) Selection {
	return Selection{All: v.Get("who") == "all", IDs: v["person"], Filter: FilterFrom(v)}
}

func (sel Selection) check() error {
	if sel.All {
		return sel.Filter.check()
	}
	var c fault.Complaints
	c.Check(len(sel.IDs) > 0, "person", "Tick somebody on the list first, or choose all that match.")
	c.Check(len(sel.IDs) <= maxTicked, "person", "Tick at most "+strconv.Itoa(maxTicked)+" people, or choose all that match.")
	return c.Err()
}

// Selected walks a selection in parts of at most limit, in the order of their
// ids after the one with id after ("" for the first). Pets are not filled in.
func (s *Service) Selected(ctx context.Context, r db.Reader, practiceID string, sel Selection, after string, limit int) ([]Row, error) {
	if err := sel.check(); err != nil {
		return nil, err
	}
	if !sel.All {
		return s.ticked(ctx, r, practiceID, sel.IDs, after, limit)
	}
	m, err := s.matching(ctx, r, practiceID, sel.Filter.Query)
	if err != nil {
		return nil, err
	}
	q := newRowQuery(practiceID, s.Clock.Now())
	q.filter(sel.Filter, m)
	q.where("p.id > ?", after)
	return q.ordered(ctx, r, "p.id", limit)
}

// ticked leaves out who is not the practice's.
func (s *Service) ticked(ctx context.Context, r db.Reader, practiceID string, ids []string, after string, limit int) ([]Row, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(one string) bool { return one <= after })
	for part := range slices.Chunk(ids, MaxLimit) {
		args := make([]any, len(part))
		for i, one := range part {
			args[i] = one
		}
		q := newRowQuery(practiceID, s.Clock.Now())
		q.where("p.id IN ("+strings.Repeat(", ?", len(part))[2:]+")", args...)
		rows, err := q.ordered(ctx, r, "p.id", limit)
		if err != nil || len(rows) > 0 {
			return rows, err
		}
	}
	return nil, nil
}
