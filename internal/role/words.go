package role

import "catflap/internal/access"

// Group is what belongs together when people choose permissions.
type Group struct {
	Name        string
	Permissions []Described
}

// Described is a permission as people read it.
type Described struct {
	Permission access.Permission
	Words      string // "See pet parents and their pets"
}

// Groups lists every permission once, in the order in which they are offered.
func Groups() []Group {
	return []Group{
		{"Pet parents", []Described{
			{access.PetParentRead, "See pet parents and their pets"},
			{access.PetParentWrite, "Change pet parents, households and pets"},
			{access.OnboardingAccept, "Accept or reject what pet parents correct themselves"},
			{access.PetParentPrivacy, "Export and erase everything that is stored of a pet parent"},
			{access.ImportRun, "Import the client list of the practice system"},
		}},
		{"Logins of pet parents", []Described{
			{access.LoginManage, "Create and change logins, issue temporary passwords"},
			{access.TemporaryReveal, "See a temporary password"},
			{access.FactorHelp, "Let pet parents in who lost their second factor"},
		}},
		{"E-mail", []Described{
			{access.MailRead, "See what was sent to whom"},
			{access.MailSend, "Write to pet parents"},
			{access.MailTemplate, "Write the texts of e-mails"},
		}},
		{"Staff", []Described{
			{access.StaffRead, "See who works here"},
			{access.StaffManage, "Invite people, give and remove roles, deactivate people"},
			{access.RoleManage, "Change what roles allow, and add roles"},
			{access.SessionManage, "See and end sessions of others, remember shared computers"},
		}},
		{"Practice", []Described{
			{access.BranchWrite, "Add and change branches"},
			{access.PracticeWrite, "Change the data of the practice"},
		}},
		{"Security", []Described{
			{access.SecurityManage, "Be a Security Manager: policy, sign-in report, help with lost factors"},
			{access.AuditRead, "Read the audit record"},
			{access.KeyManage, "Create and revoke API keys"},
		}},
	}
}

// Words is the permission as people read it; the permission itself when nobody
// has named it.
func Words(p access.Permission) string {
	for _, g := range Groups() {
		for _, d := range g.Permissions {
			if d.Permission == p {
				return d.Words
			}
		}
	}
	return string(p)
}
