// Package plan knows what a practice can buy: plans and the features in them.
// It owns no tables; which plan a practice has stands with the practice.
package plan

import (
	"slices"

	"catflap/internal/access"
)

// Plan is what a practice has bought.
type Plan struct {
	Key      string // stable word, stored with the practice
	Name     string
	Features []access.Feature
}

// Includes reports whether the plan has the feature.
func (p Plan) Includes(f access.Feature) bool { return slices.Contains(p.Features, f) }

// All lists the plans, smallest first.
func All() []Plan {
	return []Plan{
		{Key: "basic", Name: "Basic", Features: []access.Feature{access.PetApp}},
		{Key: "standard", Name: "Standard", Features: []access.Feature{access.PetApp, access.Import}},
		{Key: "complete", Name: "Complete", Features: []access.Feature{access.PetApp, access.Import, access.Marketing}},
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
