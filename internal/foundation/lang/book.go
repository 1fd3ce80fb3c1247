package lang

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// Book says in other languages what the program says in English. Its key is the
// English sentence, with a name in braces for each part that changes: "Use at
// least {number} characters." The translation uses the same names. The zero
// value is empty; it is filled before it is used by several at once.
type Book struct {
	whole    map[string]map[string]string // language -> English -> translation
	patterns map[string][]pattern
}

// pattern is a sentence with parts that change.
type pattern struct {
	english string
	matches *regexp.Regexp
	names   []string
	says    string
}

var hole = regexp.MustCompile(`\{([a-z_]+)\}`)

// Holes lists the names in braces of a sentence, in order and each once.
func Holes(sentence string) []string {
	var names []string
	for _, m := range hole.FindAllStringSubmatch(sentence, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return names
}

// Read adds the sentences of name.<language>.json for every language but
// English, where there is such a file: one object, English to translation.
func (b *Book) Read(files fs.FS, name string) error {
	for _, tag := range All()[1:] {
		file := name + "." + tag + ".json"
		content, err := fs.ReadFile(files, file)
		if err != nil {
			continue // a source without it is fine
		}
		var sentences map[string]string
		if err := json.Unmarshal(content, &sentences); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for english, says := range sentences {
			if err := b.add(tag, english, says); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	for tag := range b.patterns { // what says more fits better
		slices.SortFunc(b.patterns[tag], func(a, o pattern) int {
			return cmp.Or(cmp.Compare(len(o.english), len(a.english)), cmp.Compare(a.english, o.english))
		})
	}
	return nil
}

func (b *Book) add(tag, english, says string) error {
	if b.whole == nil {
		b.whole, b.patterns = map[string]map[string]string{}, map[string][]pattern{}
	}
	if b.whole[tag] == nil {
		b.whole[tag] = map[string]string{}
	}
	if _, taken := b.whole[tag][english]; taken {
		return fmt.Errorf("%q is translated already", english)
	}
	b.whole[tag][english] = says
	names := Holes(english)
	if !slices.Equal(names, Holes(says)) {
		return fmt.Errorf("%q and its translation have different parts in braces", english)
	}
	if len(names) == 0 {
		return nil
	}
	p := pattern{english: english, says: says}
	form, from := "^", 0
	for _, at := range hole.FindAllStringSubmatchIndex(english, -1) {
		form += regexp.QuoteMeta(english[from:at[0]]) + "(.+?)"
		p.names = append(p.names, english[at[2]:at[3]])
		from = at[1]
	}
	p.matches = regexp.MustCompile(`(?s)` + form + regexp.QuoteMeta(english[from:]) + "$")
	b.patterns[tag] = append(b.patterns[tag], p)
	return nil
}

// Say is an English sentence in a language, or as it was when the book does not
// know it.
func (b *Book) Say(tag, english string) string {
	if tag == English || english == "" {
		return english
	}
	if says, ok := b.whole[tag][english]; ok {
		return says
	}
	for _, p := range b.patterns[tag] {
		parts := p.matches.FindStringSubmatch(english)
		if parts == nil {
			continue
		}
		var fill []string
		for i, name := range p.names {
			fill = append(fill, "{"+name+"}", parts[i+1])
		}
		return strings.NewReplacer(fill...).Replace(p.says)
	}
	return english
}

// Sentences lists what the book has in a language, translation by English.
func (b *Book) Sentences(tag string) map[string]string { return b.whole[tag] }
