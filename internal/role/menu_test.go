package role

import (
	"slices"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/plan"
	"catflap/internal/practice"
)

var (
	north = access.Branch{ID: "n", Name: "North"}
	south = access.Branch{ID: "s", Name: "South"}
)

func member(v access.Viewer, held ...access.Held) access.Viewer {
	v.Kind, v.SessionID, v.PracticeID, v.Branch = access.KindStaff, "session", "practice", north
	return v.Holding(held)
}

// TestCatalogue walks every entry through where its permission is held, what
// the plan has and what the branch has switched off.
func TestCatalogue(t *testing.T) {
	branches := []practice.Branch{{ID: north.ID, Name: north.Name}, {ID: south.ID, Name: south.Name}}
	basic, _ := plan.Find("basic")
	complete, _ := plan.Find("complete")
	for _, e := range Catalogue(nil) {
		if !e.Audience.Has(access.Staff) {
			continue
		}
		for where, held := range map[string]string{"nowhere": "none", "here": north.ID, "elsewhere": south.ID, "everywhere": ""} {
			for _, bought := range []plan.Plan{basic, complete} {
				for _, off := range [][]access.Feature{nil, access.Features()} {
					// Other permissions never matter; each of those asked for is enough.
					for _, p := range append(e.Permissions, "") {
						grants := []access.Held{{Role: "other", Permissions: slices.DeleteFunc(access.Permissions(),
							func(other access.Permission) bool { return slices.Contains(e.Permissions, other) })}}
						if held != "none" && p != "" {
							grants = append(grants, access.Held{BranchID: held, Role: "one", Permissions: []access.Permission{p}})
						}
						on := slices.DeleteFunc(slices.Clone(bought.Features), func(f access.Feature) bool { return slices.Contains(off, f) })
						v := member(access.Viewer{}, grants...).WithFeatures(on)

						byRole := len(e.Permissions) == 0 || p != "" && (where == "everywhere" || where == "here" && !e.AllBranches)
						var want []string
						if !byRole {
							want = append(want, "role")
						}
						if e.Feature != "" && !bought.Includes(e.Feature) {
							want = append(want, "plan")
						}
						if e.Feature != "" && off != nil {
							want = append(want, "branch")
						}
						var got, elsewhere []string
						for _, r := range (setting{bought: bought, off: off, branches: branches}).reasons(e, v) {
							got = append(got, string(r.Cause))
							elsewhere = append(elsewhere, r.Elsewhere...)
						}
						name := strings.Join([]string{e.Key, where, string(p), bought.Key}, " ")
						if e.Visible(v) != (len(want) == 0) || !slices.Equal(got, want) {
							t.Errorf("%s, off %v: visible %v, hidden by %v, want %v", name, off, e.Visible(v), got, want)
						}
						var there []string
						switch {
						case byRole || p == "":
						case where == "elsewhere":
							there = []string{"South"}
						case where == "here": // of an entry for all branches
							there = []string{"North"}
						}
						if !slices.Equal(elsewhere, there) {
							t.Errorf("%s: held in %v, want %v", name, elsewhere, there)
						}
					}
				}
			}
		}
	}
}

// TestEntriesAreDistinct: keys and paths name one entry, and every permission
// and feature exists.
func TestEntriesAreDistinct(t *testing.T) {
	var seen []string
	for _, e := range Catalogue(nil) {
		audience := "staff "
		if e.Audience == access.Platform {
			audience = "platform "
		}
		for _, word := range []string{e.Key, audience + e.Path} {
			if slices.Contains(seen, word) {
				t.Errorf("%q is there twice", word)
			}
			seen = append(seen, word)
		}
		for _, p := range e.Permissions {
			if !slices.Contains(access.Permissions(), p) {
				t.Errorf("%s asks for %q", e.Key, p)
			}
		}
		if e.Feature != "" && !slices.Contains(access.Features(), e.Feature) {
			t.Errorf("%s asks for %q", e.Key, e.Feature)
		}
	}
}

// TestAdded: an added entry stands behind those of its group, a new group behind
// all, and "Missing something?" last.
func TestAdded(t *testing.T) {
	var labels []string
	for _, e := range Catalogue([]MenuEntry{
		{Label: "Hours", Group: SettingsGroup}, {Label: "Kennel", Group: "Boarding"}, {Label: "Book"}, {Label: "Prices", Group: "Boarding"},
	}) {
		labels = append(labels, e.Label)
	}
	if got := strings.Join(labels, " "); !strings.Contains(got, "Practice E-mail templates Branches Terms and privacy Mail Export Hours ") || !strings.HasSuffix(got, "Kennel Prices Book Missing something?") {
		t.Error(got)
	}
}

func TestLanding(t *testing.T) {
	for _, l := range Landings() {
		if l.Key == "" || l.Label == "" || !strings.HasPrefix(l.Path, "/") {
			t.Errorf("%+v", l)
		}
	}
	audit := []access.Permission{access.AuditRead, access.ImportRun}
	for name, c := range map[string]struct {
		held access.Held
		want string
	}{
		"none":              {access.Held{Permissions: audit}, "/"},
		"visible":           {access.Held{Landing: "/security/audit", Permissions: audit}, "/security/audit"},
		"of another branch": {access.Held{BranchID: south.ID, Landing: "/security/audit", Permissions: audit}, "/"},
		"permission gone":   {access.Held{Landing: "/security/audit"}, "/"},
		"feature off":       {access.Held{Landing: "/pet-parents/import", Permissions: audit}, "/"},
		"no such page":      {access.Held{Landing: "/nowhere", Permissions: audit}, "/"},
		"of the platform":   {access.Held{Landing: "/mailbox", Permissions: audit}, "/"},
	} {
		if got := LandingFor(member(access.Viewer{}, c.held)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestWhoCan: who can change it holds what they would give, where it is needed.
func TestWhoCan(t *testing.T) {
	somebody := func(name string, held ...access.Held) helper {
		v := access.Viewer{AccountID: name, Name: name}
		return helper{viewer: v.Holding(held), held: held}
	}
	s := setting{bought: plan.All()[0], off: []access.Feature{access.PetApp}, helpers: []helper{
		somebody("all", access.Held{Role: "Administrator", Permissions: access.Permissions()}),
		somebody("there", access.Held{BranchID: south.ID, Role: "Manager", Permissions: access.Permissions()}),
		somebody("here", access.Held{BranchID: north.ID, Role: "Manager", Permissions: access.Permissions()}),
		somebody("lacking", access.Held{Role: "Clerk", Permissions: []access.Permission{access.StaffManage}}),
		somebody("two roles", access.Held{Role: "Clerk", Permissions: []access.Permission{access.StaffManage, access.BranchWrite}},
			access.Held{BranchID: north.ID, Role: "Reader", Permissions: []access.Permission{access.PetParentRead, access.AuditRead}}),
		somebody("roles", access.Held{Role: "Roles", Permissions: []access.Permission{access.RoleManage, access.AuditRead}}),
	}}
	find := func(key string) MenuEntry {
		for _, e := range builtIn() {
			if e.Key == key {
				return e
			}
		}
		t.Fatal(key)
		return MenuEntry{}
	}
	reader := access.Held{BranchID: north.ID, Permissions: []access.Permission{access.StaffRead}}
	check := func(key string, v access.Viewer, cause Cause, names, roles string) {
		t.Helper()
		for _, r := range s.reasons(find(key), v) {
			if r.Cause == cause {
				if got := strings.Join(r.Names, ", "); got != names {
					t.Errorf("%s %s: names %q, want %q", key, cause, got, names)
				}
				if got := strings.Join(r.Roles, ", "); got != roles {
					t.Errorf("%s %s: roles %q, want %q", key, cause, got, roles)
				}
				return
			}
		}
		t.Errorf("%s: not hidden by %s", key, cause)
	}
	v := member(access.Viewer{AccountID: "me"}, reader)
	check("security.audit", v, NotInRole, "all, here, two roles, roles", "Administrator, Manager, Clerk, Roles")
	check("security.policy", v, NotInRole, "all", "Administrator")
	check("pet_parents.pet_app", v, OffInBranch, "all, here, two roles", "Administrator, Manager, Clerk")
	stranger := member(access.Viewer{AccountID: "me"}) // who may not see who works here
	check("pet_parents.pet_app", stranger, NotInRole, "", "Administrator, Manager, Clerk")

	self := member(access.Viewer{AccountID: "here"}, s.helpers[2].held...)
	if r := s.reasons(find("pet_parents.pet_app"), self); len(r) != 1 || !r[0].Yourself {
		t.Errorf("%+v", r)
	}
}
