package passwordlist

import (
	"crypto/sha256"
	_ "embed"
	"sort"
	"strings"

	"golang.org/x/text/unicode/norm"
)

//go:generate go run ./generate -out generated/list.bin -words zxcvbn/src/passwords.json -all seclists/data/passwords.txt.gz

// list is the marks of all passwords, in order, without anything between them.
//
//go:embed generated/list.bin
var list string

// markSize is how many bytes of the SHA-256 are kept.
const markSize = 6

// Shortest is how many characters the shortest password of the list has.
const Shortest = 4

// Size is how many passwords the list has.
func Size() int { return len(list) / markSize }

// Fold is the form in which passwords are compared: NFKC in lower case.
func Fold(password string) string { return strings.ToLower(norm.NFKC.String(password)) }

// Mark is what the list keeps of a folded password.
func Mark(folded string) string {
	sum := sha256.Sum256([]byte(folded))
	return string(sum[:markSize])
}

// Has reports whether a folded password is on the list.
func Has(folded string) bool {
	if len(folded) < Shortest {
		return false
	}
	mark := Mark(folded)
	n := Size()
	i := sort.Search(n, func(i int) bool { return list[i*markSize:(i+1)*markSize] >= mark })
	return i < n && list[i*markSize:(i+1)*markSize] == mark
}
