package practice

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/plan"
)

// The kinds of practice.
const (
	Clinic   = "clinic"
	Sitting  = "sitting"
	Training = "training"
)

// Kinds lists the kinds of practice with the words that people read.
func Kinds() []KindName {
	return []KindName{{Clinic, "Clinic"}, {Sitting, "Pet sitting"}, {Training, "Training"}}
}

// KindName is a kind and its words.
type KindName struct{ Kind, Name string }

// KindName is the practice's kind in words.
func (p Practice) KindName() string {
	for _, k := range Kinds() {
		if k.Kind == p.Kind {
			return k.Name
		}
	}
	return p.Kind
}

// The states of a practice.
const (
	Active    = "active"
	Suspended = "suspended" // nobody is let in until the platform opens it again
	Closed    = "closed"    // left the platform; its data waits for the export
)

// Practice is one tenant.
type Practice struct {
	ID        string
	Slug      string // in its URLs: /{slug}/login
	Name      string
	Kind      string    // Clinic, Sitting or Training
	Plan      string    // key of a plan.Plan
	Status    string    // Active, Suspended or Closed
	Reason    string    // why it is not active
	StatusAt  time.Time // since when; zero while it always was
	TimeZone  string    // IANA name
	Phone     string
	Email     string
	Hours     string
	Look      Look   // of its mail
	Policy    Policy // in force
	Chosen    Policy // as chosen, before strict mode
	CreatedAt time.Time
}

// Access is the part of it that every page needs.
func (p Practice) Access() access.Practice {
	return access.Practice{
		ID: p.ID, Slug: p.Slug, Name: p.Name, Kind: p.Kind, Closed: p.Status != Active, Zone: Zone(p.TimeZone),
		Clients: p.Policy.PetParentsCalled == CalledClients,
	}
}

// Features lists what the practice's plan includes.
func (p Practice) Features() []access.Feature {
	bought, _ := plan.Find(p.Plan)
	return bought.Features
}

// Input is what the platform administrator types.
type Input struct {
	Slug, Name, Kind, Plan string
	Phone, Email, Hours    string
	Branches               []string // names, at least one
}

// ErrNotFound answers for a practice that is not there.
var ErrNotFound = fault.New(fault.NotFound, "practice-not-found",
	"There is no practice at this address. Check the link you were given, or ask the practice for it.")

// Service is what can be done with practices.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Audit    *audit.Log
	Reserved []string // first path segments that no slug may take
}

var slugForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$`)

// Create stores a practice with its branches in the caller's transaction.
func (s *Service) Create(ctx context.Context, tx *db.Tx, in Input) (Practice, []Branch, error) {
	in = in.trimmed()
	if err := s.check(in); err != nil {
		return Practice{}, nil, err
	}
	p := Practice{
		ID: id.New(), Slug: in.Slug, Name: in.Name, Kind: in.Kind, Plan: in.Plan, Status: Active, TimeZone: "UTC",
		Phone: in.Phone, Email: in.Email, Hours: in.Hours, Policy: DefaultPolicy(), Chosen: DefaultPolicy(), CreatedAt: s.Clock.Now(),
	}
	if err := insertPractice(ctx, tx, p); err != nil {
		if db.IsDuplicate(err, "practice_slug") {
			return Practice{}, nil, fault.Complain("slug", "Another practice has this address already. Choose a different one.")
		}
		return Practice{}, nil, err
	}
	e := audit.Entry{
		Action: audit.PracticeCreated, OnPlatform: true,
		Target: audit.Target{Kind: "practice", ID: p.ID, Name: p.Name},
		Detail: map[string]string{"slug": p.Slug, "kind": p.Kind, "plan": p.Plan},
	}
	for _, e.PracticeID = range []string{"", p.ID} { // in the platform's record and in their own
		if err := s.Audit.Record(ctx, tx, e); err != nil {
			return Practice{}, nil, err
		}
	}
	var branches []Branch
	for i, name := range in.Branches {
		b, err := s.addBranch(ctx, tx, p.ID, BranchInput{Name: name, Hue: i % Hues})
		if fault.Is(err, fault.Invalid) { // the form has one field for all of them
			err = fault.Complain("branches", name+": "+fault.From(err).Fields[0].Message)
		}
		if err != nil {
			return Practice{}, nil, err
		}
		branches = append(branches, b)
	}
	return p, branches, nil
}

func (in Input) trimmed() Input {
	in.Slug = strings.ToLower(strings.TrimSpace(in.Slug))
	in.Name = strings.TrimSpace(in.Name)
	in.Phone, in.Email, in.Hours = strings.TrimSpace(in.Phone), strings.TrimSpace(in.Email), strings.TrimSpace(in.Hours)
	var names []string
	for _, b := range in.Branches {
		if b = strings.TrimSpace(b); b != "" {
			names = append(names, b)
		}
	}
	in.Branches = names
	return in
}

func (s *Service) check(in Input) error {
	var c fault.Complaints
	c.Check(slugForm.MatchString(in.Slug), "slug", "Use 2 to 40 small letters, digits and hyphens, for instance happy-paws.")
	c.Check(!slices.Contains(s.Reserved, in.Slug), "slug", "This word is reserved for Catflap itself. Choose a different one.")
	c.Check(in.Name != "", "name", "Type the name of the practice.")
	c.Check(utf8.RuneCountInString(in.Name) <= 100, "name", "Use at most 100 characters.")
	c.Check(slices.ContainsFunc(Kinds(), func(k KindName) bool { return k.Kind == in.Kind }), "kind", "Choose clinic, sitting or training.")
	_, known := plan.Find(in.Plan)
	c.Check(known, "plan", "Choose one of the plans.")
	c.Check(len(in.Branches) > 0, "branches", "Name at least one branch, one on each line.")
	c.Check(len(in.Branches) <= 200, "branches", "Start with at most 200 branches.")
	for _, f := range []struct{ name, value string }{{"phone", in.Phone}, {"email", in.Email}, {"hours", in.Hours}} {
		c.Check(utf8.RuneCountInString(f.value) <= 200, f.name, "Use at most 200 characters.")
	}
	return c.Err()
}

// FindBySlug is the practice in a path.
func (s *Service) FindBySlug(ctx context.Context, slug string) (access.Practice, error) {
	if !slugForm.MatchString(slug) {
		return access.Practice{}, ErrNotFound
	}
	p, err := found(db.One(ctx, s.DB, scanPractice, selectPractice+` WHERE slug = $1`, slug))
	return p.Access(), err
}

// Get reads a practice.
func (s *Service) Get(ctx context.Context, r db.Reader, practiceID string) (Practice, error) {
	return found(db.One(ctx, r, scanPractice, selectPractice+` WHERE id = $1`, practiceID))
}

// List reads at most limit practices by name, after the one with slug after.
func (s *Service) List(ctx context.Context, after string, limit int) ([]Practice, error) {
	return db.All(ctx, s.DB, scanPractice, selectPractice+` WHERE slug > $1 ORDER BY slug LIMIT $2`, after, limit)
}

// Policy is what counts in the practice: what it decided over the defaults, and
// strict mode over both.
func (s *Service) Policy(ctx context.Context, r db.Reader, practiceID string) (Policy, error) {
	if practiceID == "" {
		return DefaultPolicy(), nil
	}
	p, err := s.Get(ctx, r, practiceID)
	return p.Policy, err
}

func found(p Practice, err error) (Practice, error) {
	if errors.Is(err, db.ErrNone) {
		return p, ErrNotFound
	}
	return p, err
}

// Names lists the words that everybody connects with the practice: its name,
// its slug, its branches. Empty for the platform.
func (s *Service) Names(ctx context.Context, r db.Reader, practiceID string) ([]string, error) {
	if practiceID == "" {
		return nil, nil
	}
	p, err := s.Get(ctx, r, practiceID)
	if err != nil {
		return nil, err
	}
	branches, err := s.Branches(ctx, r, practiceID)
	names := []string{p.Name, p.Slug}
	for _, b := range branches {
		names = append(names, b.Name)
	}
	return names, err
}
