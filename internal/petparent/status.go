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
