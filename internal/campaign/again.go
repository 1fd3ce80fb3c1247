package campaign

import (
	"context"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail"
)

// Again is a message to a pet parent as something to be sent once more: the words
// that it had, for the values that the person has today. Words that came from a
// template are that template's as long as they are the same.
// mail.ErrNoMessage, mail.ErrNoWords.
func (s *Service) Again(ctx context.Context, petParentID, messageID string) (d Composition, err error) {
	v := access.ViewerFrom(ctx)
	d = Composition{PetParent: petParentID, To: []string{petParentID}}
	if !v.May(access.MailRead) {
		return d, mail.ErrNoMessage // the words would be shown
	}
	m, err := s.Mail.MessageTo(ctx, v.PracticeID, petParentID, messageID)
	if err != nil {
		return d, err
	}
	if m.Template != mail.Own && m.Template != mail.Welcome && m.Template != mail.Activation {
		return d, mail.ErrNoWords // leaves by itself only
	}
	text, err := s.Mail.TextOf(ctx, m)
	if err != nil {
		return d, err
	}
	switch d.Template = text.Template; {
	case m.Template != mail.Own:
		d.Template = mail.Welcome
	case d.Template != "":
		if _, _, err := s.Usual(ctx, d.Template); fault.Is(err, fault.NotFound) {
			d.Template = "" // deleted meanwhile
		} else if err != nil {
			return d, err
		}
	}
	d.Subject, d.Body, d.HTML = text.Subject, text.HTML, true
	if typed := text.Source.Text; typed != "" && strings.TrimSpace(mail.MarkupOf(typed)) == strings.TrimSpace(text.HTML) {
		d.Body, d.HTML = typed, false
	}
	return d, nil
}

// TokensFor are what words that began with a template can be filled with.
func (s *Service) TokensFor(ctx context.Context, templateID string) ([]mail.Described, error) {
	if templateID != mail.Welcome {
		return mail.ClientTokens(), nil
	}
	policy, err := s.Practices.Policy(ctx, s.DB, access.ViewerFrom(ctx).PracticeID)
	return mail.TokensOf(credentials(policy)), err
}
