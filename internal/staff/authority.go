package staff

import (
	"context"
	"slices"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/role"
)

// The refusals.
var (
	// ErrElsewhere answers who may see somebody and not change them.
	ErrElsewhere = fault.New(fault.Forbidden, "works-elsewhere-too",
		"This person works in a branch where you do not manage staff. Ask somebody who manages staff in all of their branches.")
	// ErrMore answers for help that would hand over an account which may do more
	// than the helper.
	ErrMore = fault.New(fault.Forbidden, "may-do-more",
		"This person may do more than you, so this is not yours to change. Ask somebody who may do at least as much.")
	// ErrSelf answers those who would lock themselves out.
	ErrSelf = fault.New(fault.Conflict, "not-oneself",
		"You cannot remove your own roles or deactivate yourself. Ask another administrator.")
	// ErrInactive answers for what needs somebody who is active.
	ErrInactive = fault.New(fault.Conflict, "account-inactive",
		"This person is deactivated. Reactivate them first.")
	// ErrAlreadyOff answers for deactivating who is deactivated.
	ErrAlreadyOff = fault.New(fault.Conflict, "account-already-inactive", "This person is deactivated already.")
	// ErrAsker answers for an address that somebody asked for who may do less than
	// the person by now.
	ErrAsker = fault.New(fault.Conflict, "asker-may-do-less",
		"Your e-mail address was not changed, because whoever asked for it may do less than you by now. Ask your practice administrator to change it again.")
	// ErrHelper answers who helped with a lost second factor and would now change
	// the address too: both together would be the account.
	ErrHelper = fault.New(fault.Conflict, "helped-lately",
		"You let this person in without their second factor less than 7 days ago, so somebody else has to change their e-mail address. Ask another administrator, or wait until the 7 days are over.")
	// ErrAskerHelped is ErrHelper for the address that they had asked for before.
	ErrAskerHelped = fault.New(fault.Conflict, "asker-helped-lately",
		"Your e-mail address was not changed, because whoever asked for it helped you with a lost second factor less than 7 days ago. Ask another administrator of your practice to change it.")
	// ErrActive answers for reactivating who is active.
	ErrActive = fault.New(fault.Conflict, "account-active", "This person is not deactivated.")
	// ErrOnboarded answers for an invitation nobody needs.
	ErrOnboarded = fault.New(fault.Conflict, "already-onboarded",
		"This person has chosen a password already. If they forgot it, Forgot password? on the sign-in page helps.")
)

// sees reports whether the viewer may know of somebody with these grants: they
// work in one of the viewer's branches. Who works everywhere, or nowhere any
// more, is seen by everybody who sees anybody.
func sees(v access.Viewer, held []role.Held) bool {
	return len(held) == 0 || v.MayEverywhere(access.StaffRead) || slices.ContainsFunc(held, func(h role.Held) bool {
		return h.BranchID == "" || v.MayIn(access.StaffRead, h.BranchID)
	})
}

// manages reports whether the viewer may change somebody with these grants:
// they manage staff wherever that person works.
func manages(v access.Viewer, held []role.Held) bool {
	if len(held) == 0 {
		return v.MayEverywhere(access.StaffManage)
	}
	return !slices.ContainsFunc(held, func(h role.Held) bool { return !v.MayIn(access.StaffManage, h.BranchID) })
}

// covers reports whether the viewer may do all that these grants allow.
func covers(v access.Viewer, held []role.Held) bool {
	return !slices.ContainsFunc(held, func(h role.Held) bool {
		return slices.ContainsFunc(h.Permissions, func(p access.Permission) bool { return !v.MayIn(p, h.BranchID) })
	})
}

// subject is somebody who is being changed, as they are inside the transaction.
type subject struct {
	account.Account
	held   []role.Held
	viewer access.Viewer // who changes them, with what they hold at this moment
}

// hold loads somebody to be changed. Practice and account are held, so that
// changes of who may do what come one after the other. Who may not even see
// them gets account.ErrNotFound.
func (s *Service) hold(ctx context.Context, tx *db.Tx, practiceID, accountID string) (subject, error) {
	if err := s.Practices.Hold(ctx, tx, practiceID); err != nil {
		return subject{}, err
	}
	v, err := s.Roles.Acting(ctx, tx)
	if err != nil {
		return subject{}, err
	}
	a, err := s.Accounts.Hold(ctx, tx, practiceID, accountID)
	if err == nil && a.Kind != access.KindStaff {
		err = account.ErrNotFound
	}
	if err != nil {
		return subject{}, err
	}
	held, err := s.Roles.HeldBy(ctx, tx, practiceID, accountID)
	if err == nil && !sees(v, held) && !manages(v, held) {
		err = account.ErrNotFound
	}
	return subject{a, held, v}, err
}

// holdManaged is hold for what only those may do who manage that person.
func (s *Service) holdManaged(ctx context.Context, tx *db.Tx, practiceID, accountID string) (subject, error) {
	one, err := s.hold(ctx, tx, practiceID, accountID)
	if err == nil && !manages(one.viewer, one.held) {
		err = ErrElsewhere
	}
	return one, err
}

// self reports whether somebody is about to change themselves.
func (o subject) self() bool { return o.viewer.AccountID == o.ID }

// Rights is what the viewer may do about a person.
type Rights struct {
	Self   bool // it is the viewer
	Manage bool // they manage staff wherever that person works
	Cover  bool // they may do all that the person may do
}

// Rights tells what the viewer may do about a person, for pages that offer no
// more than that.
func (s *Service) Rights(ctx context.Context, a account.Account) (Rights, error) {
	v := access.ViewerFrom(ctx)
	held, err := s.Roles.HeldBy(ctx, s.DB, a.PracticeID, a.ID)
	return Rights{Self: v.AccountID == a.ID, Manage: manages(v, held), Cover: covers(v, held)}, err
}
