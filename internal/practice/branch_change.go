package practice

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// ErrNotHere answers to who holds a permission, but not where the thing is.
var ErrNotHere = fault.New(fault.Forbidden, "permission-missing-there",
	"Your role does not allow this in that branch. Ask an administrator of your practice if you need it.")

// AddBranch opens a branch for the viewer, who must be allowed to in all of
// them. ErrNotHere, and complaints per field.
func (s *Service) AddBranch(ctx context.Context, in BranchInput) (b Branch, err error) {
	v := access.ViewerFrom(ctx)
	if !v.MayEverywhere(access.BranchWrite) {
		return Branch{}, ErrNotHere
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if b, err = s.addBranch(ctx, tx, v.PracticeID, in); err != nil {
			return err
		}
		tx.Announce(access.PracticeTopic(v.PracticeID))
		return nil
	})
	return b, err
}

// ChangeBranch stores what a viewer changed about a branch in which they may.
// ErrNotHere, ErrBranchNotFound, and complaints per field.
func (s *Service) ChangeBranch(ctx context.Context, branchID string, in BranchInput) (b Branch, err error) {
	v := access.ViewerFrom(ctx)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		before, err := s.HoldBranch(ctx, tx, v.PracticeID, branchID)
		if err != nil {
			return err
		}
		if !v.MayIn(access.BranchWrite, before.ID) {
			return ErrNotHere
		}
		if in, err = in.check(); err != nil {
			return err
		}
		b = before
		in.into(&b)
		changes := branchDiff(before, b)
		if len(changes) == 0 {
			return nil
		}
		if err := updateBranch(ctx, tx, b); err != nil {
			return nameTaken(err)
		}
		tx.Announce(access.PracticeTopic(v.PracticeID))
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.BranchChanged, PracticeID: b.PracticeID, BranchID: b.ID,
			Target: audit.Target{Kind: "branch", ID: b.ID, Name: b.Name}, Changes: changes,
		})
	})
	return b, err
}

// HoldBranch reads a branch that nobody else changes until the end of the
// transaction. ErrBranchNotFound.
func (s *Service) HoldBranch(ctx context.Context, tx *db.Tx, practiceID, branchID string) (Branch, error) {
	if _, err := tx.Exec(ctx, `UPDATE branch SET hue = hue WHERE practice_id = $1 AND id = $2`, practiceID, branchID); err != nil {
		return Branch{}, err
	}
	return s.Branch(ctx, tx, practiceID, branchID)
}

// into puts checked input into a branch.
func (in BranchInput) into(b *Branch) {
	b.Name, b.Hue, b.Phone, b.TimeZone = in.Name, in.Hue, in.Phone, in.TimeZone
	b.Email, b.Hours, b.Address = in.Email, in.Hours, in.Address
	b.FeaturesOff = []access.Feature{}
	for _, f := range access.Features() { // in one order
		if slices.Contains(in.FeaturesOff, f) {
			b.FeaturesOff = append(b.FeaturesOff, f)
		}
	}
}

func branchDiff(before, after Branch) []audit.Change {
	changes := audit.Diff(nil, "name", before.Name, after.Name)
	changes = audit.Diff(changes, "hue", strconv.Itoa(before.Hue), strconv.Itoa(after.Hue))
	changes = audit.Diff(changes, "phone", before.Phone, after.Phone)
	changes = audit.Diff(changes, "email", before.Email, after.Email)
	changes = audit.Diff(changes, "hours", before.Hours, after.Hours)
	changes = audit.Diff(changes, "address", before.Address, after.Address)
	changes = audit.Diff(changes, "time_zone", before.TimeZone, after.TimeZone)
	return audit.Diff(changes, "features_off", words(before.FeaturesOff), words(after.FeaturesOff))
}

func words(features []access.Feature) string {
	all := make([]string, 0, len(features))
	for _, f := range features {
		all = append(all, string(f))
	}
	return strings.Join(all, ", ")
}

func updateBranch(ctx context.Context, tx *db.Tx, b Branch) error {
	off, err := json.Marshal(b.FeaturesOff)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE branch SET name = $3, name_key = $4, hue = $5, phone = $6, time_zone = $7, features_off = $8,
			email = $9, hours = $10, address = $11
		WHERE practice_id = $1 AND id = $2`,
		b.PracticeID, b.ID, b.Name, nameKey(b.Name), b.Hue, b.Phone, b.TimeZone, string(off),
		b.Email, b.Hours, b.Address)
	return err
}
