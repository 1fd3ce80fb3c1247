package privacy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// Data is everything that is stored of one pet parent, as the file for programs
// holds it.
type Data struct {
	Practice    string       `json:"practice"`
	ExportedAt  time.Time    `json:"exported_at"`
	Person      Person       `json:"person"`
	Pets        []Pet        `json:"pets"`
	Login       *Login       `json:"login,omitempty"`
	LeftOutAt   *time.Time   `json:"left_out_of_logins_for_all_since,omitempty"`
	Sessions    []Session    `json:"sessions"`
	Corrections []Correction `json:"corrections"`
	Messages    []Message    `json:"messages"`
	Record      []Event      `json:"record"`
}

// Person is the pet parent and what is known of the household.
type Person struct {
	FirstName     string     `json:"first_name"`
	LastName      string     `json:"last_name"`
	Company       string     `json:"company,omitempty"`
	Emails        []string   `json:"emails"`
	Phones        []string   `json:"phones"`
	ClientNumbers []string   `json:"client_numbers"`
	HomeBranch    string     `json:"home_branch,omitempty"`
	Active        bool       `json:"active"`
	OptOut        bool       `json:"opt_out"`
	OptedOutAt    *time.Time `json:"opted_out_of_news_at,omitempty"`
	Housemates    int        `json:"others_in_household"`
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
}

// Pet is one pet of the household.
type Pet struct {
	Name       string `json:"name"`
	Species    string `json:"species,omitempty"`
	Breed      string `json:"breed,omitempty"`
	Sex        string `json:"sex,omitempty"`
	Neutered   *bool  `json:"neutered,omitempty"`
	BornOn     string `json:"born_on,omitempty"`
	Deceased   bool   `json:"deceased,omitempty"`
	DiedOn     string `json:"died_on,omitempty"`
	Percentage string `json:"ownership_percentage,omitempty"`
}

// Login is with what the person signs in, without any secret.
type Login struct {
	LoginID         string     `json:"login_id"`
	RecoveryAddress string     `json:"recovery_address,omitempty"`
	PendingAddress  string     `json:"pending_recovery_address,omitempty"` // once its mailbox has said yes
	Language        string     `json:"language"`
	Active          bool       `json:"active"`
	CreatedAt       time.Time  `json:"created_at"`
	FirstSignInAt   *time.Time `json:"first_sign_in_at,omitempty"`
	LastSignInAt    *time.Time `json:"last_sign_in_at,omitempty"`
	LastSignInOn    string     `json:"last_sign_in_on,omitempty"`
	Authenticator   *time.Time `json:"authenticator_app_since,omitempty"`
	EmailCodes      *time.Time `json:"codes_by_email_since,omitempty"`
	BackupCodes     int        `json:"unused_backup_codes"`
	OpenedAt        *time.Time `json:"invitation_opened_at,omitempty"`
	EnteredAt       *time.Time `json:"invitation_used_at,omitempty"`
	Accepted        []Accepted `json:"accepted_terms"`
	Draft           *Draft     `json:"first_sign_in_begun,omitempty"`
	Devices         []Device   `json:"known_devices"`
}

// Accepted is a version of the practice's terms that the person accepted.
type Accepted struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
}

// Draft is what the person confirmed in a first sign-in that is not complete.
type Draft struct {
	At        time.Time `json:"at"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Email     string    `json:"email"`
	Phones    []string  `json:"phones"`
	Pets      []Pet     `json:"pets"`
}

// Device is one in which the person signed in; no more is known of it.
type Device struct {
	Kind  string    `json:"kind"` // browser, program
	First time.Time `json:"first_sign_in"`
	Last  time.Time `json:"last_sign_in"`
}

// Session is one time of being signed in.
type Session struct {
	Since   time.Time  `json:"since"`
	Seen    time.Time  `json:"last_seen"`
	EndedAt *time.Time `json:"ended_at,omitempty"`
	Device  string     `json:"device"`
	IP      string     `json:"ip"`
}

// Correction is something that the person proposed.
type Correction struct {
	At     time.Time `json:"at"`
	Pet    string    `json:"pet,omitempty"`
	Field  string    `json:"field"`
	Before string    `json:"before"`
	After  string    `json:"after"`
	State  string    `json:"state"`
}

// Message is one e-mail that was written to the person.
type Message struct {
	At      time.Time `json:"at"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Kind    string    `json:"kind"`
	State   string    `json:"state"`
	Text    string    `json:"text,omitempty"` // what somebody of the practice wrote, secrets as dots; those of Catflap name who acted
}

// Event is a line of the record of who did what that is about the person.
type Event struct {
	At      time.Time      `json:"at"`
	Action  audit.Action   `json:"action"`
	Outcome audit.Outcome  `json:"outcome"`
	By      string         `json:"by"` // themselves, staff, import, program, support, Catflap, unknown
	Terms   string         `json:"terms_version,omitempty"`
	IP      string         `json:"ip,omitempty"`
	Device  string         `json:"device,omitempty"`
	Changes []audit.Change `json:"changes,omitempty"`
}

// read gathers it all. Of other people nothing is in it: not who of the staff
// acted, nor who else is in the household.
func (s *Service) read(ctx context.Context, p petparent.Profile, at time.Time) (Data, error) {
	d := Data{
		ExportedAt: at, Pets: []Pet{}, Sessions: []Session{}, Corrections: []Correction{}, Messages: []Message{}, Record: []Event{},
	}
	practice, err := s.Practices.Get(ctx, s.DB, p.PracticeID)
	if err != nil {
		return d, err
	}
	d.Practice = practice.Name
	for _, gather := range []func(context.Context, petparent.Profile, *Data) error{
		s.person, s.login, s.wayIn, s.corrections, s.messages, s.events,
	} {
		if err := gather(ctx, p, &d); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (s *Service) person(ctx context.Context, p petparent.Profile, d *Data) error {
	d.Person = Person{
		FirstName: p.FirstName, LastName: p.LastName, Company: p.Household.Company, Emails: append([]string{}, p.Emails...),
		Phones: p.Contact().Phones, ClientNumbers: []string{}, Active: p.Household.Active, OptOut: p.Household.OptOut, OptedOutAt: moment(p.OptedOutAt),
		Housemates: len(p.Others), CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(),
	}
	numbers, err := s.PetParents.ClientNumbers(ctx, s.DB, p.PracticeID, p.HouseholdID)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		d.Person.ClientNumbers = append(d.Person.ClientNumbers, n.System+" "+n.Number)
	}
	branches, err := s.Practices.Branches(ctx, s.DB, p.PracticeID)
	for _, b := range branches {
		if b.ID == p.Household.HomeBranchID {
			d.Person.HomeBranch = b.Name
		}
	}
	for _, pet := range p.Pets {
		d.Pets = append(d.Pets, Pet{
			Name: pet.Name, Species: pet.Species, Breed: pet.Breed, Sex: pet.Sex, Neutered: pet.Neutered, BornOn: pet.BornOn,
			Deceased: pet.Deceased, DiedOn: pet.DiedOn, Percentage: pet.Ownership.Percentage,
		})
	}
	return err
}

func (s *Service) login(ctx context.Context, p petparent.Profile, d *Data) error {
	if p.AccountID == "" {
		return nil
	}
	a, err := s.Accounts.Get(ctx, s.DB, p.PracticeID, p.AccountID)
	if err != nil {
		return err
	}
	var second factor.Second
	if second, err = s.Factors.SecondOf(ctx, s.DB, p.PracticeID, a.ID); err != nil {
		return err
	}
	d.Login = &Login{
		LoginID: a.LoginID, RecoveryAddress: a.RecoveryEmail, PendingAddress: a.PendingEmail, Accepted: []Accepted{}, Devices: []Device{},
		Language: a.Lang, Active: a.Active, CreatedAt: a.CreatedAt.UTC(),
		FirstSignInAt: moment(a.OnboardedAt), LastSignInAt: moment(a.LastSignInAt), LastSignInOn: a.LastSignInOn,
		Authenticator: moment(second.AuthenticatorAt), EmailCodes: moment(second.EmailSince), BackupCodes: second.Unused,
	}
	sessions, err := s.Sessions.Past(ctx, p.PracticeID, a.ID)
	for _, o := range sessions {
		d.Sessions = append(d.Sessions, Session{
			Since: o.CreatedAt.UTC(), Seen: o.SeenAt.UTC(), EndedAt: moment(o.EndedAt), Device: o.Device, IP: o.IP,
		})
	}
	if err != nil {
		return err
	}
	devices, err := s.Devices.KnownOf(ctx, s.DB, p.PracticeID, a.ID)
	for _, one := range devices {
		kind := "browser"
		if one.Program {
			kind = "program"
		}
		d.Login.Devices = append(d.Login.Devices, Device{Kind: kind, First: one.FirstAt.UTC(), Last: one.LastAt.UTC()})
	}
	return err
}

// wayIn is how far the person came with an invitation, and what they accepted.
func (s *Service) wayIn(ctx context.Context, p petparent.Profile, d *Data) error {
	kept, err := s.Onboarding.KeptOf(ctx, s.DB, p.PetParent)
	if err != nil {
		return err
	}
	d.LeftOutAt = moment(kept.LeftOutAt)
	if d.Login == nil {
		return nil
	}
	d.Login.OpenedAt, d.Login.EnteredAt = moment(kept.OpenedAt), moment(kept.EnteredAt)
	for _, a := range kept.Accepted {
		d.Login.Accepted = append(d.Login.Accepted, Accepted{Version: a.Version, At: a.At.UTC()})
	}
	if kept.Draft.At.IsZero() {
		return nil
	}
	said := kept.Draft.Details
	draft := Draft{
		At: kept.Draft.At.UTC(), FirstName: said.Person.FirstName, LastName: said.Person.LastName, Email: said.Person.Email,
		Phones: append([]string{}, said.Person.Phones...), Pets: []Pet{},
	}
	for _, one := range said.Pets {
		draft.Pets = append(draft.Pets, Pet{
			Name: one.Name, Species: one.Species, Breed: one.Breed, Sex: one.Sex, Neutered: one.Neutered, BornOn: one.BornOn, Deceased: one.Deceased,
		})
	}
	d.Login.Draft = &draft
	return nil
}

func (s *Service) corrections(ctx context.Context, p petparent.Profile, d *Data) error {
	names := map[string]string{}
	for _, pet := range p.Pets {
		names[pet.ID] = pet.Name
	}
	all, err := s.PetParents.CorrectionsOf(ctx, s.DB, p.PracticeID, p.ID)
	for _, c := range all {
		d.Corrections = append(d.Corrections, Correction{
			At: c.CreatedAt.UTC(), Pet: names[c.PetID], Field: c.Field, Before: c.Before, After: c.After, State: string(c.State),
		})
	}
	return err
}

func (s *Service) messages(ctx context.Context, p petparent.Profile, d *Data) error {
	w, err := s.whom(ctx, s.DB, p)
	if err != nil {
		return err
	}
	var failed error
	err = walk(func(after mail.Message) ([]mail.Message, error) {
		return s.Mail.ToAfter(ctx, p.PracticeID, w.mail, after.ID, part)
	}, func(m mail.Message) {
		one := Message{At: m.CreatedAt.UTC(), To: m.To, Subject: m.Subject, Kind: m.Template, State: string(m.State)}
		if m.Template == mail.Own {
			shown, err := s.Mail.Shown(ctx, m)
			if err != nil && !errors.Is(err, mail.ErrNoWords) {
				failed = errors.Join(failed, err)
			}
			one.Text = strings.TrimSpace(shown.Text)
		}
		d.Messages = append(d.Messages, one)
	})
	return errors.Join(err, failed)
}

func (s *Service) events(ctx context.Context, p petparent.Profile, d *Data) error {
	w, err := s.whom(ctx, s.DB, p)
	if err != nil {
		return err
	}
	return walk(func(after audit.Line) ([]audit.Line, error) {
		return s.Audit.About(ctx, s.DB, p.PracticeID, w.about, after.ID, part)
	}, func(l audit.Line) {
		e := Event{At: l.At.UTC(), Action: l.Action, Outcome: l.Outcome, By: by(l), Changes: l.Personal.Changes}
		if e.By == themselves {
			e.IP, e.Device = l.Personal.IP, l.Personal.Device
		}
		if l.Action == audit.TermsAccepted {
			e.Terms = l.Detail["version"]
		}
		d.Record = append(d.Record, e)
	})
}

const (
	themselves = "themselves"
	// unknown is whoever was not signed in and did not prove who they are: the
	// person, or a stranger, whose address is none of the person's business.
	unknown = "unknown"
)

// by is who acted, without a name.
func by(l audit.Line) string {
	switch {
	case l.ActorID == l.AccountID && l.ActorID != "":
		return themselves
	case l.Detail["by"] == "import":
		return "import"
	case l.ActorKind == string(access.KindStaff):
		return "staff"
	case l.ActorKind == string(access.KindClient):
		return themselves
	case l.ActorKind == string(access.KindProgram):
		return "program"
	case l.ActorKind == string(access.KindPlatform):
		return "support"
	case l.ActorKind != "":
		return "Catflap"
	case l.Outcome == audit.Done && slices.Contains(proofs, l.Action):
		return themselves
	}
	return unknown
}

// proofs are what nobody gets to who has not proved with a password, a code or a
// link in an e-mail who they are.
var proofs = []audit.Action{
	audit.SignInDone, audit.DetailsConfirmed, audit.TermsAccepted, audit.OnboardingDone, audit.FactorProved, audit.FactorSet,
	audit.PasswordChosen, audit.PasswordReset, audit.PasswordProtected, audit.RecoveryChanged,
}

// moment leaves out a time that has not come.
func moment(t time.Time) *time.Time { return clock.OrNil(t.UTC()) }

// walk calls each for every record, part by part.
func walk[T any](next func(after T) ([]T, error), each func(T)) error {
	var last T
	for {
		records, err := next(last)
		if err != nil {
			return err
		}
		for _, one := range records {
			each(one)
			last = one
		}
		if len(records) < part {
			return nil
		}
	}
}
