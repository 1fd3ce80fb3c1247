package petparentweb

import (
	"time"

	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/mail"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type phoneBody struct {
	Kind   string `json:"kind" doc:"home, work, cell and so on, or unknown"`
	Number string `json:"number" doc:"As people read it"`
	E164   string `json:"e164,omitempty" doc:"ITU-T E.164, when the number is complete"`
}

// personBody is what the list and the profile say of a person.
type personBody struct {
	ID           string               `json:"id"`
	Name         string               `json:"name"`
	FirstName    string               `json:"first_name"`
	LastName     string               `json:"last_name"`
	Company      string               `json:"company,omitempty"`
	Email        string               `json:"email,omitempty"`
	EmailProblem string               `json:"email_problem,omitempty" enum:"missing,invalid"`
	Phones       []phoneBody          `json:"phones" nullable:"false"`
	HomeBranch   *named               `json:"home_branch,omitempty"`
	Status       petparent.Status     `json:"status" enum:"not_invited,invited,expired,burnt,active,inactive"`
	Invitation   petparent.Invitation `json:"invitation" enum:"not_invited,queued,sent,failed,opened,signed_in,finished" doc:"How far they came with what they were given last"`
	Locked       bool                 `json:"locked" doc:"Too many failures in a row: opened by a reset, by staff, or on a device that is known"`
	LoginID      string               `json:"login_id,omitempty"`
	NotMailable  []petparent.Reason   `json:"not_mailable" nullable:"false" doc:"Why bulk mail leaves the person out"`
	MailState    string               `json:"mail_state,omitempty" doc:"Of the newest message to them"`
	MailAt       *time.Time           `json:"mail_at,omitempty" doc:"When that was sent, or written where it was not; in lists"`
}

type listedBody struct {
	personBody
	Pets []petNameBody `json:"pets" nullable:"false"`
}

type petNameBody struct {
	Name     string `json:"name"`
	Species  string `json:"species,omitempty"`
	Deceased bool   `json:"deceased,omitempty"`
}

type petBody struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Species  string `json:"species,omitempty"`
	Breed    string `json:"breed,omitempty"`
	Sex      string `json:"sex,omitempty" enum:"male,female"`
	Neutered *bool  `json:"neutered,omitempty"`
	BornOn   string `json:"born_on,omitempty" format:"date"`
	Deceased bool   `json:"deceased,omitempty"`
	DiedOn   string `json:"died_on,omitempty" format:"date"`
	Inactive bool   `json:"inactive,omitempty"`
}

type profileBody struct {
	personBody
	Emails            []string       `json:"emails" nullable:"false"`
	Household         householdBody  `json:"household"`
	Pets              []petBody      `json:"pets" nullable:"false"`
	Login             *loginBody     `json:"login,omitempty"`
	TemporaryPassword *temporaryBody `json:"temporary_password,omitempty" doc:"Its state, never itself; gone for ever with the first sign-in"`
	OpenProposals     int64          `json:"open_proposals"`
	OptedOutAt        *time.Time     `json:"opted_out_at,omitempty" doc:"When they said that they want no news by e-mail; the household's opt_out is beside that"`
	OptedOutBy        string         `json:"opted_out_by,omitempty" enum:"link,self,staff"`
}

type householdBody struct {
	ID         string  `json:"id"`
	System     string  `json:"system"`
	ExternalID string  `json:"external_id"`
	Active     bool    `json:"active"`
	OptOut     bool    `json:"opt_out"`
	Others     []named `json:"others" nullable:"false" doc:"Other people of the household"`
}

type loginBody struct {
	LoginID      string     `json:"login_id"`
	Active       bool       `json:"active"`
	OnboardedAt  *time.Time `json:"onboarded_at,omitempty" doc:"When the first sign-in was completed"`
	LastSignInAt *time.Time `json:"last_sign_in_at,omitempty"`
}

type temporaryBody struct {
	State     string     `json:"state" enum:"waiting,unsent,usable,expired,burnt,withdrawn" doc:"waiting: its time begins when the e-mail leaves; unsent: the e-mail could not be sent; withdrawn: by a change of the policy"`
	Readable  bool       `json:"readable" doc:"Whether it can be revealed"`
	Tries     int        `json:"tries"`
	MaxTries  int        `json:"max_tries"`
	IssuedAt  time.Time  `json:"issued_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Plain     string     `json:"plain,omitempty" doc:"Itself: only in the answer to its issue, where the policy lets nobody read it later"`
}

type messageBody struct {
	ID        string     `json:"id"`
	Template  string     `json:"template"`
	To        string     `json:"to"`
	Subject   string     `json:"subject"`
	State     mail.State `json:"state" enum:"queued,sending,sent,failed,dropped"`
	Reason    string     `json:"reason,omitempty" doc:"Why it waits, failed or was dropped"`
	CreatedAt time.Time  `json:"created_at"`
	SentAt    *time.Time `json:"sent_at,omitempty"`
}

type proposalBody struct {
	ID        string    `json:"id"`
	PetParent named     `json:"pet_parent"`
	Pet       *named    `json:"pet,omitempty" doc:"Left out for the person's own data"`
	Field     string    `json:"field"`
	Before    string    `json:"before"`
	After     string    `json:"after"`
	CreatedAt time.Time `json:"created_at"`
}

func personFrom(p petparent.PetParent, company string, home practice.Branch) personBody {
	b := personBody{
		ID: p.ID, Name: p.Name(company), FirstName: p.FirstName, LastName: p.LastName, Company: company,
		Email: p.Email, EmailProblem: p.EmailProblem, Phones: []phoneBody{}, NotMailable: []petparent.Reason{},
	}
	for _, n := range p.Phones {
		b.Phones = append(b.Phones, phoneBody{Kind: n.Kind, Number: n.String(), E164: n.E164})
	}
	if home.ID != "" {
		b.HomeBranch = &named{ID: home.ID, Name: home.Name}
	}
	return b
}

func listedFrom(row petparent.Row, home practice.Branch) listedBody {
	b := listedBody{personBody: personFrom(row.PetParent, row.Company, home), Pets: []petNameBody{}}
	b.Status, b.Invitation, b.Locked, b.LoginID, b.MailState = row.Status, row.Invitation, row.Locked, row.LoginID, row.MailState
	b.MailAt = clock.OrNil(row.MailAt)
	b.NotMailable = append(b.NotMailable, row.NotMailable...)
	for _, pet := range row.Pets {
		b.Pets = append(b.Pets, petNameBody(pet))
	}
	return b
}

func petsFrom(pets []petparent.OwnedPet) []petBody {
	all := make([]petBody, 0, len(pets))
	for _, p := range pets {
		all = append(all, petBody{
			ID: p.ID, Name: p.Name, Species: p.Species, Breed: p.Breed, Sex: p.Sex, Neutered: p.Neutered, BornOn: p.BornOn,
			Deceased: p.Deceased, DiedOn: p.DiedOn, Inactive: p.Inactive,
		})
	}
	return all
}

func profileFrom(p petparent.Profile, home practice.Branch, t *temporaryBody) profileBody {
	b := profileBody{
		personBody: personFrom(p.PetParent, p.Household.Company, home), Emails: append([]string{}, p.Emails...),
		Household: householdBody{
			ID: p.Household.ID, System: p.Household.System, ExternalID: p.Household.ExternalID,
			Active: p.Household.Active, OptOut: p.Household.OptOut, Others: []named{},
		},
		Pets: petsFrom(p.Pets), TemporaryPassword: t, OpenProposals: p.OpenProposals,
		OptedOutAt: clock.OrNil(p.OptedOutAt), OptedOutBy: p.OptedOutBy,
	}
	b.Status, b.Invitation, b.Locked, b.LoginID, b.MailState = p.Status, p.Invitation, p.Locked, p.Login.LoginID, p.MailState
	b.NotMailable = append(b.NotMailable, p.NotMailable...)
	for _, o := range p.Others {
		b.Household.Others = append(b.Household.Others, named{ID: o.ID, Name: o.Name(p.Household.Company)})
	}
	if p.AccountID != "" {
		b.Login = &loginBody{
			LoginID: p.Login.LoginID, Active: p.Login.Active, OnboardedAt: clock.OrNil(p.Login.OnboardedAt), LastSignInAt: clock.OrNil(p.Login.LastSignInAt),
		}
	}
	return b
}

func temporaryFrom(t factor.Temporary, i petparent.Invitation, now time.Time) *temporaryBody {
	state := temporaryState(t, i, now)
	if state == "" {
		return nil
	}
	return &temporaryBody{
		State: state, Readable: t.Readable && t.Usable(now), Tries: t.Tries, MaxTries: t.MaxTries,
		IssuedAt: t.IssuedAt, ExpiresAt: clock.OrNil(t.ExpiresAt),
	}
}

func messageFrom(m mail.Message) messageBody {
	return messageBody{
		ID: m.ID, Template: m.Template, To: m.To, Subject: m.Subject, State: m.State, Reason: m.LastError,
		CreatedAt: m.CreatedAt, SentAt: clock.OrNil(m.SentAt),
	}
}

func proposalFrom(p petparent.Proposal) proposalBody {
	b := proposalBody{
		ID: p.ID, PetParent: named{ID: p.PetParentID, Name: p.PetParentName}, Field: p.Field,
		Before: p.Before, After: p.After, CreatedAt: p.CreatedAt,
	}
	if p.PetID != "" {
		b.Pet = &named{ID: p.PetID, Name: p.PetName}
	}
	return b
}
