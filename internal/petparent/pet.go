package petparent

import (
	"slices"
	"strconv"
	"time"

	"catflap/internal/audit"
)

// Pet is an animal of one or more households.
type Pet struct {
	ID         string
	PracticeID string
	System     string
	ExternalID string
	Name       string
	Species    string // one of Species, "" when unknown
	Breed      string
	Sex        string // "", "male" or "female"
	Neutered   *bool  // nil when unknown
	BornOn     string // YYYY-MM-DD or ""
	Deceased   bool
	DiedOn     string // YYYY-MM-DD or ""
	Inactive   bool
	Deleted    bool
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Species lists the kinds of animal that are told apart, in the order in which
// people choose.
func Species() []string {
	return []string{"dog", "cat", "rabbit", "guinea_pig", "hamster", "ferret", "bird", "horse", "goat", "reptile", "other"}
}

// Icon names the picture for the pet's species; "paw" when it is unknown.
func (p Pet) Icon() string { return icon(p.Species) }

func icon(species string) string {
	if species == "other" || !slices.Contains(Species(), species) {
		return "paw"
	}
	return species
}

func (p Pet) target() audit.Target { return audit.Target{Kind: "pet", ID: p.ID, Name: p.Name} }

// changes lists what differs between two states of one pet.
func (p Pet) changes(to Pet) []audit.Change {
	var c []audit.Change
	c = audit.Diff(c, FieldName, p.Name, to.Name)
	c = audit.Diff(c, FieldSpecies, p.Species, to.Species)
	c = audit.Diff(c, FieldBreed, p.Breed, to.Breed)
	c = audit.Diff(c, FieldSex, p.Sex, to.Sex)
	c = audit.Diff(c, FieldNeutered, optional(p.Neutered), optional(to.Neutered))
	c = audit.Diff(c, FieldBornOn, p.BornOn, to.BornOn)
	c = audit.Diff(c, FieldDeceased, strconv.FormatBool(p.Deceased), strconv.FormatBool(to.Deceased))
	c = audit.Diff(c, FieldDiedOn, p.DiedOn, to.DiedOn)
	c = audit.Diff(c, FieldInactive, strconv.FormatBool(p.Inactive), strconv.FormatBool(to.Inactive))
	return audit.Diff(c, "deleted", strconv.FormatBool(p.Deleted), strconv.FormatBool(to.Deleted))
}

func optional(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}
