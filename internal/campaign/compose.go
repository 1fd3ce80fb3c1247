package campaign

import (
	"context"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/job"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// Service writes to pet parents.
type Service struct {
	DB         *db.DB
	Clock      clock.Clock
	Audit      *audit.Log
	Practices  *practice.Service
	PetParents *petparent.Service
	Onboarding *onboarding.Service
	Mail       *mail.Service
	Jobs       *job.Queue
	LoginURL   func(slug string) string

	counts recent[standing]
	plans  recent[Plan]
	step   int // people in one transaction; 0: as many as usual
}

// The refusals. Whoever brings somebody a temporary password or a link must be
// allowed all that issuing one by the System Login Editor asks for.
var (
	ErrCredentials = fault.New(fault.Forbidden, "credentials-not-allowed",
		"This message brings a temporary password or a link to somebody's login, and your role may not manage logins here.")
	ErrByProgram = fault.New(fault.Forbidden, "not-for-programs",
		"This message brings a temporary password or a link to somebody's login. An API key cannot send it, whatever its permissions. Sign in as a person.")
	// ErrUnproven leads to the page that asks for the password; its code is that
	// of the guard.
	ErrUnproven = fault.New(fault.StepUp, "step-up-required",
		"This message brings a temporary password or a link to somebody's login. Please confirm that it is you before you go on.")
	ErrNowSecret = fault.New(fault.Conflict, "brings-credentials",
		"The template was changed meanwhile: it now brings a temporary password or a link to the login, and what was given out before would end. Nothing was sent. Look at it, and send it if that is what you want.")
	ErrSentAlready = fault.New(fault.Conflict, "sent-already",
		"This message was sent already. Nothing was sent again.")
)

// ComposeInput is an e-mail to people of one household.
type ComposeInput struct {
	Mark      string // of the form or request: the same mark sends once; "" for none
	PetParent string // whose profile it is written on
	To        []string
	Template  string      // mail.Welcome, or the id of the practice's own; "" for words typed by hand
	Words     mail.Source // typed; empty, or as they stand in the template: the template's
	Despite   bool        // goes to people too whom bulk mail leaves out
	Plain     bool        // whoever sends a template was not told that it brings credentials: refused where it does
}

// Compose writes the message to each of the people, in one transaction: to all
// or to none. Words that bring a secret have it issued anew for each. Complaints
// on to, template, subject, html and text; ErrCredentials, ErrByProgram,
// ErrUnproven, ErrNowSecret, ErrSentAlready.
func (s *Service) Compose(ctx context.Context, in ComposeInput) (sent []Addressee, err error) {
	v := access.ViewerFrom(ctx)
	read, err := s.read(ctx, in)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		// Taken first, as wherever a login is changed.
		if _, err := s.Practices.HoldPolicy(ctx, tx, v.PracticeID); err != nil {
			return err
		}
		if err := s.once(ctx, tx, in.Mark); err != nil {
			return err
		}
		w, err := s.words(ctx, tx, in, read)
		if err != nil {
			return err
		}
		if w.secret {
			if err := s.MaySendCredentials(ctx); err != nil && !fault.Is(err, fault.StepUp) {
				return err
			}
			if in.Plain && read.asIs && read.key == "" {
				return ErrNowSecret
			}
		}
		if sent, err = s.chosen(ctx, tx, in, w.secret); err != nil {
			return err
		}
		if w.secret { // last, so that nobody confirms what is refused anyway
			if err := s.MaySendCredentials(ctx); err != nil {
				return err
			}
		}
		for _, to := range sent {
			if err := s.writeTo(ctx, tx, w, to); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return sent, nil
}

// MaySendCredentials is nil for who may bring somebody a temporary password or a
// link. ErrByProgram, ErrCredentials, ErrUnproven.
func (s *Service) MaySendCredentials(ctx context.Context) error {
	v := access.ViewerFrom(ctx)
	switch {
	case v.KeyID != "":
		return ErrByProgram
	case !v.May(access.LoginManage) || !v.Has(access.PetApp):
		return ErrCredentials
	case !v.Proven(s.Clock.Now()):
		return ErrUnproven
	}
	return nil
}

// chosen are the people of the input, none of whom anything keeps from getting it.
func (s *Service) chosen(ctx context.Context, r db.Reader, in ComposeInput, secret bool) ([]Addressee, error) {
	all, err := s.addressees(ctx, r, access.ViewerFrom(ctx).PracticeID, in.PetParent, secret)
	if err != nil {
		return nil, err
	}
	var c fault.Complaints
	var to []Addressee
	for _, a := range all {
		if !slices.Contains(in.To, a.Profile.ID) {
			continue
		}
		c.Check(a.Barred == "", "to", a.Profile.Name()+": "+a.Barred)
		c.Check(len(a.Warnings) == 0 || in.Despite, "despite",
			a.Profile.Name()+": "+strings.Join(a.Warnings, ", ")+". Tick this if the message should go out all the same.")
		to = append(to, a)
	}
	c.Check(len(in.To) > 0, "to", "Choose at least one person.")
	for _, id := range in.To {
		c.Check(slices.ContainsFunc(all, func(a Addressee) bool { return a.Profile.ID == id }), "to", "Choose people of this household.")
	}
	return to, c.Err()
}

// writeTo writes one message. That it was written is on record, its words are not.
func (s *Service) writeTo(ctx context.Context, tx *db.Tx, w wording, to Addressee) error {
	p := to.Profile
	err := s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.MailComposed, PracticeID: p.PracticeID, AccountID: p.AccountID, AccountName: p.Name(),
		Target: audit.Target{Kind: "pet_parent", ID: p.ID, Name: p.Name()},
		Detail: map[string]string{"template": w.name},
	})
	if err != nil {
		return err
	}
	data := w.house.Tokens(RecipientOf(p))
	for _, t := range w.needs {
		if t.Required && !t.Secret && data[t.Name] == "" {
			return fault.Complain("to", p.Name()+": there is no value for {{"+t.Name+"}}. Take it out, or leave this person out.")
		}
	}
	if w.secret {
		words := onboarding.Words{OwnTemplate: w.own, TextID: w.textID, Needs: w.needs}
		if w.key == "" {
			words.Data = data
		}
		return s.Onboarding.ReissueWith(ctx, tx, p.PracticeID, p.ID, words)
	}
	_, err = s.Mail.Enqueue(ctx, tx, mail.Draft{
		PracticeID: p.PracticeID, AccountID: p.AccountID, PetParentID: p.ID, To: to.Address, ToName: p.Name(),
		OwnTemplate: w.own, TextID: w.textID, Lang: spoken(p, w.policy.ClientLang), Data: data,
	})
	return err
}

// Preview is what one person would get: secrets are dots. Complaints on
// subject, html and text.
func (s *Service) Preview(ctx context.Context, in ComposeInput, to Addressee) (mail.Preview, error) {
	read, err := s.read(ctx, in)
	if err != nil {
		return mail.Preview{}, err
	}
	house, err := s.houseOf(ctx, s.DB)
	if err != nil {
		return mail.Preview{}, err
	}
	shown := mail.PreviewInput{
		PracticeID: house.Practice.ID, Template: read.key, Lang: read.policy.ClientLang,
		Tokens: house.Tokens(RecipientOf(to.Profile)), To: to.Address, Source: in.Words,
		Secret: carried(read.policy),
	}
	if read.asIs {
		_, text, err := s.textIn(ctx, read.policy, in.Template, spoken(to.Profile, read.policy.ClientLang))
		if err != nil {
			return mail.Preview{}, err
		}
		shown.Lang, shown.Source = text.Lang, text.Source
	}
	return s.Mail.Preview(ctx, shown)
}
