package auditweb

import (
	"context"
	"errors"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/ui"
)

// pageSize is how many lines a page shows at once.
const pageSize = 50

// listPage is the timeline with its filters.
type listPage struct {
	ui.Form
	Entries    []entry
	Subjects   []ui.Choice
	Branches   []ui.Choice // empty on the platform
	Person     string      // id of the person the list is about, "" for everybody
	PersonName string      // "" when nobody knows it any more
	Everybody  string      // address of the same list without the person
	Newest     string      // address of the first page, "" on it
	Next       string      // address of the next page, "" on the last
	Filtered   bool
}

// entry is one line of the timeline.
type entry struct {
	audit.Line
	Sentence []part
	Cause    string
	Again    string
	Facts    []fact
}

// Refused reports whether the line is marked as refused.
func (e entry) Refused() bool { return e.Outcome == audit.Refused }

// list shows the record of the viewer's practice or, to platform accounts, of
// the platform.
func (f *Face) list(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	practiceID := access.ViewerFrom(ctx).PracticeID
	page := listPage{Form: ui.Form{Values: q}, Subjects: subjects(practiceID == "")}
	for i, s := range page.Subjects {
		page.Subjects[i].Label = f.UI.Ours(ctx, s.Label)
	}
	n, err := f.names(ctx, practiceID)
	n.ours = func(words string) string { return f.UI.Ours(ctx, words) }
	if err != nil {
		return err
	}
	page.Branches = n.choices(access.ViewerFrom(ctx))
	filter, err := filterFrom(q)
	if fault.Is(err, fault.Invalid) {
		page.Form = page.Form.With(err)
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "audit/list", page)
	}
	if err != nil {
		return err
	}
	lines, more, err := f.read(ctx, practiceID, filter, q.Get("before"), pageSize, n)
	if err != nil {
		return err
	}
	for _, l := range lines {
		page.Entries = append(page.Entries, n.entry(l))
	}
	page.Filtered = filter != audit.Filter{}
	if page.Person = filter.PersonID; page.Person != "" {
		if page.PersonName, err = f.nameOf(ctx, practiceID, page.Person, lines); err != nil {
			return err
		}
		page.Everybody = ui.SamePage(r, "person", "", "before", "")
	}
	if q.Get("before") != "" {
		page.Newest = ui.SamePage(r, "before", "")
	}
	if more {
		page.Next = ui.SamePage(r, "before", lines[len(lines)-1].ID)
	}
	return f.UI.Page(w, r, http.StatusOK, "audit/list", page)
}

// read reads a page of lines and learns the names that they do not tell.
func (f *Face) read(ctx context.Context, practiceID string, filter audit.Filter, before string, limit int, n names) ([]audit.Line, bool, error) {
	filter.Within = n.within(access.ViewerFrom(ctx))
	lines, err := f.Log.List(ctx, practiceID, filter, before, limit+1)
	if err != nil {
		return nil, false, err
	}
	more := len(lines) > limit
	lines = lines[:min(len(lines), limit)]
	return lines, more, f.learn(ctx, practiceID, lines, n)
}

// within confines a viewer to the branches whose record they may read; nobody
// who may read that of all of them, or the platform's.
func (n names) within(v access.Viewer) audit.Branches {
	if v.PracticeID == "" || v.MayEverywhere(access.AuditRead) {
		return ""
	}
	var own []string
	for _, b := range n.ordered {
		if v.MayIn(access.AuditRead, b.ID) {
			own = append(own, b.ID)
		}
	}
	return audit.In(own)
}

// learn finds out the names that the lines do not tell.
func (f *Face) learn(ctx context.Context, practiceID string, lines []audit.Line, n names) (err error) {
	for _, l := range lines {
		for _, accountID := range unnamed(l) {
			if _, known := n.accounts[accountID]; known {
				continue
			}
			if n.accounts[accountID], err = f.accountName(ctx, practiceID, accountID); err != nil {
				return err
			}
		}
	}
	return nil
}

// names begins what the sentences of a practice need.
func (f *Face) names(ctx context.Context, practiceID string) (names, error) {
	n := names{phrases: catalogue(), branches: map[string]string{}, accounts: map[string]string{}, ours: func(words string) string { return words }}
	if practiceID == "" {
		return n, nil
	}
	branches, err := f.Practices.Branches(ctx, f.Practices.DB, practiceID)
	if err != nil {
		return n, err
	}
	for _, b := range branches {
		n.branches[b.ID] = b.Name
		n.ordered = append(n.ordered, b)
	}
	return n, nil
}

// choices are the branches to filter by, nothing where there is no choice.
func (n names) choices(v access.Viewer) []ui.Choice {
	if len(n.ordered) == 0 {
		return nil
	}
	all := []ui.Choice{{Label: "All branches"}}
	if !v.MayEverywhere(access.AuditRead) {
		all[0].Label = "Your branches"
	}
	for _, b := range n.ordered {
		if v.MayIn(access.AuditRead, b.ID) {
			all = append(all, ui.Choice{Value: b.ID, Label: b.Name})
		}
	}
	return all
}

// nameOf is how a person is called: by their account, else by a line about
// them, because not everybody in the record can sign in.
func (f *Face) nameOf(ctx context.Context, practiceID, personID string, lines []audit.Line) (string, error) {
	name, err := f.accountName(ctx, practiceID, personID)
	if name != "" || err != nil {
		return name, err
	}
	for _, l := range lines {
		switch {
		case l.TargetID == personID && l.Personal.Target != "":
			return l.Personal.Target, nil
		case l.AccountID == personID && l.Personal.Account != "":
			return l.Personal.Account, nil
		case l.ActorID == personID && l.Personal.Actor != "":
			return l.Personal.Actor, nil
		}
	}
	return "", nil
}

// accountName is the name of an account, "" if it is gone.
func (f *Face) accountName(ctx context.Context, practiceID, accountID string) (string, error) {
	a, err := f.Accounts.Get(ctx, f.Accounts.DB, practiceID, accountID)
	if errors.Is(err, account.ErrNotFound) {
		return "", nil
	}
	return a.Name, err
}

func (n names) entry(l audit.Line) entry {
	return entry{Line: l, Sentence: n.sentence(l), Cause: cause(l), Again: again(l), Facts: n.facts(l)}
}
