package privacy

import (
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/campaign"
	"catflap/internal/device"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/pims"
	"catflap/internal/practice"
	"catflap/internal/session"
)

// Service is what is done with everything that is stored of one pet parent.
type Service struct {
	DB         *db.DB
	Clock      clock.Clock
	Audit      *audit.Log
	Jobs       *job.Queue
	Practices  *practice.Service
	Accounts   *account.Service
	Sessions   *session.Service
	Factors    *factor.Service
	Devices    *device.Service
	Mail       *mail.Service
	PetParents *petparent.Service
	Onboarding *onboarding.Service
	Imports    *pims.Service
	Campaigns  *campaign.Service
}
