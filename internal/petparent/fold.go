package petparent

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits of what is looked for at once.
const (
	maxQuery = 200 // code points
	maxWords = 8
)

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

// searchText is what finds a person: one token on each line.
func searchText(p PetParent, company, externalID string, petNames []string) string {
	var tokens []string
	add := func(s string) {
		folded := Fold(s)
		for _, t := range []string{folded, squash(folded)} {
			if t != "" && (len(tokens) == 0 || tokens[len(tokens)-1] != t) {
				tokens = append(tokens, t)
			}
		}
	}
	add(p.FirstName)
	add(p.LastName)
	add(company)
	add(externalID)
	tokens = append(tokens, foldAll(p.Emails)...)
	for _, phone := range p.Phones {
		for _, d := range phone.searchDigits() {
			add(d)
		}
	}
	for _, name := range petNames {
		add(name)
	}
	return strings.Join(tokens, "\n")
}

func foldAll(list []string) []string {
	folded := make([]string, len(list))
	for i, s := range list {
		folded[i] = Fold(s)
	}
	return folded
}

// squash keeps letters, digits and spaces, so that "okeeffe" finds "O'Keeffe".
func squash(folded string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' {
			return r
		}
		return -1
	}, folded)
}

// sortKey orders people by last name, then first name; those without a name
// stand where their company does.
func sortKey(p PetParent, company string) string {
	if p.FirstName == "" && p.LastName == "" {
		return Fold(company)
	}
	return strings.TrimPrefix(Fold(p.LastName)+", "+Fold(p.FirstName), ", ")
}

// term is one thing that must match: a word, or the digits of a number.
type term struct {
	text  string // as typed
	match string // what to look for in the search column
}

// terms splits what was typed. Words that follow each other and look like
// parts of a phone number are one number, in whichever way it is grouped.
func terms(query string) []term {
	if utf8.RuneCountInString(query) > maxQuery {
		query = string([]rune(query)[:maxQuery])
	}
	var list []term
	inNumber := false
	for _, word := range strings.Fields(query) {
		if numeric := looksNumeric(word); numeric && inNumber {
			last := &list[len(list)-1]
			last.text += word
			last.match = dialled(last.text)
			continue
		} else if inNumber = numeric; numeric {
			list = append(list, term{text: word, match: dialled(word)})
			continue
		}
		if folded := Fold(word); folded != "" {
			list = append(list, term{text: word, match: folded})
		}
	}
	return list[:min(len(list), maxWords)]
}

func looksNumeric(word string) bool {
	return strings.ContainsAny(word, "0123456789") && strings.Trim(word, "0123456789+-()./") == ""
}

// dialled leaves the digits that a stored number contains: without the prefix
// for calls abroad and the zero in brackets.
func dialled(number string) string {
	d := digits(strings.ReplaceAll(number, "(0)", ""))
	if abroad := strings.TrimPrefix(d, "00"); abroad != "" {
		return abroad
	}
	return d
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
