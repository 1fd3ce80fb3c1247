package account

import (
	"strings"
	"unicode/utf8"
)

// Masked is an e-mail address that its owner recognises and nobody else learns:
// "m•••@example.com". What is no address is hidden altogether.
func Masked(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return "•••"
	}
	_, first := utf8.DecodeRuneInString(address)
	return address[:first] + "•••" + address[at:]
}
