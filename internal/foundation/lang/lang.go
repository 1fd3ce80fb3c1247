package lang

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// The languages, as the values of lang attributes (RFC 5646).
const (
	English = "en"
	Spanish = "es"
	French  = "fr"
	German  = "de"
)

// All lists the languages in the order in which they are offered; English, which
// is complete, comes first.
func All() []string { return []string{English, Spanish, French, German} }

// Known reports whether there are texts in the language.
func Known(tag string) bool { return slices.Contains(All(), tag) }

// Or is the first of the tags that is a language of ours, else English.
func Or(tags ...string) string {
	for _, tag := range tags {
		if Known(tag) {
			return tag
		}
	}
	return English
}

// Name is what the speakers of a language call it.
func Name(tag string) string {
	switch tag {
	case Spanish:
		return "Español"
	case French:
		return "Français"
	case German:
		return "Deutsch"
	}
	return "English"
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Spanish, language.French, language.German})

// longestWish bounds what is read of an Accept-Language header; browsers send
// a few dozen letters.
const longestWish = 200

// Match is the language that comes closest to what an Accept-Language header
// asks for (RFC 9110, section 12.5.4), "" when none of its languages is close
// or it cannot be read.
func Match(accept string) string {
	if accept == "" || len(accept) > longestWish {
		return ""
	}
	// A header that names one language of ours and nothing else is the common case.
	if bare, _, _ := strings.Cut(accept, ","); Known(bare) {
		return bare
	}
	wanted, weights, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return ""
	}
	for i, w := range weights {
		if w == 0 { // "anything but that": the matcher does not know
			wanted = wanted[:i]
			break
		}
	}
	if len(wanted) == 0 {
		return ""
	}
	_, i, confidence := matcher.Match(wanted...)
	if confidence == language.No {
		return ""
	}
	return All()[i]
}
