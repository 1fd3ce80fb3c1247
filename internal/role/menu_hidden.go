package role

import (
	"context"
	"slices"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/plan"
	"catflap/internal/practice"
)

// Cause is what keeps an entry out of the menu, as a stable word.
type Cause string

// The causes.
const (
	NotInRole   Cause = "role"   // the permission is missing here
	NotInPlan   Cause = "plan"   // the practice has not bought the feature
	OffInBranch Cause = "branch" // the branch has switched the feature off
)

// Hidden is an entry that the viewer does not see, and everything that keeps it
// from them.
type Hidden struct {
	MenuEntry
	Reasons []Reason
}

// Reason is one cause and who can change it. A cause with neither Names nor
// Roles is the plan, which the provider of the server changes, or something
// that nobody in the practice can change at the moment.
type Reason struct {
	Cause     Cause
	Elsewhere []string // branches in which the viewer's roles do allow it
	Yourself  bool     // the viewer can change it
	Names     []string // people who can change it; only for viewers who may see who works here
	Roles     []string // names of the roles that let them
}

// Menus is the menu of everybody.
type Menus struct {
	DB        *db.DB
	Practices *practice.Service
	Entries   []MenuEntry // of Catalogue
}

// Visible lists what the viewer sees.
func (m *Menus) Visible(v access.Viewer) []MenuEntry {
	var all []MenuEntry
	for _, e := range m.Entries {
		if e.Visible(v) {
			all = append(all, e)
		}
	}
	return all
}

// Hidden lists what the viewer does not see though it is meant for their kind
// of account, each with every cause.
func (m *Menus) Hidden(ctx context.Context, v access.Viewer) ([]Hidden, error) {
	var all []Hidden
	for _, e := range m.Entries {
		if e.meant(v) && !e.Visible(v) {
			all = append(all, Hidden{MenuEntry: e})
		}
	}
	if len(all) == 0 || v.PracticeID == "" {
		return nil, nil
	}
	s, err := m.setting(ctx, v)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Reasons = s.reasons(all[i].MenuEntry, v)
	}
	return all, nil
}

// setting is what stands around a viewer.
type setting struct {
	bought   plan.Plan
	off      []access.Feature // switched off in the active branch
	branches []practice.Branch
	helpers  []helper
}

func (m *Menus) setting(ctx context.Context, v access.Viewer) (setting, error) {
	p, err := m.Practices.Get(ctx, m.DB, v.PracticeID)
	if err != nil {
		return setting{}, err
	}
	s := setting{}
	s.bought, _ = plan.Find(p.Plan)
	if s.branches, err = m.Practices.Branches(ctx, m.DB, v.PracticeID); err != nil {
		return setting{}, err
	}
	for _, b := range s.branches {
		if b.ID == v.Branch.ID {
			s.off = b.FeaturesOff
		}
	}
	s.helpers, err = helpersIn(ctx, m.DB, v.PracticeID)
	return s, err
}

func (s setting) reasons(e MenuEntry, v access.Viewer) []Reason {
	var all []Reason
	if !e.allowed(v) {
		r := Reason{Cause: NotInRole}
		for _, b := range s.branches {
			if b.ID != v.Branch.ID && e.allowedIn(v, b.ID) || e.AllBranches && e.allowedIn(v, b.ID) {
				r.Elsewhere = append(r.Elsewhere, b.Name)
			}
		}
		all = append(all, s.whoCan(r, v, e.granters(v.Branch.ID)))
	}
	if e.Feature == "" || v.Has(e.Feature) {
		return all
	}
	if !s.bought.Includes(e.Feature) {
		all = append(all, Reason{Cause: NotInPlan})
	}
	if slices.Contains(s.off, e.Feature) {
		all = append(all, s.whoCan(Reason{Cause: OffInBranch}, v, func(h access.Viewer) []access.Permission {
			return held(h, v.Branch.ID, access.BranchWrite)
		}))
	}
	return all
}

// granters tells of a person which of their permissions let them give somebody
// what the entry asks for; none when they cannot. Nobody gives what they lack.
func (e MenuEntry) granters(branchID string) func(access.Viewer) []access.Permission {
	if e.AllBranches {
		branchID = ""
	}
	return func(h access.Viewer) []access.Permission {
		if !e.allowedIn(h, branchID) {
			return nil
		}
		return append(held(h, branchID, access.StaffManage), held(h, "", access.RoleManage)...)
	}
}

// held is the permission where the person holds it.
func held(h access.Viewer, branchID string, p access.Permission) []access.Permission {
	if h.MayIn(p, branchID) {
		return []access.Permission{p}
	}
	return nil
}

// whoCan names those whose permissions let them change the cause.
func (s setting) whoCan(r Reason, v access.Viewer, by func(access.Viewer) []access.Permission) Reason {
	for _, h := range s.helpers {
		using := by(h.viewer)
		if len(using) == 0 {
			continue
		}
		if h.viewer.AccountID == v.AccountID {
			r.Yourself = true
			continue
		}
		if v.May(access.StaffRead) {
			r.Names = append(r.Names, h.viewer.Name)
		}
		for _, name := range h.rolesWith(using) {
			if !slices.Contains(r.Roles, name) {
				r.Roles = append(r.Roles, name)
			}
		}
	}
	return r
}
