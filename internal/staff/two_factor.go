package staff

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
)

// Protection is how somebody is protected by a second factor, for the list.
type Protection string

// The filters of the list; somebody can be in several.
const (
	Without         Protection = "without"          // has no second factor
	InGrace         Protection = "in_grace"         // has none, and days left until one is required
	EmailOnly       Protection = "email_only"       // has codes by e-mail and nothing else
	RequiredWithout Protection = "required_without" // has none, and one is required now or before long
)

// Protections lists the filters in the order in which they are shown.
func Protections() []Protection {
	return []Protection{Without, InGrace, EmailOnly, RequiredWithout}
}

// TwoFactorFilter narrows the list; zero fields do not.
type TwoFactorFilter struct {
	Query      string // words of name or e-mail; all must match
	Protection Protection
}

func (f TwoFactorFilter) check() error {
	var c fault.Complaints
	c.Check(utf8.RuneCountInString(f.Query) <= 200, "q", "Use at most 200 characters.")
	c.Check(f.Protection == "" || slices.Contains(Protections(), f.Protection), "show", "Choose one of the filters above the list.")
	return c.Err()
}

// TwoFactorRow is one person with their second factor. Of Second, what is under
// way is left out.
type TwoFactorRow struct {
	ID, Name, Email string
	Second          factor.Second
	Demand          factor.Demand
	SkipUntil       time.Time // a skip waits for the next sign-in; zero: none
	nameKey         string
}

// Deadline is when grace ends; zero for who has a factor, needs none, or has not
// signed in since one is required.
func (r TwoFactorRow) Deadline() time.Time {
	if r.Second.Any() || !r.Demand.Required() || r.Second.GraceFrom.IsZero() {
		return time.Time{}
	}
	return r.Second.Deadline(r.Demand, r.Second.GraceFrom)
}

// TwoFactorPage is a part of the list.
type TwoFactorPage struct {
	Rows []TwoFactorRow
	Next string // cursor of the next part, "" at the end
}

// TwoFactor reads a part of the people that the viewer sees as a Security
// Manager, by name: who is active and has accepted the invitation. cursor is the
// Next of the part before, or "". A limit of 0 means DefaultLimit.
func (s *Service) TwoFactor(ctx context.Context, f TwoFactorFilter, cursor string, limit int) (page TwoFactorPage, err error) {
	if err := f.check(); err != nil {
		return page, err
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)
	practiceID := access.ViewerFrom(ctx).PracticeID
	q, err := s.protected(ctx, practiceID)
	if err != nil {
		return page, err
	}
	q.filter(Filter{Query: f.Query})
	if f.Protection != "" {
		q.where(protectionSQL(f.Protection, s.Clock.Now()))
	}
	if err := q.after(cursor); err != nil {
		return page, err
	}
	rows, err := q.runTwoFactor(ctx, s.DB, limit+1, s.Clock.Now())
	if err != nil {
		return page, err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = place{rows[limit-1].nameKey, rows[limit-1].ID}.cursor()
	}
	page.Rows = rows
	return page, s.addDemands(ctx, practiceID, rows)
}

// TwoFactorCounts counts for each filter, and for "" all of them, whom the
// viewer sees; Protection does not narrow.
func (s *Service) TwoFactorCounts(ctx context.Context, f TwoFactorFilter) (map[Protection]int, error) {
	q, err := s.protected(ctx, access.ViewerFrom(ctx).PracticeID)
	if err != nil {
		return nil, err
	}
	q.filter(Filter{Query: f.Query})
	return q.countTwoFactor(ctx, s.DB, s.Clock.Now())
}

// protected begins a question about those whom the viewer sees as a Security
// Manager.
func (s *Service) protected(ctx context.Context, practiceID string) (*query, error) {
	own, err := s.within(ctx, practiceID, access.SecurityManage)
	return newTwoFactorQuery(practiceID, own), err
}

func (s *Service) addDemands(ctx context.Context, practiceID string, rows []TwoFactorRow) error {
	policy, err := s.Practices.Policy(ctx, s.DB, practiceID)
	if err != nil {
		return err
	}
	held, err := s.Roles.HeldByAll(ctx, s.DB, practiceID)
	for i := range rows {
		rows[i].Demand = factor.DemandOn(policy, held[rows[i].ID])
	}
	return err
}

// CountProtected is how many people of the practice have accepted their
// invitation and are active, and how many of them have a second factor.
func (s *Service) CountProtected(ctx context.Context, practiceID string) (with, of int, err error) {
	q := newTwoFactorQuery(practiceID, nil)
	n, err := q.countTwoFactor(ctx, s.DB, s.Clock.Now())
	return n[""] - n[Without], n[""], err
}
