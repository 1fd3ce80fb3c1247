package access

import "slices"

// Held is a role as somebody holds it, in one branch or in all of them.
type Held struct {
	BranchID    string // "" for all branches
	Role        string // its name
	Landing     string // its first page, a path below the practice; "" for the usual one
	Permissions []Permission
}

// counts reports whether the role is held in the branch.
func (h Held) counts(branchID string) bool { return h.BranchID == "" || h.BranchID == branchID }

// May reports whether the viewer holds the permission in the active branch.
func (v Viewer) May(p Permission) bool { return v.MayIn(p, v.Branch.ID) }

// MayIn reports whether the viewer holds the permission in a branch, which is
// the one that the object acted on belongs to, not necessarily the active one.
func (v Viewer) MayIn(p Permission, branchID string) bool {
	return slices.ContainsFunc(v.held, func(h Held) bool { return h.counts(branchID) && slices.Contains(h.Permissions, p) })
}

// MayEverywhere reports whether the viewer holds the permission for all
// branches: what belongs to the whole practice asks for that.
func (v Viewer) MayEverywhere(p Permission) bool { return v.MayIn(p, "") }

// Allowed lists the permissions held in the active branch, without repetition.
func (v Viewer) Allowed() []Permission { return v.AllowedIn(v.Branch.ID) }

// AllowedIn lists the permissions held in a branch; "" asks for all branches.
func (v Viewer) AllowedIn(branchID string) []Permission {
	var all []Permission
	if len(v.held) == 1 && v.held[0].counts(branchID) {
		return slices.Clip(v.held[0].Permissions) // most people have one role
	}
	for _, h := range v.held {
		if !h.counts(branchID) {
			continue
		}
		for _, p := range h.Permissions {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// Roles lists the names of the roles held in the active branch.
func (v Viewer) Roles() []string {
	var names []string
	for _, h := range v.held {
		if h.counts(v.Branch.ID) && !slices.Contains(names, h.Role) {
			names = append(names, h.Role)
		}
	}
	return names
}

// Landing is the first page that a role held in the active branch asks for, as
// a path below the practice; "" for the usual one.
func (v Viewer) Landing() string {
	for _, h := range v.held {
		if h.counts(v.Branch.ID) && h.Landing != "" {
			return h.Landing
		}
	}
	return ""
}

// InBranch reports whether the viewer holds any role in the branch.
func (v Viewer) InBranch(branchID string) bool {
	return slices.ContainsFunc(v.held, func(h Held) bool { return h.counts(branchID) })
}

// Holding returns the viewer holding exactly these roles.
func (v Viewer) Holding(held []Held) Viewer {
	v.held = held
	return v
}

// WithPermissions returns the viewer holding exactly these permissions, in all
// branches.
func (v Viewer) WithPermissions(p []Permission) Viewer { return v.Holding([]Held{{Permissions: p}}) }

// Has reports whether the feature is on for the viewer: the plan includes it
// and the active branch has not switched it off.
func (v Viewer) Has(f Feature) bool { return slices.Contains(v.features, f) }

// WithFeatures returns the viewer for whom exactly these features are on.
func (v Viewer) WithFeatures(f []Feature) Viewer {
	v.features = f
	return v
}
