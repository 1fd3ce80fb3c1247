// Package plan knows what a practice can buy: plans and the features in them.
// It owns no tables; which plan a practice has stands with the practice.
package plan

import "slices"

// Feature is one thing that a plan includes and a branch may switch off.
type Feature string

// The features.
const (
	PetApp    Feature = "pet_app"   // logins for pet parents
	Import    Feature = "import"    // import from the practice system
	Marketing Feature = "marketing" // e-mail to many
)

// Plan is what a practice has bought.
type Plan struct {
	Key      string // stable word, stored with the practice
	Name     string
	Features []Feature
}

// Includes reports whether the plan has the feature.
func (p Plan) Includes(f Feature) bool { return slices.Contains(p.Features, f) }

// All lists the plans, smallest first.
func All() []Plan {
	return []Plan{
		{Key: "basic", Name: "Basic", Features: []Feature{PetApp}},
		{Key: "standard", Name: "Standard", Features: []Feature{PetApp, Import}},
		{Key: "complete", Name: "Complete", Features: []Feature{PetApp, Import, Marketing}},
	}
}

// Find returns the plan with the key.
func Find(key string) (Plan, bool) {
	for _, p := range All() {
		if p.Key == key {
			return p, true
		}
	}
	return Plan{}, false
}
