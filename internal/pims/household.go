package pims

import (
	"slices"

	"catflap/internal/petparent"
)

// staged is one client of an export as it waits for the run.
type staged struct {
	Place     Place                    `json:"place"`
	Household petparent.HouseholdInput `json:"household"`
	AllPets   bool                     `json:"all_pets"`
	Unsaid    []petparent.Fact         `json:"unsaid,omitempty"`
}

// input is what the household store is told.
func (s staged) input() petparent.HouseholdInput {
	s.Household.AllPets, s.Household.Unsaid = s.AllPets, s.Unsaid
	return s.Household
}

// notMailable lists why the client gets no bulk mail, by what the export says.
func (s staged) notMailable() []petparent.Reason {
	h, person := s.Household, s.Household.People[0]
	p := petparent.PetParent{EmailProblem: person.EmailProblem}
	if len(person.Emails) > 0 {
		p.Email = person.Emails[0]
	}
	pets := make([]petparent.Pet, len(h.Pets))
	for i, pet := range h.Pets {
		pets[i] = petparent.Pet{Deceased: pet.Deceased, Deleted: pet.Deleted}
	}
	return petparent.NotMailable(petparent.Household{Active: h.Active, Deleted: h.Deleted, OptOut: h.OptOut}, p, pets)
}

// stager turns the clients of an export into what the household store takes.
type stager struct {
	system, homeBranchID string
	pets                 map[string][]*Pet // by client
	// partly are clients of whom a row could not be read: they may have more
	// pets than are known.
	partly map[string]bool
	// corrected rows are some of an export: nobody is complete in them.
	corrected bool
	unsaid    []petparent.Fact // what the files have no column for
}

func newStager(e *Export, homeBranchID string) stager {
	s := stager{system: e.System, homeBranchID: homeBranchID, pets: e.PetsByClient(), partly: map[string]bool{}, unsaid: unsaid(e)}
	for _, r := range e.Rejected {
		s.partly[r.Client] = true
	}
	for _, f := range e.Files {
		s.corrected = s.corrected || f.Corrected
	}
	return s
}

func (s stager) batch(clients []*Client) []staged {
	batch := make([]staged, len(clients))
	for i, c := range clients {
		h := petparent.HouseholdInput{
			System: s.system, ExternalID: c.ID, HomeBranchID: s.homeBranchID, Company: c.Company,
			Active: !c.Inactive, Deleted: c.Deleted, OptOut: c.OptOut,
			People: []petparent.PersonInput{{
				FirstName: c.First, LastName: c.Last, Emails: c.Addresses(), EmailProblem: c.EmailProblem, Phones: phonesOf(c),
			}},
		}
		for _, p := range s.pets[c.ID] {
			h.Pets = append(h.Pets, petOf(p, c.ID))
		}
		batch[i] = staged{Place: c.Place, Household: h, AllPets: !s.corrected && !s.partly[c.ID], Unsaid: s.unsaid}
	}
	return batch
}

// unsaid are the facts whose columns are not in a file.
func unsaid(e *Export) []petparent.Fact {
	var all []petparent.Fact
	for _, s := range systems() {
		if s.name != e.System {
			continue
		}
		for _, l := range s.files {
			for _, f := range e.Files {
				for _, column := range f.Missing {
					if fact := l.facts[column]; fact != "" && !slices.Contains(all, fact) {
						all = append(all, fact)
					}
				}
			}
		}
	}
	return all
}

func phonesOf(c *Client) []petparent.Phone {
	var all []petparent.Phone
	for _, p := range c.Phones {
		all = append(all, petparent.Phone(p))
	}
	return all
}

// petOf is the pet as the household of one of its owners has it.
func petOf(p *Pet, client string) petparent.PetInput {
	in := petparent.PetInput{
		ExternalID: p.Key, Name: p.Name, Species: p.Species, Breed: p.Breed, Sex: p.Sex, Neutered: p.Neutered,
		BornOn: p.Born, Deceased: p.Deceased, DiedOn: p.Died, Inactive: p.Inactive, Deleted: p.Deleted,
	}
	for _, o := range p.Owners {
		if o.Client == client {
			in.Percentage, in.Main = o.Percentage, o.Primary
		}
	}
	return in
}
