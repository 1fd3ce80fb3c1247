package pims

import (
	"strings"
	"unicode"
)

// splitEmails finds the addresses in one cell. Usable ones come back with a
// lower-case domain and their local part as written; bad lists what was meant as
// an address and is none. A cell with a line break inside is bad as a whole:
// that is how mail headers are smuggled.
func splitEmails(cell string) (usable, bad []string) {
	cell = strings.TrimSpace(dropInvisible(cell))
	if cell == "" {
		return nil, nil
	}
	whole := clean([]byte(cell))
	if strings.ContainsAny(cell, "\r\n") {
		return nil, []string{whole}
	}
	for _, part := range strings.FieldsFunc(cell, isMailSeparator) {
		part = bareAddress(part)
		if at := strings.LastIndexByte(part, '@'); at >= 0 {
			part = part[:at] + strings.ToLower(part[at:])
		}
		switch {
		case isAddress(part):
			usable = append(usable, part)
		case strings.Contains(part, "@"):
			bad = append(bad, part)
		}
	}
	if usable == nil {
		return nil, []string{whole}
	}
	return usable, bad
}

func isMailSeparator(r rune) bool {
	return r == ';' || r == ',' || r == '/' || unicode.IsSpace(r)
}

// bareAddress strips what people write around an address.
func bareAddress(s string) string {
	const around = `<>"'()`
	s = strings.Trim(s, around)
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = strings.Trim(s[7:], around)
	}
	return s
}

// isAddress accepts dot-atom@label.label with a last label of letters only: the
// part of RFC 5322 that mail servers deliver, within the lengths of RFC 5321.
func isAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(s) > 254 || len(local) > 64 {
		return false
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, notAtomText) {
			return false
		}
	}
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.ContainsFunc(l, notLabelText) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && !strings.ContainsFunc(last, func(r rune) bool { return !isLetter(r) })
}

func notAtomText(r rune) bool {
	return !isLetter(r) && !isDigit(r) && !strings.ContainsRune("!#$%&'*+-=?^_`{|}~", r)
}

func notLabelText(r rune) bool {
	return !isLetter(r) && !isDigit(r) && r != '-'
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
