package accountweb

import (
	"context"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/petparent"
	"catflap/internal/pims"
	"catflap/internal/role"
	"catflap/internal/staff"
)

// leavingSoon is how long before somebody leaves it is pointed out.
const leavingSoon = 14 * 24 * time.Hour

// Desk knows what waits for somebody.
type Desk struct {
	Clock      clock.Clock
	PetParents *petparent.Service
	Staff      *staff.Service
	Factors    *factor.Service
	Imports    *pims.Service
	Roles      *role.Service
}

// waiting is what waits for one person: nothing that they may not see.
type waiting struct {
	Corrections   int // of pet parents, for staff to accept
	FailedImports int
	VoidPasswords int    // temporary passwords that ran out or were used up
	Beyond        string // Security Managers whom none of the others could help after a lost phone
	staff.Waiting
}

// Counts tells for entries of the menu, by key, how much waits there. It is
// asked for with every page, so it looks only at what is few.
func (d *Desk) Counts(ctx context.Context, v access.Viewer) (map[string]int, error) {
	w, err := d.waiting(ctx, v)
	return map[string]int{
		role.ProposalEntry: w.Corrections, role.ImportEntry: w.FailedImports, role.PeopleEntry: w.Invited + w.Leaving,
	}, err
}

func (d *Desk) waiting(ctx context.Context, v access.Viewer) (w waiting, err error) {
	if v.May(access.OnboardingAccept) && v.Has(access.PetApp) {
		open, err := d.PetParents.CountProposals(ctx, v.PracticeID)
		if err != nil {
			return w, err
		}
		w.Corrections = int(open)
	}
	if v.May(access.ImportRun) && v.Has(access.Import) {
		if w.FailedImports, err = d.Imports.CountFailed(ctx, v.PracticeID); err != nil {
			return w, err
		}
	}
	if v.May(access.StaffManage) {
		branch := v.Branch.ID
		if v.MayEverywhere(access.StaffManage) {
			branch = ""
		}
		w.Waiting, err = d.Staff.Waiting(ctx, v.PracticeID, branch, d.Clock.Now().Add(leavingSoon))
	}
	return w, err
}

// all adds what only the first page tells.
func (d *Desk) all(ctx context.Context, v access.Viewer) (waiting, error) {
	w, err := d.waiting(ctx, v)
	if err == nil && v.May(access.LoginManage) && v.Has(access.PetApp) {
		w.VoidPasswords, err = d.Factors.CountVoid(ctx, v.PracticeID)
	}
	if err == nil && (v.May(access.SecurityManage) || v.May(access.StaffManage)) {
		err = d.helpless(ctx, v, &w)
	}
	return w, err
}

// helpless looks for Security Managers whom nobody could help after a lost phone.
// Of the only one every page tells.
func (d *Desk) helpless(ctx context.Context, v access.Viewer, w *waiting) error {
	alone, err := d.Roles.AloneInSecurity(ctx, d.Roles.DB, v.PracticeID)
	if err != nil || alone.AccountID != "" {
		return err
	}
	names, err := d.Roles.Beyond(ctx, d.Roles.DB, v.PracticeID)
	w.Beyond = strings.Join(names, ", ")
	return err
}
