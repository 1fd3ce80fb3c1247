package staff

import (
	"context"

	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
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
	Factors   *factor.Service
	Mail      *mail.Service
	// Withdraw is what else somebody who is switched off could come back with,
	// each ended in the same transaction: sign-ins under way, known devices.
	Withdraw []func(ctx context.Context, tx *db.Tx, practiceID, accountID string) error
}
