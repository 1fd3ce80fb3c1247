package petparent

import (
	"net/url"
	"slices"
	"strings"

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
	Mailed     Mailed // what became of the newest message to them
	Sort       Sort   // of a list; nothing to count
	few        bool   // little of what the practice wrote has arrived
}

// FilterFrom reads a filter as addresses and forms carry it. A reason narrows
// those who cannot be mailed, so it says that much by itself.
func FilterFrom(v url.Values) Filter {
	f := Filter{
		Query: strings.TrimSpace(v.Get("q")), Show: Show(v.Get("show")), Invitation: Invitation(v.Get("invitation")),
		Reason: Reason(v.Get("reason")), BranchID: v.Get("branch"), Sort: Sort(v.Get("sort")),
		Mailed: Mailed(v.Get("mail")),
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
		"branch": f.BranchID, "sort": string(f.Sort), "mail": string(f.Mailed),
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// Check complains about a filter that nobody could have meant.
func (f Filter) Check() error {
	var c fault.Complaints
	c.Check(slices.Contains(Shows(), f.Show), "show", "Choose one of the filters above the list.")
	c.Check(f.Invitation == "" || slices.Contains(Invitations(), f.Invitation), "invitation", "Choose one of the states of the invitation above the list.")
	c.Check(f.Mailed == "" || slices.Contains(MailedStates(), f.Mailed), "mail", "Choose one of the states of mail above the list.")
	c.Check(slices.Contains(Sorts(), f.Sort), "sort", "Choose one of the orders above the list.")
	c.Check(f.Reason == "" || slices.Contains(Reasons(), f.Reason), "reason", "Choose one of the reasons above the list.")
	return c.Err()
}
