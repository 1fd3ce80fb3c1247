package role

import "catflap/internal/access"

// Keys of the ready-made roles.
const (
	Administrator   = "practice_administrator"
	SecurityManager = "security_manager"
	Veterinarian    = "veterinarian"
	Manager         = "manager"
	Receptionist    = "receptionist"
	Trainer         = "trainer"
	Sitter          = "sitter"
)

// ReadyMade is a role that every practice begins with.
type ReadyMade struct {
	Key         string
	Name        string
	Permissions []access.Permission
}

// ReadyMades lists the ready-made roles in the order in which they are offered.
func ReadyMades() []ReadyMade {
	care := []access.Permission{access.PetParentRead}
	desk := []access.Permission{
		access.PetParentRead, access.PetParentWrite, access.LoginManage, access.TemporaryReveal, access.FactorHelp,
		access.OnboardingAccept, access.MailRead, access.MailSend,
	}
	lead := append(append([]access.Permission{}, desk...),
		access.MailTemplate, access.ImportRun, access.StaffRead, access.StaffManage, access.BranchWrite)
	return []ReadyMade{
		{Administrator, "Practice administrator", access.Permissions()},
		{SecurityManager, "Security Manager", []access.Permission{
			access.SecurityManage, access.AuditRead, access.SessionManage, access.StaffRead, access.StaffManage}},
		{Veterinarian, "Veterinarian", append(append([]access.Permission{}, care...), access.PetParentWrite)},
		{Manager, "Manager", append(append([]access.Permission{}, lead...), access.AuditRead)},
		{Receptionist, "Receptionist", desk},
		{Trainer, "Trainer", care},
		{Sitter, "Sitter", care},
	}
}
