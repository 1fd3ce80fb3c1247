package campaign

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/lang"
	"catflap/internal/mail"
	"catflap/internal/practice"
)

// credentials is the built-in e-mail that lets people in at a practice with this
// policy. People choose it by one name: "Client Login Credentials".
func credentials(p practice.Policy) string {
	if p.MailsTemporary() {
		return mail.Welcome
	}
	return mail.Activation
}

// carried is the kind of secret that mail to people at such a practice brings.
func carried(p practice.Policy) string {
	switch {
	case !p.MailsLink():
		return mail.SecretTemporary
	case !p.MailsTemporary():
		return mail.SecretLink
	}
	return mail.SecretBoth
}

// Choices are the templates that a message can be written from.
func (s *Service) Choices(ctx context.Context) ([]mail.Template, error) {
	all, err := s.Mail.Templates(ctx, access.ViewerFrom(ctx).PracticeID)
	return slices.DeleteFunc(all, func(t mail.Template) bool { return t.Builtin && t.ID != mail.Welcome }), err
}

// Usual is a template that can be chosen and its words in the language that most
// of the practice's pet parents read. mail.ErrNoTemplate.
func (s *Service) Usual(ctx context.Context, templateID string) (mail.Template, mail.Text, error) {
	policy, err := s.Practices.Policy(ctx, s.DB, access.ViewerFrom(ctx).PracticeID)
	if err != nil {
		return mail.Template{}, mail.Text{}, err
	}
	return s.textIn(ctx, policy, templateID, policy.ClientLang)
}

// textIn is a template and its words in a language; where there are none, in the
// usual one of the practice, in English, or in any.
func (s *Service) textIn(ctx context.Context, policy practice.Policy, templateID, tag string) (mail.Template, mail.Text, error) {
	v := access.ViewerFrom(ctx)
	id := templateID
	if id == mail.Welcome {
		id = credentials(policy)
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
	for _, one := range append([]string{lang.Or(tag), lang.Or(policy.ClientLang), lang.English}, t.Langs...) {
		text, err := s.Mail.Text(ctx, v.PracticeID, id, one)
		if !fault.Is(err, fault.NotFound) {
			return t, text, err
		}
	}
	return t, mail.Text{}, mail.ErrNoTemplate
}

// reading is what a message says, before anything is stored.
type reading struct {
	policy practice.Policy
	name   string // of the template, for the record
	key    string // the built-in template whose tokens it has; "" for those of pet parents
	asIs   bool   // the template's words, which go out in each person's language
}

// read compares what was typed with the template that it began with.
func (s *Service) read(ctx context.Context, in ComposeInput) (w reading, err error) {
	if w.policy, err = s.Practices.Policy(ctx, s.DB, access.ViewerFrom(ctx).PracticeID); err != nil {
		return w, err
	}
	w.name = "typed by hand"
	if in.Template == "" {
		return w, nil
	}
	t, text, err := s.textIn(ctx, w.policy, in.Template, w.policy.ClientLang)
	if err != nil {
		return w, err
	}
	w.name = t.Name
	if t.Builtin {
		w.key = t.ID
	}
	typed := normal(in.Words)
	w.asIs = slices.Contains([]mail.Source{{}, normal(text.Source), normal(mail.Source{Subject: text.Subject, HTML: text.HTML})}, typed)
	return w, nil
}

func normal(in mail.Source) mail.Source {
	clean := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return mail.Source{Subject: clean(in.Subject), HTML: clean(in.HTML), Text: clean(in.Text)}
}

// secretTag is a token of a secret, or a section of one.
var secretTag = regexp.MustCompile(`\{\{\s*[#^/]?\s*(temporary_password|link)\s*\}\}`)

// Brings reports whether a message would bring people what opens their login: a
// temporary password or a link, wherever in it, in whichever language.
func (s *Service) Brings(ctx context.Context, in ComposeInput) (bool, error) {
	w, err := s.read(ctx, in)
	switch {
	case err != nil:
		return false, err
	case w.key != "":
		return true, nil
	case !w.asIs:
		return secretTag.MatchString(in.Words.Subject + in.Words.HTML + in.Words.Text), nil
	}
	needs, err := s.Mail.Used(ctx, s.DB, access.ViewerFrom(ctx).PracticeID, in.Template, "")
	return slices.ContainsFunc(needs, isSecret), err
}

func isSecret(t mail.Token) bool { return t.Secret }

// wording is what the messages of one form are written with.
type wording struct {
	reading
	house  House
	own    string
	textID string
	needs  []mail.Token
	secret bool
}

// words keeps what was typed, and finds out what it needs.
func (s *Service) words(ctx context.Context, tx *db.Tx, in ComposeInput, read reading) (w wording, err error) {
	v := access.ViewerFrom(ctx)
	w.reading = read
	if w.house, err = s.houseOf(ctx, tx); err != nil {
		return w, err
	}
	switch {
	case !w.asIs:
		w.textID, err = s.Mail.Compose(ctx, tx, v.PracticeID, w.key, lang.Or(w.policy.ClientLang), in.Words)
	case w.key == "":
		w.own = in.Template
	}
	if err != nil {
		return w, err
	}
	if w.key != "" {
		w.secret = true
		return w, nil
	}
	w.needs, err = s.Mail.Used(ctx, tx, v.PracticeID, w.own, w.textID)
	w.secret = slices.ContainsFunc(w.needs, isSecret)
	return w, err
}

// houseOf is the viewer's practice; programs have no path to take its name from.
func (s *Service) houseOf(ctx context.Context, r db.Reader) (House, error) {
	h, err := HouseOf(ctx, s.Practices, r, access.ViewerFrom(ctx).PracticeID, "")
	h.LoginURL = s.LoginURL(h.Practice.Slug)
	return h, err
}
