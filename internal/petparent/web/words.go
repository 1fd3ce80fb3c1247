package petparentweb

import (
	"strings"
	"time"

	"catflap/internal/factor"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
)

// mark is a state in a tone and a word.
type mark struct{ Tone, Text string }

func statusMark(s petparent.Status) mark {
	switch s {
	case petparent.Invited:
		return mark{"info", "Invited"}
	case petparent.Expired:
		return mark{"careful", "Invitation expired"}
	case petparent.Burnt:
		return mark{"stop", "Invitation used up"}
	case petparent.Active:
		return mark{"good", "Active"}
	case petparent.Inactive:
		return mark{"off", "Switched off"}
	case petparent.NotInvited:
	}
	return mark{"off", "Not invited"}
}

// stateMark says where a login stands and, while it waits for the first sign-in,
// how far the invitation came.
func stateMark(s petparent.Status, i petparent.Invitation, locked bool) mark {
	if locked && s != petparent.Inactive {
		return mark{"stop", "Locked"}
	}
	if s != petparent.Invited {
		return statusMark(s)
	}
	switch i {
	case petparent.InvitationQueued:
		return mark{"info", "Invitation waits to be sent"}
	case petparent.InvitationFailed:
		return mark{"stop", "Invitation could not be sent"}
	case petparent.InvitationOpened:
		return mark{"info", "Opened the sign-in page"}
	case petparent.InvitationEntered:
		return mark{"info", "Signed in, not finished"}
	case petparent.InvitationNone, petparent.InvitationSent, petparent.InvitationFinished:
	}
	return statusMark(s)
}

func invitationLabel(i petparent.Invitation) string {
	switch i {
	case petparent.InvitationNone:
		return "Not invited"
	case petparent.InvitationQueued:
		return "Waits to be sent"
	case petparent.InvitationSent:
		return "Sent"
	case petparent.InvitationFailed:
		return "Could not be sent"
	case petparent.InvitationOpened:
		return "Opened the sign-in page"
	case petparent.InvitationEntered:
		return "Signed in, not finished"
	case petparent.InvitationFinished:
		return "Finished"
	}
	return string(i)
}

func sortLabel(s petparent.Sort) string {
	switch s {
	case petparent.SortNewest:
		return "Newest first"
	case petparent.SortLastSignIn:
		return "Last sign-in"
	case petparent.SortName:
	}
	return "Name"
}

func showLabel(s petparent.Show) string {
	switch s {
	case petparent.ShowNotInvited:
		return "Not invited"
	case petparent.ShowInvited:
		return "Invited"
	case petparent.ShowNeverSignedIn:
		return "Never signed in"
	case petparent.ShowActive:
		return "Active"
	case petparent.ShowLocked:
		return "Locked"
	case petparent.ShowNotMailable:
		return "Cannot be mailed"
	case petparent.ShowAll:
	}
	return "All"
}

// reasonWords are several reasons as the end of a sentence.
func reasonWords(all []petparent.Reason) string {
	words := make([]string, len(all))
	for i, r := range all {
		words[i] = strings.ToLower(r.Words())
	}
	return strings.Join(words, ", ")
}

// mailedLabel is what the filter by mail calls a state.
func mailedLabel(m petparent.Mailed) string {
	switch m {
	case petparent.MailedNever:
		return "Never written to"
	case petparent.MailedWaiting:
		return "Waiting"
	case petparent.MailedSent:
		return "Sent"
	case petparent.MailedFailed:
		return "Failed"
	}
	return "All"
}

func mailMark(s mail.State) mark {
	switch s {
	case mail.Sent:
		return mark{"good", "Sent"}
	case mail.Failed:
		return mark{"stop", "Failed"}
	case mail.Dropped:
		return mark{"off", "Not sent"}
	case mail.Queued:
	}
	return mark{"info", "Waiting to be sent"}
}

// templateLabel is what people call a built-in message.
func templateLabel(template string) string {
	switch template {
	case mail.Welcome:
		return "Welcome e-mail"
	case mail.Activation:
		return "Welcome e-mail with activation link"
	case mail.PasswordReset:
		return "Password reset"
	case mail.RecoveryChange:
		return "Confirmation of a recovery address"
	case mail.LoginIDs:
		return "Reminder of login IDs"
	case mail.SecurityNotice:
		return "Security notice"
	case mail.SignInCode:
		return "Sign-in code"
	case mail.TwoFactorReminder:
		return "Reminder to set up two-factor authentication"
	case mail.LoginURLs:
		return "Reminder of sign-in pages"
	case mail.WrongCodes:
		return "Notice of wrong codes"
	case mail.LoginEnded:
		return "Notice that a login was deleted"
	case mail.Own:
		return "E-mail"
	}
	return template
}

// fieldLabel is what people call a field of a correction.
func fieldLabel(field string) string {
	switch field {
	case petparent.FieldFirstName:
		return "First name"
	case petparent.FieldLastName:
		return "Last name"
	case petparent.FieldEmail:
		return "E-mail"
	case petparent.FieldPhones:
		return "Phone"
	case petparent.FieldName:
		return "Name"
	case petparent.FieldSpecies:
		return "Kind of animal"
	case petparent.FieldBreed:
		return "Breed"
	case petparent.FieldSex:
		return "Sex"
	case petparent.FieldNeutered:
		return "Neutered"
	case petparent.FieldBornOn:
		return "Born on"
	case petparent.FieldDeceased:
		return "Deceased"
	case petparent.FieldDiedOn:
		return "Died on"
	case petparent.FieldInactive:
		return "Inactive"
	case petparent.FieldCompany:
		return "Company"
	case petparent.FieldHomeBranch:
		return "Home branch"
	case petparent.FieldActive:
		return "Active client"
	case petparent.FieldNews:
		return "News by e-mail"
	case petparent.FieldOptOut:
		return "Opted out of bulk e-mail"
	case onboarding.FieldLogin:
		return "Login ID"
	case onboarding.FieldRecovery:
		return "Recovery address"
	}
	return field
}

// fieldValue is the value of a field as people read it.
func fieldValue(field, value string) string {
	switch {
	case value == "":
		return "nothing"
	case value == "true" || value == "false":
		return map[string]string{"true": "yes", "false": "no"}[value]
	case field == petparent.FieldSpecies:
		return strings.ReplaceAll(value, "_", " ")
	case field == petparent.FieldPhones:
		return strings.ReplaceAll(value, "\n", ", ")
	case field == petparent.FieldBornOn || field == petparent.FieldDiedOn:
		return ui.PlainDay(value)
	}
	return value
}

// unsent is the state of a temporary password whose welcome e-mail failed for
// good: it works, and its person knows nothing of it.
const unsent = "unsent"

// temporaryState is where a temporary password stands, as a stable word; ""
// when there is none. The invitation is that of its person.
func temporaryState(t factor.Temporary, i petparent.Invitation, now time.Time) string {
	switch {
	case t.ID == "":
		return ""
	case t.Withdrawn:
		return "withdrawn"
	case !t.BurntAt.IsZero():
		return "burnt"
	case t.Expired(now):
		return "expired"
	case i == petparent.InvitationFailed:
		return unsent
	case t.ExpiresAt.IsZero():
		return "waiting"
	}
	return "usable"
}
