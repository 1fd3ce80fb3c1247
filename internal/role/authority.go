package role

import (
	"context"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Essential lists what a practice must have somebody for, for all branches:
// without it nobody could ever repair who may do what.
func Essential() []access.Permission {
	return []access.Permission{access.StaffManage, access.RoleManage, access.SecurityManage}
}

// ErrLastAdministrator answers what would leave a practice without anybody who
// holds everything that is essential.
var ErrLastAdministrator = fault.New(fault.Conflict, "last-administrator",
	"Then nobody would be left who manages staff, roles and security for all branches. Give somebody else the role of Practice administrator for all branches first, and wait until they have chosen their password.")

// beyond answers somebody who gives or takes what they do not hold themselves.
func beyond(lacking []access.Permission, where string) error {
	words := make([]string, len(lacking))
	for i, p := range lacking {
		words[i] = Words(p)
	}
	return fault.New(fault.Forbidden, "beyond-own-permissions",
		"You can only give or remove what you may do yourself "+where+". Ask somebody who may: "+strings.Join(words, "; ")+".")
}

// Acting is the viewer with the roles that they hold at this moment of the
// transaction, which may be fewer than at the beginning of the request: who
// was switched off meanwhile holds none.
func (s *Service) Acting(ctx context.Context, tx *db.Tx) (access.Viewer, error) {
	v := access.ViewerFrom(ctx)
	switch v.Kind {
	case access.KindStaff:
		held, err := db.All(ctx, tx, scanHeld, selectHeldNow, v.PracticeID, v.AccountID)
		return v.Holding(Access(held)), err
	case access.KindSystem:
		return v.WithPermissions(access.Permissions()), nil
	}
	return v, nil
}

// MayGive says why the viewer must not give the role in the branch ("" for all
// of them), nil if they may: they hold all that it allows there themselves.
func MayGive(v access.Viewer, r Role, branchID string) error {
	var lacking []access.Permission
	for _, p := range r.Permissions {
		if !v.MayIn(p, branchID) {
			lacking = append(lacking, p)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	if branchID == "" {
		return beyond(lacking, "in all branches")
	}
	return beyond(lacking, "in that branch")
}

// standing is what each person who counts holds for all branches: who is
// active, has chosen a password and is not about to leave.
type standing map[string][]access.Permission

func (s *Service) standing(ctx context.Context, r db.Reader, practiceID string) (standing, error) {
	all := standing{}
	_, err := db.All(ctx, r, func(sc db.Scanner) (struct{}, error) {
		accountID, permissions, err := scanStanding(sc)
		all[accountID] = append(all[accountID], permissions...)
		return struct{}{}, err
	}, selectStanding, practiceID)
	return all, err
}

// holders counts who holds all of these.
func (st standing) holders(all ...access.Permission) int {
	n := 0
	for _, held := range st {
		if !slices.ContainsFunc(all, func(p access.Permission) bool { return !slices.Contains(held, p) }) {
			n++
		}
	}
	return n
}

// Keeping makes a change and refuses it with ErrLastAdministrator if it took
// the practice its last administrator. The caller holds the practice, so that
// two who remove each other do so one after the other.
func (s *Service) Keeping(ctx context.Context, tx *db.Tx, practiceID string, change func() error) error {
	_, _, err := s.keeping(ctx, tx, practiceID, change)
	return err
}

func (s *Service) keeping(ctx context.Context, tx *db.Tx, practiceID string, change func() error) (before, after standing, err error) {
	if before, err = s.standing(ctx, tx, practiceID); err != nil {
		return nil, nil, err
	}
	if err = change(); err != nil {
		return nil, nil, err
	}
	if after, err = s.standing(ctx, tx, practiceID); err != nil {
		return nil, nil, err
	}
	if before.holders(Essential()...) > 0 && after.holders(Essential()...) == 0 {
		return nil, nil, ErrLastAdministrator
	}
	return before, after, nil
}
