package petparent

import (
	"context"
	"slices"
	"strconv"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// ErrOneRecord answers to who merges a record with itself.
var ErrOneRecord = fault.New(fault.Conflict, "one-record",
	"These are one and the same record. Search for the other one.")

// MergeInput says which records become one, and how.
type MergeInput struct {
	Stays string // the pet parent whose record stays
	Goes  string // the one whose record is taken over
	// Same says that both are one person. Otherwise they are two people of one
	// household, and keep their records and logins.
	Same bool
	// Households brings everybody and every pet of the other household along.
	// It is so in any case for two people, and for who is alone in a household.
	Households bool
	Login      LoginSide         // of two logins of one person, the one that survives
	Fields     []string          // Field constants of the person for which the record that goes is right
	Pets       map[string]string // pets that are one animal: the one that goes, the one that stays
	Seen       string            // of the preview; "" takes the records as they are
}

// Merge is what merging does.
type Merge struct {
	MergeInput   // as it is meant in the end
	OneHousehold bool
	Alone        bool // the one who goes has nobody else in their household
	StaysNow     Profile
	GoesNow      Profile
	Choices      []FieldChoice // where both say something, and not the same
	Person       PetParent     // Same: how the record will be
	Others       []PetParent   // who come along
	Joining      []OwnedPet    // pets that come along
	Twins        []Twin        // pets that may be one animal
	Survives     Login         // Same: the login that there will be
	Ends         Login         // Same: the login that is deleted
	GoesLogin    bool          // Same: that which survives is of the record that goes
	Bars         error         // Same: why the one that would survive cannot
	Either       bool          // Same: each of two logins can be the one that survives
}

// FieldChoice is a field about which two records disagree.
type FieldChoice struct {
	Field       string
	Stays, Goes string // values as people read them; phones stand one on each line
	Other       bool   // that of the record that goes is taken
}

// Twin is a pet that both households have under the same name.
type Twin struct {
	Stays, Goes OwnedPet
	Joined      bool // they are taken for one animal
}

// PreviewMerge tells what Merge would do, and writes nothing. ErrNotFound,
// ErrOneRecord, ErrSameHousehold for two people of one household, ErrPetNotFound.
func (s *Service) PreviewMerge(ctx context.Context, r db.Reader, practiceID string, in MergeInput) (Merge, error) {
	m := Merge{MergeInput: in}
	if in.Stays == in.Goes {
		return m, ErrOneRecord
	}
	var err error
	if m.StaysNow, err = s.Profile(ctx, r, practiceID, in.Stays); err != nil {
		return m, err
	}
	if m.GoesNow, err = s.Profile(ctx, r, practiceID, in.Goes); err != nil {
		return m, err
	}
	m.OneHousehold, m.Alone = m.StaysNow.HouseholdID == m.GoesNow.HouseholdID, len(m.GoesNow.Others) == 0
	switch {
	case m.OneHousehold && !m.Same:
		return m, ErrSameHousehold
	case m.OneHousehold:
		m.Households = false
	default:
		m.Households = m.Households || !m.Same || m.Alone
	}
	m.MergeInput.Seen = seen(m.StaysNow, m.GoesNow)
	if m.Same {
		m.person()
		m.logins(s.Clock.Now())
	}
	if m.Households {
		return m, m.household()
	}
	if len(m.Pets) > 0 {
		return m, ErrPetNotFound
	}
	return m, nil
}

// person finds out how one record of two looks: what stays is right unless it is
// empty or the other one was chosen; of addresses and numbers none is lost.
func (m *Merge) person() {
	stays, goes := m.StaysNow.PetParent, m.GoesNow.PetParent
	p := stays
	for _, field := range []string{FieldFirstName, FieldLastName, FieldEmail, FieldPhones} {
		was, other := stays.value(field), goes.value(field)
		chosen := slices.Contains(m.Fields, field)
		if was != "" && other != "" && was != other {
			m.Choices = append(m.Choices, FieldChoice{Field: field, Stays: was, Goes: other, Other: chosen})
		}
		first, second := stays, goes
		if was == "" || chosen && other != "" {
			first, second = goes, stays
		}
		switch field {
		case FieldFirstName:
			p.FirstName = first.FirstName
		case FieldLastName:
			p.LastName = first.LastName
		case FieldEmail:
			if emails := bothEmails(first, second); len(emails) > 0 {
				p.setEmails(emails, "")
			}
		case FieldPhones:
			p.Phones = bothPhones(first, second)
		}
	}
	m.Person = p
}

func bothEmails(first, second PetParent) []string {
	all := slices.Clone(first.Emails)
	for _, e := range second.Emails {
		if !slices.ContainsFunc(all, func(one string) bool { return Fold(one) == Fold(e) }) {
			all = append(all, e)
		}
	}
	return all
}

func bothPhones(first, second PetParent) []Phone {
	all := slices.Clone(first.Phones)
	for _, n := range second.Phones {
		if !slices.ContainsFunc(all, func(one Phone) bool { return one.String() == n.String() }) {
			all = append(all, n)
		}
	}
	return all
}

// household finds out who and what comes along.
func (m *Merge) household() error {
	m.Others = slices.Clone(m.GoesNow.Others)
	if !m.Same {
		m.Others = append([]PetParent{m.GoesNow.PetParent}, m.Others...)
	}
	joined := map[string]bool{}
	for _, goes := range m.GoesNow.Pets {
		for _, stays := range m.StaysNow.Pets {
			if goes.ID == stays.ID {
				joined[goes.ID] = true // they share it already
				continue
			}
			chosen := m.Pets[goes.ID] == stays.ID
			if chosen || Fold(goes.Name) == Fold(stays.Name) {
				m.Twins = append(m.Twins, Twin{Stays: stays, Goes: goes, Joined: chosen})
			}
			joined[goes.ID] = joined[goes.ID] || chosen
		}
		if !joined[goes.ID] {
			m.Joining = append(m.Joining, goes)
		}
	}
	for goes := range m.Pets {
		if !joined[goes] {
			return ErrPetNotFound
		}
	}
	return nil
}

// Merge makes one record of two, in one transaction. Imports go on to know both
// by their numbers; the address of the record that is gone leads to the one that
// stays. ErrChangedSince when the records are not those of the preview any more;
// where a login ends, what MayEndLogin says, ErrMergeEndsUsed, ErrMergeEndsOlder
// and ErrMergeHelped; else as PreviewMerge.
func (s *Service) Merge(ctx context.Context, practiceID string, in MergeInput) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.holdBoth(ctx, tx, practiceID, in); err != nil {
			return err
		}
		m, err := s.PreviewMerge(ctx, tx, practiceID, in)
		switch {
		case err != nil:
			return err
		case in.Seen != "" && in.Seen != m.Seen:
			return ErrChangedSince
		}
		if m.Same {
			if err := s.mayEndLogin(ctx, tx, m); err != nil {
				return err
			}
			if err := s.mergePeople(ctx, tx, m); err != nil {
				return err
			}
		}
		if m.Households {
			if err := s.mergeHouseholds(ctx, tx, m); err != nil {
				return err
			}
		}
		return s.closeStray(ctx, tx, practiceID, in.Stays)
	})
}

// holdBoth holds both households, then the logins of one person, then both
// people. Imports hold the number that they are about before the household that
// it was merged into, so the household that goes comes first here, after what was
// merged into it: taking them otherwise, the two would wait for each other.
func (s *Service) holdBoth(ctx context.Context, tx *db.Tx, practiceID string, in MergeInput) error {
	found := map[string]PetParent{}
	var households, logins []string
	for _, petParentID := range []string{in.Goes, in.Stays} {
		p, err := s.Get(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		found[p.ID] = p
		if len(households) == 0 {
			if households, err = mergedInto(ctx, tx, practiceID, p.HouseholdID); err != nil {
				return err
			}
		}
		households = append(households, p.HouseholdID)
		if in.Same && p.AccountID != "" {
			logins = append(logins, p.AccountID)
		}
	}
	for _, h := range slices.Compact(households) {
		if _, err := heldHousehold(ctx, tx, practiceID, h); err != nil {
			return err
		}
	}
	for _, accountID := range sorted(logins) {
		if _, err := s.Accounts.Hold(ctx, tx, practiceID, accountID); fault.Is(err, fault.NotFound) {
			return ErrChangedSince
		} else if err != nil {
			return err
		}
	}
	for _, petParentID := range sorted([]string{in.Stays, in.Goes}) {
		p, err := lockedPerson(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		if !slices.Contains(households, p.HouseholdID) || p.AccountID != found[p.ID].AccountID {
			return ErrChangedSince
		}
	}
	return nil
}

// sorted is a list in order, each once.
func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// mergePeople makes one person of two.
func (s *Service) mergePeople(ctx context.Context, tx *db.Tx, m Merge) error {
	p, goes := m.Person, m.GoesNow.PetParent
	if err := s.mergeLogins(ctx, tx, m); err != nil {
		return err
	}
	if err := s.inherit(ctx, tx, p, goes); err != nil {
		return err
	}
	// A login that came or went changed what finds them.
	found, err := lockedPerson(ctx, tx, p.PracticeID, p.ID)
	if err != nil {
		return err
	}
	p.stored, p.UpdatedAt = found.stored, s.Clock.Now()
	if err := updatePerson(ctx, tx, p, p.stored); err != nil {
		return err
	}
	for _, h := range []string{p.HouseholdID, goes.HouseholdID} {
		if err := reindex(ctx, tx, p.PracticeID, h, p.UpdatedAt); err != nil {
			return err
		}
	}
	changes := m.StaysNow.PetParent.changes(p)
	before := m.StaysNow.Login.LoginID
	if m.Ends.AccountID != "" {
		before = m.Ends.LoginID
	}
	changes = audit.Diff(changes, "login", before, m.Survives.LoginID)
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PetParentMerged, PracticeID: p.PracticeID, AccountID: m.Survives.AccountID,
		Target: p.target(m.StaysNow.Household.Company), Changes: changes,
		Detail: map[string]string{"merged": goes.ID, "from": goes.HouseholdID, "login_deleted": m.Ends.AccountID},
	})
}

// mergeHouseholds makes one household of two: of its own facts, those that are
// there stay, and nobody is written to who did not want to.
func (s *Service) mergeHouseholds(ctx context.Context, tx *db.Tx, m Merge) error {
	to, from := m.StaysNow.Household, m.GoesNow.Household
	for _, p := range m.Others {
		if err := s.settle(ctx, tx, p, from, to); err != nil {
			return err
		}
		if err := s.recordMove(ctx, tx, p, from, to, nil); err != nil {
			return err
		}
	}
	joined := 0
	for _, t := range m.Twins {
		if t.Joined {
			if err := s.mergePet(ctx, tx, t); err != nil {
				return err
			}
			joined++
		}
	}
	pets, err := ownedPets(ctx, tx, to.PracticeID, from.ID)
	if err != nil {
		return err
	}
	for _, pet := range pets {
		if err := movePet(ctx, tx, pet, to.ID, false); err != nil {
			return err
		}
	}
	was := to
	if to.HomeBranchID == "" {
		to.HomeBranchID = from.HomeBranchID
	}
	if to.Company == "" {
		to.Company = from.Company
	}
	to.Active, to.Deleted = to.Active || from.Active, to.Deleted && from.Deleted
	to.OptOut, to.UpdatedAt = to.OptOut || from.OptOut, s.Clock.Now()
	if err := saveHousehold(ctx, tx, to); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE household SET merged_into = $3, updated_at = $4 WHERE practice_id = $1 AND (id = $2 OR merged_into = $2)`,
		to.PracticeID, from.ID, to.ID, to.UpdatedAt); err != nil {
		return err
	}
	if err := reindex(ctx, tx, to.PracticeID, to.ID, to.UpdatedAt); err != nil {
		return err
	}
	var changes []audit.Change
	changes = audit.Diff(changes, FieldCompany, was.Company, to.Company)
	changes = audit.Diff(changes, FieldActive, strconv.FormatBool(was.Active), strconv.FormatBool(to.Active))
	changes = audit.Diff(changes, FieldOptOut, strconv.FormatBool(was.OptOut), strconv.FormatBool(to.OptOut))
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.HouseholdMerged, PracticeID: to.PracticeID, Changes: changes,
		Target: audit.Target{Kind: "household", ID: to.ID, Name: m.StaysNow.Name()},
		Detail: map[string]string{
			audit.OnBehalf: m.StaysNow.ID, "merged": from.ID, "people": strconv.Itoa(len(m.Others)), "pets": strconv.Itoa(len(m.Joining)), "pets_joined": strconv.Itoa(joined),
		},
	})
}
