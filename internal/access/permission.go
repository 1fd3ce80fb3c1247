package access

// Permission is one thing a role allows in a branch.
type Permission string

// The permissions of staff.
const (
	SecurityManage   Permission = "security.manage"   // who holds it is a Security Manager
	AuditRead        Permission = "audit.read"        // read the audit record
	StaffManage      Permission = "staff.manage"      // invite, grant roles, deactivate
	StaffRead        Permission = "staff.read"        // see who works here
	RoleManage       Permission = "role.manage"       // change roles and add own ones
	KeyManage        Permission = "apikey.manage"     // create and revoke API keys
	SessionManage    Permission = "session.manage"    // see and end sessions of others, remember shared computers
	BranchWrite      Permission = "branch.write"      // add and change branches
	PracticeWrite    Permission = "practice.write"    // change the practice's own data
	PetParentRead    Permission = "petparent.read"    // see pet parents and pets
	PetParentWrite   Permission = "petparent.write"   // change them
	PetParentPrivacy Permission = "petparent.privacy" // export and erase all that is stored of one
	LoginManage      Permission = "login.manage"      // create and change logins of pet parents
	TemporaryReveal  Permission = "temporary.reveal"  // see a temporary password
	FactorHelp       Permission = "factor.help"       // let pet parents in who lost their second factor
	OnboardingAccept Permission = "onboarding.accept" // accept what pet parents proposed
	ImportRun        Permission = "import.run"        // import from the practice system
	MailRead         Permission = "mail.read"         // see what was sent to whom
	MailSend         Permission = "mail.send"         // write to pet parents
	MailTemplate     Permission = "mail.template"     // write the texts of mail
)

// Permissions lists every permission, in the order in which people read them.
func Permissions() []Permission {
	return []Permission{
		PetParentRead, PetParentWrite, PetParentPrivacy, LoginManage, TemporaryReveal, FactorHelp, OnboardingAccept,
		ImportRun, MailRead, MailSend, MailTemplate, StaffRead, StaffManage, RoleManage, SessionManage, BranchWrite, PracticeWrite,
		KeyManage, AuditRead, SecurityManage,
	}
}
