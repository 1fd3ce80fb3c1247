package ui

import "strings"

// Dial keeps of a telephone number what may stand in its address (RFC 3966); a
// text with letters is not a number that can be dialled and gives "".
func Dial(phone string) string {
	number := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -()./\u00a0", r) {
			return -1
		}
		return r
	}, phone)
	if number == "" || strings.Trim(number, "+0123456789") != "" {
		return ""
	}
	return number
}
