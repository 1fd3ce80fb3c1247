package pims

import (
	"cmp"
	"slices"

	"catflap/internal/petparent"
)

// linked is what rows of their own say about one client: they are put in order
// when all are known.
type linked struct {
	mails   []mail
	phones  []phoneRow
	address *addressRow
}

// link keeps a row about a client whom another row describes.
func (g *gather) link(f facts) {
	if f.mails == nil && f.phone == nil && f.address == nil {
		return
	}
	l := g.linked[f.about]
	if l == nil {
		l = &linked{}
		g.linked[f.about] = l
	}
	l.mails = append(l.mails, f.mails...)
	if f.phone != nil {
		l.phones = append(l.phones, *f.phone)
	}
	if a := f.address; a != nil && (l.address == nil || a.better(l.address)) {
		l.address = a
	}
}

func (a *addressRow) better(b *addressRow) bool {
	if a.primary != b.primary {
		return a.primary
	}
	return a.order < b.order
}

// joinLinked gives each client what was said of them elsewhere.
func (g *gather) joinLinked() {
	for _, c := range g.export.Clients {
		l := g.linked[c.ID]
		if l == nil {
			continue
		}
		slices.SortStableFunc(l.mails, func(a, b mail) int {
			if a.primary != b.primary {
				if a.primary {
					return -1
				}
				return 1
			}
			return cmp.Compare(a.order, b.order)
		})
		l.mailsOf(c)
		slices.SortStableFunc(l.phones, func(a, b phoneRow) int { return cmp.Compare(a.order, b.order) })
		for _, p := range l.phones {
			c.Phones = append(c.Phones, p.Phone)
		}
		if l.address != nil {
			c.Address = l.address.Address
		}
	}
}

// mailsOf hands over the addresses. Who closed every one wants no bulk mail.
func (l *linked) mailsOf(c *Client) {
	open := false
	for _, m := range l.mails {
		if m.bad {
			c.EmailProblem = petparent.EmailInvalid
			continue
		}
		open = open || !m.closed
		if !slices.ContainsFunc(c.Emails, func(e Email) bool { return fold(e.Address) == fold(m.Address) }) {
			c.Emails = append(c.Emails, m.Email)
		}
	}
	if len(c.Emails) > 0 {
		c.EmailProblem, c.OptOut = "", !open
	}
}

// dropLoose rejects pets whose owner nobody named.
func (g *gather) dropLoose() {
	if len(g.loose) == 0 {
		return
	}
	g.export.Pets = slices.DeleteFunc(g.export.Pets, func(p *Pet) bool {
		if g.loose[p.Key] == nil {
			return false
		}
		g.export.Rejected = append(g.export.Rejected, Reject{Place: p.Place, Reason: NoOwner, Pet: p.ID,
			Message: "No row says who owns this pet. Export the relationships of clients and patients again."})
		return true
	})
	g.export.Warnings = slices.DeleteFunc(g.export.Warnings, func(w Warning) bool { return w.Pet != "" && g.loose[w.Pet] != nil })
}
