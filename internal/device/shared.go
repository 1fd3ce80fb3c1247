package device

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
)

// Computer is a computer of a branch that several people use.
type Computer struct {
	ID         string
	PracticeID string
	BranchID   string
	BranchName string
	BranchHue  int
	Name       string
	CreatedAt  time.Time
	CreatedBy  string    // the name of whoever remembered it
	LastAt     time.Time // of the last sign-in there; zero before the first
	hash       []byte
}

// ComputerInput is what somebody types who remembers the computer they sit at.
type ComputerInput struct {
	Name     string
	BranchID string
}

var (
	// ErrNotFound answers for a shared computer that is not here, or not any more.
	ErrNotFound = fault.New(fault.NotFound, "shared-computer-not-found",
		"This computer is not remembered as a shared one any more. Go back to the list.")
	// ErrBranch answers those who may not do this in the branch.
	ErrBranch = fault.New(fault.Forbidden, "branch-permission-missing",
		"Your role does not allow this in that branch. Ask an administrator of your practice if you need it.")
	// ErrRemembered answers at a computer that is remembered already.
	ErrRemembered = fault.New(fault.Conflict, "shared-computer-remembered",
		"This computer is remembered as a shared one already. Remove it from the list first if its name or branch is wrong.")
)

// Here is the shared computer that the browser in ctx is remembered as; the zero
// Computer when it is none of the practice.
func (s *Service) Here(ctx context.Context, r db.Reader, practiceID string) (Computer, error) {
	hash := browserFrom(ctx).hash()
	if hash == nil || practiceID == "" {
		return Computer{}, nil
	}
	c, err := db.One(ctx, r, scanComputer, selectComputer+`
		WHERE c.practice_id = $1 AND c.token_hash = $2 AND c.ended_at IS NULL`, practiceID, hash)
	if none(err) {
		return Computer{}, nil
	}
	return c, err
}

// Computers lists the shared computers of those branches in which the viewer
// manages sessions, by branch and name.
func (s *Service) Computers(ctx context.Context) ([]Computer, error) {
	v := access.ViewerFrom(ctx)
	all, err := db.All(ctx, s.DB, scanComputer, selectComputer+`
		WHERE c.practice_id = $1 AND c.ended_at IS NULL ORDER BY b.name_key, c.name, c.id`, v.PracticeID)
	seen := all[:0]
	for _, c := range all {
		if v.MayIn(access.SessionManage, c.BranchID) {
			seen = append(seen, c)
		}
	}
	return seen, err
}

// RememberShared remembers the browser in ctx as a shared computer of a branch
// and makes the token that it keeps from now on. What it was known by before
// counts no more, but it knows the one who sits there.
func (s *Service) RememberShared(ctx context.Context, in ComputerInput) (Computer, secret.Text, error) {
	in.Name = strings.TrimSpace(in.Name)
	if err := in.check(); err != nil {
		return Computer{}, "", err
	}
	v := access.ViewerFrom(ctx)
	token, hash := secret.NewToken()
	c := Computer{
		ID: id.New(), PracticeID: v.PracticeID, BranchID: in.BranchID, Name: in.Name, CreatedAt: s.Clock.Now(),
		CreatedBy: v.Name, hash: hash,
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error { return s.rememberShared(ctx, tx, &c) })
	return c, secret.Text(token), err
}

func (in ComputerInput) check() error {
	var c fault.Complaints
	c.Check(in.Name != "", "name", "Type a name by which people know this computer, for instance Consulting room 2.")
	c.Check(utf8.RuneCountInString(in.Name) <= 60 && utf8.ValidString(in.Name) && !strings.ContainsRune(in.Name, 0),
		"name", "Use at most 60 characters.")
	c.Check(id.Valid(in.BranchID), "branch", "Choose the branch in which this computer stands.")
	return c.Err()
}

func (s *Service) rememberShared(ctx context.Context, tx *db.Tx, c *Computer) error {
	v := access.ViewerFrom(ctx)
	b, err := s.Practices.Branch(ctx, tx, v.PracticeID, c.BranchID)
	if err != nil {
		return err
	}
	if !v.MayIn(access.SessionManage, b.ID) {
		return ErrBranch
	}
	here, err := s.Here(ctx, tx, v.PracticeID)
	if err != nil {
		return err
	}
	if here.ID != "" {
		return ErrRemembered
	}
	c.BranchName, c.BranchHue = b.Name, b.Hue
	if former := browserFrom(ctx).hash(); former != nil {
		if err := s.forget(ctx, tx, v.PracticeID, former); err != nil {
			return err
		}
	}
	if err := insertComputer(ctx, tx, *c, v.AccountID); err != nil {
		return err
	}
	if _, err := s.remember(ctx, tx, v.PracticeID, v.AccountID, c.hash); err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.SharedRemembered, PracticeID: v.PracticeID, BranchID: b.ID,
		Target: audit.Target{Kind: "shared_computer", ID: c.ID, Name: c.Name},
	})
}

// RemoveShared makes a shared computer one like any other, from its next page
// on; nobody is known there any more. Of several at once one wins, the others
// get ErrNotFound.
func (s *Service) RemoveShared(ctx context.Context, computerID string) (Computer, error) {
	v := access.ViewerFrom(ctx)
	var c Computer
	err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		c, err = db.One(ctx, tx, scanComputer, selectComputer+`
			WHERE c.practice_id = $1 AND c.id = $2 AND c.ended_at IS NULL`, v.PracticeID, computerID)
		if none(err) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if !v.MayIn(access.SessionManage, c.BranchID) {
			return ErrNotFound
		}
		n, err := tx.Exec(ctx, `
			UPDATE shared_computer SET ended_at = $3 WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`,
			v.PracticeID, c.ID, s.Clock.Now())
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		if err := s.forget(ctx, tx, v.PracticeID, c.hash); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.SharedRemoved, PracticeID: v.PracticeID, BranchID: c.BranchID,
			Target: audit.Target{Kind: "shared_computer", ID: c.ID, Name: c.Name},
		})
	})
	return c, err
}
