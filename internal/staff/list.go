package staff

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// State is where somebody stands.
type State string

// The states; somebody is in exactly one.
const (
	Active      State = "active"
	Invited     State = "invited" // has not chosen a password yet
	Leaving     State = "leaving" // has a last day
	Deactivated State = "deactivated"
)

// States lists the states in the order in which they are shown.
func States() []State { return []State{Active, Invited, Leaving, Deactivated} }

// StateOf is where an account stands.
func StateOf(a account.Account) State {
	switch {
	case !a.Active:
		return Deactivated
	case !a.LeavesAt.IsZero():
		return Leaving
	case !a.Onboarded():
		return Invited
	}
	return Active
}

// Filter narrows a list; zero fields do not.
type Filter struct {
	Query    string // words of name or e-mail; all must match
	State    State
	RoleID   string // held in the branch, or anywhere without one
	BranchID string // worked in, by a role there or for all branches
}

func (f Filter) check() error {
	var c fault.Complaints
	c.Check(utf8.RuneCountInString(f.Query) <= 200, "q", "Use at most 200 characters.")
	c.Check(f.State == "" || slices.Contains(States(), f.State), "state", "Choose one of the filters above the list.")
	return c.Err()
}

// Row is one line of the list.
type Row struct {
	account.Account
	Grants  []Grant
	nameKey string
}

// State is where the person stands.
func (r Row) State() State { return StateOf(r.Account) }

// Grant is a role in a branch as a list shows it.
type Grant struct {
	RoleID   string
	Role     string
	BranchID string // "" for all branches
	Branch   string
	Hue      int
	At       time.Time
}

// Page is a part of a list.
type Page struct {
	Rows []Row
	Next string // cursor of the next part, "" at the end
}

// The bounds of one part of a list.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// List reads a part of the people that the viewer may see, by name. cursor is
// the Next of the part before, or "". A limit of 0 means DefaultLimit.
func (s *Service) List(ctx context.Context, practiceID string, f Filter, cursor string, limit int) (Page, error) {
	if err := f.check(); err != nil {
		return Page{}, err
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)
	q, err := s.visible(ctx, practiceID)
	if err != nil {
		return Page{}, err
	}
	q.filter(f)
	q.state(f.State)
	if err := q.after(cursor); err != nil {
		return Page{}, err
	}
	rows, err := q.run(ctx, s.DB, limit+1)
	if err != nil {
		return Page{}, err
	}
	page := Page{Rows: rows}
	if len(rows) > limit {
		page.Rows = rows[:limit]
		last := page.Rows[limit-1]
		page.Next = place{last.nameKey, last.ID}.cursor()
	}
	return page, addGrants(ctx, s.DB, practiceID, page.Rows)
}

// Counts counts for each state, and for "" all of them, whom the viewer may see
// within the filter; its State does not narrow.
func (s *Service) Counts(ctx context.Context, practiceID string, f Filter) (map[State]int, error) {
	q, err := s.visible(ctx, practiceID)
	if err != nil {
		return nil, err
	}
	q.filter(f)
	return q.counts(ctx, s.DB)
}

// Get reads one person that the viewer may see. account.ErrNotFound.
func (s *Service) Get(ctx context.Context, practiceID, accountID string) (Row, error) {
	q, err := s.visible(ctx, practiceID)
	if err != nil {
		return Row{}, err
	}
	q.where("a.id = ?", accountID)
	rows, err := q.run(ctx, s.DB, 1)
	if err != nil {
		return Row{}, err
	}
	if len(rows) == 0 {
		return Row{}, account.ErrNotFound
	}
	return rows[0], addGrants(ctx, s.DB, practiceID, rows)
}

// visible begins a question about the people that the viewer may see: those
// with a role in one of the branches where the viewer reads staff, those with a
// role for all branches, and those without any.
func (s *Service) visible(ctx context.Context, practiceID string) (*query, error) {
	q := newQuery(practiceID)
	own, err := s.within(ctx, practiceID, access.StaffRead)
	if err == nil && own != nil {
		q.worksIn(own)
	}
	return q, err
}

// within are the branches where the viewer has a permission; nil for all of
// them. account.ErrNotFound for none.
func (s *Service) within(ctx context.Context, practiceID string, p access.Permission) ([]string, error) {
	v := access.ViewerFrom(ctx)
	if v.MayEverywhere(p) {
		return nil, nil
	}
	branches, err := s.Practices.Branches(ctx, s.DB, practiceID)
	if err != nil {
		return nil, err
	}
	var own []string
	for _, b := range branches {
		if v.MayIn(p, b.ID) {
			own = append(own, b.ID)
		}
	}
	if len(own) == 0 {
		return nil, account.ErrNotFound
	}
	return own, nil
}

// place is where a part of the list ends.
type place struct{ nameKey, id string }

func (p place) cursor() string {
	b, _ := json.Marshal([2]string{p.nameKey, p.id}) // strings always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(cursor string) (place, error) {
	var parts [2]string
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, &parts)
	}
	if err != nil || parts[1] == "" {
		return place{}, fault.Complain("cursor", "Leave the cursor out to begin at the top, or send the one of the last answer as it was.")
	}
	return place{parts[0], parts[1]}, nil
}

// Held is what somebody who is about to go still has.
type Held struct {
	Sessions int // open ones
	Keys     int // API keys that they created and that still work; they go on working
}

// StillHolds counts what somebody who is about to go still has.
func (s *Service) StillHolds(ctx context.Context, a account.Account) (Held, error) {
	open, err := s.Sessions.List(ctx, a.PracticeID, a.ID)
	if err != nil {
		return Held{}, err
	}
	keys, err := workingKeys(ctx, s.DB, a, s.Clock.Now())
	return Held{Sessions: len(open), Keys: keys}, err
}

// InvitedUntil is how long the invitation of somebody who has not chosen a
// password works; zero when none does.
func (s *Service) InvitedUntil(ctx context.Context, a account.Account) (time.Time, error) {
	if a.Onboarded() || !a.Active {
		return time.Time{}, nil
	}
	return invitedUntil(ctx, s.DB, a, s.Clock.Now())
}

// NameOf is what somebody of the practice is called, "" if nobody knows.
func (s *Service) NameOf(ctx context.Context, r db.Reader, practiceID, accountID string) (string, error) {
	if accountID == "" {
		return "", nil
	}
	a, err := s.Accounts.Get(ctx, r, practiceID, accountID)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return a.Name, err
}
