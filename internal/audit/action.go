package audit

import "slices"

// Action is what was done, as a stable word: "<subject>.<verb>".
type Action string

// The actions of Catflap. The subject before the dot is what the audit page
// filters by.
const (
	SignInDone         Action = "sign_in.done"
	SignInRefused      Action = "sign_in.refused"
	SignInBegun        Action = "sign_in.begun"
	SessionEnded       Action = "session.ended"
	SessionTimedOut    Action = "session.timed_out"
	SessionSignedOut   Action = "session.signed_out"
	SessionLocked      Action = "session.locked"
	SessionUnlocked    Action = "session.unlocked"
	UnlockRefused      Action = "session.unlock_refused"
	BranchSwitched     Action = "session.branch_switched"
	StepUpDone         Action = "step_up.done"
	StepUpRefused      Action = "step_up.refused"
	SharedRemembered   Action = "shared_computer.remembered"
	SharedRemoved      Action = "shared_computer.removed"
	PasswordReset      Action = "password.reset"
	PasswordChosen     Action = "password.chosen_again"
	PasswordChanged    Action = "password.changed"
	PasswordRefused    Action = "password.change_refused"
	PasswordProtected  Action = "password.protected"
	ResetRequested     Action = "password.reset_requested"
	FactorBegun        Action = "two_factor.set_up_begun"
	FactorCancelled    Action = "two_factor.set_up_cancelled"
	FactorSet          Action = "two_factor.set_up"
	FactorReplaced     Action = "two_factor.replaced"
	FactorKeyShown     Action = "two_factor.key_shown"
	FactorRemoved      Action = "two_factor.deactivated"
	FactorEmailDropped Action = "two_factor.email_dropped"
	CodesShown         Action = "two_factor.backup_codes_shown"
	CodesMade          Action = "two_factor.backup_codes_made"
	CodesHidden        Action = "two_factor.backup_codes_hidden"
	CodeMailed         Action = "two_factor.code_mailed"
	FactorProved       Action = "two_factor.proved"
	FactorRefused      Action = "two_factor.refused"
	FactorSkipped      Action = "two_factor.skip_granted"
	FactorSkipEnded    Action = "two_factor.skip_cancelled"
	FactorReset        Action = "two_factor.reset"
	FactorReminded     Action = "two_factor.reminded"
	TemporaryIssued    Action = "temporary_password.issued"
	TemporaryShown     Action = "temporary_password.shown"
	TemporaryBurnt     Action = "temporary_password.burnt"
	TemporaryExpired   Action = "temporary_password.expired"
	TemporaryVoided    Action = "temporary_password.voided"
	SetupDone          Action = "setup.done"
	PlatformCreated    Action = "platform.administrator_created"
	PracticeCreated    Action = "practice.created"
	PlanChanged        Action = "practice.plan_changed"
	PracticeSuspended  Action = "practice.suspended"
	PracticeReopened   Action = "practice.reopened"
	PracticeClosed     Action = "practice.closed"
	PracticeEdited     Action = "practice.details_changed"
	LookChanged        Action = "practice.look_changed"
	PolicyChanged      Action = "policy.changed"
	StrictOn           Action = "policy.strict_on"
	StrictOff          Action = "policy.strict_off"
	BranchCreated      Action = "branch.created"
	BranchChanged      Action = "branch.changed"
	NetworkChanged     Action = "branch.network_changed"
	StaffInvited       Action = "staff.invited"
	StaffReinvited     Action = "staff.invited_again"
	InvitationUsed     Action = "staff.invitation_accepted"
	StaffRenamed       Action = "staff.renamed"
	StaffRolesChanged  Action = "staff.roles_changed"
	StaffEmailAsked    Action = "staff.email_change_asked"
	StaffEmailChanged  Action = "staff.email_changed"
	StaffLeaving       Action = "staff.leaving"
	StaffDeactivated   Action = "staff.deactivated"
	StaffReactivated   Action = "staff.reactivated"
	RoleCreated        Action = "role.created"
	RoleChanged        Action = "role.changed"
	RoleDeleted        Action = "role.deleted"
	LoginCreated       Action = "login.created"
	LoginChanged       Action = "login.changed"
	LoginOff           Action = "login.deactivated"
	LoginOn            Action = "login.reactivated"
	LoginReopened      Action = "login.opened_again"
	LoginRecovered     Action = "login.recovered_on_server"
	WelcomeSent        Action = "login.welcome_sent_again"
	ResetSent          Action = "login.reset_link_sent"
	RecoveryAsked      Action = "login.recovery_asked"
	RecoveryChanged    Action = "login.recovery_changed"
	MailTriedAgain     Action = "mail.tried_again"
	MailComposed       Action = "mail.composed"
	CampaignCreated    Action = "campaign.created"
	CampaignChanged    Action = "campaign.changed"
	CampaignDeleted    Action = "campaign.deleted"
	CampaignStarted    Action = "campaign.started"
	CampaignPaused     Action = "campaign.paused"
	CampaignResumed    Action = "campaign.resumed"
	CampaignCancelled  Action = "campaign.cancelled"
	CampaignEnded      Action = "campaign.ended"
	CampaignTriedAgain Action = "campaign.failed_tried_again"
	LoginsStarted      Action = "login.creation_for_all_started"
	LoginsCreated      Action = "login.created_for_all"
	TemplateCreated    Action = "template.created"
	TemplateChanged    Action = "template.changed"
	TemplateDeleted    Action = "template.deleted"
	TemplateReset      Action = "template.reset"
	TermsPublished     Action = "terms.published"
	TermsAccepted      Action = "terms.accepted"
	LoginsForPractice  Action = "login.creation_for_practice_started"
	RemindersStarted   Action = "login.reminders_started"
	RemindersSent      Action = "login.reminders_sent"
	LoginSkipped       Action = "login.skipped"
	LoginUnskipped     Action = "login.skip_undone"
	DetailsConfirmed   Action = "onboarding.details_confirmed"
	OnboardingDone     Action = "onboarding.finished"
	PetParentAdded     Action = "pet_parent.added"
	LanguageChanged    Action = "login.language_changed"
	PetParentChanged   Action = "pet_parent.changed"
	AddressTried       Action = "pet_parent.address_tried_again"
	MailBounced        Action = "mail.bounced"
	PetParentMoved     Action = "pet_parent.moved"
	PetParentMerged    Action = "pet_parent.merged"
	PetParentErased    Action = "pet_parent.erased"
	OptedOut           Action = "pet_parent.opted_out"
	OptedIn            Action = "pet_parent.opted_in"
	OptOutNoted        Action = "pet_parent.opt_out_noted"
	OptOutLifted       Action = "pet_parent.opt_out_lifted"
	HouseholdChanged   Action = "household.changed"
	HouseholdMerged    Action = "household.merged"
	PetAdded           Action = "pet.added"
	PetMerged          Action = "pet.merged"
	ProposalMade       Action = "proposal.made"
	ProposalAccepted   Action = "proposal.accepted"
	ProposalRejected   Action = "proposal.rejected"
	ProposalWithdrawn  Action = "proposal.withdrawn"
	ImportUploaded     Action = "import.uploaded"
	ImportChosen       Action = "import.chosen"
	AfterImportChanged Action = "import.after_changed"
	ImportStarted      Action = "import.started"
	ImportFinished     Action = "import.finished"
	ImportFailed       Action = "import.failed"
	ImportCancelled    Action = "import.cancelled"
	RejectsDownloaded  Action = "export.rejected_rows"
	LoginsDownloaded   Action = "export.login_report"
	CampaignDownloaded Action = "export.campaign_report"
	PracticeExported   Action = "export.practice"
	PetParentExported  Action = "export.pet_parent"
	KeyCreated         Action = "api_key.created"
	KeyRevoked         Action = "api_key.revoked"
	KeysRevoked        Action = "api_key.all_revoked"
	KeyRingRotated     Action = "key_ring.rotated"
	KeyRingDropped     Action = "key_ring.keys_dropped"
	AccessRefused      Action = "access.refused"
)

// Actions lists every action, in the order of the constants.
func Actions() []Action {
	return []Action{
		SignInDone, SignInRefused, SignInBegun, SessionEnded, SessionTimedOut, SessionSignedOut, SessionLocked,
		SessionUnlocked, UnlockRefused, BranchSwitched, StepUpDone, StepUpRefused, SharedRemembered, SharedRemoved,
		PasswordReset, PasswordChosen, PasswordChanged, PasswordRefused, PasswordProtected, ResetRequested, FactorBegun,
		FactorCancelled, FactorSet, FactorReplaced, FactorKeyShown, FactorRemoved, FactorEmailDropped, CodesShown,
		CodesMade, CodesHidden, CodeMailed, FactorProved, FactorRefused, FactorSkipped, FactorSkipEnded, FactorReset,
		FactorReminded, TemporaryIssued, TemporaryShown, TemporaryBurnt, TemporaryExpired, TemporaryVoided, SetupDone,
		PlatformCreated, PracticeCreated, PlanChanged, PracticeSuspended, PracticeReopened, PracticeClosed, PracticeEdited, LookChanged,
		PolicyChanged, StrictOn, StrictOff, BranchCreated, BranchChanged, NetworkChanged, StaffInvited, StaffReinvited,
		InvitationUsed, StaffRenamed, StaffRolesChanged, StaffEmailAsked, StaffEmailChanged, StaffLeaving,
		StaffDeactivated, StaffReactivated, RoleCreated, RoleChanged, RoleDeleted, LoginCreated, LoginChanged, LoginOff,
		LoginOn, LoginReopened, LoginRecovered, WelcomeSent, ResetSent, RecoveryAsked, RecoveryChanged, MailTriedAgain, MailComposed,
		CampaignCreated, CampaignChanged, CampaignDeleted, CampaignStarted, CampaignPaused, CampaignResumed, CampaignCancelled,
		CampaignEnded, CampaignTriedAgain, LoginsStarted,
		LoginsCreated, TemplateCreated, TemplateChanged, TemplateDeleted, TemplateReset, TermsPublished, TermsAccepted,
		LoginsForPractice, RemindersStarted, RemindersSent, LoginSkipped,
		LoginUnskipped, DetailsConfirmed, OnboardingDone, PetParentAdded, LanguageChanged, PetParentChanged, AddressTried, MailBounced,
		PetParentMoved, PetParentMerged, PetParentErased, OptedOut, OptedIn, OptOutNoted, OptOutLifted, HouseholdChanged, HouseholdMerged,
		PetAdded, PetMerged, ProposalMade,
		ProposalAccepted, ProposalRejected, ProposalWithdrawn, ImportUploaded, ImportChosen, AfterImportChanged, ImportStarted, ImportFinished, ImportFailed,
		ImportCancelled, RejectsDownloaded, LoginsDownloaded, CampaignDownloaded, PracticeExported, PetParentExported, KeyCreated, KeyRevoked, KeysRevoked,
		KeyRingRotated, KeyRingDropped, AccessRefused,
	}
}

// Subjects lists what stands before the dot, in the order of the actions.
func Subjects() []string {
	var all []string
	for _, a := range Actions() {
		if !slices.Contains(all, a.Subject()) {
			all = append(all, a.Subject())
		}
	}
	return all
}

// Subject is the part of the action before the dot.
func (a Action) Subject() string {
	for i := range a {
		if a[i] == '.' {
			return string(a[:i])
		}
	}
	return string(a)
}

// Outcome tells whether the thing was done.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
)
