package factor

import (
	"crypto/rand"
	_ "embed"
	"hash/crc32"
	"math/big"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"catflap/internal/foundation/secret"
)

// Style is what a generated temporary password looks like.
type Style string

const (
	// StyleWords is four short words: "plum-otter-canoe-lamp". There are
	// 4123 words and one phrase in 7 passes the check: 4 x 12.01 - 2.81 = 45.2
	// bits.
	StyleWords Style = "words"
	// StyleShort is eight characters: "k7mq3xtw". There are 31 characters and
	// one code in 23 passes the check: 8 x 4.95 - 4.52 = 35.1 bits, less about
	// a hundredth for those that would read as something unkind.
	StyleShort Style = "short"
)

const (
	phraseWords   = 4
	wordsModulus  = 7
	shortLength   = 8
	shortModulus  = 23
	shortAlphabet = "23456789abcdefghjkmnpqrstuvwxyz" // no 0 o, no 1 i l
)

// wordText is the list, sorted, a word a line; see wordlist/SOURCE.md.
//
//go:embed wordlist/words.txt
var wordText string

// wordList is the list word by word: made once, because logins for all choose
// from it thousands of times.
var wordList = sync.OnceValue(func() []string { return strings.Fields(wordText) })

// newReadable makes a temporary password that can be read out, copied from
// paper and typed on a phone. All that pass the check are equally likely.
func newReadable(style Style) secret.Text {
	if style == StyleShort {
		return newShort()
	}
	words := wordList()
	phrase := make([]string, phraseWords)
	for {
		for i := range phrase {
			phrase[i] = words[randomBelow(len(words))]
		}
		if addsUp(phrase) {
			return secret.Text(strings.Join(phrase, "-"))
		}
	}
}

func newShort() secret.Text {
	code := make([]byte, shortLength)
	for {
		for i := range code {
			code[i] = shortAlphabet[randomBelow(len(shortAlphabet))]
		}
		if s := string(code); shortCheck(s) && !unkind(s) {
			return secret.Text(s)
		}
	}
}

// looksReadable reports whether what was typed can be a generated temporary
// password: its form and its check are right. It tells a guess, which counts as
// a try, from a typing error, which need not.
func looksReadable(typed string) bool {
	_, ok := readableForm(typed)
	return ok
}

// foldReadable brings what was typed into the form that was generated, however
// it was written: capital letters, spaces for hyphens, a code in groups. Text
// that cannot be a generated one keeps its letters as they are (in NFKC), so
// that a password typed by staff loses nothing of its strength.
func foldReadable(typed string) string {
	if form, ok := readableForm(typed); ok {
		return form
	}
	return norm.NFKC.String(typed)
}

func readableForm(typed string) (form string, ok bool) {
	parts := strings.FieldsFunc(strings.Map(plainRune, norm.NFKC.String(typed)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if code := strings.Join(parts, ""); shortCheck(code) {
		return code, true
	}
	if wordsCheck(parts) {
		return strings.Join(parts, "-"), true
	}
	return "", false
}

// plainRune makes letters small and drops invisible characters, which come
// along when text is copied from a mail.
func plainRune(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return unicode.ToLower(r)
}

// wordsCheck reports whether these are four words of the list whose values,
// weighted by their place, add up to a multiple of 7. The weights differ and 7
// is prime: a word replaced by one of another value is always noticed, two
// words of different value swapped as well.
func wordsCheck(phrase []string) bool {
	if len(phrase) != phraseWords {
		return false
	}
	for _, word := range phrase {
		if !listed(word) {
			return false
		}
	}
	return addsUp(phrase)
}

func addsUp(phrase []string) bool {
	sum := 0
	for i, word := range phrase {
		sum += (i + 1) * wordValue(word)
	}
	return sum%wordsModulus == 0
}

func wordValue(word string) int {
	return int(crc32.ChecksumIEEE([]byte(word)) % wordsModulus)
}

func listed(word string) bool {
	return strings.HasPrefix(wordText, word+"\n") || strings.Contains(wordText, "\n"+word+"\n")
}

// shortCheck reports whether these are eight characters of the alphabet whose
// places in it, weighted by their place in the code, add up to a multiple of
// 23. One wrong character passes only if the two are exactly 23 places apart
// (2 and s, 3 and t ... 9 and z), which none that look or sound alike are.
func shortCheck(code string) bool {
	if len(code) != shortLength {
		return false
	}
	sum := 0
	for i := range shortLength {
		place := strings.IndexByte(shortAlphabet, code[i])
		if place < 0 {
			return false
		}
		sum += (i + 1) * place
	}
	return sum%shortModulus == 0
}

// unkind reports whether a code contains what nobody should have to read out.
func unkind(code string) bool {
	for _, part := range unkindParts() {
		if strings.Contains(code, part) {
			return true
		}
	}
	return false
}

func unkindParts() []string {
	return []string{
		"88", "666", "arse", "ass", "cum", "cunt", "dead", "fag", "fck", "fuc", "fuk",
		"jew", "kkk", "rape", "sex", "twat", "wank",
	}
}

// randomBelow is a uniform random number from 0 to n-1.
func randomBelow(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // never: package rand ends the process instead
	}
	return int(i.Int64())
}
