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
	"catflap/internal/foundation/lang"
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

	counts tally
	step   int // people in one transaction; 0: as many as usual
}

// The refusals.
var (
	ErrCredentials = fault.New(fault.Forbidden, "credentials-not-allowed",
		"This message brings a temporary password or a link to somebody's login, and your role may not manage logins here.")
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
}

// Compose writes the message to each of the people, in one transaction: to all
// or to none. Words that bring a secret have it issued anew for each. Complaints
// on to, template, subject, html and text; ErrCredentials, ErrSentAlready.
func (s *Service) Compose(ctx context.Context, in ComposeInput) (sent []Addressee, err error) {
	v := access.ViewerFrom(ctx)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		// Taken first, as wherever a login is changed.
		if _, err := s.Practices.HoldPolicy(ctx, tx, v.PracticeID); err != nil {
			return err
		}
		if err := s.once(ctx, tx, v.PracticeID, in.Mark); err != nil {
			return err
		}
		w, err := s.words(ctx, tx, in)
		if err != nil {
			return err
		}
		if w.secret && (!v.May(access.LoginManage) || !v.Has(access.PetApp)) {
			return ErrCredentials
		}
		if sent, err = s.chosen(ctx, tx, in, w.secret); err != nil {
			return err
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

// once refuses a form that has sent before.
func (s *Service) once(ctx context.Context, tx *db.Tx, practiceID, mark string) error {
	if mark == "" {
		return nil
	}
	if len(mark) > 64 {
		return fault.Complain("mark", "Use at most 64 characters.")
	}
	n, err := tx.Exec(ctx, `INSERT INTO composed (practice_id, mark, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		practiceID, mark, s.Clock.Now())
	if err == nil && n == 0 {
		return ErrSentAlready
	}
	return err
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

// houseOf is the viewer's practice; programs have no path to take its name from.
func (s *Service) houseOf(ctx context.Context, r db.Reader) (House, error) {
	h, err := HouseOf(ctx, s.Practices, r, access.ViewerFrom(ctx).PracticeID, "")
	h.LoginURL = s.LoginURL(h.Practice.Slug)
	return h, err
}

// wording is what a message is written with.
type wording struct {
	house    House
	template string // "" for words typed by hand
	name     string // of the template, for the record
	own      string
	textID   string
	needs    []mail.Token
	secret   bool
}

func (s *Service) words(ctx context.Context, tx *db.Tx, in ComposeInput) (w wording, err error) {
	v := access.ViewerFrom(ctx)
	if w.house, err = s.houseOf(ctx, tx); err != nil {
		return w, err
	}
	w.template, w.name = in.Template, "typed by hand"
	key, text := "", mail.Text{Lang: lang.Or(w.house.Practice.Policy.ClientLang)}
	if in.Template != "" {
		t, usual, err := s.Usual(ctx, in.Template)
		if err != nil {
			return w, err
		}
		w.name, text = t.Name, usual
		if t.Builtin {
			key = s.credentials(w.house.Practice.Policy)
		}
	}
	typed := normal(in.Words)
	switch {
	case in.Template != "" && (typed == (mail.Source{}) || typed == normal(text.Source) || typed == normal(mail.Source{Subject: text.Subject, HTML: text.HTML})):
		if key == "" {
			w.own = in.Template
		}
	default:
		if w.textID, err = s.Mail.Compose(ctx, tx, v.PracticeID, key, text.Lang, in.Words); err != nil {
			return w, err
		}
	}
	if key != "" {
		w.secret = true
		return w, nil
	}
	if w.needs, err = s.Mail.Used(ctx, tx, v.PracticeID, w.own, w.textID); err != nil {
		return w, err
	}
	w.secret = slices.ContainsFunc(w.needs, func(t mail.Token) bool { return t.Secret && t.Required })
	return w, nil
}

func normal(in mail.Source) mail.Source {
	clean := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return mail.Source{Subject: clean(in.Subject), HTML: clean(in.HTML), Text: clean(in.Text)}
}

// credentials is the built-in e-mail that lets people in at a practice with this
// policy. People choose it by one name: "Client Login Credentials".
func (s *Service) credentials(p practice.Policy) string {
	if p.MailsTemporary() {
		return mail.Welcome
	}
	return mail.Activation
}

// Usual is a template that can be chosen and its words in the language that most
// of the practice's pet parents read. mail.ErrNoTemplate.
func (s *Service) Usual(ctx context.Context, templateID string) (mail.Template, mail.Text, error) {
	v := access.ViewerFrom(ctx)
	policy, err := s.Practices.Policy(ctx, s.DB, v.PracticeID)
	if err != nil {
		return mail.Template{}, mail.Text{}, err
	}
	id := templateID
	if id == mail.Welcome {
		id = s.credentials(policy)
	}
	t, err := s.Mail.Template(ctx, v.PracticeID, id)
	if err != nil {
		return t, mail.Text{}, err
	}
	if t.Builtin && templateID != mail.Welcome {
		return t, mail.Text{}, mail.ErrNoTemplate // leaves by itself only
	}
	if t.Builtin {
		t.Name = mail.NameOf(mail.Welcome)
	}
	for _, tag := range append([]string{lang.Or(policy.ClientLang), lang.English}, t.Langs...) {
		text, err := s.Mail.Text(ctx, v.PracticeID, id, tag)
		if !fault.Is(err, fault.NotFound) {
			return t, text, err
		}
	}
	return t, mail.Text{}, mail.ErrNoTemplate
}

// Choices are the templates that a message can be written from.
func (s *Service) Choices(ctx context.Context) ([]mail.Template, error) {
	all, err := s.Mail.Templates(ctx, access.ViewerFrom(ctx).PracticeID)
	return slices.DeleteFunc(all, func(t mail.Template) bool { return t.Builtin && t.ID != mail.Welcome }), err
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
	if w.secret {
		words := onboarding.Words{OwnTemplate: w.own, TextID: w.textID, Needs: w.needs}
		if w.template != mail.Welcome {
			words.Data = data
		}
		return s.Onboarding.ReissueWith(ctx, tx, p.PracticeID, p.ID, words)
	}
	for _, t := range w.needs {
		if t.Required && !t.Secret && data[t.Name] == "" {
			return fault.Complain("to", p.Name()+": there is no value for {{"+t.Name+"}}. Take it out, or leave this person out.")
		}
	}
	_, err = s.Mail.Enqueue(ctx, tx, mail.Draft{
		PracticeID: p.PracticeID, AccountID: p.AccountID, PetParentID: p.ID, To: p.Email, ToName: p.Name(),
		OwnTemplate: w.own, TextID: w.textID, Lang: lang.Or(w.house.Practice.Policy.ClientLang), Data: data,
	})
	return err
}

// Preview is what one person would get: secrets are dots. Complaints on
// subject, html and text.
func (s *Service) Preview(ctx context.Context, in ComposeInput, to petparent.Profile) (mail.Preview, error) {
	v := access.ViewerFrom(ctx)
	house, err := s.houseOf(ctx, s.DB)
	if err != nil {
		return mail.Preview{}, err
	}
	key := ""
	if in.Template == mail.Welcome {
		key = s.credentials(house.Practice.Policy)
	}
	return s.Mail.Preview(ctx, mail.PreviewInput{
		PracticeID: v.PracticeID, Template: key, Lang: lang.Or(house.Practice.Policy.ClientLang),
		Tokens: house.Tokens(RecipientOf(to)), To: to.Email, Source: in.Words,
	})
}
