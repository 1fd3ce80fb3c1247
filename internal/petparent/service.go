package petparent

import (
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// ErrNotFound answers for a pet parent that is not the practice's.
var ErrNotFound = fault.New(fault.NotFound, "pet-parent-not-found",
	"This pet parent is not here. Go back to the list and search again.")

// Service is what can be done with pet parents.
type Service struct {
	DB    *db.DB
	Clock clock.Clock
	Audit *audit.Log
	// Region is the country (ISO 3166-1 alpha-2) of phone numbers typed without
	// a country code by people who have no other number; empty: such numbers
	// are kept as typed.
	Region string
}
