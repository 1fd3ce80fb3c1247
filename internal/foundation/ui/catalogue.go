package ui

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// catalogueFile is the name of a source's texts, in go-i18n's JSON form.
const catalogueFile = "text.en.json"

// catalogue holds every text of every source. English only for now; a second
// language is a second file per source and a choice of localizer per request.
type catalogue struct {
	bundle  *i18n.Bundle
	english *i18n.Localizer
	from    map[string]string // key -> the source that defines it
}

func newCatalogue() *catalogue {
	b := i18n.NewBundle(language.English)
	return &catalogue{bundle: b, english: i18n.NewLocalizer(b, "en"), from: map[string]string{}}
}

// add reads the texts of a source; a source without any is fine. A key that
// another source has already is an error.
func (c *catalogue) add(source string, files fs.FS) error {
	content, err := fs.ReadFile(files, catalogueFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	parsed, err := c.bundle.ParseMessageFileBytes(content, catalogueFile)
	if err != nil {
		return fmt.Errorf("%s/%s: %w", source, catalogueFile, err)
	}
	for _, m := range parsed.Messages {
		if other, taken := c.from[m.ID]; taken {
			return fmt.Errorf("%s/%s: the text %q is already in %s", source, catalogueFile, m.ID, other)
		}
		c.from[m.ID] = source
	}
	return nil
}

func (c *catalogue) has(key string) bool { return c.from[key] != "" }

// text is the text of key with its values filled in. An int named "Count"
// chooses among plural forms. An unknown key is an error.
func (c *catalogue) text(key string, kv ...any) (string, error) {
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
	lookup := &i18n.LocalizeConfig{MessageID: key, TemplateData: values}
	if n, ok := values["Count"].(int); ok {
		lookup.PluralCount = n
	}
	s, err := c.english.Localize(lookup)
	if err != nil {
		return "", fmt.Errorf("text %q: %w", key, err)
	}
	return s, nil
}
