package signin

import (
	"context"
	"errors"
	"slices"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/role"
)

// ReportFilter narrows the report of sign-ins; zero fields do not.
type ReportFilter struct {
	Action   audit.Action // SignInDone, SignInRefused or SignInBegun; all but the last when empty
	Cause    string
	PersonID string // account
	Text     string // words of a name, an address or a device
	From, To time.Time
}

// ReportLine is one outcome of a sign-in.
type ReportLine struct {
	audit.Line
	Account account.Account // zero for a login ID that nobody has
}

// Causes lists the causes that a sign-in can have, the usual ones first.
func Causes() []string {
	return []string{
		"wrong-password", "wrong-code", "unknown-login", "wrong-temporary-password", "temporary-password-expired", "temporary-password-burnt",
		"no-password-yet", "password-void", "throttled", "closed", "address-throttled", "no-branch", "network", "outside-network",
		"account-inactive", "practice-closed",
	}
}

const (
	reportBatch   = 200 // lines of the record that are read at once
	reportBatches = 10  // how often, before the reader is asked whether to go on
)

// Report reads the sign-ins of the practice that the viewer may see, newest
// first, older than the one with id before. next is where to go on, "" at the
// end; a page may hold fewer lines than limit although there are more.
func (s *Service) Report(ctx context.Context, f ReportFilter, before string, limit int) (lines []ReportLine, next string, err error) {
	v := access.ViewerFrom(ctx)
	eye := reportEye{service: s, viewer: v, seen: map[string]whose{}}
	filter := audit.Filter{
		Subject: "sign_in", Action: f.Action, Also: audit.FactorRefused, Cause: f.Cause, PersonID: f.PersonID, Text: f.Text, From: f.From, To: f.To,
	}
	if f.Action != "" && f.Action != audit.SignInRefused {
		filter.Also = ""
	}
	for range reportBatches {
		batch, err := s.Audit.List(ctx, v.PracticeID, filter, before, reportBatch)
		if err != nil {
			return nil, "", err
		}
		for _, l := range batch {
			if f.Action == "" && l.Action == audit.SignInBegun {
				before = l.ID
				continue
			}
			one, visible, err := eye.look(ctx, l)
			if err != nil {
				return nil, "", err
			}
			if visible && len(lines) == limit {
				return lines, before, nil
			}
			if before = l.ID; visible {
				lines = append(lines, one)
			}
		}
		if len(batch) < reportBatch {
			return lines, "", nil
		}
	}
	return lines, before, nil
}

// reportEye decides what a viewer sees, and remembers whose lines they are.
type reportEye struct {
	service *Service
	viewer  access.Viewer
	seen    map[string]whose
}

type whose struct {
	account account.Account
	visible bool
}

// look reports whether the line is one of the viewer's branches: it happened
// there, or to somebody who works there. Pet parents belong to all branches,
// login IDs that nobody has to those who see the whole practice.
func (e reportEye) look(ctx context.Context, l audit.Line) (ReportLine, bool, error) {
	one, v := ReportLine{Line: l}, e.viewer
	var about whose
	if l.AccountID != "" {
		var err error
		if about, err = e.whose(ctx, l.AccountID); err != nil {
			return one, false, err
		}
		one.Account = about.account
	}
	switch {
	case v.MayEverywhere(access.AuditRead):
		return one, true, nil
	case l.BranchID != "":
		return one, v.MayIn(access.AuditRead, l.BranchID), nil
	}
	return one, about.visible, nil
}

func (e reportEye) whose(ctx context.Context, accountID string) (whose, error) {
	if w, known := e.seen[accountID]; known {
		return w, nil
	}
	s := e.service
	a, err := s.Accounts.Get(ctx, s.DB, e.viewer.PracticeID, accountID)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return whose{}, err
	}
	w := whose{account: a}
	if w.visible, err = s.reaches(ctx, e.viewer, access.AuditRead, a); err != nil {
		return whose{}, err
	}
	e.seen[accountID] = w
	return w, nil
}

// reaches reports whether the viewer has the permission over an account: in a
// branch where it works; for a pet parent in the branch that is active; for
// somebody without any branch only in all of them.
func (s *Service) reaches(ctx context.Context, v access.Viewer, p access.Permission, a account.Account) (bool, error) {
	switch {
	case a.ID == "":
		return false, nil
	case a.Kind == access.KindClient:
		return v.May(p), nil
	case v.MayEverywhere(p):
		return true, nil
	}
	held, err := s.Roles.HeldBy(ctx, s.DB, a.PracticeID, a.ID)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(held, func(h role.Held) bool {
		return h.BranchID == "" && v.May(p) || h.BranchID != "" && v.MayIn(p, h.BranchID)
	}), nil
}
