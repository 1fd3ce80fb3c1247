package role

import (
	"slices"
	"strings"

	"catflap/internal/access"
)

// MenuEntry is one line of the menu: where it leads and what it takes to see it.
type MenuEntry struct {
	Key         string // stable word
	Label       string
	Group       string // heading that it stands below; "" for none
	Icon        string
	Path        string // page below the practice, or below /platform
	URL         string // instead of Path: the whole address of another application
	Audience    access.Audience
	Permissions []access.Permission // one of them is enough; none: everybody
	AllBranches bool                // the permission must be held for all branches
	Feature     access.Feature
}

// The keys of entries that others name.
const (
	HomeEntry     = "home"
	MissingEntry  = "missing"
	MailboxEntry  = "platform.mailbox"
	ImportEntry   = "pet_parents.import"
	ProposalEntry = "pet_parents.corrections"
	PeopleEntry   = "staff.people"
)

// The headings.
const (
	PetParentGroup = "Pet Parents"
	ClientGroup    = "Clients"
	MarketingGroup = "Marketing"
	StaffGroup     = "Staff"
	SecurityGroup  = "Security"
	SettingsGroup  = "Settings"
)

// builtIn is the catalogue as Catflap brings it, in the order of the menu. What
// an entry asks for is what the rule of its route asks for; a test walks both.
func builtIn() []MenuEntry {
	clients := func(key, label, path string, p access.Permission, f access.Feature) MenuEntry {
		return MenuEntry{Key: "pet_parents." + key, Label: label, Group: PetParentGroup, Icon: "paw", Path: "/pet-parents" + path,
			Audience: access.Staff, Permissions: []access.Permission{p}, Feature: f}
	}
	office := func(group, icon, key, label, path string, p ...access.Permission) MenuEntry {
		return MenuEntry{Key: key, Label: label, Group: group, Icon: icon, Path: path, Audience: access.Staff, Permissions: p}
	}
	practiceWide := func(e MenuEntry) MenuEntry {
		e.AllBranches = true
		return e
	}
	platform := func(key, label, path, icon string) MenuEntry {
		return MenuEntry{Key: "platform." + key, Label: label, Icon: icon, Path: path, Audience: access.Platform}
	}
	return []MenuEntry{
		{Key: HomeEntry, Label: "Home", Icon: "home", Path: "/", Audience: access.Staff},

		clients("pet_app", "Pet App", "/pet-app", access.PetParentRead, access.PetApp),
		clients("corrections", "Corrections", "/proposals", access.OnboardingAccept, access.PetApp),
		clients("logins", "Logins for all", "/logins", access.LoginManage, access.PetApp),
		clients("import", "Import", "/import", access.ImportRun, access.Import),

		{Key: "clients.email_alerts", Label: "Email Alerts", Group: ClientGroup, Icon: "mail", Path: "/clients/email-alerts",
			Audience: access.Staff, Permissions: []access.Permission{access.MailSend}, AllBranches: true, Feature: access.Marketing},

		{Key: "marketing.email", Label: "Email Marketing", Group: MarketingGroup, Icon: "mail", Path: "/marketing/email",
			Audience: access.Staff, Permissions: []access.Permission{access.MailRead}, Feature: access.Marketing},

		office(StaffGroup, "people", PeopleEntry, "People", "/staff", access.StaffRead),
		office(StaffGroup, "people", "staff.roles", "Roles", "/staff/roles", access.StaffRead),

		office(SecurityGroup, "shield", "security.sign_ins", "Sign-ins", "/security/sign-ins", access.AuditRead),
		office(SecurityGroup, "shield", "security.sessions", "Sessions", "/security/sessions", access.SessionManage),
		office(SecurityGroup, "shield", "security.shared_computers", "Shared computers", "/security/shared-computers", access.SessionManage),
		office(SecurityGroup, "shield", "security.two_factor", "Two-factor", "/security/two-factor", access.SecurityManage),
		practiceWide(office(SecurityGroup, "shield", "security.policy", "Policy", "/security/policy", access.SecurityManage)),
		practiceWide(office(SecurityGroup, "shield", "security.api_keys", "API keys", "/security/api-keys", access.KeyManage)),
		office(SecurityGroup, "shield", "security.audit", "Audit", "/security/audit", access.AuditRead),

		practiceWide(office(SettingsGroup, "settings", "settings.practice", "Practice", "/settings/practice", access.PracticeWrite)),
		office(SettingsGroup, "settings", "settings.templates", "E-mail templates", "/settings/templates", access.MailTemplate),
		office(SettingsGroup, "settings", "settings.branches", "Branches", "/settings/branches", access.BranchWrite, access.SecurityManage),
		practiceWide(office(SettingsGroup, "settings", "settings.terms", "Terms and privacy", "/settings/terms", access.PracticeWrite)),
		practiceWide(office(SettingsGroup, "settings", "settings.mail", "Mail", "/settings/mail", access.PracticeWrite)),
		practiceWide(office(SettingsGroup, "settings", "settings.export", "Export", "/settings/export", access.PracticeWrite)),

		platform("practices", "Practices", "/", "home"),
		platform("administrators", "Administrators", "/administrators", "people"),
		platform("audit", "Audit", "/audit", "history"),
		platform("mail", "Mail", "/mail", "mail"),
		{Key: MailboxEntry, Label: "Mailbox", Icon: "mail", Path: "/mailbox", Audience: access.Platform},
	}
}

// missing stands last, below whatever a vendor added.
func missing() MenuEntry {
	return MenuEntry{Key: MissingEntry, Label: "Missing something?", Icon: "info", Path: "/missing", Audience: access.Staff}
}

// Catalogue lists every entry: Catflap's own and those that a vendor added, which
// stand behind the others of their group.
func Catalogue(added []MenuEntry) []MenuEntry {
	all := builtIn()
	for _, e := range added {
		at := len(all)
		for i, other := range all {
			if e.Group != "" && other.Group == e.Group {
				at = i + 1
			}
		}
		all = slices.Insert(all, at, e)
	}
	return append(all, missing())
}

// Visible reports whether the viewer sees the entry.
func (e MenuEntry) Visible(v access.Viewer) bool {
	return e.meant(v) && e.allowed(v) && (e.Feature == "" || v.Has(e.Feature))
}

// Address is the whole address of another application, for the practice that
// the viewer works in; "" for pages of Catflap.
func (e MenuEntry) Address(v access.Viewer) string {
	return strings.ReplaceAll(e.URL, "{practice}", v.Practice.Slug)
}

// meant reports whether the entry is for the viewer's kind of account at all. A
// program stands in for staff.
func (e MenuEntry) meant(v access.Viewer) bool {
	audience := v.Audience()
	if audience == access.Program {
		audience = access.Staff
	}
	return e.Audience.Has(audience)
}

// allowed reports whether the viewer's roles allow it where they work.
func (e MenuEntry) allowed(v access.Viewer) bool {
	if e.AllBranches {
		return e.allowedIn(v, "")
	}
	return e.allowedIn(v, v.Branch.ID)
}

func (e MenuEntry) allowedIn(v access.Viewer, branchID string) bool {
	return len(e.Permissions) == 0 || slices.ContainsFunc(e.Permissions, func(p access.Permission) bool { return v.MayIn(p, branchID) })
}

// Landing is a page that a role may have as its first one.
type Landing struct {
	Key   string
	Path  string // below the practice
	Label string // with its heading: "Pet Parents: Import"
}

// Landings lists the pages that can be the first one, in the order of the menu.
// The first is the usual one.
func Landings() []Landing {
	var all []Landing
	for _, e := range builtIn() {
		if !e.Audience.Has(access.Staff) {
			continue
		}
		label := e.Label
		if e.Group != "" {
			label = e.Group + ": " + label
		}
		all = append(all, Landing{Key: e.Key, Path: e.Path, Label: label})
	}
	return all
}

// LandingFor is the first page of the viewer, as a path below the practice: the
// one that a role of theirs names, or "/" where none does or the viewer may not
// see it here.
func LandingFor(v access.Viewer) string {
	for _, e := range builtIn() {
		if e.Path == v.Landing() && e.Visible(v) {
			return e.Path
		}
	}
	return "/"
}
