package petparent

// Status is how far a pet parent has come on the way to a login of their own.
type Status string

// The states.
const (
	NotInvited Status = "not_invited" // no login, or one that nothing was ever given out for
	Invited    Status = "invited"     // may still come in with what they were given
	Expired    Status = "expired"     // the time to use it is over
	Burnt      Status = "burnt"       // too many wrong tries
	Active     Status = "active"      // the first sign-in is complete
	Inactive   Status = "inactive"    // the login was switched off
)

// statusSQL tells the state, for account a and temporary password t of the
// person; now is the placeholder of the current time.
func statusSQL(now string) string {
	const link = `SELECT 1 FROM link l WHERE l.practice_id = a.practice_id AND l.account_id = a.id AND l.purpose = 'activation'`
	return `CASE
		WHEN a.id IS NULL THEN '` + string(NotInvited) + `'
		WHEN NOT a.active THEN '` + string(Inactive) + `'
		WHEN a.onboarded_at IS NOT NULL THEN '` + string(Active) + `'
		WHEN EXISTS (` + link + ` AND l.used_at IS NULL AND l.ended_at IS NULL AND l.expires_at > ` + now + `) THEN '` + string(Invited) + `'
		WHEN t.withdrawn THEN '` + string(Expired) + `'
		WHEN t.burnt_at IS NOT NULL THEN '` + string(Burnt) + `'
		WHEN t.expires_at <= ` + now + ` THEN '` + string(Expired) + `'
		WHEN t.id IS NOT NULL THEN '` + string(Invited) + `'
		WHEN EXISTS (` + link + `) THEN '` + string(Expired) + `'
		ELSE '` + string(NotInvited) + `' END`
}

// Invitation is how far a pet parent has come with what they were given.
type Invitation string

// The states, from the first to the last.
const (
	InvitationNone     Invitation = "not_invited" // nothing was given out
	InvitationQueued   Invitation = "queued"      // the welcome e-mail waits
	InvitationSent     Invitation = "sent"        // the mail server took it, or staff handed something over
	InvitationFailed   Invitation = "failed"      // the welcome e-mail could not be sent
	InvitationOpened   Invitation = "opened"      // the page that it leads to was opened
	InvitationEntered  Invitation = "signed_in"   // signed in with it, and has not finished
	InvitationFinished Invitation = "finished"    // chose a password of their own
)

// Invitations lists the states in their order.
func Invitations() []Invitation {
	return []Invitation{
		InvitationNone, InvitationQueued, InvitationSent, InvitationFailed, InvitationOpened, InvitationEntered, InvitationFinished,
	}
}

// invitationJoin adds the visit v to account a and temporary password t. It
// counts for what was given out last only.
const invitationJoin = `
	LEFT JOIN invitation_visit v ON v.practice_id = a.practice_id AND v.account_id = a.id AND (v.invitation_id = t.id
		OR EXISTS (SELECT 1 FROM link l WHERE l.practice_id = a.practice_id AND l.account_id = a.id
			AND l.purpose = 'activation' AND l.id = v.invitation_id AND l.ended_at IS NULL))`

// invitationSQL tells the state of the invitation, for account a, temporary
// password t and visit v of the person. A message that is older than the
// temporary password carried another one.
func invitationSQL() string {
	return `CASE
		WHEN a.id IS NULL THEN '` + string(InvitationNone) + `'
		WHEN a.onboarded_at IS NOT NULL THEN '` + string(InvitationFinished) + `'
		WHEN v.entered_at IS NOT NULL OR EXISTS (SELECT 1 FROM onboarding_draft d
			WHERE d.practice_id = a.practice_id AND d.account_id = a.id) THEN '` + string(InvitationEntered) + `'
		WHEN v.account_id IS NOT NULL THEN '` + string(InvitationOpened) + `'
		ELSE COALESCE((SELECT CASE
				WHEN m.state = 'sent' THEN '` + string(InvitationSent) + `'
				WHEN m.state = 'queued' THEN '` + string(InvitationQueued) + `'
				ELSE '` + string(InvitationFailed) + `' END
			FROM message m
			WHERE m.practice_id = a.practice_id AND m.account_id = a.id AND m.account_id <> ''
				AND m.template IN ('welcome', 'activation') AND (t.issued_at IS NULL OR m.created_at >= t.issued_at)
			ORDER BY m.created_at DESC, m.id DESC LIMIT 1),
			CASE WHEN t.id IS NOT NULL OR EXISTS (SELECT 1 FROM link l WHERE l.practice_id = a.practice_id
				AND l.account_id = a.id AND l.purpose = 'activation') THEN '` + string(InvitationSent) + `'
			ELSE '` + string(InvitationNone) + `' END) END`
}
