package petparent

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxSortKey is how many code points put people in order.
const maxSortKey = 100

// Fold makes a text comparable: without case, accents, and the various forms
// of apostrophe and hyphen. "Bronisław O’Dowd" becomes "bronislaw o'dowd".
func Fold(s string) string {
	s = lookAlikes().Replace(s)
	s = norm.NFKD.String(cases.Fold().String(s))
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, s)
	return norm.NFC.String(strings.Join(strings.Fields(ligatures().Replace(strings.ToLower(s))), " "))
}

// lookAlikes come before normalisation, which would tear some of them apart.
func lookAlikes() *strings.Replacer {
	return strings.NewReplacer("’", "'", "‘", "'", "ʼ", "'", "´", "'", "`", "'", "‐", "-", "‑", "-", "–", "-", "—", "-")
}

// ligatures are the letters that no normalisation form takes apart.
func ligatures() *strings.Replacer {
	return strings.NewReplacer("ł", "l", "ø", "o", "đ", "d", "ð", "d", "æ", "ae", "œ", "oe", "þ", "th", "ı", "i", "ħ", "h", "ŧ", "t")
}

// sortKey orders people by last name, then first name; those without a name
// stand where their company does.
func sortKey(p PetParent, company string) string {
	key := strings.TrimPrefix(Fold(p.LastName)+", "+Fold(p.FirstName), ", ")
	if p.FirstName == "" && p.LastName == "" {
		key = Fold(company)
	}
	return cut(key, maxSortKey)
}

// cut keeps the first n code points.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// clean is Unicode NFC without control characters and surplus white space.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r == '\uFEFF', r == '\u200B', r == '\u2060':
			return -1
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}
