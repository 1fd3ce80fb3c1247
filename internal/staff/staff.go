package staff

import (
	"context"

	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/device"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/job"
	"catflap/internal/mail"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/session"
)

// Service is what can be done with staff.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Audit     *audit.Log
	Practices *practice.Service
	Accounts  *account.Service
	Roles     *role.Service
	Sessions  *session.Service
	Devices   *device.Service
	Factors   *factor.Service
	Mail      *mail.Service
	Jobs      *job.Queue
	LoginURL  func(slug string) string // absolute, from the public URL
	// EndPending ends the sign-ins under way of an account, which are signin's.
	EndPending func(ctx context.Context, tx *db.Tx, practiceID, accountID string) error
}
