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

// ErrPetNotFound answers for a pet that is not the person's, or not any more.
var ErrPetNotFound = fault.New(fault.NotFound, "pet-not-found",
	"This pet is not on your list any more. Go back and look at the list as it is now.")

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
