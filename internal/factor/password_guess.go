package factor

import (
	"slices"
	"strings"
	"unicode"

	"catflap/internal/factor/passwordlist"
)

// runs are the rows that fingers and tongues follow; backwards counts as well.
var runs = []string{"012345678901234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"}

// tooSimple catches one character or one short run repeated all along, and
// rows of the keyboard, the alphabet or numbers.
func tooSimple(folded string) bool {
	r := []rune(folded)
	if unit := repeated(r); len(unit) < len(r) && len(unit) <= 4 {
		return true
	}
	back := slices.Clone(r)
	slices.Reverse(back)
	return slices.ContainsFunc(runs, func(run string) bool {
		return strings.Contains(run, folded) || strings.Contains(run, string(back))
	})
}

// repeated is the shortest beginning that, written again and again, makes up
// all of r; the last time may be cut short.
func repeated(r []rune) []rune {
	for n := 1; n <= len(r)/2; n++ {
		if slices.Equal(r[n:], r[:len(r)-n]) {
			return r[:n]
		}
	}
	return r
}

// fewOthers is how many digits and signs around a common password do not make
// it any better.
const fewOthers = 8

// tooCommon reports whether nothing but a common password, with a few digits or
// signs in or around it, with numbers for letters, or repeated, makes up the
// whole.
func tooCommon(folded string) bool {
	plain := keep(folded, alphanumeric)
	if unit := string(repeated([]rune(plain))); len(unit) < len(plain) && tooCommon(unit) {
		return true
	}
	looked := []string{folded, plain}
	if others := keep(folded, func(r rune) bool { return !letter(r) && !unicode.IsSpace(r) }); len([]rune(others)) <= fewOthers || tooSimple(others) || passwordlist.Has(others) {
		looked = append(looked, spellings(folded)...)
	}
	for _, s := range looked {
		if passwordlist.Has(s) || passwordlist.Has(string(repeated([]rune(s)))) {
			return true
		}
	}
	return false
}

// spellings are the letters alone, and the letters that figures stand for.
func spellings(folded string) []string {
	right := strings.TrimRightFunc(folded, func(r rune) bool { return !letter(r) })
	both := strings.TrimLeftFunc(right, func(r rune) bool { return !letter(r) })
	return []string{keep(folded, letter), keep(unfigured(both), letter), keep(unfigured(right), letter)}
}

// figures are written for the letters that they look like.
var figures = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "@", "a", "$", "s", "!", "i")

func unfigured(s string) string { return figures.Replace(s) }

func letter(r rune) bool       { return unicode.IsLetter(r) || unicode.IsMark(r) }
func alphanumeric(r rune) bool { return letter(r) || unicode.IsDigit(r) }

// keep leaves only the wanted characters.
func keep(s string, want func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if want(r) {
			return r
		}
		return -1
	}, s)
}
