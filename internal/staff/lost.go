package staff

import (
	"context"
	"errors"
	"slices"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/role"
)

// The refusals of help with a lost second factor.
var (
	// ErrNotSecure answers who manages the security of some of somebody's
	// branches, but not of all.
	ErrNotSecure = fault.New(fault.Forbidden, "works-elsewhere-too",
		"This person works in a branch where you are not a Security Manager. Ask somebody who is one in all of their branches.")
	// ErrManagesMore answers for somebody who runs more of the practice.
	ErrManagesMore = fault.New(fault.Forbidden, "may-do-more",
		"This person manages more of the practice than you, so this is not yours to change. Ask somebody who manages staff, roles and security as they do.")
)

// HoldSecured loads somebody whose second factor the viewer may help with, and
// holds them: the viewer is a Security Manager wherever that person works, and
// manages all that they manage. What that person does with pet parents matters
// not: the password stays theirs. Who may not even see them gets
// account.ErrNotFound; ErrNotSecure, ErrManagesMore.
func (s *Service) HoldSecured(ctx context.Context, tx *db.Tx, practiceID, accountID string) (account.Account, error) {
	one, err := s.hold(ctx, tx, practiceID, accountID)
	if err != nil {
		return account.Account{}, err
	}
	return one.Account, secured(one.viewer, one.held)
}

// Secured is HoldSecured for pages that offer no more than that: bar is why the
// viewer cannot help somebody of whom they may know, nil if they can.
// ErrNotSecure.
func (s *Service) Secured(ctx context.Context, a account.Account) (bar, err error) {
	held, err := s.Roles.HeldBy(ctx, s.DB, a.PracticeID, a.ID)
	if err != nil {
		return nil, err
	}
	if bar = secured(access.ViewerFrom(ctx), held); errors.Is(bar, ErrNotSecure) {
		return nil, bar
	}
	return bar, nil
}

func secured(v access.Viewer, held []role.Held) error {
	elsewhere := func(h role.Held) bool { return !v.MayIn(access.SecurityManage, h.BranchID) }
	switch {
	case len(held) == 0 && !v.MayEverywhere(access.SecurityManage), slices.ContainsFunc(held, elsewhere):
		return ErrNotSecure
	case !role.Manages(v, role.Access(held)):
		return ErrManagesMore
	}
	return nil
}
