package ui

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"catflap/internal/foundation/lang"
)

// catalogueName begins the names of the files with a source's texts, in
// go-i18n's JSON form: text.en.json has all of them, text.es.json those that
// somebody may read in Spanish.
const catalogueName = "text"

// saidName begins the names of the files with what the cores say in English
// (complaints, refusals) in other languages: said.es.json.
const saidName = "said"

// catalogue holds every text of every source in every language.
type catalogue struct {
	bundle     *i18n.Bundle
	localizers map[string]*i18n.Localizer // by language
	from       map[string]string          // key -> the source that defines it
	has        map[string]map[string]bool // language -> key
	said       lang.Book
	words      *wording
}

func newCatalogue(words *wording) *catalogue {
	c := &catalogue{
		bundle: i18n.NewBundle(language.English), from: map[string]string{},
		localizers: map[string]*i18n.Localizer{}, has: map[string]map[string]bool{}, words: words,
	}
	for _, tag := range lang.All() {
		c.has[tag] = map[string]bool{}
	}
	return c
}

// add reads the texts of a source; a source without any is fine. A key that
// another source has already is an error; one without English is never read.
func (c *catalogue) add(source string, files fs.FS) error {
	for _, tag := range lang.All() {
		if err := c.read(source, files, tag); err != nil {
			return err
		}
	}
	if err := c.said.Read(files, saidName); err != nil {
		return fmt.Errorf("%s/%w", source, err)
	}
	return nil
}

func (c *catalogue) read(source string, files fs.FS, tag string) error {
	file := catalogueName + "." + tag + ".json"
	content, err := fs.ReadFile(files, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if tag == lang.English {
		content = []byte(c.words.marks.Replace(string(content)))
	}
	parsed, err := c.bundle.ParseMessageFileBytes(content, file)
	if err != nil {
		return fmt.Errorf("%s/%s: %w", source, file, err)
	}
	c.localizers[tag] = i18n.NewLocalizer(c.bundle, tag)
	for _, m := range parsed.Messages {
		other, known := c.from[m.ID]
		if tag == lang.English && known {
			return fmt.Errorf("%s/%s: the text %q is already in %s", source, file, m.ID, other)
		}
		if tag == lang.English {
			c.from[m.ID] = source
		}
		c.has[tag][m.ID] = true
	}
	return nil
}

func (c *catalogue) knows(key string) bool { return c.from[key] != "" }

// mostCounted keeps numbers below those for which Spanish and French have a
// plural form of their own, which no page needs.
const mostCounted = 999_999

// text is the text of key in a language with its values filled in, in English
// where there is no other; words that practices choose are still marks. An int
// named "Count" chooses among plural forms. An unknown key is an error.
func (c *catalogue) text(tag, key string, kv ...any) (string, error) {
	if len(kv)%2 != 0 {
		return "", fmt.Errorf("text %q: a name without a value", key)
	}
	values := make(map[string]any, len(kv)/2)
	for i := 0; i < len(kv); i += 2 {
		name, ok := kv[i].(string)
		if !ok {
			return "", fmt.Errorf("text %q: %v is not a name", key, kv[i])
		}
		values[name] = kv[i+1]
	}
	if !c.knows(key) {
		return "", fmt.Errorf("text %q: no catalogue has it", key)
	}
	if !c.has[tag][key] {
		tag = lang.English
	}
	lookup := &i18n.LocalizeConfig{MessageID: key, TemplateData: values}
	if n, ok := values["Count"].(int); ok {
		lookup.PluralCount = min(n, mostCounted)
	}
	s, err := c.localizers[tag].Localize(lookup)
	if err != nil {
		return "", fmt.Errorf("text %q: %w", key, err)
	}
	return s, nil
}
