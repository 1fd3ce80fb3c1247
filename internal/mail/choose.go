package mail

import (
	"context"
	"fmt"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/lang"
)

// choice remembers, for one call, which texts a practice has of a template: many
// messages ask once.
type choice map[string]map[string]string

// ErrNoTemplate answers for a template that is not there any more.
var ErrNoTemplate = fault.New(fault.NotFound, "template-not-found",
	"There is no such template. It may have been deleted meanwhile; choose another one.")

// textFor finds the words for a draft, and the id of the practice's own ones: in
// the language of the person; else the built-in ones of that language; else the
// practice's in its usual language, or in English; else the built-in English.
func (s *Service) textFor(ctx context.Context, r db.Reader, d Draft, chosen choice) (*template, string, error) {
	if d.TextID != "" {
		t, err := s.textByID(ctx, r, d.PracticeID, d.TextID)
		return t, d.TextID, err
	}
	if d.BuiltIn {
		t, err := s.templates.find(d.Template, d.Lang)
		return t, "", err
	}
	id := d.Template
	if d.OwnTemplate != "" {
		id = d.OwnTemplate
	}
	if d.OwnTemplate == "" && (d.PracticeID == "" || !overridable(id)) {
		t, err := s.templates.find(id, d.Lang)
		return t, "", err
	}
	texts, err := s.textsOf(ctx, r, d.PracticeID, id, chosen)
	if err != nil {
		return nil, "", err
	}
	wanted := lang.Or(d.Lang)
	if len(texts) > 0 && texts[wanted] == "" && (d.OwnTemplate != "" || s.templates.byLang[wanted][id] == nil) {
		if wanted, err = s.otherwise(ctx, r, d.PracticeID, texts); err != nil {
			return nil, "", err
		}
	}
	if textID := texts[wanted]; textID != "" {
		t, err := s.textByID(ctx, r, d.PracticeID, textID)
		return t, textID, err
	}
	if d.OwnTemplate != "" {
		return nil, "", ErrNoTemplate
	}
	t, err := s.templates.find(id, d.Lang)
	return t, "", err
}

// otherwise is the language of the text for somebody in whose language there is
// none: the practice's usual one, English, or any.
func (s *Service) otherwise(ctx context.Context, r db.Reader, practiceID string, texts map[string]string) (string, error) {
	h, err := s.houseOf(ctx, r, practiceID)
	if err != nil {
		return "", err
	}
	for _, tag := range append([]string{h.Lang}, lang.All()...) {
		if texts[tag] != "" {
			return tag, nil
		}
	}
	return "", nil
}

// textsOf are the ids of a template's texts by their language.
func (s *Service) textsOf(ctx context.Context, r db.Reader, practiceID, templateID string, chosen choice) (map[string]string, error) {
	key := practiceID + "/" + templateID
	if texts, known := chosen[key]; known {
		return texts, nil
	}
	type pair struct{ tag, id string }
	all, err := db.All(ctx, r, func(s db.Scanner) (p pair, err error) { return p, s.Scan(&p.tag, &p.id) }, `
		SELECT lang, id FROM mail_text WHERE practice_id = $1 AND template_id = $2 AND template_id <> '' AND current`, practiceID, templateID)
	if err != nil {
		return nil, fmt.Errorf("find the texts of template %s: %w", templateID, err)
	}
	texts := make(map[string]string, len(all))
	for _, p := range all {
		texts[p.tag] = p.id
	}
	chosen[key] = texts
	return texts, nil
}

// Used are the tokens that a template of the practice's own, or a text from
// Compose, is filled with in any of its languages. Whoever writes to people
// with it finds out here whether it needs a secret.
func (s *Service) Used(ctx context.Context, r db.Reader, practiceID, templateID, textID string) ([]Token, error) {
	ids := map[string]string{"": textID}
	if textID == "" {
		var err error
		if ids, err = s.textsOf(ctx, r, practiceID, templateID, choice{}); err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			return nil, ErrNoTemplate
		}
	}
	byName := map[string]Token{}
	for _, id := range ids {
		t, err := s.textByID(ctx, r, practiceID, id)
		if err != nil {
			return nil, err
		}
		for _, token := range t.tokens {
			token.Required = token.Required || byName[token.Name].Required
			byName[token.Name] = token
		}
	}
	var all []Token
	for _, token := range clientTokens() {
		if used, there := byName[token.Name]; there {
			all = append(all, used)
		}
	}
	return all, nil
}
