package mail

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// The longest header values, in code points.
const (
	maxSubject = 200
	maxName    = 120
)

// oneLine makes a value fit for a header: no line break, no control or invisible
// formatting character, single spaces, at most n code points.
func oneLine(s string, n int) string {
	clean := strings.Map(func(r rune) rune {
		if unprintable(r) {
			return ' '
		}
		return r
	}, s)
	runes := []rune(strings.Join(strings.Fields(clean), " "))
	if len(runes) > n {
		runes = append(runes[:n-1], '…')
	}
	return string(runes)
}

// unprintable is what has no business in a header: line breaks, controls, and
// the formatting characters that turn the reading direction around.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) ||
		unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar
}

// redact masks secrets in words that come from outside. Mail servers quote what
// they refuse, for instance a link that stands on a block list.
func redact(words string, secrets []string) string {
	var parts []string
	for _, secret := range secrets {
		parts = append(parts, secretParts(secret)...)
	}
	slices.SortFunc(parts, func(a, b string) int { return len(b) - len(a) }) // the whole before its parts
	for _, part := range parts {
		words = strings.ReplaceAll(words, part, mask)
	}
	return words
}

// secretParts are the secret and, of a link, what may make it secret: its query,
// its fragment, or a long last part of its path.
func secretParts(secret string) []string {
	parts := []string{secret}
	if u, err := url.Parse(secret); err == nil && u.Host != "" {
		if last := u.Path[strings.LastIndex(u.Path, "/")+1:]; len(last) >= 16 {
			parts = append(parts, last)
		}
		parts = append(parts, u.RawQuery, u.Fragment)
		for _, values := range u.Query() {
			parts = append(parts, values...)
		}
	}
	return slices.DeleteFunc(parts, func(p string) bool { return len(p) < 4 }) // a word, not a secret
}
