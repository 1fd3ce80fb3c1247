package petparent

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wordRules is the number of the rules below. Whoever changes them raises it,
// and adds a migration that empties pet_parent_word and sets pet_parent.words
// to 0 for everybody.
const wordRules = 1

// Limits of what is looked for, and of what can be found.
const (
	maxQuery = 200 // code points that are typed
	maxTerms = 8   // that must all match
	maxWord  = 64  // code points of a word; the rest of it does not count
	maxWords = 400 // of one person
)

// index is how a person is found and put in order.
type index struct {
	search  string // a line break before each word
	sortKey string
	rules   int // by which the words were made; 0: none are stored
}

// newIndex is how a person is found by what they, their household, their pets
// and their login are called.
func newIndex(p PetParent, h Household, loginID string, petNames []string) index {
	var w words
	w.text(p.FirstName)
	w.text(p.LastName)
	w.text(h.Company)
	for _, name := range petNames {
		w.text(name)
	}
	for _, e := range append(slices.Clip(p.Emails), loginID) {
		w.address(e)
	}
	w.number(h.ExternalID)
	for _, phone := range p.Phones {
		w.phone(phone)
	}
	return index{search: w.lines.String(), sortKey: sortKey(p, h.Company), rules: wordRules}
}

// words are the words of the search text; none that are not stored.
func (i index) words() []string {
	if i.rules == 0 {
		return nil
	}
	return strings.Fields(i.search)
}

// words collects words, each once.
type words struct {
	known map[string]bool
	lines strings.Builder
}

func (w *words) add(word string) {
	word = cut(word, maxWord)
	if word == "" || w.known[word] || len(w.known) == maxWords {
		return
	}
	if w.known == nil {
		w.known = map[string]bool{}
	}
	w.known[word] = true
	w.lines.WriteString("\n" + word)
}

// text adds each word as it is, without its signs, and its parts: "O'Keeffe" is
// found by "o'keeffe", "okeeffe" and "keeffe".
func (w *words) text(s string) {
	for _, word := range strings.Fields(Fold(s)) {
		w.add(word)
		w.parts(word)
		w.add(strings.Map(letterOrDigit, word))
	}
}

func (w *words) parts(word string) {
	for _, part := range strings.FieldsFunc(word, func(r rune) bool { return letterOrDigit(r) < 0 }) {
		w.add(part)
	}
}

// letterOrDigit drops everything else.
func letterOrDigit(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}

// address adds an e-mail address whole, and the words before the @. A login ID
// may be another name.
func (w *words) address(s string) {
	local, _, isAddress := strings.Cut(Fold(s), "@")
	if !isAddress {
		w.text(s)
		return
	}
	w.add(strings.ReplaceAll(Fold(s), " ", ""))
	w.parts(local)
}

// number adds a client number, also without the zeros that a search drops.
func (w *words) number(s string) {
	w.text(s)
	if looksNumeric(s) {
		w.add(dialled(s))
	}
}

// phone adds the forms in which somebody may type a number: whole, as it is
// dialled inside its country and its town, and its end.
func (w *words) phone(p Phone) {
	for _, d := range p.searchDigits() {
		w.add(d)
		for _, end := range []int{7, 4} {
			if len(d) > end {
				w.add(d[len(d)-end:])
			}
		}
	}
}

// terms splits what was typed into what must match, at most maxTerms. Words that
// follow each other and look like parts of a phone number are one number, in
// whichever way it is grouped.
func terms(query string) []string {
	query = cut(query, maxQuery)
	var list []string
	number := "" // what belongs to the last term
	for _, word := range strings.Fields(query) {
		if !looksNumeric(word) {
			if folded := cut(strings.ReplaceAll(Fold(word), " ", ""), maxWord); folded != "" {
				list = append(list, folded)
			}
			number = ""
			continue
		}
		if number != "" {
			list = list[:len(list)-1]
		}
		number += word
		list = append(list, cut(dialled(number), maxWord))
	}
	return list[:min(len(list), maxTerms)]
}

// looksNumeric reports whether a word is a phone number or a part of one.
func looksNumeric(word string) bool {
	return strings.ContainsAny(word, "0123456789") && strings.Trim(word, "0123456789+-()./") == ""
}

// dialled leaves the digits that a stored number begins with: without the
// prefix for calls abroad and the zero in brackets.
func dialled(number string) string {
	d := digits(strings.ReplaceAll(number, "(0)", ""))
	if abroad := strings.TrimPrefix(d, "00"); abroad != "" {
		return abroad
	}
	return d
}

// longest is the term of which the fewest words are the rest.
func longest(list []string) int {
	at := 0
	for i, t := range list {
		if utf8.RuneCountInString(t) > utf8.RuneCountInString(list[at]) {
			at = i
		}
	}
	return at
}
