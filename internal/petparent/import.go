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
	known, err := knownHousehold(ctx, r, practiceID, in.System, in.ExternalID)
	if err != nil {
		return "", err
	}
	in = in.following(known.before)
	said, err := in.text()
	return known.result(in, said), err
}

// Upsert takes over what an import says about one household with its people
// and pets. Only what differs from the last import is taken over, so that
// corrections made here stay until the practice system itself says something
// new; an unchanged household is not written at all. Accounts are never
// touched: login ID and recovery address stay. For people with a login every
// change is audited with the value before.
func (s *Service) Upsert(ctx context.Context, tx *db.Tx, practiceID string, in HouseholdInput) (Result, error) {
	known, err := knownHousehold(ctx, tx, practiceID, in.System, in.ExternalID)
	if err != nil {
		return "", err
	}
	now := in.following(known.before)
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
	if known, err = lockedHousehold(ctx, tx, practiceID, in.System, in.ExternalID); err != nil {
		return "", err
	}
	if known.said != "" {
		now = in.following(known.before)
		if said, err = now.text(); err != nil {
			return "", err
		}
		if result = known.result(now, said); result == ResultUnchanged || result == ResultHeld {
			return result, nil
		}
	}
	m := merge{Service: s, practiceID: practiceID, household: known.Household, before: known.before, now: now}
	return result, m.run(ctx, tx, said)
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
}

func (k known) result(in HouseholdInput, said string) Result {
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
	return !alike(was.FirstName, is.FirstName) && !alike(was.LastName, is.LastName) &&
		!alike(before.Company, in.Company) && !alike(firstOf(was.Emails), firstOf(is.Emails))
}

func alike(a, b string) bool { return a != "" && Fold(a) == Fold(b) }

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// merge carries what one import says into one household, field by field.
type merge struct {
	*Service
	practiceID string
	household  Household
	before     HouseholdInput // what the last import said; zero for a new one
	now        HouseholdInput
}

// take replaces the current value by what is said now, if that is news.
func take[T comparable](current *T, before, now T) {
	if now != before {
		*current = now
	}
}

func (m *merge) run(ctx context.Context, tx *db.Tx, said string) error {
	h, before, now := &m.household, m.before, m.now
	take(&h.HomeBranchID, before.HomeBranchID, now.HomeBranchID)
	take(&h.Company, before.Company, now.Company)
	take(&h.Active, before.Active, now.Active)
	take(&h.Deleted, before.Deleted, now.Deleted)
	take(&h.OptOut, before.OptOut, now.OptOut)
	h.UpdatedAt = m.Clock.Now()
	digest := sha256.Sum256([]byte(said))
	if err := updateHousehold(ctx, tx, *h, said, digest[:]); err != nil {
		return err
	}
	elsewhere, err := m.pets(ctx, tx)
	if err != nil {
		return err
	}
	if err := m.people(ctx, tx); err != nil {
		return err
	}
	for _, other := range elsewhere {
		if err := reindex(ctx, tx, m.practiceID, other, h.UpdatedAt); err != nil {
			return err
		}
	}
	return nil
}

// people come after the pets, because they are found by their names.
func (m *merge) people(ctx context.Context, tx *db.Tx) error {
	stored, err := lockedPersons(ctx, tx, m.practiceID, m.household.ID)
	if err != nil {
		return err
	}
	known, err := namesOf(ctx, tx, m.practiceID, m.household.ID)
	if err != nil {
		return err
	}
	for i, now := range m.now.People {
		at := slices.IndexFunc(stored, func(p PetParent) bool { return p.Position == i+1 })
		if at < 0 {
			p := PetParent{
				ID: id.New(), PracticeID: m.practiceID, HouseholdID: m.household.ID, Position: i + 1,
				CreatedAt: m.household.UpdatedAt, UpdatedAt: m.household.UpdatedAt,
			}
			p.setEmails(nil, "")
			p.takeOver(PersonInput{}, now)
			if err := insertPerson(ctx, tx, p, known.index(p, m.household)); err != nil {
				return err
			}
			continue
		}
		var before PersonInput
		if i < len(m.before.People) {
			before = m.before.People[i]
		}
		if err := m.person(ctx, tx, stored[at], before, now, known); err != nil {
			return err
		}
		stored = slices.Delete(stored, at, at+1)
	}
	for _, p := range stored { // people the import does not know
		if i := known.index(p, m.household); i != p.stored {
			p.UpdatedAt = m.household.UpdatedAt
			if err := updatePerson(ctx, tx, p, i); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *merge) person(ctx context.Context, tx *db.Tx, p PetParent, before, now PersonInput, known names) error {
	former := p
	p.takeOver(before, now)
	changes := former.changes(p)
	i := known.index(p, m.household)
	if i == p.stored && len(changes) == 0 && former.EmailProblem == p.EmailProblem {
		return nil
	}
	p.UpdatedAt = m.household.UpdatedAt
	if err := updatePerson(ctx, tx, p, i); err != nil || p.AccountID == "" || len(changes) == 0 {
		return err
	}
	return m.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PetParentChanged, PracticeID: m.practiceID, AccountID: p.AccountID,
		Target: p.target(m.household.Company), Changes: changes, Detail: map[string]string{"by": "import"},
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
