package petparent

import (
	"context"
	"slices"
	"strconv"
	"unicode/utf8"

	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail"
)

// The fields of a person, as forms, proposals and the audit record name them.
const (
	FieldFirstName = "first_name"
	FieldLastName  = "last_name"
	FieldEmail     = "email"
	FieldPhones    = "phones"
)

// Limits of what a person types.
const (
	maxText   = 200 // code points
	maxPhones = 10
	maxPhone  = 40 // code points
	minDigits = 5
)

// Contact is a person's own data as they are typed.
type Contact struct {
	FirstName string   `json:"first_name"`
	LastName  string   `json:"last_name"`
	Email     string   `json:"email"`
	Phones    []string `json:"phones"`
}

// Contact is the person's own data as they are shown for correction.
func (p PetParent) Contact() Contact {
	c := Contact{FirstName: p.FirstName, LastName: p.LastName, Email: p.Email, Phones: []string{}}
	for _, phone := range p.Phones {
		c.Phones = append(c.Phones, phone.String())
	}
	return c
}

// UpdateContact stores what staff typed over a person's own data, audited field
// by field. Login ID and recovery address stay as they are. Complaints name
// first_name, last_name, email and phones. ErrNotFound.
func (s *Service) UpdateContact(ctx context.Context, practiceID, petParentID string, in Contact) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := lockedPerson(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		h, err := household(ctx, tx, practiceID, p.HouseholdID)
		if err != nil {
			return err
		}
		in = in.cleaned()
		var c fault.Complaints
		in.check(&c, "", p, h.Company)
		if err := c.Err(); err != nil {
			return err
		}
		former := p
		for _, f := range in.corrections(p, s.Region) {
			p.set(f.Field, f.After, s.Region)
		}
		return s.storePerson(ctx, tx, former, p, h.Company, audit.PetParentChanged)
	})
}

// storePerson saves a changed person, makes them found by it, and records it.
func (s *Service) storePerson(ctx context.Context, tx *db.Tx, former, p PetParent, company string, action audit.Action) error {
	changes := former.changes(p)
	if len(changes) == 0 {
		return nil
	}
	p.UpdatedAt = s.Clock.Now()
	if err := updatePerson(ctx, tx, p, p.stored); err != nil {
		return err
	}
	if err := reindex(ctx, tx, p.PracticeID, p.HouseholdID, p.UpdatedAt); err != nil {
		return err
	}
	if mail.ValidAddress(former.Email) && !mail.ValidAddress(p.Email) && p.AccountID != "" {
		if err := s.noteUnreachable(ctx, tx, p); err != nil {
			return err
		}
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: action, PracticeID: p.PracticeID, AccountID: p.AccountID, Target: p.target(company), Changes: changes,
	})
}

// noteUnreachable remembers who took away the only address of somebody who signs
// in with a password of their own: a temporary password could then be handed over
// in its place, by somebody else.
func (s *Service) noteUnreachable(ctx context.Context, tx *db.Tx, p PetParent) error {
	a, err := s.Accounts.Hold(ctx, tx, p.PracticeID, p.AccountID)
	if err != nil || !a.Onboarded() || a.RecoveryEmail != "" {
		return err
	}
	return s.Accounts.NoteContactRemoved(ctx, tx, a)
}

func (in Contact) cleaned() Contact {
	in.FirstName, in.LastName, in.Email = clean(in.FirstName), clean(in.LastName), clean(in.Email)
	phones := make([]string, 0, len(in.Phones))
	for _, phone := range in.Phones {
		if phone = clean(phone); phone != "" && !slices.Contains(phones, phone) {
			phones = append(phones, phone)
		}
	}
	in.Phones = phones
	return in
}

// check complains about cleaned input; what stands there unchanged is taken as
// it is, because it came from the practice system.
func (in Contact) check(c *fault.Complaints, prefix string, stored PetParent, company string) {
	c.Check(utf8.RuneCountInString(in.FirstName) <= maxText, prefix+FieldFirstName, "Use at most 200 characters.")
	c.Check(utf8.RuneCountInString(in.LastName) <= maxText, prefix+FieldLastName, "Use at most 200 characters.")
	c.Check(in.FirstName != "" || in.LastName != "" || company != "", prefix+FieldLastName, "Type a first name or a last name.")
	c.Check(in.Email == stored.Email || in.Email == "" || account.IsEmail(in.Email), prefix+FieldEmail,
		"Type a whole e-mail address, like name@example.com, or leave it empty.")
	c.Check(len(in.Phones) <= maxPhones, prefix+FieldPhones, "Keep at most "+strconv.Itoa(maxPhones)+" phone numbers.")
	known := stored.Contact().cleaned().Phones
	for _, phone := range in.Phones {
		if slices.Contains(known, phone) {
			continue
		}
		ok := utf8.RuneCountInString(phone) <= maxPhone && len(digits(phone)) >= minDigits
		if !ok {
			c.Add(prefix+FieldPhones, "Type each phone number with its area code, like +1 206 555 0152.")
			return
		}
	}
}

// corrections lists what cleaned input says differently from what was shown, so
// that nobody corrects anything by confirming it: records of the practice
// system may hold what cleaning removes, for instance one number twice.
func (in Contact) corrections(p PetParent, fallback string) []Correction {
	shown := p.Contact().cleaned()
	var list []Correction
	add := func(changed bool, field, after string) {
		if before := p.value(field); changed && before != after {
			list = append(list, Correction{Field: field, Before: before, After: after})
		}
	}
	add(in.FirstName != shown.FirstName, FieldFirstName, in.FirstName)
	add(in.LastName != shown.LastName, FieldLastName, in.LastName)
	add(in.Email != shown.Email, FieldEmail, in.Email)
	add(!slices.Equal(in.Phones, shown.Phones), FieldPhones, joinPhones(typedPhones(in.Phones, p.Phones, fallback), "\n"))
	return list
}
