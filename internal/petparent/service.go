package petparent

import (
	"context"

	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/device"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
	"catflap/internal/session"
)

// ErrNotFound answers for a pet parent that is not the practice's.
var ErrNotFound = fault.New(fault.NotFound, "pet-parent-not-found",
	"This pet parent is not here. Go back to the list and search again.")

// ErrNoLogin answers for a pet parent who has no login.
var ErrNoLogin = fault.New(fault.Conflict, "login-missing",
	"This pet parent has no login yet. Create one with the button on the System Login line of their page, or for everybody under Logins for all.")

// ErrPetNotFound answers for a pet that is not of the household, or not any more.
var ErrPetNotFound = fault.New(fault.NotFound, "pet-not-found",
	"This pet is not on the list any more. Go back, look at the pets as they are now and choose again.")

// Service is what can be done with pet parents.
type Service struct {
	DB    *db.DB
	Clock clock.Clock
	Audit *audit.Log
	// Region is the country (ISO 3166-1 alpha-2) of phone numbers typed without
	// a country code by people who have no other number; empty: such numbers
	// are kept as typed.
	Region string

	// What goes with a login that is deleted, and with a record that is merged or
	// erased.
	Ring     *secret.Ring
	Accounts *account.Service
	Sessions *session.Service
	Devices  *device.Service
	Factors  *factor.Service
	Mail     *mail.Service
	// ForgetLogin deletes what capabilities above this one keep of an account.
	ForgetLogin func(ctx context.Context, tx *db.Tx, practiceID, accountID string) error
}
