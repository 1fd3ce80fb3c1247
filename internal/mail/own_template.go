package mail

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/lang"
)

// Template is a text of mail that a practice can look at: one of its own, or a
// built-in one, which it can put its own words in place of.
type Template struct {
	ID        string // of a built-in one its name, for instance Welcome
	Name      string // as people call it
	About     string // of a built-in one, when it is sent
	Builtin   bool
	Edited    bool     // built-in, and the practice has its own words for some language
	Langs     []string // in which the practice has words
	Mark      int64    // grows with each change; 0 for a built-in one that nobody touched
	UpdatedAt time.Time
	UpdatedBy string // how that account is called
}

// Text is a template in one language.
type Text struct {
	Source
	ID        string // "" for the built-in words
	Lang      string
	Template  string // id
	key       string
	CreatedAt time.Time
}

// The refusals.
var (
	ErrNotHere = fault.New(fault.Forbidden, "not-allowed-here",
		"Templates belong to the whole practice. Changing them needs a role with that permission for all branches.")
	ErrTemplateChanged = fault.New(fault.Conflict, "template-changed-meanwhile",
		"Somebody else has changed this text since you opened it. Look at theirs, and save yours again if it is still wanted.")
	ErrBuiltin = fault.New(fault.Conflict, "template-built-in",
		"A built-in template cannot be deleted or renamed. Its words can be changed, and put back.")
	ErrLastText = fault.New(fault.Conflict, "last-text",
		"These are the only words of this template. Delete the template instead.")
)

// overridable reports whether practices can put their own words in place of a
// built-in template.
func overridable(name string) bool {
	_, known := builtin()[name]
	return known && name != PlatformInvitation && name != LoginURLs
}

type builtinName struct{ key, name, about string }

// builtinNames are the built-in templates in the order of the list.
func builtinNames() []builtinName {
	return []builtinName{
		{Welcome, "Client Login Credentials", "Welcomes a pet parent with a login ID and a temporary password"},
		{Activation, "Welcome", "Welcomes a pet parent with an activation link"},
		{StaffInvitation, "Staff Invitation", "Invites a member of staff"},
		{PasswordReset, "Password Reset", "Brings the link to choose a new password"},
		{SignInCode, "Sign-in Code", "Brings a code that proves a sign-in"},
		{SecurityNotice, "Security Notice", "Tells a person what happened to their login"},
		{WrongCodes, "Wrong codes", "Tells a person that somebody has their password"},
		{LoginIDs, "Login IDs", "Lists the login IDs that belong to an address"},
		{LoginEnded, "Login deleted", "Tells a pet parent that one of two logins is gone"},
		{AddressChange, "New e-mail address", "Asks a member of staff to confirm a new address"},
		{RecoveryChange, "New recovery address", "Asks a pet parent to confirm a new recovery address"},
		{TwoFactorReminder, "Two-factor reminder", "Reminds a member of staff to set up a second factor"},
		{FactorHelp, "Help with a second factor", "Tells Security Managers who was helped"},
	}
}

// NameOf is what people call a built-in template; "" for anything else.
func NameOf(template string) string {
	for _, b := range builtinNames() {
		if b.key == template {
			return b.name
		}
	}
	return ""
}

// keyOf is the built-in template whose tokens a template has, or Own.
func keyOf(templateID string) string {
	if overridable(templateID) {
		return templateID
	}
	return Own
}

// Templates lists the built-in templates, then the practice's own by name.
func (s *Service) Templates(ctx context.Context, practiceID string) ([]Template, error) {
	stored, err := storedTemplates(ctx, s.db, practiceID)
	if err != nil {
		return nil, err
	}
	var all []Template
	for _, b := range builtinNames() {
		t := Template{ID: b.key}
		if i := slices.IndexFunc(stored, func(t Template) bool { return t.ID == b.key }); i >= 0 {
			t = stored[i]
		}
		t.Name, t.About, t.Builtin, t.Edited = b.name, b.about, true, len(t.Langs) > 0
		all = append(all, t)
	}
	for _, t := range stored {
		if !overridable(t.ID) {
			all = append(all, t)
		}
	}
	return all, nil
}

// Template is one of Templates. ErrNoTemplate.
func (s *Service) Template(ctx context.Context, practiceID, templateID string) (Template, error) {
	all, err := s.Templates(ctx, practiceID)
	if err != nil {
		return Template{}, err
	}
	i := slices.IndexFunc(all, func(t Template) bool { return t.ID == templateID })
	if i < 0 {
		return Template{}, ErrNoTemplate
	}
	return all[i], nil
}

// Text is a template's words in a language: the practice's, or the built-in
// ones, for which ID is "". ErrNoTemplate where there are neither.
func (s *Service) Text(ctx context.Context, practiceID, templateID, tag string) (Text, error) {
	t, err := currentText(ctx, s.db, practiceID, templateID, tag)
	if !errors.Is(err, db.ErrNone) {
		return t, err
	}
	if b := s.templates.byLang[tag][templateID]; b != nil && overridable(templateID) {
		return Text{Source: b.sources, Lang: tag, Template: templateID, key: templateID}, nil
	}
	return Text{}, ErrNoTemplate
}

// TextInput is what somebody saves.
type TextInput struct {
	Template string // id; "" for a new one
	Name     string // of a new one
	Lang     string
	Seen     string // the Text.ID that was looked at; "" for none
	Source
}

func author(ctx context.Context) (access.Viewer, error) {
	v := access.ViewerFrom(ctx)
	if !v.MayEverywhere(access.MailTemplate) {
		return v, ErrNotHere
	}
	return v, nil
}

func checkName(c *fault.Complaints, name string) {
	c.Check(name != "", "name", "Type what it is called, for instance: Vaccination reminder.")
	c.Check(len([]rune(name)) <= 80 && !strings.ContainsFunc(name, unprintable), "name", "Use one line of at most 80 characters.")
	for _, b := range builtinNames() {
		c.Check(nameKey(b.name) != nameKey(name), "name", "A built-in template has this name already. Choose a different one.")
	}
}

func nameKey(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// nameTaken turns a clash of names into a complaint.
func nameTaken(err error) error {
	if db.IsDuplicate(err, "mail_template_practice_id_name_key") {
		return fault.Complain("name", "Another template has this name already. Choose a different one.")
	}
	return err
}

// SaveText makes the input the words of a template in a language; of a new
// template where none is named. What waits in the outbox leaves as it was
// written. ErrNotHere, ErrNoTemplate, ErrTemplateChanged, and complaints on
// name, lang, subject, html and text.
func (s *Service) SaveText(ctx context.Context, in TextInput) (Text, error) {
	v, err := author(ctx)
	if err != nil {
		return Text{}, err
	}
	in.Source, in.Name = in.trimmed(), strings.TrimSpace(in.Name)
	var c fault.Complaints
	c.Check(lang.Known(in.Lang), "lang", "Choose one of the languages.")
	if in.Template == "" {
		checkName(&c, in.Name)
	}
	_, wrong := s.compile(keyOf(in.Template), in.Lang, in.Source)
	if err := c.Take(wrong); err != nil {
		return Text{}, err
	}
	if err := c.Err(); err != nil {
		return Text{}, err
	}
	var text Text
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		text, err = s.saveText(ctx, tx, v, in)
		return err
	})
	return text, nameTaken(err)
}

func (s *Service) saveText(ctx context.Context, tx *db.Tx, v access.Viewer, in TextInput) (Text, error) {
	now := s.clock.Now()
	text := Text{Source: in.Source, ID: id.New(), Lang: in.Lang, Template: in.Template, key: keyOf(in.Template), CreatedAt: now}
	action, name := audit.TemplateChanged, NameOf(in.Template)
	switch {
	case in.Template == "":
		text.Template, action, name = id.New(), audit.TemplateCreated, in.Name
		if err := insertTemplate(ctx, tx, v, text.Template, in.Name, now); err != nil {
			return Text{}, err
		}
	case overridable(in.Template):
		if err := touchOrInsert(ctx, tx, v, in.Template, now); err != nil { // of several at once one is first
			return Text{}, err
		}
	default:
		var err error
		if name, err = touch(ctx, tx, v, in.Template, now); err != nil {
			return Text{}, err
		}
	}
	before, err := currentText(ctx, tx, v.PracticeID, text.Template, in.Lang)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return Text{}, err
	}
	if before.ID != in.Seen {
		return Text{}, ErrTemplateChanged
	}
	if before.ID != "" && before.Source == in.Source {
		return before, nil
	}
	if err := retire(ctx, tx, v.PracticeID, text.Template, in.Lang); err != nil {
		return Text{}, err
	}
	if err := insertText(ctx, tx, v.PracticeID, v.AccountID, text, true); err != nil {
		return Text{}, err
	}
	changes := audit.Diff(nil, "subject", before.Subject, in.Subject)
	if action == audit.TemplateCreated {
		changes = audit.Diff(changes, "name", "", name)
	}
	return text, s.audit.Record(ctx, tx, audit.Entry{
		Action: action, PracticeID: v.PracticeID, Target: audit.Target{Kind: "template", ID: text.Template, Name: name},
		Changes: changes, Detail: map[string]string{"language": in.Lang, "text": text.ID},
	})
}

// Rename gives a template of the practice's own another name. mark is the
// Template.Mark that was looked at.
func (s *Service) Rename(ctx context.Context, templateID, name string, mark int64) error {
	return s.change(ctx, templateID, mark, func(tx *db.Tx, v access.Viewer, t Template) error {
		if t.Builtin {
			return ErrBuiltin
		}
		name = strings.TrimSpace(name)
		var c fault.Complaints
		checkName(&c, name)
		if err := c.Err(); err != nil || name == t.Name {
			return err
		}
		if err := renameTemplate(ctx, tx, v.PracticeID, t.ID, name); err != nil {
			return nameTaken(err)
		}
		return s.record(ctx, tx, audit.TemplateChanged, t, audit.Diff(nil, "name", t.Name, name), "")
	})
}

// Delete deletes a template of the practice's own. What waits in the outbox
// leaves as it was written.
func (s *Service) Delete(ctx context.Context, templateID string, mark int64) error {
	return s.change(ctx, templateID, mark, func(tx *db.Tx, v access.Viewer, t Template) error {
		if t.Builtin {
			return ErrBuiltin
		}
		if err := deleteTemplate(ctx, tx, v.PracticeID, t.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, audit.TemplateDeleted, t, nil, "")
	})
}

// Reset puts the built-in words of a template back; in one language, or in all
// of them for "". Of a template of the practice's own it takes one language
// away; the last one stays (ErrLastText).
func (s *Service) Reset(ctx context.Context, templateID, tag string, mark int64) error {
	return s.change(ctx, templateID, mark, func(tx *db.Tx, v access.Viewer, t Template) error {
		left := slices.DeleteFunc(slices.Clone(t.Langs), func(l string) bool { return l == tag || tag == "" })
		switch {
		case len(left) == len(t.Langs):
			return nil // nothing to put back
		case len(left) == 0 && !t.Builtin:
			return ErrLastText
		case len(left) == 0:
			if err := deleteTemplate(ctx, tx, v.PracticeID, t.ID); err != nil {
				return err
			}
		default:
			if err := retire(ctx, tx, v.PracticeID, t.ID, tag); err != nil {
				return err
			}
		}
		return s.record(ctx, tx, audit.TemplateReset, t, nil, tag)
	})
}

// change loads a template for whoever may change it, in a transaction that is
// alone with it.
func (s *Service) change(ctx context.Context, templateID string, mark int64, f func(*db.Tx, access.Viewer, Template) error) error {
	v, err := author(ctx)
	if err != nil {
		return err
	}
	t, err := s.Template(ctx, v.PracticeID, templateID)
	if err != nil {
		return err
	}
	if t.Mark == 0 {
		return f(nil, v, Template{ID: t.ID, Name: t.Name, Builtin: true}) // nothing is stored of it
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := touch(ctx, tx, v, templateID, s.clock.Now()); err != nil {
			return err
		}
		stored, err := storedTemplate(ctx, tx, v.PracticeID, templateID)
		if err != nil {
			return err
		}
		if stored.Mark != mark+1 { // touching it counted one
			return ErrTemplateChanged
		}
		stored.Builtin = t.Builtin
		if t.Builtin {
			stored.Name = t.Name
		}
		return f(tx, v, stored)
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, a audit.Action, t Template, changes []audit.Change, tag string) error {
	e := audit.Entry{
		Action: a, PracticeID: access.ViewerFrom(ctx).PracticeID, Target: audit.Target{Kind: "template", ID: t.ID, Name: t.Name}, Changes: changes,
	}
	if tag != "" {
		e.Detail = map[string]string{"language": tag}
	}
	return s.audit.Record(ctx, tx, e)
}

// Compose keeps words that somebody typed for one message, or for one sending,
// and returns their id for Draft.TextID. key is the built-in template that they
// began with, whose tokens they have; "" for those of pet parents. Where there
// is text and no HTML, the HTML is made from it. Complaints on subject, html
// and text. Whether somebody may write is for the caller to know.
func (s *Service) Compose(ctx context.Context, tx *db.Tx, practiceID, key, tag string, in Source) (string, error) {
	in = in.trimmed()
	if in.HTML == "" && in.Text != "" {
		in.HTML = MarkupOf(in.Text)
	}
	tag = lang.Or(tag)
	if _, err := s.compile(keyOf(key), tag, in); err != nil {
		return "", err
	}
	text := Text{Source: in, ID: id.New(), Lang: tag, key: keyOf(key), CreatedAt: s.clock.Now()}
	return text.ID, insertText(ctx, tx, practiceID, access.ViewerFrom(ctx).AccountID, text, false)
}
