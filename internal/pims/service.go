package pims

import (
	"sync"

	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/job"
	"catflap/internal/foundation/secret"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// What an import can be refused with.
var (
	// ErrNotFound answers for an import that is not the practice's.
	ErrNotFound = fault.New(fault.NotFound, "import-not-found",
		"This import is not here. Go back to the list of imports.")
	// ErrNotInPlan answers where the practice has not bought imports.
	ErrNotInPlan = fault.New(fault.Forbidden, "feature-not-in-plan",
		"Imports are not part of your practice's plan. Ask your Catflap provider to change the plan.")
	// ErrStarted answers whoever starts an import that was started already, or is over.
	ErrStarted = fault.New(fault.Conflict, "import-already-started",
		"This import has been started already, or it is over. Open its page to see where it stands.")
	// ErrReading answers whoever starts an import while its files are being read.
	ErrReading = fault.New(fault.Conflict, "import-being-read",
		"The files of this import are being read. Wait a moment, open its page again, and run it then.")
	// ErrAsks answers whoever starts an import before everything is chosen.
	ErrAsks = fault.New(fault.Conflict, "import-asks",
		"Something in these files has to be chosen first. Open the import, answer what it asks, and run it then.")
	// ErrRejects answers whoever starts an import with rejected rows without having
	// said that they may be left out.
	ErrRejects = fault.New(fault.Conflict, "import-has-rejected-rows",
		"Some rows cannot be read, so nothing was imported. Correct them and upload again, or choose \"Import the good rows and leave these out\".")
	// ErrOther answers whoever starts an import beside another one.
	ErrOther = fault.New(fault.Conflict, "import-running",
		"Another import of this practice is running. Wait until it is finished, then run this one.")
	// ErrOver answers whoever cancels an import that is over.
	ErrOver = fault.New(fault.Conflict, "import-over",
		"This import is over, so there is nothing left to cancel.")
)

// Service brings client lists into the database.
type Service struct {
	DB         *db.DB
	Clock      clock.Clock
	Audit      *audit.Log
	Jobs       *job.Queue
	Practices  *practice.Service
	PetParents *petparent.Service
	Ring       *secret.Ring
	Onboarding *onboarding.Service // creates logins after an import, where the practice wants that
	Country    string              // ISO 3166 code of phone numbers without one; "" keeps those as written

	// reading lets one upload at a time have its export in memory.
	reading sync.Mutex
}
