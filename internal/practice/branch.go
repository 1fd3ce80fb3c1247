package practice

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/mail"
)

// Hues is how many branch colours there are.
const Hues = 8

// Branch is a site of a practice.
type Branch struct {
	ID         string
	PracticeID string
	Name       string
	Hue        int // 0 to Hues-1
	Phone      string
	Email      string // "" is the practice's, as for Hours
	Hours      string
	Address    string // as people read it, on several lines
	CreatedAt  time.Time

	TimeZone    string // IANA name; "" is the practice's
	FeaturesOff []access.Feature
	Network     Network
}

// Access is the part of it that every page needs.
func (b Branch) Access() access.Branch {
	return access.Branch{ID: b.ID, Name: b.Name, Hue: b.Hue, Zone: Zone(b.TimeZone)}
}

// BranchInput is what an administrator types.
type BranchInput struct {
	Name        string
	Hue         int
	Phone       string
	Email       string
	Hours       string
	Address     string
	TimeZone    string // "" is the practice's
	FeaturesOff []access.Feature
}

// ErrBranchNotFound answers for a branch that is not the practice's.
var ErrBranchNotFound = fault.New(fault.NotFound, "branch-not-found", "This branch is not here. Go back to the list of branches.")

func (in BranchInput) check() (BranchInput, error) {
	in.Name, in.Phone, in.Email = strings.TrimSpace(in.Name), strings.TrimSpace(in.Phone), strings.TrimSpace(in.Email)
	in.Hours, in.Address = lines(in.Hours), lines(in.Address)
	var c fault.Complaints
	c.Check(in.Name != "", "name", "Type the name of the branch.")
	c.Check(utf8.RuneCountInString(in.Name) <= 60, "name", "Use at most 60 characters.")
	c.Check(in.Hue >= 0 && in.Hue < Hues, "hue", "Choose one of the eight colours.")
	c.Check(utf8.RuneCountInString(in.Phone) <= 200, "phone", "Use at most 200 characters.")
	c.Check(in.Email == "" || mail.ValidAddress(in.Email), "email", "Type a whole e-mail address, for instance north@example.com.")
	c.Check(utf8.RuneCountInString(in.Hours) <= 500, "hours", "Use at most 500 characters.")
	c.Check(utf8.RuneCountInString(in.Address) <= 500, "address", "Use at most 500 characters.")
	c.Check(in.TimeZone == "" || Zone(in.TimeZone) != nil, "time_zone", "Choose one of the time zones in the list.")
	for _, f := range in.FeaturesOff {
		c.Check(slices.Contains(access.Features(), f), "features", "Choose from the features in the list.")
	}
	return in, c.Err()
}

// Branches lists the branches of a practice by name.
func (s *Service) Branches(ctx context.Context, r db.Reader, practiceID string) ([]Branch, error) {
	return db.All(ctx, r, scanBranch, selectBranch+` WHERE practice_id = $1 ORDER BY name_key`, practiceID)
}

// Branch reads one branch of the practice.
func (s *Service) Branch(ctx context.Context, r db.Reader, practiceID, branchID string) (Branch, error) {
	b, err := db.One(ctx, r, scanBranch, selectBranch+` WHERE practice_id = $1 AND id = $2`, practiceID, branchID)
	if errors.Is(err, db.ErrNone) {
		return b, ErrBranchNotFound
	}
	return b, err
}

func (s *Service) addBranch(ctx context.Context, tx *db.Tx, practiceID string, in BranchInput) (Branch, error) {
	in, err := in.check()
	if err != nil {
		return Branch{}, err
	}
	b := Branch{ID: id.New(), PracticeID: practiceID, CreatedAt: s.Clock.Now(), Network: Network{Mode: NetworkOff}}
	in.into(&b)
	if err := insertBranch(ctx, tx, b); err != nil {
		return Branch{}, nameTaken(err)
	}
	return b, s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.BranchCreated, PracticeID: practiceID, BranchID: b.ID,
		Target: audit.Target{Kind: "branch", ID: b.ID, Name: b.Name},
	})
}

func nameTaken(err error) error {
	if db.IsDuplicate(err, "branch_practice_id_name_key") {
		return fault.Complain("name", "There is a branch of this name already. Choose a different one.")
	}
	return err
}

// lines tidies a text of several lines.
func lines(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

func nameKey(name string) string { return strings.ToLower(name) }
