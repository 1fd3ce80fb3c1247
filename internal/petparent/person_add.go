package petparent

import (
	"context"
	"crypto/rand"
	"strings"
	"unicode/utf8"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
)

// FieldCompany and the others are the fields of a household, as forms and the
// audit record name them.
const (
	FieldCompany    = "company"
	FieldHomeBranch = "home_branch"
	FieldActive     = "active"
	FieldOptOut     = "opt_out"
	FieldNews       = "news"
)

// ErrSimilar answers where somebody like the new person is here already. Sent
// again with Known set it is taken.
var ErrSimilar = fault.New(fault.Conflict, "similar-pet-parent",
	"Somebody with this name or this e-mail address is here already. Look at them first; if it is another person, say so and save again.")

// NewPerson is somebody who is added by hand.
type NewPerson struct {
	Contact
	HouseholdOf string // a pet parent whose household they join; "" for a household of their own
	Company     string // of a new household
	BranchID    string // home branch of a new household, "" when unknown
	Known       bool   // that similar people are here is known: it is another person
}

// Add stores a pet parent who comes from no practice system, in a new household
// or in that of somebody else, to the same pets. Complaints name first_name,
// last_name, email, phones and company. ErrSimilar unless Known, ErrNotFound for
// the other person.
func (s *Service) Add(ctx context.Context, practiceID string, in NewPerson) (PetParent, error) {
	in.Contact, in.Company = in.Contact.cleaned(), clean(in.Company)
	var p PetParent
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		now := s.Clock.Now()
		h := Household{
			ID: id.New(), PracticeID: practiceID, System: MadeHere, ExternalID: clientNumber(), HomeBranchID: in.BranchID,
			Company: in.Company, Active: true, CreatedAt: now, UpdatedAt: now,
		}
		p = PetParent{ID: id.New(), PracticeID: practiceID, Position: placed, CreatedAt: now, UpdatedAt: now}
		if in.HouseholdOf != "" {
			var err error
			if h, err = s.heldHouseholdOf(ctx, tx, practiceID, in.HouseholdOf); err != nil {
				return err
			}
			in.Company = ""
		}
		p.HouseholdID = h.ID
		if err := in.check(h.Company); err != nil {
			return err
		}
		p.setEmails(nil, "")
		for _, c := range in.corrections(p, s.Region) {
			p.set(c.Field, c.After, s.Region)
		}
		if !in.Known {
			similar, err := s.similar(ctx, tx, p, h.Company)
			if err == nil && len(similar) > 0 {
				err = ErrSimilar
			}
			if err != nil {
				return err
			}
		}
		return s.storeNew(ctx, tx, h, p, in.HouseholdOf == "")
	})
	return p, err
}

func (s *Service) storeNew(ctx context.Context, tx *db.Tx, h Household, p PetParent, newHousehold bool) error {
	var err error
	if newHousehold {
		err = insertHousehold(ctx, tx, h)
	} else {
		p.Position, err = nextPosition(ctx, tx, h.PracticeID, h.ID)
	}
	if err != nil {
		return err
	}
	known, err := namesOf(ctx, tx, p.PracticeID, h.ID)
	if err != nil {
		return err
	}
	if err := insertPerson(ctx, tx, p, known.index(p, h)); err != nil {
		return err
	}
	nobody := PetParent{}
	changes := nobody.changes(p)
	if newHousehold {
		changes = audit.Diff(changes, FieldCompany, "", h.Company)
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PetParentAdded, PracticeID: p.PracticeID, Target: p.target(h.Company), Changes: changes,
		Detail: map[string]string{"household": h.ID},
	})
}

func (in NewPerson) check(company string) error {
	var c fault.Complaints
	in.Contact.check(&c, "", PetParent{}, company)
	c.Check(utf8.RuneCountInString(in.Company) <= maxText, FieldCompany, "Use at most 200 characters.")
	return c.Err()
}

// Similar lists who may be the same person as somebody who is about to be added:
// the same e-mail address, or the same name.
func (s *Service) Similar(ctx context.Context, practiceID string, in NewPerson) ([]Row, error) {
	in.Contact, in.Company = in.Contact.cleaned(), clean(in.Company)
	p := PetParent{PracticeID: practiceID, FirstName: in.FirstName, LastName: in.LastName, Email: in.Email}
	return s.similar(ctx, s.DB, p, in.Company)
}

func (s *Service) similar(ctx context.Context, r db.Reader, p PetParent, company string) ([]Row, error) {
	q := newRowQuery(p.PracticeID, s.Clock.Now())
	q.where(`(p.sort_key = ? OR p.email_key <> '' AND p.email_key = ?)`, sortKey(p, company), Fold(p.Email))
	return q.run(ctx, r, maxSimilar)
}

// maxSimilar is how many similar people are shown.
const maxSimilar = 5

// heldHouseholdOf holds the household of a pet parent. ErrNotFound.
func (s *Service) heldHouseholdOf(ctx context.Context, tx *db.Tx, practiceID, petParentID string) (Household, error) {
	p, err := s.Get(ctx, tx, practiceID, petParentID)
	if err != nil {
		return Household{}, err
	}
	h, err := heldHousehold(ctx, tx, practiceID, p.HouseholdID)
	if err != nil {
		return h, err
	}
	// Somebody may have moved or merged them while the household was waited for.
	if p, err = s.Get(ctx, tx, practiceID, petParentID); err == nil && p.HouseholdID != h.ID {
		err = ErrChangedSince
	}
	return h, err
}

// ErrChangedSince answers where somebody else was quicker.
var ErrChangedSince = fault.New(fault.Conflict, "changed-since",
	"Somebody changed one of these records in the meantime. Look at them again, then decide.")

// clientNumber names a household that no practice system knows: eight consonants
// in two groups, which no search for digits or words finds by accident.
func clientNumber() string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return strings.Join([]string{string(b[:4]), string(b[4:])}, "-")
}
