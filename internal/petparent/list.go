package petparent

import (
	"context"
	"time"

	"catflap/internal/foundation/db"
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
	ShowLocked        Show = "locked" // too many failures in a row
	ShowNotMailable   Show = "not_mailable"
)

// Shows lists the chips in the order in which they are shown.
func Shows() []Show {
	return []Show{ShowAll, ShowNotInvited, ShowInvited, ShowNeverSignedIn, ShowActive, ShowLocked, ShowNotMailable}
}

// Sort is the order of a list.
type Sort string

// The orders. Those who never signed in come last in SortLastSignIn, by name.
const (
	SortName       Sort = ""
	SortNewest     Sort = "newest" // on record for the shortest time first
	SortLastSignIn Sort = "last_sign_in"
)

// Sorts lists the orders as people choose them.
func Sorts() []Sort { return []Sort{SortName, SortNewest, SortLastSignIn} }

// Row is one line of the list.
type Row struct {
	PetParent
	System       string // of the household
	ExternalID   string
	Company      string
	HomeBranchID string
	Status       Status
	Invitation   Invitation
	Locked       bool   // too many failures in a row
	LoginID      string // "" without a login
	LastSignInAt time.Time
	NotMailable  []Reason
	MailState    string    // of the newest message to them: queued, sending, sent, failed, dropped; "" without one
	MailAt       time.Time // when that was sent, or written where it was not; zero without one
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

// List reads a part of the practice's pet parents, as cheaply at the end of the
// list as at its beginning. cursor is the Next
// of the part before, or "". A limit of 0 means DefaultLimit.
func (s *Service) List(ctx context.Context, practiceID string, f Filter, cursor string, limit int) (Page, error) {
	if err := f.Check(); err != nil {
		return Page{}, err
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)
	after, err := readCursor(cursor, f.Sort)
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
		page.Next = placeOf(page.Rows[limit-1], f.Sort).cursor()
	}
	return page, addPets(ctx, s.DB, practiceID, page.Rows)
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

// Counts is how many there are under each chip, reason and state.
type Counts struct {
	Shows       map[Show]int64
	Reasons     map[Reason]int64
	Invitations map[Invitation]int64
}

// Counts counts for the chips, within the query, home branch and state of the
// invitation of f; its Show and Reason do not narrow. It looks at everybody.
func (s *Service) Counts(ctx context.Context, practiceID string, f Filter) (Counts, error) {
	if err := f.Check(); err != nil {
		return Counts{}, err
	}
	f.Show, f.Reason = ShowAll, ""
	return s.countRows(ctx, s.DB, practiceID, f)
}
