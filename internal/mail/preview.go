package mail

import (
	"cmp"
	"context"
	"maps"

	"catflap/internal/foundation/lang"
)

// Preview is a text as somebody would get it, secrets as ••••.
type Preview struct {
	Subject, Text, HTML string
	Missing             []string // required tokens for which this person has nothing: the message would not be sent
}

// PreviewInput is what is looked at: words that are not saved, or those of a
// template.
type PreviewInput struct {
	PracticeID string
	Template   string // id; its tokens are those of the text; "" for the practice's own
	Lang       string
	Tokens     map[string]string // of the person; examples stand where this is nil
	To         string            // "": an example
	Secret     string            // the kind of secret that it would carry; "": every kind
	Source
}

// Preview checks a text and fills it as for one person. Complaints on subject,
// html and text.
func (s *Service) Preview(ctx context.Context, in PreviewInput) (Preview, error) {
	in.Source = in.trimmed()
	if in.HTML == "" && in.Source.Text != "" {
		in.HTML = MarkupOf(in.Source.Text)
	}
	t, err := s.compile(keyOf(in.Template), lang.Or(in.Lang), in.Source)
	if err != nil {
		return Preview{}, err
	}
	h, err := s.houseOf(ctx, s.db, in.PracticeID)
	if err != nil {
		return Preview{}, err
	}
	t.brand = h.Brand
	tokens := maps.Clone(in.Tokens)
	if tokens == nil {
		tokens = map[string]string{}
		for _, d := range TokensOf(keyOf(in.Template)) {
			tokens[d.Name] = d.Example
		}
	}
	var p Preview
	for _, token := range t.tokens {
		if token.Secret {
			delete(tokens, token.Name)
			if in.brings(token) {
				tokens[token.Name] = mask
			}
		}
		if token.Required && tokens[token.Name] == "" {
			p.Missing = append(p.Missing, token.Name)
		}
		if token.Words {
			tokens[token.Name] = s.templates.said.Say(t.lang, tokens[token.Name])
		}
	}
	tokens["address"] = cmp.Or(in.To, "grace@example.com")
	tokens["practice"] = cmp.Or(tokens["practice"], "Catflap")
	if p.Subject, err = t.renderSubject(tokens); err != nil {
		return Preview{}, err
	}
	tokens["subject"] = p.Subject
	if p.Text, err = t.renderText(tokens); err != nil {
		return Preview{}, err
	}
	p.HTML, err = t.renderHTML(tokens)
	return p, err
}

func (in PreviewInput) brings(t Token) bool {
	ref := SecretRef{Kind: in.Secret}
	return in.Secret == "" || ref.brings(t.Name) && (t.Only == "" || t.Only == in.Secret)
}
