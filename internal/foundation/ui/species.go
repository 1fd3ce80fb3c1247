package ui

import (
	"net/http"
	"slices"
)

// species are the kinds of animal that have a picture; all else is "other".
var species = []string{"dog", "cat", "rabbit", "bird", "guinea_pig", "hamster", "ferret", "horse", "goat", "reptile"}

// speciesKey is what a kind of animal is called in the catalogue.
func speciesKey(kind string) string { return "ui.species." + kind }

type speciesData struct {
	Icon, Label, Died string
}

func newSpecies(v View, kind string, deceased ...bool) (speciesData, error) {
	if !slices.Contains(species, kind) {
		kind = "other"
	}
	label, err := v.T(speciesKey(kind))
	s := speciesData{Icon: kind, Label: label}
	if err == nil && len(deceased) > 0 && deceased[0] {
		s.Died, err = v.T("ui.species.deceased")
	}
	return s, err
}

// SpeciesLabel is a kind of animal as people call it, in the language of the
// answer.
func (u *UI) SpeciesLabel(r *http.Request, kind string) string { return u.Text(r, speciesKey(kind)) }

// SpeciesChoices offers kinds of animal for a field; the first, with an empty
// value, stands for one that nobody knows.
func (u *UI) SpeciesChoices(r *http.Request, kinds []string) []Choice {
	all := []Choice{{Label: u.Text(r, "ui.species.unknown")}}
	for _, kind := range kinds {
		all = append(all, Choice{Value: kind, Label: u.SpeciesLabel(r, kind)})
	}
	return all
}
