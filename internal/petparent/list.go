package petparent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Show is the chip by which a list is narrowed.
type Show string

// The chips.
const (
	ShowAll           Show = ""
	ShowNotInvited    Show = "not_invited"
	ShowInvited       Show = "invited"         // can still use what they were given
	ShowNeverSignedIn Show = "never_signed_in" // have a login and never completed the first sign-in
	ShowActive        Show = "active"
	ShowNotMailable   Show = "not_mailable"
)

// Shows lists the chips in the order in which they are shown.
func Shows() []Show {
	return []Show{ShowAll, ShowNotInvited, ShowInvited, ShowNeverSignedIn, ShowActive, ShowNotMailable}
}

// Filter narrows a list; zero fields do not.
type Filter struct {
	Query    string // words of name, company, e-mail, login ID or pet's name, phone digits, client number; all must match
	Show     Show
	Reason   Reason // why somebody cannot be mailed
	BranchID string // home branch
}

func (f Filter) check() error {
	var c fault.Complaints
	c.Check(slices.Contains(Shows(), f.Show), "show", "Choose one of the filters above the list.")
	c.Check(f.Reason == "" || slices.Contains(Reasons(), f.Reason), "reason", "Choose one of the reasons above the list.")
	return c.Err()
}

// Row is one line of the list.
type Row struct {
	PetParent
	System       string // of the household
	ExternalID   string
	Company      string
	HomeBranchID string
	Status       Status
	LoginID      string // "" without a login
	NotMailable  []Reason
	MailState    string    // of the newest message to them: queued, sending, sent, failed, dropped; "" without one
	Pets         []PetLine // not the deleted ones; living ones first
}

// Name is how the person is called.
func (r Row) Name() string { return r.PetParent.Name(r.Company) }

// PetLine is a pet as a list shows it.
type PetLine struct {
	Name     string
	Species  string
	Deceased bool
}

// Icon names the picture for the pet's species; "paw" when it is unknown.
func (p PetLine) Icon() string { return icon(p.Species) }

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

// List reads a part of the practice's pet parents by name. cursor is the Next
// of the part before, or "". A limit of 0 means DefaultLimit.
func (s *Service) List(ctx context.Context, practiceID string, f Filter, cursor string, limit int) (Page, error) {
	if err := f.check(); err != nil {
		return Page{}, err
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)
	after, err := readCursor(cursor)
	if err != nil {
		return Page{}, err
	}
	rows, err := s.listRows(ctx, s.DB, practiceID, f, after, limit+1)
	if err != nil {
		return Page{}, err
	}
	page := Page{Rows: rows}
	if len(rows) > limit {
		page.Rows = rows[:limit]
		last := page.Rows[limit-1]
		page.Next = place{last.sortKey, last.ID}.cursor()
	}
	return page, addPets(ctx, s.DB, practiceID, page.Rows)
}

// ByEmail lists the pet parents who share a contact address, archived ones
// too, so that a clash over a login ID can be told with names.
func (s *Service) ByEmail(ctx context.Context, r db.Reader, practiceID, email string) ([]Row, error) {
	if Fold(email) == "" {
		return nil, nil
	}
	q := newRowQuery(practiceID, s.Clock.Now())
	q.where("p.email_key = ?", Fold(email))
	return q.run(ctx, r, MaxLimit)
}

// Row reads one pet parent as the list shows it. ErrNotFound.
func (s *Service) Row(ctx context.Context, r db.Reader, practiceID, petParentID string) (Row, error) {
	q := newRowQuery(practiceID, s.Clock.Now())
	q.where("p.id = ?", petParentID)
	rows, err := q.run(ctx, r, 1)
	if err != nil {
		return Row{}, err
	}
	if len(rows) == 0 {
		return Row{}, ErrNotFound
	}
	return rows[0], addPets(ctx, r, practiceID, rows)
}

// Counts is how many there are under each chip and reason.
type Counts struct {
	Shows   map[Show]int64
	Reasons map[Reason]int64
}

// Counts counts for the chips, within the query and home branch of f; its Show
// and Reason do not narrow.
func (s *Service) Counts(ctx context.Context, practiceID string, f Filter) (Counts, error) {
	return countRows(ctx, s.DB, practiceID, Filter{Query: f.Query, BranchID: f.BranchID}, s.Clock.Now())
}

// place is where a part of the list ends.
type place struct{ sortKey, id string }

func (p place) cursor() string {
	b, _ := json.Marshal([2]string{p.sortKey, p.id}) // strings always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
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
