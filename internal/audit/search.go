package audit

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maximumWords is how many words are looked for at once.
const maximumWords = 8

// search is what a line is found by: one value on each line, without the salt
// and the names of the fields, which would match by accident.
func (p Personal) search() string {
	values := []string{p.Actor, p.Account, p.Target, p.IP, p.Device}
	for _, c := range p.Changes {
		values = append(values, c.Before, c.After)
	}
	folded := make([]string, 0, len(values))
	for _, v := range values {
		if v = fold(v); v != "" {
			folded = append(folded, v)
		}
	}
	return strings.Join(folded, "\n")
}

// words are the parts of a search, each of which must be found.
func words(text string) []string {
	all := strings.Fields(fold(text))
	return all[:min(len(all), maximumWords)]
}

// fold makes a text comparable without case and accents. It is done here and
// not in SQL, because the two databases do not agree on it.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, norm.NFKD.String(cases.Fold().String(s)))
}

func likeEscape(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}
