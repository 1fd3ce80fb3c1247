package factor

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestNewReadable(t *testing.T) {
	for style, form := range map[Style]string{
		StyleWords: `^[a-z]{3,8}(-[a-z]{3,8}){3}$`,
		StyleShort: `^[2-9a-hjkmnp-z]{8}$`,
		"":         `^[a-z]{3,8}(-[a-z]{3,8}){3}$`,
	} {
		seen := map[string]bool{}
		for range 300 {
			p := newReadable(style).Reveal()
			if !regexp.MustCompile(form).MatchString(p) {
				t.Fatalf("style %q made %q", style, p)
			}
			if !looksReadable(p) || foldReadable(p) != p || seen[p] {
				t.Fatalf("%q: looksReadable %v, folded %q, seen before %v", p, looksReadable(p), foldReadable(p), seen[p])
			}
			seen[p] = true
		}
	}
}

// The entropy is the logarithm of how many can be made, because all of them are
// equally likely.
func TestReadableEntropy(t *testing.T) {
	var words []int
	for _, w := range strings.Fields(wordText) {
		words = append(words, wordValue(w))
	}
	if bits := math.Log2(passing(words, phraseWords, wordsModulus)); bits < 45 || bits > 46 {
		t.Errorf("four words have %.2f bits", bits)
	}
	var places []int
	for i := range len(shortAlphabet) {
		places = append(places, i)
	}
	n := float64(len(shortAlphabet))
	codes := passing(places, shortLength, shortModulus)
	for _, part := range unkindParts() {
		// At most so many codes contain the part: its places are counted as
		// if they excluded each other, and for the last free character at
		// most two of all fulfil the check (two places 23 apart).
		l := float64(len(part))
		codes -= (shortLength - l + 1) * math.Pow(n, shortLength-l-1) * 2
	}
	if bits := math.Log2(codes); bits < 35 || bits > 36 {
		t.Errorf("a code has %.2f bits", bits)
	}
}

// passing counts the sequences of so many values whose weighted sum is a
// multiple of the modulus.
func passing(values []int, length, modulus int) float64 {
	ways := make([]float64, modulus)
	ways[0] = 1
	for weight := 1; weight <= length; weight++ {
		next := make([]float64, modulus)
		for sum, n := range ways {
			for _, v := range values {
				next[(sum+weight*v)%modulus] += n
			}
		}
		ways = next
	}
	return ways[0]
}

// Every single typing error inside a word leads to no word, or to one of
// another value: the check notices both.
func TestWordList(t *testing.T) {
	words := strings.Fields(wordText)
	if !slices.IsSorted(words) || len(slices.Compact(slices.Clone(words))) != len(words) {
		t.Error("the list is not sorted or has a word twice")
	}
	known := map[string]bool{}
	for _, w := range words {
		known[w] = true
		if !regexp.MustCompile(`^[a-z]{3,8}$`).MatchString(w) || !listed(w) {
			t.Errorf("%q is not a short word or is not found", w)
		}
	}
	for _, w := range words {
		for _, typo := range typos(w, "abcdefghijklmnopqrstuvwxyz") {
			if typo != w && known[typo] && wordValue(typo) == wordValue(w) {
				t.Errorf("%q and %q have the same value", w, typo)
			}
		}
	}
	for _, part := range []string{"", "a", "banana\nband", "bana"} {
		if listed(part) {
			t.Errorf("%q is listed", part)
		}
	}
}

// typos are all results of one letter more, less, different, or swapped with
// the next one.
func typos(w, letters string) []string {
	var all []string
	for i := range len(w) + 1 {
		for _, c := range letters {
			all = append(all, w[:i]+string(c)+w[i:])
			if i < len(w) {
				all = append(all, w[:i]+string(c)+w[i+1:])
			}
		}
		if i < len(w) {
			all = append(all, w[:i]+w[i+1:])
		}
		if i+1 < len(w) {
			all = append(all, w[:i]+w[i+1:i+2]+w[i:i+1]+w[i+2:])
		}
	}
	return all
}

func TestTypingErrorInWords(t *testing.T) {
	for range 5 {
		words := strings.Split(newReadable(StyleWords).Reveal(), "-")
		for i, w := range words {
			for _, typo := range typos(w, "abcdefghijklmnopqrstuvwxyz0") {
				wrong := slices.Clone(words)
				wrong[i] = typo
				if typo != w && looksReadable(strings.Join(wrong, "-")) {
					t.Errorf("%v passes for %v", wrong, words)
				}
			}
		}
		if looksReadable(strings.Join(words[:3], "-")) || looksReadable(strings.Join(append(words, "lamp"), "-")) {
			t.Errorf("a word less or more than %v passes", words)
		}
	}
}

func TestTypingErrorInShort(t *testing.T) {
	alike := []string{"2z", "5s", "6b", "6g", "8b", "9g", "9q", "4a", "7t", "uv", "vw", "vy", "mn", "nm", "pq", "bd", "bp", "dt", "cz", "ft", "gq", "3e", "ae"}
	swapped, missed := 0, 0
	for range 200 {
		code := newReadable(StyleShort).Reveal()
		for i := range len(code) {
			for _, pair := range alike {
				for _, p := range []string{pair, pair[1:] + pair[:1]} {
					if code[i] == p[0] && looksReadable(code[:i]+p[1:]+code[i+1:]) {
						t.Errorf("%s for %s at %d of %s passes", p[1:], p[:1], i, code)
					}
				}
			}
			if i+1 < len(code) && code[i] != code[i+1] {
				swapped++
				if looksReadable(code[:i] + code[i+1:i+2] + code[i:i+1] + code[i+2:]) {
					missed++
				}
			}
		}
	}
	if missed*20 > swapped { // expected: 1 in 58
		t.Errorf("%d of %d swaps of neighbours pass", missed, swapped)
	}
}

func TestFoldReadable(t *testing.T) {
	words := newReadable(StyleWords).Reveal()
	short := newReadable(StyleShort).Reveal()
	spaced := strings.ReplaceAll(words, "-", " ")
	wide := strings.Map(func(r rune) rune { return r - 'a' + '\uff41' }, words[:1]) + words[1:]
	for typed, want := range map[string]string{
		words:                                words,
		"  " + strings.ToUpper(words) + "\n": words,
		spaced:                               words,
		strings.ToTitle(spaced[:1]) + spaced[1:] + ".":  words,
		strings.ReplaceAll(words, "-", " \u2013 "):      words,
		strings.ReplaceAll(words, "-", "_"):             words,
		strings.ReplaceAll(words, "-", "\u200b-\u00ad"): words,
		wide:                        words,
		short:                       short,
		strings.ToUpper(short):      short,
		short[:4] + "-" + short[4:]: short,
		short[:2] + " " + short[2:6] + " " + short[6:]: short,
		// What is no generated one stays as it was typed.
		"Plum Otter 24!":     "Plum Otter 24!",
		"--------":           "--------",
		"        ":           "        ",
		"":                   "",
		"\uff23afe\u0301 24": "Caf\u00e9 24",
	} {
		if got := foldReadable(typed); got != want {
			t.Errorf("foldReadable(%q) = %q, want %q", typed, got, want)
		}
	}
}
