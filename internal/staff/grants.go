package staff

import (
	"context"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/role"
)

// maximumGrants is how many roles one person can hold, counted by branch.
const maximumGrants = 200

// ErrNoGrants complains about an invitation or a change without any role.
var ErrNoGrants = fault.Complain("grants", "Choose at least one role and where it counts.")

// Give gives a person a role in a branch ("" for all of them).
func (s *Service) Give(ctx context.Context, practiceID, accountID string, g role.Grant) error {
	return s.changeGrants(ctx, practiceID, accountID, func([]role.Grant) (add, remove []role.Grant) { return []role.Grant{g}, nil })
}

// Take takes a role in a branch from a person. Their sessions in branches where
// no role is left end with it.
func (s *Service) Take(ctx context.Context, practiceID, accountID string, g role.Grant) error {
	return s.changeGrants(ctx, practiceID, accountID, func([]role.Grant) (add, remove []role.Grant) { return nil, []role.Grant{g} })
}

// Change stores the name and exactly these grants, all or nothing.
func (s *Service) Change(ctx context.Context, practiceID, accountID, name string, grants []role.Grant) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.hold(ctx, tx, practiceID, accountID)
		if err != nil {
			return err
		}
		if name != one.Name {
			if err := s.rename(ctx, tx, one, name); err != nil {
				return err
			}
		}
		add, remove := difference(grants, one.grants()), difference(one.grants(), grants)
		return s.applyGrants(ctx, tx, one, add, remove)
	})
}

// Rename stores another name.
func (s *Service) Rename(ctx context.Context, practiceID, accountID, name string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.hold(ctx, tx, practiceID, accountID)
		if err != nil {
			return err
		}
		return s.rename(ctx, tx, one, name)
	})
}

func (s *Service) rename(ctx context.Context, tx *db.Tx, one subject, name string) error {
	if !manages(one.viewer, one.held) {
		return ErrElsewhere
	}
	name = strings.TrimSpace(name)
	if err := s.Accounts.Rename(ctx, tx, one.Account, name); err != nil || name == one.Name {
		return err
	}
	return s.record(ctx, tx, one, audit.StaffRenamed, audit.Diff(nil, "name", one.Name, name))
}

func (s *Service) changeGrants(ctx context.Context, practiceID, accountID string, choose func(held []role.Grant) (add, remove []role.Grant)) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := s.hold(ctx, tx, practiceID, accountID)
		if err != nil {
			return err
		}
		add, remove := choose(one.grants())
		return s.applyGrants(ctx, tx, one, difference(add, one.grants()), intersection(remove, one.grants()))
	})
}

// applyGrants checks each grant by its own branch, changes them, and ends the
// sessions that lost their branch.
func (s *Service) applyGrants(ctx context.Context, tx *db.Tx, one subject, add, remove []role.Grant) error {
	if len(add)+len(remove) == 0 {
		return nil
	}
	if !one.Active && len(add) > 0 {
		return ErrInactive
	}
	if len(one.held)+len(add)-len(remove) > maximumGrants {
		return fault.Complain("grants", "One person can hold at most 200 roles. Give a role for all branches instead.")
	}
	if err := s.mayGive(ctx, tx, one.viewer, one.PracticeID, add); err != nil {
		return err
	}
	for _, g := range remove {
		if one.self() {
			return ErrSelf
		}
		if !one.viewer.MayIn(access.StaffManage, g.BranchID) {
			return ErrElsewhere
		}
	}
	if len(add) > 0 {
		if err := s.keepEmail(ctx, tx, one); err != nil {
			return err
		}
	}
	before, err := s.describe(ctx, tx, one.PracticeID, one.ID)
	if err != nil {
		return err
	}
	if err := s.Roles.Keeping(ctx, tx, one.PracticeID, func() error {
		if err := s.Roles.Take(ctx, tx, one.PracticeID, one.ID, remove); err != nil {
			return err
		}
		return s.Roles.Give(ctx, tx, one.PracticeID, one.ID, add)
	}); err != nil {
		return err
	}
	if len(remove) > 0 {
		if err := s.Sessions.EndLost(ctx, tx, one.Account); err != nil {
			return err
		}
	}
	after, err := s.describe(ctx, tx, one.PracticeID, one.ID)
	if err != nil {
		return err
	}
	return s.record(ctx, tx, one, audit.StaffRolesChanged, audit.Diff(nil, "roles", before, after))
}

// mayGive checks grants that are to be added: staff.manage and every permission
// of the role, both in the grant's own branch.
func (s *Service) mayGive(ctx context.Context, tx *db.Tx, v access.Viewer, practiceID string, grants []role.Grant) error {
	for _, g := range grants {
		r, err := s.Roles.Get(ctx, tx, practiceID, g.RoleID)
		if err != nil {
			return err
		}
		if g.BranchID != "" {
			if _, err := s.Practices.Branch(ctx, tx, practiceID, g.BranchID); err != nil {
				return role.ErrNotFound
			}
		}
		if !v.MayIn(access.StaffManage, g.BranchID) {
			return ErrNotThere
		}
		if err := role.MayGive(v, r, g.BranchID); err != nil {
			return err
		}
	}
	return nil
}

// ErrNotThere answers who gives roles where they do not manage staff.
var ErrNotThere = fault.New(fault.Forbidden, "not-in-that-branch",
	"You do not manage staff there. Ask somebody who does, or choose one of your own branches.")

// describe is what somebody holds, for the record: "Receptionist in North".
func (s *Service) describe(ctx context.Context, r db.Reader, practiceID, accountID string) (string, error) {
	held, err := s.Roles.HeldBy(ctx, r, practiceID, accountID)
	if err != nil {
		return "", err
	}
	branches, err := s.Practices.Branches(ctx, r, practiceID)
	if err != nil {
		return "", err
	}
	names := map[string]string{"": "all branches"}
	for _, b := range branches {
		names[b.ID] = b.Name
	}
	words := make([]string, len(held))
	for i, h := range held {
		words[i] = h.Name + " in " + names[h.BranchID]
	}
	return strings.Join(words, "; "), nil
}

func (o subject) grants() []role.Grant {
	all := make([]role.Grant, len(o.held))
	for i, h := range o.held {
		all[i] = h.Grant
	}
	return all
}

// difference is what is in all and not in others, each once.
func difference(all, others []role.Grant) []role.Grant {
	var left []role.Grant
	for _, g := range all {
		if !slices.Contains(others, g) && !slices.Contains(left, g) {
			left = append(left, g)
		}
	}
	return left
}

func intersection(all, others []role.Grant) []role.Grant {
	return slices.DeleteFunc(slices.Clone(all), func(g role.Grant) bool { return !slices.Contains(others, g) })
}

func (s *Service) record(ctx context.Context, tx *db.Tx, one subject, action audit.Action, changes []audit.Change) error {
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: action, PracticeID: one.PracticeID, AccountID: one.ID, AccountName: one.Name, Changes: changes,
	})
}
