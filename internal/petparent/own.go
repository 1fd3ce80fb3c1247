package petparent

import (
	"context"
	"slices"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/revision"
)

// Own is what a pet parent may correct about themselves and their living pets
// at any time.
type Own struct {
	Details             // on record, with what they asked for already laid over it
	Waiting  []Proposal // what they asked for and nobody has decided yet
	Revision string     // changes with anything of this
}

// OwnInput is what they want different.
type OwnInput struct {
	Person   *Contact     // nil leaves their own data alone
	Pets     []PetDetails // those left out stay as they are
	Revision string       // of what they were shown; "" is any
}

// OwnChange is what became of it.
type OwnChange struct {
	Corrections []Correction
	Withdrawn   int  // wishes that were open and are not wished any more
	Accepted    bool // the corrections count already
}

// ErrOwnChanged answers to who corrects what has changed since they looked.
var ErrOwnChanged = fault.New(fault.Conflict, "details-changed",
	"These details have changed since you opened this page. Look at them as they are now, and correct them if you still need to.")

// Own reads what the person may correct. ErrNotFound.
func (s *Service) Own(ctx context.Context, r db.Reader, practiceID, petParentID string) (Own, error) {
	p, err := s.Get(ctx, r, practiceID, petParentID)
	if err != nil {
		return Own{}, err
	}
	return s.own(ctx, r, p)
}

func (s *Service) own(ctx context.Context, r db.Reader, p PetParent) (o Own, err error) {
	pets, err := ownedPets(ctx, r, p.PracticeID, p.HouseholdID)
	if err != nil {
		return o, err
	}
	if o.Waiting, err = openProposals(ctx, r, p.PracticeID, p.ID, "", mostWishes); err != nil {
		return o, err
	}
	for _, w := range o.Waiting {
		if w.PetID == "" {
			p.set(w.Field, w.After, s.Region)
		} else if at := slices.IndexFunc(pets, func(pet OwnedPet) bool { return pet.ID == w.PetID && !pet.Deceased }); at >= 0 && w.Field != FieldDeceased {
			pets[at].set(w.Field, w.After)
		}
	}
	o.Person, o.Pets = p.Contact(), []PetDetails{}
	for _, pet := range pets {
		if pet.Deceased {
			continue
		}
		d := pet.details()
		d.Deceased = slices.ContainsFunc(o.Waiting, func(w Proposal) bool {
			return w.PetID == pet.ID && w.Field == FieldDeceased && w.After == "true"
		})
		o.Pets = append(o.Pets, d)
	}
	o.Revision = revision.Of(o.Details, o.Waiting)
	return o, nil
}

// mostWishes bounds what is read of one person: there is one open wish for a
// field, and nobody has that many pets.
const mostWishes = 2000

// CorrectOwn turns what the person wants different into proposals for staff, or
// applies it at once when the practice accepts automatically. A wish that was
// open and is taken back, by typing what is on record, is withdrawn. Of several
// at once that looked at the same page one counts; the others get ErrOwnChanged.
// Complaints are those of CheckDetails. ErrNotFound.
func (s *Service) CorrectOwn(ctx context.Context, tx *db.Tx, practiceID, petParentID string, in OwnInput, accept bool) (out OwnChange, err error) {
	p, err := lockedPerson(ctx, tx, practiceID, petParentID)
	if err != nil {
		return out, err
	}
	shown, err := s.own(ctx, tx, p)
	if err != nil {
		return out, err
	}
	if in.Revision != "" && in.Revision != shown.Revision {
		return out, ErrOwnChanged
	}
	d := Details{Person: p.Contact(), Pets: in.Pets}
	if in.Person != nil {
		d.Person = *in.Person
	}
	if out.Corrections, err = s.Correct(ctx, tx, practiceID, petParentID, d, accept); err != nil {
		return out, err
	}
	out.Accepted = accept && len(out.Corrections) > 0
	out.Withdrawn, err = s.withdraw(ctx, tx, p, shown.Waiting, in, out.Corrections)
	return out, err
}

// withdraw closes the wishes about what was sent that are not among the
// corrections any more.
func (s *Service) withdraw(ctx context.Context, tx *db.Tx, p PetParent, waiting []Proposal, in OwnInput, still []Correction) (int, error) {
	var changes []audit.Change
	for _, w := range waiting {
		sent := w.PetID == "" && in.Person != nil ||
			w.PetID != "" && slices.ContainsFunc(in.Pets, func(d PetDetails) bool { return d.ID == w.PetID })
		wished := slices.ContainsFunc(still, func(c Correction) bool { return c.PetID == w.PetID && c.Field == w.Field })
		if !sent || wished {
			continue
		}
		c := Correction{PetID: w.PetID, PetName: w.PetName, Field: w.Field}
		if err := replaceProposal(ctx, tx, p.PracticeID, p.ID, c, s.Clock.Now()); err != nil {
			return 0, err
		}
		changes = append(changes, audit.Change{Field: c.named(), Before: w.After, After: w.Before})
	}
	if len(changes) == 0 {
		return 0, nil
	}
	return len(changes), s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.ProposalWithdrawn, PracticeID: p.PracticeID, AccountID: p.AccountID, Target: p.target(""), Changes: changes,
	})
}

// named is the field as the record says it.
func (c Correction) named() string {
	if c.PetID == "" {
		return c.Field
	}
	return c.PetName + ": " + c.Field
}
