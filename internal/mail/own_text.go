package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/lang"
)

// Source is a text as somebody writes it.
type Source struct {
	Subject string // one line
	HTML    string
	Text    string // "": made from the HTML
}

// Bounds of what people type, in bytes where nothing else is said.
const (
	maxSubjectSource = 400 // code points, merge tags among them
	maxBody          = 48 << 10
)

func (in Source) trimmed() Source {
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	in.Subject = strings.TrimSpace(in.Subject)
	in.HTML, in.Text = strings.TrimSpace(lines.Replace(in.HTML)), strings.TrimSpace(lines.Replace(in.Text))
	return in
}

// compile checks a source and makes a template of it. key is the built-in
// template whose tokens it has, or Own. What is wrong is a complaint on the
// fields subject, html and text.
func (s *Service) compile(key, tag string, in Source) (*template, error) {
	var c fault.Complaints
	t := &template{name: key, lang: tag, sources: in, own: key == Own, edited: true}
	if t.layout = s.templates.layouts[tag]; t.layout == nil {
		t.layout = s.templates.layouts[lang.English]
	}
	tokens := clientTokens()
	if !t.own {
		tokens = append(builtin()[key], Token{Name: "address"})
	}
	c.Check(in.Subject != "", "subject", "Type a subject.")
	c.Check(len([]rune(in.Subject)) <= maxSubjectSource, "subject", fmt.Sprintf("Use at most %d characters.", maxSubjectSource))
	c.Check(!strings.ContainsFunc(in.Subject, unprintable), "subject", "Use one line without control characters.")
	c.Check(in.HTML != "", "html", "Type the message.")
	for field, body := range map[string]string{"html": in.HTML, "text": in.Text} {
		c.Check(len(body) <= maxBody, field, "Use at most 48 kB.")
		c.Check(!strings.Contains(body, contentMarker), field, "Leave "+contentMarker+" out: it has a meaning of its own here.")
		c.Check(!strings.ContainsFunc(body, func(r rune) bool { return r != '\n' && r != '\t' && unprintable(r) }), field,
			"There is a character in it that cannot be shown. Type the text again instead of pasting it.")
	}
	subject := scanField(&c, "subject", in.Subject, tokens)
	for _, tag := range subject {
		i := slices.IndexFunc(tokens, func(t Token) bool { return t.Name == tag.name })
		c.Check(i < 0 || !tokens[i].Secret, "subject", fmt.Sprintf("{{%s}} is a secret; leave it out of the subject, which is kept.", tag.name))
	}
	markupTags := scanField(&c, "html", in.HTML, tokens)
	plainTags := scanField(&c, "text", in.Text, tokens)
	if c.Err() != nil {
		return nil, c.Err()
	}
	styled, wrong := checkMarkup(in.HTML, markupTags, tokens, s.hosted)
	if len(wrong) > 0 {
		c.Add("html", wrong.told(in.HTML))
		return nil, c.Err()
	}
	text := in.Text
	if text == "" {
		if text = plainFrom(in.HTML); text == "" {
			return nil, fault.Complain("html", "There are no words in it. Type the message.")
		}
		plainTags, wrong = scanTags(text, tokens)
		if len(wrong) > 0 || len(text) > maxSource {
			return nil, fault.Complain("html", "No text can be made of this. Write the text version yourself.")
		}
	}
	t.tokens = t.needed(tokens, subject, markupTags, plainTags)
	for _, token := range t.tokens {
		if token.Required && token.Secret && !t.own {
			missing := fmt.Sprintf("{{%s}} must stand in it: without it the message makes no sense.", token.Name)
			c.Check(slices.Contains(usable(markupTags), token.Name), "html", missing)
			c.Check(slices.Contains(usable(plainTags), token.Name), "text", missing)
		}
	}
	if c.Err() != nil {
		return nil, c.Err()
	}
	return t, t.parse(in.Subject, styled, text, tokens)
}

func scanField(c *fault.Complaints, field, source string, tokens []Token) []mergeTag {
	tags, wrong := scanTags(source, tokens)
	if len(wrong) > 0 {
		c.Add(field, wrong.told(source))
	}
	return tags
}

// needed are the tokens of the text: those of the built-in template, or of the
// practice's own ones those that it uses, required where they stand unguarded.
func (t *template) needed(tokens []Token, parts ...[]mergeTag) []Token {
	if !t.own {
		return tokens
	}
	var all []Token
	for _, token := range tokens {
		used, firm := false, false
		for _, tags := range parts {
			used = used || slices.ContainsFunc(tags, func(tag mergeTag) bool { return tag.name == token.Name })
			firm = firm || slices.Contains(firmly(tags), token.Name)
		}
		// What every message has is never missing.
		token.Required = firm && token.Name != "address" && token.Name != "practice"
		if used {
			all = append(all, token)
		}
	}
	return all
}

// parse makes what the text is rendered from. It cannot fail where the checks
// before it passed; if it does, that is on the field.
func (t *template) parse(subject, styled, text string, tokens []Token) (err error) {
	all := append(append(common(), brandTokens()...), tokens...)
	if t.subject, err = parsePart(subject, all, true); err != nil {
		return fault.Complain("subject", "This "+err.Error()+".")
	}
	if t.html, err = parsePart(styled, all, false); err != nil {
		return fault.Complain("html", "This "+err.Error()+".")
	}
	if t.text, err = parsePart(text, all, true); err != nil {
		return fault.Complain("text", "This "+err.Error()+".")
	}
	return nil
}

// compiled keeps texts that were compiled; they never change.
type compiled struct {
	mu   sync.Mutex
	byID map[string]*template
}

// maxCompiled is how many texts are kept ready, some 100 kB each at most.
const maxCompiled = 200

func (c *compiled) get(id string) *template {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byID[id]
}

func (c *compiled) put(id string, t *template) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = map[string]*template{}
	}
	for other := range c.byID {
		if len(c.byID) < maxCompiled {
			break
		}
		delete(c.byID, other)
	}
	c.byID[id] = t
}

// textByID is a practice's text, ready to be filled. errNoTemplate.
func (s *Service) textByID(ctx context.Context, r db.Reader, practiceID, textID string) (*template, error) {
	cached := practiceID + "/" + textID
	if t := s.compiled.get(cached); t != nil {
		return t, nil
	}
	stored, err := oneText(ctx, r, practiceID, textID)
	if errors.Is(err, db.ErrNone) {
		return nil, fmt.Errorf("%w: text %s", errNoTemplate, textID)
	}
	if err != nil {
		return nil, err
	}
	t, err := s.compile(stored.key, stored.Lang, stored.Source)
	if fault.Is(err, fault.Invalid) { // of an older version with other rules, or erased
		return nil, fmt.Errorf("%w: text %s: %w", errNoTemplate, textID, err)
	}
	if err != nil {
		return nil, err
	}
	s.compiled.put(cached, t)
	return t, nil
}

// templateOf is what a stored message is written with, in the look of its
// practice.
func (s *Service) templateOf(ctx context.Context, m Message, brand Brand) (*template, error) {
	t, err := s.templates.find(m.Template, m.Lang)
	if m.TextID != "" {
		t, err = s.textByID(ctx, s.db, m.PracticeID, m.TextID)
	}
	if err != nil {
		return nil, err
	}
	dressed := *t
	dressed.brand = brand
	return &dressed, nil
}
