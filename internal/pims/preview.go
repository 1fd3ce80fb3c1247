package pims

import (
	"context"
	"slices"
	"strings"

	"catflap/internal/petparent"
)

// Tally counts clients by what an import does to them.
type Tally struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Held      int `json:"held" doc:"Known numbers under which somebody else comes. Left alone until a person has decided."`
}

// Sum is the number of clients.
func (t Tally) Sum() int { return t.New + t.Changed + t.Unchanged + t.Held }

func (t *Tally) add(r petparent.Result) {
	switch r {
	case petparent.ResultNew:
		t.New++
	case petparent.ResultChanged:
		t.Changed++
	case petparent.ResultUnchanged:
		t.Unchanged++
	case petparent.ResultHeld:
		t.Held++
	}
}

// Counts is what the files say, and what the run would do.
type Counts struct {
	Tally
	Clients     int `json:"clients"`
	Pets        int `json:"pets"`
	Rejected    int `json:"rejected" doc:"Rows that cannot be read."`
	Duplicates  int `json:"duplicates" doc:"Exact copies of an earlier row."`
	Ignored     int `json:"ignored" doc:"Repeated column names."`
	Warnings    int `json:"warnings" doc:"Values that were dropped or are doubtful."`
	Shared      int `json:"shared_emails" doc:"E-mail addresses that several clients use."`
	NotMailable int `json:"not_mailable" doc:"Clients who get no welcome mail, for whatever reason."`

	Reasons map[petparent.Reason]int `json:"reasons,omitempty" doc:"Why they get none; a client can have several reasons."`
}

// Preview shows some of what an import would do. It has people's names in it,
// so it is erased when the import is over.
type Preview struct {
	Open     []Question      `json:"open,omitempty"` // what has to be chosen first
	Samples  []Sample        `json:"samples"`        // some of the new and of the changed clients
	Held     []Sample        `json:"held"`           // who was held back
	Silent   []Silent        `json:"silent"`         // who cannot be mailed, some for each reason
	Shared   []SharedAddress `json:"shared"`         // for whom one address cannot be the login ID of all
	Warnings []PlacedWarning `json:"warnings"`       // in the order of the export
}

// Sample is one client of a preview.
type Sample struct {
	Place
	Result petparent.Result `json:"result"`
	ID     string           `json:"id"` // in the practice system
	Name   string           `json:"name"`
	Email  string           `json:"email"`
	Pets   []string         `json:"pets"`

	Changes []Change `json:"changes,omitempty" doc:"Of a changed client, field by field."`
}

// Change is one field of a client as it is and as the run would make it.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Silent is a reason why clients cannot be mailed, with some of them.
type Silent struct {
	Reason  petparent.Reason `json:"reason"`
	Clients []string         `json:"clients"` // names with numbers, of the first of them
}

// SharedAddress is an e-mail address that several clients use.
type SharedAddress struct {
	Email   string   `json:"email"`
	Clients []string `json:"clients"`          // names with numbers, of the first of them
	Others  int      `json:"others,omitempty"` // how many more use it
}

func (a *SharedAddress) include(name, number string) {
	if len(a.Clients) < showSharers {
		a.Clients = append(a.Clients, name+" ("+number+")")
	} else {
		a.Others++
	}
}

// PlacedWarning is a warning as people read it.
type PlacedWarning struct {
	Place
	Words string `json:"words"`
}

// How much of each a preview shows.
const (
	showSamples  = 5
	showHeld     = 100
	showShared   = 50
	showSharers  = 20 // of one address: some practices write one wherever a client has none
	showWarnings = 50
)

// previewing builds a preview.
type previewing struct {
	Preview
	counts Counts
}

func newPreview(e *Export) *previewing {
	p := &previewing{counts: Counts{
		Clients: len(e.Clients), Pets: len(e.Pets), Rejected: len(e.Rejected),
		Duplicates: len(e.Duplicates), Ignored: len(e.Ignored), Warnings: len(e.Warnings) + e.Unlisted,
	}}
	for _, w := range e.Warnings[:min(len(e.Warnings), showWarnings)] {
		p.Warnings = append(p.Warnings, PlacedWarning{w.Place, w.Words()})
	}
	return p
}

func (p *previewing) add(one staged, r petparent.Result) {
	p.counts.Tally.add(r)
	p.silent(one)
	list, limit := &p.Samples, showSamples
	n := p.counts.New
	switch r {
	case petparent.ResultUnchanged:
		return
	case petparent.ResultChanged:
		n = p.counts.Changed
	case petparent.ResultHeld:
		list, limit, n = &p.Held, showHeld, p.counts.Held
	}
	if n > limit {
		return
	}
	h, person := one.Household, one.Household.People[0]
	s := Sample{Place: one.Place, Result: r, ID: h.ExternalID, Name: called(person.FirstName, person.LastName, h.Company)}
	if len(person.Emails) > 0 {
		s.Email = person.Emails[0]
	}
	for _, pet := range h.Pets {
		if !pet.Deleted {
			s.Pets = append(s.Pets, pet.Name)
		}
	}
	*list = append(*list, s)
}

// silent counts why a client cannot be mailed.
func (p *previewing) silent(one staged) {
	reasons := one.notMailable()
	if len(reasons) == 0 {
		return
	}
	p.counts.NotMailable++
	if p.counts.Reasons == nil {
		p.counts.Reasons = map[petparent.Reason]int{}
	}
	h, person := one.Household, one.Household.People[0]
	name := called(person.FirstName, person.LastName, h.Company) + " (" + h.ExternalID + ")"
	for _, r := range reasons {
		p.counts.Reasons[r]++
		i := slices.IndexFunc(p.Silent, func(s Silent) bool { return s.Reason == r })
		if i < 0 {
			i, p.Silent = len(p.Silent), append(p.Silent, Silent{Reason: r})
		}
		if list := &p.Silent[i].Clients; len(*list) < showSamples {
			*list = append(*list, name)
		}
	}
}

func called(first, last, company string) string {
	if name := strings.TrimSpace(first + " " + last); name != "" {
		return name
	}
	return company
}

// share finds the addresses that several clients use: in the files, and between
// the files and who is here already.
func (s *Service) share(ctx context.Context, p *previewing, practiceID string, e *Export) error {
	byID := make(map[string]*Client, len(e.Clients))
	for _, c := range e.Clients {
		byID[c.ID] = c
	}
	inFiles := map[string]SharedEmail{}
	for _, shared := range SharedEmails(e.Clients) {
		inFiles[shared.Email] = shared
	}
	seen := map[string]bool{}
	for _, c := range e.Clients {
		for _, address := range c.Addresses() {
			key := fold(address)
			if seen[key] {
				continue
			}
			seen[key] = true
			users := inFiles[key].Clients
			if len(users) == 0 {
				users = []string{c.ID}
			}
			one := SharedAddress{Email: address}
			for _, u := range users {
				one.include(called(byID[u].First, byID[u].Last, byID[u].Company), u)
			}
			here, err := emailUsers(ctx, s.DB, practiceID, petparent.Fold(address))
			if err != nil {
				return err
			}
			for _, h := range here {
				if h.system != e.System || byID[h.externalID] == nil {
					one.include(called(h.first, h.last, h.company), h.externalID)
				}
			}
			if len(one.Clients) < 2 {
				continue
			}
			if p.counts.Shared++; p.counts.Shared <= showShared {
				p.Shared = append(p.Shared, one)
			}
		}
	}
	return nil
}
