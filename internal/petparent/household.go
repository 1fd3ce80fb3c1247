package petparent

import (
	"strings"
	"time"

	"catflap/internal/audit"
)

// Household is the client record of the practice system.
type Household struct {
	ID           string
	PracticeID   string
	System       string // "cornerstone", "generic", ...; "catflap" when made here
	ExternalID   string
	HomeBranchID string // "" when unknown
	Company      string
	Active       bool
	Deleted      bool   // the practice system says so; the record stays
	OptOut       bool   // from bulk mail, never from security mail
	MergedInto   string // the household that took everything over; "" unless merged
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// MadeHere is the system of what no practice system knows.
const MadeHere = "catflap"

// PetParent is one person of a household.
type PetParent struct {
	ID           string
	PracticeID   string
	HouseholdID  string
	Position     int    // 1 first person of the household, 2 second, ...; beyond 1000 who was added or moved here
	AccountID    string // "" without a login
	FirstName    string
	LastName     string
	Email        string   // for contact; "" when missing or invalid
	Emails       []string // all of them, Email first
	EmailProblem string   // "", EmailMissing or EmailInvalid
	Refused      Refused  // Email, by its mail server
	Phones       []Phone
	OptedOutAt   time.Time // of bulk mail, by what the person said; zero when they did not
	OptedOutBy   string    // one of OptedOutBy..., "" when they did not
	CreatedAt    time.Time
	UpdatedAt    time.Time

	stored index // as it was read
}

// What can be wrong with the e-mail of a person.
const (
	EmailMissing = "missing"
	EmailInvalid = "invalid"
)

// OptedOut reports whether the person said that they want no bulk mail. The
// household may be opted out beside that.
func (p PetParent) OptedOut() bool { return !p.OptedOutAt.IsZero() }

// Name is how the person is called; for one without a name, the company.
func (p PetParent) Name(company string) string {
	if name := strings.TrimSpace(p.FirstName + " " + p.LastName); name != "" {
		return name
	}
	return company
}

// Ownership is a pet's place in a household.
type Ownership struct {
	HouseholdID string
	PetID       string
	Percentage  string // as exported
	Main        bool   // the primary owner
}

func (p PetParent) target(company string) audit.Target {
	return audit.Target{Kind: "pet_parent", ID: p.ID, Name: p.Name(company)}
}

// setEmail makes email the first address; the former first one is dropped,
// because a correction says that it is wrong. Without an e-mail none is left.
func (p *PetParent) setEmail(email string) {
	if email == "" {
		p.setEmails(nil, "")
		return
	}
	emails := []string{email}
	for i, e := range p.Emails {
		if i > 0 && Fold(e) != Fold(email) {
			emails = append(emails, e)
		}
	}
	p.setEmails(emails, "")
}

// setEmails stores all addresses; problem says why there is none.
func (p *PetParent) setEmails(emails []string, problem string) {
	p.Emails, p.Email, p.EmailProblem = emails, "", problem
	if len(emails) > 0 {
		p.Email, p.EmailProblem = emails[0], ""
	} else if problem == "" {
		p.EmailProblem = EmailMissing
	}
}

// changes lists what differs between two states of one person.
func (p PetParent) changes(to PetParent) []audit.Change {
	var c []audit.Change
	c = audit.Diff(c, FieldFirstName, p.FirstName, to.FirstName)
	c = audit.Diff(c, FieldLastName, p.LastName, to.LastName)
	c = audit.Diff(c, FieldEmail, strings.Join(p.Emails, ", "), strings.Join(to.Emails, ", "))
	return audit.Diff(c, FieldPhones, joinPhones(p.Phones, ", "), joinPhones(to.Phones, ", "))
}
