package pims

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
		for _, m := range c.Addresses() {
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
