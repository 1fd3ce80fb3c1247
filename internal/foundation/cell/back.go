package cell

import "strings"

// Back is the text that Harmless made harmless.
func Back(safe string) string {
	if strings.IndexByte(safe, '\'') < 0 {
		return safe
	}
	var b strings.Builder
	begins := true
	for _, r := range safe {
		if begins && r == '\'' {
			begins = false
			continue
		}
		b.WriteRune(r)
		begins = strings.ContainsRune(ends, r)
	}
	return b.String()
}
