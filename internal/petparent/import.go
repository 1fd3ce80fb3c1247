package petparent

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
)

// HouseholdInput is what an import says about one household.
type HouseholdInput struct {
	System       string        `json:"system"`
	ExternalID   string        `json:"external_id"`
	HomeBranchID string        `json:"home_branch_id,omitempty"` // of the same practice; "" leaves it as it is
	Company      string        `json:"company,omitempty"`
	Active       bool          `json:"active"`
	Deleted      bool          `json:"deleted,omitempty"`
	OptOut       bool          `json:"opt_out,omitempty"`
	People       []PersonInput `json:"people"` // the first person, the second, ...
	Pets         []PetInput    `json:"pets"`
	// AllPets says that Pets is complete: one that the last import named here
	// and this one does not has left the household.
	AllPets bool `json:"-"`
	// Unsaid are the facts that this import has no place for: what the one
	// before said of them stays.
	Unsaid []Fact `json:"-"`
}

// Fact is something that an import may have no place for.
type Fact string

// The facts. FactPhone is followed by the kind of phone.
const (
	FactPhone     Fact = "phone/"
	FactPets      Fact = "pets"
	FactSpecies   Fact = "species"
	FactBreed     Fact = "breed"
	FactSex       Fact = "sex" // and whether neutered
	FactBorn      Fact = "born_on"
	FactDeceased  Fact = "deceased"
	FactDied      Fact = "died_on"
	FactOwnership Fact = "ownership" // percentage and main owner
)

// PersonInput is what an import says about one person.
type PersonInput struct {
	FirstName    string   `json:"first_name,omitempty"`
	LastName     string   `json:"last_name,omitempty"`
	Emails       []string `json:"emails,omitempty"` // valid ones, the primary one first
	EmailProblem string   `json:"email_problem,omitempty"`
	Phones       []Phone  `json:"phones,omitempty"`
}

// PetInput is what an import says about one pet and its place in the
// household. A pet of several households is named in each of them.
type PetInput struct {
	ExternalID string `json:"external_id"` // unique in the system; made from owner and name where the export has none
	Name       string `json:"name"`
	Species    string `json:"species,omitempty"`
	Breed      string `json:"breed,omitempty"`
	Sex        string `json:"sex,omitempty"`
	Neutered   *bool  `json:"neutered,omitempty"`
	BornOn     string `json:"born_on,omitempty"` // YYYY-MM-DD
	Deceased   bool   `json:"deceased,omitempty"`
	DiedOn     string `json:"died_on,omitempty"` // YYYY-MM-DD
	Inactive   bool   `json:"inactive,omitempty"`
	Deleted    bool   `json:"deleted,omitempty"`
	Percentage string `json:"percentage,omitempty"`
	Main       bool   `json:"main,omitempty"`
}

// Result is what an import does to one household.
type Result string

// The results.
const (
	ResultNew       Result = "new"
	ResultChanged   Result = "changed"
	ResultUnchanged Result = "unchanged"
	// ResultHeld is a known id under which somebody else comes: no name and no
	// e-mail is the same. Nothing is written; a person decides.
	ResultHeld Result = "held"
)

// Compare tells what Upsert would do, and writes nothing.
func (s *Service) Compare(ctx context.Context, r db.Reader, practiceID string, in HouseholdInput) (Result, error) {
	known, err := s.knownHousehold(ctx, r, practiceID, in.System, in.ExternalID)
	if err != nil {
		return "", err
	}
	in = known.completed(in)
	said, err := in.text()
	return known.result(in, said), err
}

// Upsert takes over what an import says about one household with its people
// and pets. Only what differs from the last import is taken over, so that
// corrections made here stay until the practice system itself says something
// new; an unchanged household is not written at all. Accounts are never
// touched: login ID and recovery address stay. Every change of somebody or of a
// pet who was known is audited with the value before.
func (s *Service) Upsert(ctx context.Context, tx *db.Tx, practiceID string, in HouseholdInput) (Result, error) {
	known, err := s.knownHousehold(ctx, tx, practiceID, in.System, in.ExternalID)
	if err != nil {
		return "", err
	}
	now := known.completed(in)
	said, err := now.text()
	if err != nil {
		return "", err
	}
	result := known.result(now, said)
	if result == ResultUnchanged || result == ResultHeld {
		return result, nil
	}
	if result == ResultNew {
		at := s.Clock.Now()
		if err := insertHousehold(ctx, tx, Household{
			ID: id.New(), PracticeID: practiceID, System: in.System, ExternalID: in.ExternalID, CreatedAt: at, UpdatedAt: at,
		}); err != nil {
			return "", err
		}
	}
	// Another import may have been here since the first look: look again while
	// holding the household.
	if known, err = s.lockedHousehold(ctx, tx, practiceID, in.System, in.ExternalID); err != nil {
		return "", err
	}
	if known.ID == "" { // erased since
		return ResultUnchanged, nil
	}
	if known.said != "" {
		now = known.completed(in)
		if said, err = now.text(); err != nil {
			return "", err
		}
		if result = known.result(now, said); result == ResultUnchanged || result == ResultHeld {
			return result, nil
		}
	}
	t := takeover{Service: s, practiceID: practiceID, source: known, household: known.Household, before: known.before, now: now}
	return result, t.run(ctx, tx, said)
}

// text is the canonical form of what is said: it is stored, and its digest
// tells whether anything is new.
func (in HouseholdInput) text() (string, error) {
	in.Pets = slices.Clone(in.Pets)
	slices.SortStableFunc(in.Pets, func(a, b PetInput) int { return strings.Compare(a.ExternalID, b.ExternalID) })
	b, err := json.Marshal(in)
	return string(b), err
}

// known is a household as the last import left it.
type known struct {
	Household
	said   string         // "" for one that was just made
	before HouseholdInput // what said says
	digest []byte
	places map[int]string // who is meant by a position where that is not simply who stands there; "" for nobody
	erased bool           // everybody of it was erased; ID is "" then
}

// completed is what an import says, with what it leaves unsaid as the one before
// said it, and without people who were erased.
func (k known) completed(in HouseholdInput) HouseholdInput {
	in = in.following(k.before)
	for position, petParentID := range k.places {
		if petParentID == "" && position <= len(in.People) {
			in.People = slices.Clone(in.People)
			in.People[position-1] = PersonInput{}
		}
	}
	return in
}

func (k known) result(in HouseholdInput, said string) Result {
	if k.erased {
		return ResultUnchanged
	}
	if k.ID == "" {
		return ResultNew
	}
	if digest := sha256.Sum256([]byte(said)); slices.Equal(digest[:], k.digest) {
		return ResultUnchanged
	}
	if in.isSomebodyElse(k.before) {
		return ResultHeld
	}
	return ResultChanged
}

// isSomebodyElse reports that nothing of the first person is as it was: no part
// of the name, not the company, not the e-mail. What is empty is not the same.
func (in HouseholdInput) isSomebodyElse(before HouseholdInput) bool {
	if len(before.People) == 0 || len(in.People) == 0 {
		return false
	}
	was, is := before.People[0], in.People[0]
	if was.nobody() && before.Company == "" {
		return false // erased: there is nothing to compare with
	}
	return !alike(was.FirstName, is.FirstName) && !alike(was.LastName, is.LastName) &&
		!alike(before.Company, in.Company) && !alike(firstOf(was.Emails), firstOf(is.Emails))
}

func (p PersonInput) nobody() bool {
	return p.FirstName == "" && p.LastName == "" && len(p.Emails) == 0 && len(p.Phones) == 0
}

func alike(a, b string) bool { return a != "" && Fold(a) == Fold(b) }

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// takeover carries what one import says into one household, field by field.
type takeover struct {
	*Service
	practiceID string
	source     known          // under whose number it is said
	household  Household      // to whom it goes: another one if the source was merged
	before     HouseholdInput // what the last import said; zero for a new one
	now        HouseholdInput
}

// take replaces the current value by what is said now, if that is news.
func take[T comparable](current *T, before, now T) {
	if now != before {
		*current = now
	}
}

func (t *takeover) run(ctx context.Context, tx *db.Tx, said string) error {
	if err := t.facts(ctx, tx, said); err != nil {
		return err
	}
	elsewhere, err := t.pets(ctx, tx)
	if err != nil {
		return err
	}
	if err := t.people(ctx, tx); err != nil {
		return err
	}
	for _, other := range elsewhere {
		if err := reindex(ctx, tx, t.practiceID, other, t.household.UpdatedAt); err != nil {
			return err
		}
	}
	return nil
}

// facts takes over what is said of the household itself. One that was merged
// passes on that nobody wants bulk mail any more, and the rest only to one that
// no practice system knows: a double that is cleared away there must not take
// the other one with it.
func (t *takeover) facts(ctx context.Context, tx *db.Tx, said string) error {
	h, before, now := &t.source.Household, t.before, t.now
	h.take(before, now)
	h.UpdatedAt = t.Clock.Now()
	digest := sha256.Sum256([]byte(said))
	if err := updateHousehold(ctx, tx, *h, said, digest[:]); err != nil {
		return err
	}
	t.household = *h
	if h.MergedInto == "" {
		return nil
	}
	target, err := heldHousehold(ctx, tx, t.practiceID, h.MergedInto)
	if err != nil {
		return err
	}
	switch {
	case target.System == MadeHere:
		target.take(before, now)
	case now.OptOut && !before.OptOut:
		target.OptOut = true
	}
	target.UpdatedAt = h.UpdatedAt
	t.household = target
	return saveHousehold(ctx, tx, target)
}

func (h *Household) take(before, now HouseholdInput) {
	take(&h.HomeBranchID, before.HomeBranchID, now.HomeBranchID)
	take(&h.Company, before.Company, now.Company)
	take(&h.Active, before.Active, now.Active)
	take(&h.Deleted, before.Deleted, now.Deleted)
	take(&h.OptOut, before.OptOut, now.OptOut)
}

// people come after the pets, because they are found by their names.
func (t *takeover) people(ctx context.Context, tx *db.Tx) error {
	stored, err := lockedPersons(ctx, tx, t.practiceID, t.household.ID)
	if err != nil {
		return err
	}
	known, err := namesOf(ctx, tx, t.practiceID, t.household.ID)
	if err != nil {
		return err
	}
	for i, now := range t.now.People {
		position := i + 1
		var before PersonInput
		if i < len(t.before.People) {
			before = t.before.People[i]
		}
		meant, placed := t.source.places[position]
		at := slices.IndexFunc(stored, func(p PetParent) bool {
			if placed || t.source.MergedInto != "" {
				return p.ID == meant
			}
			return p.Position == position
		})
		switch {
		case placed && meant == "": // erased
		case at >= 0:
			if err := t.person(ctx, tx, stored[at], before, now, known, t.household); err != nil {
				return err
			}
			stored = slices.Delete(stored, at, at+1)
		case placed:
			if err := t.elsewhere(ctx, tx, meant, before, now); err != nil {
				return err
			}
		default:
			if err := t.newPerson(ctx, tx, position, now, known); err != nil {
				return err
			}
		}
	}
	for _, p := range stored { // people the import does not know
		if i := known.index(p, t.household); i != p.stored {
			p.UpdatedAt = t.household.UpdatedAt
			if err := updatePerson(ctx, tx, p, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// newPerson adds somebody of whom no import has said anything before.
func (t *takeover) newPerson(ctx context.Context, tx *db.Tx, position int, now PersonInput, known names) error {
	p := PetParent{
		ID: id.New(), PracticeID: t.practiceID, HouseholdID: t.household.ID, Position: position,
		CreatedAt: t.household.UpdatedAt, UpdatedAt: t.household.UpdatedAt,
	}
	p.setEmails(nil, "")
	p.takeOver(PersonInput{}, now)
	if t.source.MergedInto == "" {
		return insertPerson(ctx, tx, p, known.index(p, t.household))
	}
	var err error
	if p.Position, err = nextPosition(ctx, tx, p.PracticeID, p.HouseholdID); err != nil {
		return err
	}
	if err := insertPerson(ctx, tx, p, known.index(p, t.household)); err != nil {
		return err
	}
	return setPlace(ctx, tx, t.practiceID, t.source.ID, position, p.ID)
}

// elsewhere takes over what is said of somebody who was moved to another
// household.
func (t *takeover) elsewhere(ctx context.Context, tx *db.Tx, petParentID string, before, now PersonInput) error {
	p, err := lockedPerson(ctx, tx, t.practiceID, petParentID)
	if err != nil {
		return err
	}
	h, err := household(ctx, tx, t.practiceID, p.HouseholdID)
	if err != nil {
		return err
	}
	known, err := namesOf(ctx, tx, t.practiceID, p.HouseholdID)
	if err != nil {
		return err
	}
	return t.person(ctx, tx, p, before, now, known, h)
}

func (t *takeover) person(ctx context.Context, tx *db.Tx, p PetParent, before, now PersonInput, known names, h Household) error {
	former := p
	p.takeOver(before, now)
	changes := former.changes(p)
	i := known.index(p, h)
	if i == p.stored && len(changes) == 0 && former.EmailProblem == p.EmailProblem {
		return nil
	}
	p.UpdatedAt = t.household.UpdatedAt
	if err := updatePerson(ctx, tx, p, i); err != nil || len(changes) == 0 {
		return err
	}
	return t.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PetParentChanged, PracticeID: t.practiceID, AccountID: p.AccountID,
		Target: p.target(h.Company), Changes: changes, Detail: byImport(),
	})
}

func (p *PetParent) takeOver(before, now PersonInput) {
	take(&p.FirstName, before.FirstName, now.FirstName)
	take(&p.LastName, before.LastName, now.LastName)
	if !slices.Equal(before.Emails, now.Emails) || before.EmailProblem != now.EmailProblem {
		p.setEmails(slices.Clone(now.Emails), now.EmailProblem)
	}
	if !slices.Equal(before.Phones, now.Phones) {
		p.Phones = slices.Clone(now.Phones)
	}
}
