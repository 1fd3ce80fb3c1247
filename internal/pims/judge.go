package pims

// Why a client gets no bulk mail.
const (
	BecauseDeleted      = "deleted"
	BecauseInactive     = "inactive"
	BecauseOptOut       = "opt_out"
	BecauseNoEmail      = "no_email"
	BecauseInvalidEmail = "invalid_email"
	BecauseAllPetsDead  = "all_pets_deceased"
)

// NotMailable lists every reason why a client must not get a welcome or any
// other bulk mail; none means mailable. pets are the client's pets.
func NotMailable(c *Client, pets []*Pet) []string {
	var why []string
	add := func(is bool, reason string) {
		if is {
			why = append(why, reason)
		}
	}
	add(c.Deleted, BecauseDeleted)
	add(c.Inactive, BecauseInactive)
	add(c.OptOut, BecauseOptOut)
	add(len(c.Emails) == 0 && c.EmailProblem != EmailInvalid, BecauseNoEmail)
	add(len(c.Emails) == 0 && c.EmailProblem == EmailInvalid, BecauseInvalidEmail)
	have, dead, _ := countPets(pets)
	add(have > 0 && dead == have, BecauseAllPetsDead)
	return why
}

// Review says why a person should look before a mailable client is written to:
// "no_pets", "no_active_pet", or "" for nothing.
func Review(c *Client, pets []*Pet) string {
	if len(NotMailable(c, pets)) > 0 {
		return ""
	}
	switch have, _, active := countPets(pets); {
	case have == 0:
		return "no_pets"
	case active == 0:
		return "no_active_pet"
	}
	return ""
}

// countPets leaves deleted pets aside.
func countPets(pets []*Pet) (have, dead, active int) {
	for _, p := range pets {
		switch {
		case p.Deleted:
			continue
		case p.Deceased:
			dead++
		case !p.Inactive:
			active++
		}
		have++
	}
	return have, dead, active
}

// SharedEmail is one address that several clients use.
type SharedEmail struct {
	Email      string   // folded
	Clients    []string // ids, in the order of the export
	SamePerson bool     // one name under several ids, rather than a household
}

// SharedEmails finds the addresses that more than one client uses, compared
// without regard to capitals.
func SharedEmails(clients []*Client) []SharedEmail {
	users := make(map[string][]*Client, len(clients))
	var order []string
	for _, c := range clients {
		for _, m := range c.Emails {
			k := fold(m)
			if len(users[k]) == 0 {
				order = append(order, k)
			}
			users[k] = append(users[k], c)
		}
	}
	var shared []SharedEmail
	for _, k := range order {
		if group := users[k]; len(group) > 1 {
			s := SharedEmail{Email: k, SamePerson: true}
			for _, c := range group {
				s.Clients = append(s.Clients, c.ID)
				s.SamePerson = s.SamePerson && fold(c.First) == fold(group[0].First) && fold(c.Last) == fold(group[0].Last)
			}
			shared = append(shared, s)
		}
	}
	return shared
}

// otherName reports that no part of the names is the same.
func otherName(a, b *Client) bool {
	return !alike(a.First, b.First) && !alike(a.Last, b.Last) && !alike(a.Company, b.Company)
}

// alike compares without regard to capitals; two empty texts are not alike.
func alike(a, b string) bool { return a != "" && fold(a) == fold(b) }
