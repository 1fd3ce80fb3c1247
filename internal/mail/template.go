package mail

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/cbroglie/mustache"

	"catflap/internal/foundation/lang"
)

//go:embed templates
var files embed.FS

// Bounds that keep a broken or hostile template harmless.
const (
	maxSource  = 64 << 10  // bytes of one part's source
	maxOutput  = 256 << 10 // bytes of one rendered part
	maxNesting = 3         // sections within sections
)

// templateSet is every template by language and name.
type templateSet struct {
	byLang  map[string]map[string]*template
	layouts map[string]*layout
	said    *lang.Book // what the program says of a request or an event: templates/said.<language>.json
}

// template is one text in one language, with the layout around it.
type template struct {
	name, lang string
	tokens     []Token
	subject    *mustache.Template
	text, html *mustache.Template
	layout     *layout
	sources    Source // as it was written
	own        bool   // a practice's own words to pet parents: they may be given more than they use
	edited     bool   // not one of ours: sections may leave more empty lines than one
	brand      Brand
}

// layout is what stands around every text of a language.
type layout struct {
	text, html *mustache.Template
}

// loadTemplates parses templates/<language>/<name>.mustache. Every built-in
// template must exist in English; a language may have some of them.
func loadTemplates(fsys fs.FS) (*templateSet, error) {
	set := &templateSet{byLang: map[string]map[string]*template{}, layouts: map[string]*layout{}, said: &lang.Book{}}
	langs, err := fs.ReadDir(fsys, "templates")
	if err != nil {
		return nil, fmt.Errorf("read mail templates: %w", err)
	}
	for _, dir := range langs {
		if !dir.IsDir() {
			continue
		}
		byName, frame, err := loadLanguage(fsys, dir.Name())
		if err != nil {
			return nil, fmt.Errorf("mail templates, language %s: %w", dir.Name(), err)
		}
		set.byLang[dir.Name()], set.layouts[dir.Name()] = byName, frame
	}
	said, err := fs.Sub(fsys, "templates")
	if err != nil {
		return nil, err
	}
	if err := set.said.Read(said, "said"); err != nil {
		return nil, fmt.Errorf("mail templates: %w", err)
	}
	for name := range builtin() {
		if set.byLang["en"][name] == nil {
			return nil, fmt.Errorf("mail template %s is missing in English", name)
		}
	}
	return set, nil
}

func loadLanguage(fsys fs.FS, lang string) (map[string]*template, *layout, error) {
	frame, err := loadLayout(fsys, lang)
	if err != nil {
		return nil, nil, err
	}
	byName := map[string]*template{}
	for name, tokens := range builtin() {
		parts, err := readParts(fsys, lang, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		t := &template{name: name, lang: lang, tokens: tokens, layout: frame,
			sources: Source{Subject: strings.TrimSpace(parts["subject"]), HTML: strings.TrimSpace(parts["html"]), Text: strings.TrimSpace(parts["text"])},
		}
		allowed := append(append(common(), brandTokens()...), tokens...)
		if t.subject, err = parsePart(parts["subject"], allowed, true); err != nil {
			return nil, nil, fmt.Errorf("%s, subject: %w", name, err)
		}
		if t.text, err = parsePart(parts["text"], allowed, true); err != nil {
			return nil, nil, fmt.Errorf("%s, text: %w", name, err)
		}
		if t.html, err = parsePart(inlineStyles(parts["html"]), allowed, false); err != nil {
			return nil, nil, fmt.Errorf("%s, html: %w", name, err)
		}
		byName[name] = t
	}
	return byName, frame, nil
}

func loadLayout(fsys fs.FS, lang string) (*layout, error) {
	parts, err := readParts(fsys, lang, "layout")
	if err != nil {
		return nil, err
	}
	frameTokens := append(common(), brandTokens()...)
	// The content is rendered, escaped and finished before the layout sees it;
	// this marker is where it goes, so that it is never parsed as a template.
	var l layout
	if l.text, err = parsePart(parts["text"], frameTokens, true); err != nil {
		return nil, fmt.Errorf("layout, text: %w", err)
	}
	if l.html, err = parsePart(inlineStyles(parts["html"]), frameTokens, false); err != nil {
		return nil, fmt.Errorf("layout, html: %w", err)
	}
	for part, source := range parts {
		if strings.Count(source, contentMarker) != 1 {
			return nil, fmt.Errorf("layout, %s: needs %s exactly once", part, contentMarker)
		}
	}
	return &l, nil
}

const contentMarker = "[[content]]"

// readParts splits a file at its lines "=== subject", "=== text", "=== html".
func readParts(fsys fs.FS, lang, name string) (map[string]string, error) {
	source, err := fs.ReadFile(fsys, path.Join("templates", lang, name+".mustache"))
	if err != nil {
		return nil, err
	}
	parts := map[string]string{}
	part := ""
	for line := range strings.Lines(string(source)) {
		if title, ok := strings.CutPrefix(line, "=== "); ok {
			part = strings.TrimSpace(title)
			continue
		}
		parts[part] += line
	}
	if strings.TrimSpace(parts[""]) != "" {
		return nil, fmt.Errorf("%s: begins before its first part", name)
	}
	delete(parts, "")
	return parts, nil
}

// unsafeTag finds what a template must not use: unescaped values, partials
// (mustache would read files for them) and changed delimiters.
var unsafeTag = regexp.MustCompile(`\{\{\s*[{&=>]`)

// parsePart parses one part and refuses unknown tokens. Plain parts are not
// escaped.
func parsePart(source string, allowed []Token, plain bool) (*mustache.Template, error) {
	switch {
	case strings.TrimSpace(source) == "":
		return nil, errors.New("is empty")
	case len(source) > maxSource:
		return nil, fmt.Errorf("is longer than %d bytes", maxSource)
	case unsafeTag.MatchString(source):
		return nil, errors.New("uses {{{…}}}, {{&…}}, {{>…}} or {{=…}}, which are not allowed")
	}
	t, err := mustache.ParseStringPartialsRaw(source, &mustache.StaticProvider{}, plain)
	if err != nil {
		return nil, err
	}
	if err := checkTags(t.Tags(), allowed, 0); err != nil {
		return nil, err
	}
	return t, nil
}

func checkTags(tags []mustache.Tag, allowed []Token, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("has more than %d sections within each other", maxNesting)
	}
	for _, tag := range tags {
		known := slices.ContainsFunc(allowed, func(t Token) bool { return t.Name == tag.Name() })
		if !known {
			return fmt.Errorf("uses the unknown token {{%s}}", tag.Name())
		}
		if tag.Type() == mustache.Section || tag.Type() == mustache.InvertedSection {
			if err := checkTags(tag.Tags(), allowed, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

var errNoTemplate = errors.New("there is no such mail template")

// find returns the template in the language, else in English.
func (set *templateSet) find(name, lang string) (*template, error) {
	for _, l := range []string{lang, "en"} {
		if t := set.byLang[l][name]; t != nil {
			return t, nil
		}
	}
	return nil, fmt.Errorf("%w: %q", errNoTemplate, name)
}

func (t *template) token(name string) (Token, bool) {
	i := slices.IndexFunc(t.tokens, func(token Token) bool { return token.Name == name })
	if i < 0 {
		return Token{}, false
	}
	return t.tokens[i], true
}

// secrets are the values of the secret tokens.
func (t *template) secrets(tokens map[string]string) []string {
	var secrets []string
	for _, token := range t.tokens {
		if value := tokens[token.Name]; token.Secret && value != "" {
			secrets = append(secrets, value)
		}
	}
	return secrets
}

// lacking is why the message must not be sent with these values, in words for
// staff; empty when all is there.
func (t *template) lacking(tokens map[string]string) string {
	for _, token := range t.tokens {
		value := strings.TrimSpace(tokens[token.Name])
		if token.Required && value == "" {
			return fmt.Sprintf("Not sent: the template needs {{%s}}, and there is nothing to put there.", token.Name)
		}
		if token.Secret && value == mask {
			return fmt.Sprintf("Not sent: the secret for {{%s}} was not available.", token.Name)
		}
		if token.Link && value != "" && !webLink(value) {
			return fmt.Sprintf("Not sent: {{%s}} must be a web address beginning with https:// or http://.", token.Name)
		}
	}
	return ""
}

func webLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func (t *template) renderSubject(tokens map[string]string) (string, error) {
	subject, err := render(t.subject, tokens)
	if err != nil {
		return "", fmt.Errorf("mail template %s, subject: %w", t.name, err)
	}
	return oneLine(subject, maxSubject), nil
}

func (t *template) renderText(tokens map[string]string) (string, error) {
	text, err := renderWithin(t.text, t.layout.text, t.brand.with(tokens))
	if t.edited {
		text = blankLines.ReplaceAllString(text, "\n\n")
	}
	return text, err
}

func (t *template) renderHTML(tokens map[string]string) (string, error) {
	return renderWithin(t.html, t.layout.html, t.brand.with(tokens))
}

func renderWithin(t, frame *mustache.Template, tokens map[string]string) (string, error) {
	content, err := render(t, tokens)
	if err != nil {
		return "", err
	}
	// The layout's own values cannot contain the marker, so it is found where
	// the layout has it.
	around, err := render(frame, withoutMarker(tokens))
	if err != nil {
		return "", err
	}
	return strings.Replace(around, contentMarker, strings.TrimSpace(content), 1), nil
}

// render fills a template with values that are text and nothing else: mustache
// calls methods on anything richer.
func withoutMarker(tokens map[string]string) map[string]string {
	clean, copied := tokens, false
	for name, value := range tokens {
		if !strings.Contains(value, contentMarker) {
			continue
		}
		if !copied {
			clean, copied = maps.Clone(tokens), true
		}
		clean[name] = strings.ReplaceAll(value, contentMarker, "")
	}
	return clean
}

func render(t *mustache.Template, tokens map[string]string) (string, error) {
	out := outputs.Get().(*limited)
	defer outputs.Put(out)
	out.Reset()
	out.left = maxOutput
	if err := t.FRender(out, tokens); err != nil {
		return "", err
	}
	if out.left < 0 {
		return "", fmt.Errorf("the message would be longer than %d bytes", maxOutput)
	}
	return out.String(), nil
}

// outputs are used again: what is rendered for a letter is five times as much as
// the letter.
var outputs = sync.Pool{New: func() any { return &limited{} }}

// limited is a buffer that remembers that it overflowed. mustache ignores
// errors of single writes, so the check comes at the end.
type limited struct {
	bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	l.left -= len(p)
	if l.left < 0 {
		return 0, errors.New("output too long")
	}
	return l.Buffer.Write(p)
}
