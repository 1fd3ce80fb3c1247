package pims

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits in characters. Names beyond theirs are pasted documents, not names.
const (
	maxName = 200
	maxText = 2000
)

// clean applies the text rule: NFC, no invisible marks, every run of white space
// (line breaks and no-break spaces too) one space, trimmed. Nothing else changes.
func clean(b []byte) string {
	b = bytes.Trim(b, " ")
	if isPlain(b) {
		return string(b)
	}
	s := norm.NFC.String(dropInvisible(string(b)))
	return strings.Join(strings.Fields(s), " ")
}

// isPlain reports text that clean would not change: nearly every cell.
func isPlain(b []byte) bool {
	space := false
	for _, c := range b {
		if c < ' ' || c > '~' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return true
}

// dropInvisible removes byte order marks, zero-width spaces and word joiners.
func dropInvisible(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\ufeff', '\u200b', '\u2060':
			return -1
		}
		return r
	}, s)
}

// isBlank reports a cell that clean would make empty.
func isBlank(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if !unicode.IsSpace(r) && r != '\ufeff' && r != '\u200b' && r != '\u2060' {
			return false
		}
		b = b[n:]
	}
	return true
}

// fold makes texts comparable without regard to capitals (Unicode case folding).
func fold(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return cases.Fold().String(s)
		}
	}
	return strings.ToLower(s)
}

// longer reports whether s has more than n characters.
func longer(s string, n int) bool {
	return len(s) > n && utf8.RuneCountInString(s) > n
}

// baseName is the last part of a file name that came from somebody's computer,
// fit to be shown.
func baseName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = clean([]byte(strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "")))
	if r := []rune(name); len(r) > 100 {
		name = string(r[:100])
	}
	if name == "" {
		return "the file"
	}
	return name
}
