package factor

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"catflap/internal/factor/passwordlist"
)

// Strength is how long a password would withstand guessing, as a stable word.
type Strength string

// The strengths. A weak password is refused, or would be guessed soon by
// somebody who stole the database and the key ring.
const (
	Short  Strength = "too_short"
	Weak   Strength = "weak"
	Fair   Strength = "fair"
	Strong Strength = "strong"
)

// From these many bits on a password is fair, and strong.
const (
	fairBits   = 35
	strongBits = 50
)

// Rate is an honest guess at the strength of a password under the rules, and
// what keeps it from being chosen.
func (r Rules) Rate(password string) (Strength, Problem) {
	p := r.Problem(password)
	switch {
	case p == TooShort:
		return Short, p
	case p != NoProblem:
		return Weak, p
	}
	switch bits := r.bits(password); {
	case bits < fairBits:
		return Weak, NoProblem
	case bits < strongBits:
		return Fair, NoProblem
	}
	return Strong, NoProblem
}

// What a guesser needs for a piece of a password, in bits: low, because people
// choose pieces that belong together.
const (
	nameBits   = 3
	runBits    = 6
	yearBits   = 6
	commonBits = 14
	digitBits  = 3.3
	signBits   = 4
	spaceBits  = 1
	letterBits = 2.8 // the next letter of a word
	freshBits  = 4.7 // a letter that no other one leads to
)

// lookedAt is how many characters are rated; what is longer is strong by then,
// or one of the problems.
const lookedAt = 64

// bits is the cheapest way to put the password together from names, common
// passwords, runs, years and single characters.
func (r Rules) bits(password string) float64 {
	plain := []rune(norm.NFKC.String(password))
	plain = plain[:min(len(plain), lookedAt)]
	folded := []rune(strings.ToLower(string(plain)))
	if len(plain) != len(folded) { // capital letters that fold to two
		plain = folded
	}
	words := vocabulary(append([]string{productName}, r.Forbidden...))
	best := make([]float64, len(plain)+1)
	for i := range plain {
		best[i+1] = math.Inf(1)
	}
	for i := range plain {
		reach := func(n int, bits float64) {
			best[i+n] = min(best[i+n], best[i]+bits+capitals(plain[i:i+n]))
		}
		best[i+1] = min(best[i+1], best[i]+characterBits(plain, i))
		rest := folded[i:]
		for n := passwordlist.Shortest; n <= min(len(rest), 20); n++ {
			if passwordlist.Has(string(rest[:n])) {
				reach(n, commonBits)
			}
		}
		for _, w := range words {
			if n := len([]rune(w)); n <= len(rest) && string(rest[:n]) == w {
				reach(n, nameBits)
			}
		}
		if n := runLength(rest); n >= 3 {
			reach(n, runBits)
		}
		if len(rest) >= 4 && isYear(string(rest[:4])) {
			reach(4, yearBits)
		}
	}
	return best[len(plain)]
}

// capitals is what upper case inside a known piece is worth.
func capitals(piece []rune) float64 {
	for _, r := range piece[1:] {
		if unicode.IsUpper(r) {
			return 2
		}
	}
	return 0
}

func characterBits(all []rune, i int) float64 {
	r := all[i]
	switch {
	case unicode.IsSpace(r):
		return spaceBits
	case unicode.IsDigit(r):
		return digitBits
	case !letter(r):
		return signBits
	case i > 0 && letter(all[i-1]) && unicode.IsUpper(r) == unicode.IsUpper(all[i-1]):
		return letterBits
	}
	return freshBits
}

// runLength is how many characters from the first on are the same, or follow
// each other up or down.
func runLength(r []rune) int {
	if len(r) < 2 {
		return len(r)
	}
	step := r[1] - r[0]
	if step < -1 || step > 1 {
		return 1
	}
	n := 2
	for n < len(r) && r[n]-r[n-1] == step {
		n++
	}
	return n
}

func isYear(s string) bool {
	return (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20")) && keep(s, unicode.IsDigit) == s
}
