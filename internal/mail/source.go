package mail

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"catflap/internal/foundation/typo"
)

// flaw is one thing that is wrong with a source, and the byte where it stands.
type flaw struct {
	at    int
	words string
}

// flaws are what is wrong with one source.
type flaws []flaw

// shown is how many flaws of one source are told at once.
const shown = 3

// told is the flaws as one complaint with lines and columns, both from 1.
func (f flaws) told(source string) string {
	sorted := slices.Clone(f)
	slices.SortStableFunc(sorted, func(a, b flaw) int { return a.at - b.at })
	var words []string
	for i, one := range sorted {
		if i == shown {
			words = append(words, fmt.Sprintf("And %d more.", len(sorted)-shown))
			break
		}
		line, column := position(source, one.at)
		words = append(words, fmt.Sprintf("Line %d, column %d: %s", line, column, one.words))
	}
	return strings.Join(words, " ")
}

// position is the line and column of a byte; columns count code points.
func position(source string, at int) (line, column int) {
	before := source[:min(max(at, 0), len(source))]
	last := strings.LastIndexByte(before, '\n')
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[last+1:]) + 1
}

// mergeTag is one {{…}} of a source. kind is '#', '^', '/' or 0 for a value.
type mergeTag struct {
	at, end int
	kind    byte
	name    string
}

var tokenName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

const tagForms = "Only {{token}}, {{#token}}…{{/token}} and {{^token}}…{{/token}} can be used."

// scanTags finds the merge tags of a source and what is wrong with them. The
// language is the part of mustache that knows values and sections: nothing in it
// can call, repeat, include or leave a value unescaped.
func scanTags(source string, allowed []Token) (tags []mergeTag, wrong flaws) {
	var open []mergeTag
	for at := 0; ; {
		i := strings.Index(source[at:], "{{")
		if i < 0 {
			break
		}
		at += i
		inside := source[at+2:]
		end := strings.Index(inside, "}}")
		if end < 0 || strings.ContainsAny(inside[:end], "\n") || strings.Contains(inside[:end], "{{") {
			wrong = append(wrong, flaw{at, "This {{ is not closed with }} in its line."})
			at += 2
			continue
		}
		tag := mergeTag{at: at, end: at + 2 + end + 2}
		at = tag.end
		content := strings.TrimSpace(inside[:end])
		if content != "" && strings.IndexByte("#^/", content[0]) >= 0 {
			tag.kind, content = content[0], strings.TrimSpace(content[1:])
		}
		tag.name = content
		if !tokenName.MatchString(content) {
			wrong = append(wrong, flaw{tag.at, tagForms})
			continue
		}
		if !slices.ContainsFunc(allowed, func(t Token) bool { return t.Name == content }) {
			wrong = append(wrong, flaw{tag.at, unknownToken(content, allowed)})
		}
		switch tag.kind {
		case '#', '^':
			if open = append(open, tag); len(open) > maxNesting {
				wrong = append(wrong, flaw{tag.at, fmt.Sprintf("At most %d sections can stand within each other.", maxNesting)})
			}
		case '/':
			if len(open) == 0 || open[len(open)-1].name != content {
				wrong = append(wrong, flaw{tag.at, fmt.Sprintf("{{/%s}} closes a section that is not open here.", content)})
				return tags, wrong // whatever follows would only repeat it
			}
			open = open[:len(open)-1]
		}
		tags = append(tags, tag)
	}
	for _, tag := range open {
		wrong = append(wrong, flaw{tag.at, fmt.Sprintf("This section is not closed. Write {{/%s}} where it ends.", tag.name)})
	}
	return tags, wrong
}

func unknownToken(name string, allowed []Token) string {
	words := fmt.Sprintf("There is no token {{%s}} for this text.", cut(name, 40))
	best, distance := "", 3
	for _, t := range allowed {
		if d := typo.Distance(name, t.Name, distance); d < distance && d < len(t.Name)/2+1 {
			best, distance = t.Name, d
		}
	}
	if best != "" {
		words += fmt.Sprintf(" Did you mean {{%s}}?", best)
	}
	return words
}

func cut(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return s
}

// firmly lists the tokens that stand outside of every section of their own
// name: without a value for them the text would have a hole.
func firmly(tags []mergeTag) []string {
	return standing(tags, func(name string, open []mergeTag) bool {
		return !slices.ContainsFunc(open, func(s mergeTag) bool { return s.kind == '#' && s.name == name })
	})
}

// usable lists the tokens whose value the text shows wherever there is one.
func usable(tags []mergeTag) []string {
	return standing(tags, func(name string, open []mergeTag) bool {
		return !slices.ContainsFunc(open, func(s mergeTag) bool { return s.kind == '^' || s.name != name })
	})
}

// standing lists the tokens that stand somewhere within such sections, each once.
func standing(tags []mergeTag, within func(name string, open []mergeTag) bool) []string {
	var names []string
	var open []mergeTag
	for _, tag := range tags {
		switch tag.kind {
		case '#', '^':
			open = append(open, tag)
		case '/':
			open = open[:len(open)-1]
		default:
			if within(tag.name, open) && !slices.Contains(names, tag.name) {
				names = append(names, tag.name)
			}
		}
	}
	return names
}
