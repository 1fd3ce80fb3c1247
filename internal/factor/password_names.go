package factor

import (
	"slices"
	"strings"

	"catflap/internal/factor/passwordlist"
)

// productName is on every page, so it is nobody's secret.
const productName = "Catflap"

// isName reports whether nothing but known names, in any order and number, with
// digits and signs in or around them, makes up the password.
func isName(folded string, names []string) bool {
	names = append(slices.Clone(names), productName)
	known := vocabulary(names)
	for _, letters := range spellings(folded) {
		if letters != "" && madeOf(letters, known) {
			return true
		}
	}
	return slices.ContainsFunc(names, func(n string) bool { return isNumber(folded, n) })
}

// vocabulary is the names without spaces and signs, and the words in them.
func vocabulary(names []string) []string {
	var words []string
	for _, n := range names {
		folded := passwordlist.Fold(n)
		if whole := keep(folded, letter); whole != "" {
			words = append(words, whole)
		}
		local, _, _ := strings.Cut(folded, "@")
		for _, part := range append(strings.FieldsFunc(folded, func(r rune) bool { return !letter(r) }), keep(local, letter)) {
			if len([]rune(part)) >= 3 {
				words = append(words, part)
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// madeOf reports whether words, one after the other, make up all of s.
func madeOf(s string, words []string) bool {
	reached := make([]bool, len(s)+1)
	reached[0] = true
	for at := range s {
		if !reached[at] {
			continue
		}
		for _, w := range words {
			if strings.HasPrefix(s[at:], w) {
				reached[at+len(w)] = true
			}
		}
	}
	return reached[len(s)]
}

// isNumber reports whether little but a name without letters, a telephone
// number for instance, makes up the password.
func isNumber(folded, name string) bool {
	number := keep(passwordlist.Fold(name), alphanumeric)
	if len(number) < 4 || keep(number, letter) != "" {
		return false
	}
	all := keep(folded, alphanumeric)
	rest := strings.ReplaceAll(all, number, "")
	return len(rest) < len(all) && len(rest) <= 4
}
