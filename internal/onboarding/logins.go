package onboarding

import (
	"context"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

const (
	// batch is how many people are looked at in one transaction.
	batch = 250
	// shownSharers is how many of those who share an address are told by name:
	// some practices write one address wherever a client has none.
	shownSharers = 50
)

// Clash is why somebody who could be mailed gets no login by themselves.
type Clash string

// The clashes, the most telling first.
const (
	ClashStaff    Clash = "staff"    // a member of staff signs in with the address
	ClashLogin    Clash = "login"    // another pet parent signs in with it
	ClashShared   Clash = "shared"   // several people without a login have it
	ClashArchived Clash = "archived" // so does the record of somebody inactive or deleted
)

// Conflict is an address with which nobody was given a login, because it is
// not plain whose it is.
type Conflict struct {
	Address  string   `json:"address"`
	Clash    Clash    `json:"clash"`
	Holder   string   `json:"holder,omitempty"`    // who signs in with it, if anybody does
	HolderID string   `json:"holder_id,omitempty"` // the pet parent who does, "" for staff
	People   []Sharer `json:"people"`              // who has it, by name: the first of them
	Others   int      `json:"others,omitempty"`    // how many more have it
	Waiting  int      `json:"waiting"`             // how many of all would have got a login but for this
}

func (c *Conflict) include(s Sharer) {
	if s.Waiting {
		c.Waiting++
	}
	if len(c.People) < shownSharers {
		c.People = append(c.People, s)
	} else {
		c.Others++
	}
}

// Sharer is one of those who have the address of a conflict.
type Sharer struct {
	PetParentID string `json:"pet_parent_id"`
	Name        string `json:"name"`
	Household   string `json:"household"` // client number in the practice system
	Company     string `json:"company,omitempty"`
	LoginID     string `json:"login_id,omitempty"`
	Archived    bool   `json:"archived,omitempty"` // inactive or deleted in the practice system
	Waiting     bool   `json:"waiting,omitempty"`  // would have got a login but for this
	Skipped     bool   `json:"skipped,omitempty"`  // staff decided to leave them out
	Off         bool   `json:"off,omitempty"`      // their login is switched off
}

// Remedy says what to do about it. Decide is the page that does each of these
// things for one person.
func (c Conflict) Remedy() string {
	switch c.Clash {
	case ClashStaff:
		return c.Holder + " works here and signs in with this address. Decide: give the pet parent another login ID, or skip them. If the address is wrong, put their own on their page."
	case ClashLogin:
		return c.Holder + " signs in with this address already. Decide: give another login ID, make a household of the two, reactivate the login if it is switched off, or skip."
	case ClashArchived:
		return "An archived record has the same address and may be the same person. Decide: reactivate that record, give another login ID, make a household, or skip."
	case ClashShared:
	}
	return "Only one of them can sign in with this address. Decide: give another login ID, make a household, reactivate an archived record, or skip."
}

// Tally is what a look at everybody without a login comes to.
type Tally struct {
	Create      int                      // people who get (or got) a welcome e-mail, and a login if they had none
	NotMailable int                      // people who cannot be mailed
	Reasons     map[petparent.Reason]int // why; a person can have several reasons
	Conflicts   []Conflict               // by address
	Skipped     int                      // people whom staff decided to leave out
	Recent      int                      // people who were written to within a day
}

// ReasonCount is how many people cannot be mailed for a reason.
type ReasonCount struct {
	Reason petparent.Reason
	People int
}

// ReasonCounts lists the reasons that occur, in the order in which they are told.
func (t Tally) ReasonCounts() []ReasonCount {
	var list []ReasonCount
	for _, r := range petparent.Reasons() {
		if n := t.Reasons[r]; n > 0 {
			list = append(list, ReasonCount{Reason: r, People: n})
		}
	}
	return list
}

// Waiting is how many people are held up by the conflicts.
func (t Tally) Waiting() int {
	n := 0
	for _, c := range t.Conflicts {
		n += c.Waiting
	}
	return n
}

// conflict is the place of an address in Conflicts, and whether it is there.
func (t Tally) conflict(address string) (at int, known bool) {
	return slices.BinarySearchFunc(t.Conflicts, address, func(c Conflict, address string) int {
		return strings.Compare(c.Address, address)
	})
}

func (t *Tally) add(v verdict) {
	switch {
	case v.skipped:
		t.Skipped++
	case v.recent:
		t.Recent++
	case v.late: // nobody's concern any more
	case v.conflict != nil:
		if at, known := t.conflict(v.conflict.Address); !known {
			t.Conflicts = slices.Insert(t.Conflicts, at, *v.conflict)
		}
	case len(v.reasons) > 0:
		t.NotMailable++
		if t.Reasons == nil {
			t.Reasons = map[petparent.Reason]int{}
		}
		for _, r := range v.reasons {
			t.Reasons[r]++
		}
	default:
		t.Create++
	}
}

// LoginPlan is what a run would do now.
type LoginPlan struct {
	Tally
	People int // whom it would look at
}

// PlanLogins looks at everybody of a scope who has no login and writes nothing.
// ErrNotInPlan.
func (s *Service) PlanLogins(ctx context.Context, practiceID string, sc petparent.Scope) (LoginPlan, error) {
	return s.plan(ctx, practiceID, RunCreate, sc)
}

func (s *Service) plan(ctx context.Context, practiceID string, kind RunKind, sc petparent.Scope) (LoginPlan, error) {
	var plan LoginPlan
	if err := sc.Check(); err != nil {
		return plan, err
	}
	if _, err := s.withPetApp(ctx, s.DB, practiceID); err != nil {
		return plan, err
	}
	after := ""
	for {
		people, err := s.nextPeople(ctx, s.DB, practiceID, kind, sc, after)
		if err != nil || len(people) == 0 {
			return plan, err
		}
		verdicts, err := s.verdicts(ctx, s.DB, practiceID, kind, people, plan.Tally)
		if err != nil {
			return plan, err
		}
		for _, v := range verdicts {
			plan.add(v)
		}
		plan.People += len(people)
		after = people[len(people)-1].ID
	}
}

// nextPeople reads the next of those whom a run of the kind looks at.
func (s *Service) nextPeople(ctx context.Context, r db.Reader, practiceID string, kind RunKind, sc petparent.Scope, after string) ([]petparent.Row, error) {
	if kind == RunRemind {
		return s.PetParents.NeverSignedIn(ctx, r, practiceID, sc, after, batch)
	}
	return s.PetParents.WithoutLogin(ctx, r, practiceID, sc, after, batch)
}

func (s *Service) verdicts(ctx context.Context, r db.Reader, practiceID string, kind RunKind, people []petparent.Row, known Tally) ([]verdict, error) {
	if kind == RunRemind {
		return s.judgeReminders(ctx, r, practiceID, people)
	}
	return s.judge(ctx, r, practiceID, people, known)
}

// verdict is what becomes of one person; the zero verdict writes to them, and
// gives them a login if they have none.
type verdict struct {
	skipped  bool               // staff said so
	reasons  []petparent.Reason // cannot be mailed
	conflict *Conflict
	recent   bool // was written to within a day
	late     bool // signed in, or was switched off, meanwhile
}

// plain reports whether nothing is in the way.
func (v verdict) plain() bool {
	return !v.skipped && len(v.reasons) == 0 && v.conflict == nil && !v.recent && !v.late
}

// judge decides about people who have no login: the one place where that is
// decided, for the look beforehand and for the run itself. An address that
// stands in known is not looked into again.
func (s *Service) judge(ctx context.Context, r db.Reader, practiceID string, people []petparent.Row, known Tally) ([]verdict, error) {
	verdicts := make([]verdict, len(people))
	conflicts := map[string]*Conflict{} // by address
	skipped, err := skippedPeople(ctx, r, practiceID)
	if err != nil {
		return nil, err
	}
	var emails []string
	for i, p := range people {
		if verdicts[i].skipped = skipped[p.ID]; verdicts[i].skipped {
			continue
		}
		if verdicts[i].reasons = unmailable(p); len(verdicts[i].reasons) > 0 {
			continue
		}
		address := strings.ToLower(p.Email)
		if _, asked := conflicts[address]; asked {
			continue
		}
		conflicts[address] = nil
		if at, found := known.conflict(address); found {
			again := known.Conflicts[at] // a copy: known may grow while this is read
			conflicts[address] = &again
		} else {
			emails = append(emails, p.Email)
		}
	}
	holders, err := loginHolders(ctx, r, practiceID, emails)
	if err != nil {
		return nil, err
	}
	sharing, err := s.sharing(ctx, r, practiceID, emails, holders)
	if err != nil {
		return nil, err
	}
	for i, p := range people {
		if !verdicts[i].plain() {
			continue
		}
		address := strings.ToLower(p.Email)
		if conflicts[address] == nil {
			conflicts[address] = conflictOf(p, sharing[petparent.Fold(p.Email)], holders[account.Key(p.Email)], skipped)
		}
		verdicts[i].conflict = conflicts[address]
	}
	return verdicts, nil
}

// sharing is who has the addresses that are not plainly one person's, by folded
// address.
func (s *Service) sharing(ctx context.Context, r db.Reader, practiceID string, emails []string, holders map[string]holder) (map[string][]petparent.Row, error) {
	several, err := s.PetParents.Shared(ctx, r, practiceID, emails)
	if err != nil {
		return nil, err
	}
	for _, e := range emails {
		if holders[account.Key(e)].kind != "" {
			several = append(several, e)
		}
	}
	return s.PetParents.Sharing(ctx, r, practiceID, several)
}

// unmailable lists why nobody can write to the person. An address that the
// practice system took and no mail server would is one of the reasons.
func unmailable(p petparent.Row) []petparent.Reason {
	if len(p.NotMailable) == 0 && (!mail.ValidAddress(p.Email) || !account.IsEmail(p.Email)) {
		return []petparent.Reason{petparent.ReasonInvalid}
	}
	return p.NotMailable
}

// conflictOf is nil when the address is the person's alone. sharing is
// everybody who has it, themselves included. Somebody else who has a login of
// another name, or is skipped, does not clash: that is how staff settle a shared
// address.
func conflictOf(p petparent.Row, sharing []petparent.Row, held holder, skipped map[string]bool) *Conflict {
	c := &Conflict{Address: strings.ToLower(p.Email), Holder: held.name, HolderID: held.petParent.ID}
	switch {
	case held.kind == access.KindStaff:
		c.Clash = ClashStaff
	case held.kind != "":
		c.Clash = ClashLogin
	default:
		for _, other := range sharing {
			switch {
			case other.ID == p.ID || other.AccountID != "" || skipped[other.ID]:
			case !archived(other):
				c.Clash = ClashShared
			case c.Clash == "":
				c.Clash = ClashArchived
			}
		}
	}
	if c.Clash == "" {
		return nil
	}
	for _, one := range sharing {
		c.include(sharer(one, skipped[one.ID]))
	}
	if held.petParent.ID != "" && !slices.ContainsFunc(sharing, func(o petparent.Row) bool { return o.ID == held.petParent.ID }) {
		c.include(sharer(held.petParent, false))
	}
	return c
}

func sharer(p petparent.Row, skipped bool) Sharer {
	return Sharer{
		PetParentID: p.ID, Name: p.Name(), Household: p.ExternalID, Company: p.Company, LoginID: p.LoginID,
		Archived: archived(p), Waiting: p.AccountID == "" && len(unmailable(p)) == 0 && !skipped,
		Skipped: skipped, Off: p.Status == petparent.Inactive,
	}
}

func archived(p petparent.Row) bool {
	return slices.Contains(p.NotMailable, petparent.ReasonDeleted) || slices.Contains(p.NotMailable, petparent.ReasonInactive)
}
