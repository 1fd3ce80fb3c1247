package pims

import (
	"slices"
	"strings"
	"unicode"
)

// Meaning is what a letter of a practice's own stands for.
type Meaning string

// The meanings. Codes about money, temper and the like mean nothing here.
const (
	MeansNothing  Meaning = "nothing"
	MeansInactive Meaning = "inactive"
	MeansOptOut   Meaning = "opt_out"  // of a client: no bulk mail
	MeansDeceased Meaning = "deceased" // of a pet
)

// Codes say what the letters mean that a practice puts beside its clients and
// pets. Letters that are not in them are listed in Export.Codes, to be asked.
type Codes struct {
	Client map[string]Meaning `json:"client,omitempty"`
	Pet    map[string]Meaning `json:"pet,omitempty"`
}

// None reports that nothing is said.
func (c Codes) None() bool { return len(c.Client) == 0 && len(c.Pet) == 0 }

// Letter is a letter of the practice's own as it stands in the files.
type Letter struct {
	About   string   `json:"about" doc:"client or pet."`
	Letter  string   `json:"letter"`
	Rows    int      `json:"rows" doc:"That have it."`
	Samples []string `json:"samples,omitempty" doc:"Some of whom it is said."`
	Meaning Meaning  `json:"meaning,omitempty" doc:"As it was chosen."` // "" must be asked
}

const letterSamples = 5

// letters are the codes seen so far.
type letters struct{ all []Letter }

func (l *letters) see(about, letter, who string, m Meaning) {
	i := slices.IndexFunc(l.all, func(s Letter) bool { return s.About == about && s.Letter == letter })
	if i < 0 {
		l.all = append(l.all, Letter{About: about, Letter: letter, Meaning: m})
		i = len(l.all) - 1
	}
	s := &l.all[i]
	if s.Rows++; len(s.Samples) < letterSamples && who != "" && !slices.Contains(s.Samples, who) {
		s.Samples = append(s.Samples, who)
	}
}

// splitLetters gives the letters of a cell, each once: "is", "i s" and "i,s" are
// the same two.
func splitLetters(text string) []string {
	var all []string
	for _, r := range text {
		if unicode.IsSpace(r) || unicode.IsPunct(r) {
			continue
		}
		if s := string(r); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// check refuses meanings that do not exist.
func (c Codes) valid() bool {
	fit := func(m map[string]Meaning, allowed ...Meaning) bool {
		for letter, meaning := range m {
			if strings.TrimSpace(letter) == "" || !slices.Contains(allowed, meaning) {
				return false
			}
		}
		return true
	}
	return fit(c.Client, MeansNothing, MeansInactive, MeansOptOut) && fit(c.Pet, MeansNothing, MeansInactive, MeansDeceased)
}

// codes reads a cell of letters. Each is noted for the report only when its row
// is accepted.
func (r *row) codes(about, column, who string, known map[string]Meaning) map[Meaning]bool {
	said := map[Meaning]bool{}
	for _, letter := range splitLetters(r.text(column)) {
		m := known[letter]
		said[m] = true
		r.letters = append(r.letters, Letter{About: about, Letter: letter, Meaning: m, Samples: []string{who}})
	}
	return said
}
