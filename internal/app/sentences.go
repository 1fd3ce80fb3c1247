package app

import (
	_ "embed" // the list
	"strings"
)

// petParentSentences is what the program says of pet parents in words that are
// not on a page, one sentence a line, with {} for each part that changes. A
// practice that speaks of clients reads exactly these in other words, and
// nothing that people typed. The test that compares it with the sources writes
// it anew with -update.
//
//go:embed sentences.txt
var petParentSentences string

func sentencesOfPetParents() []string {
	return strings.Split(strings.TrimSpace(petParentSentences), "\n")
}
