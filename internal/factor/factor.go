package factor

import (
	"context"

	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
	"catflap/internal/mail"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/session"
)

// Service is what can be done with proofs.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Audit    *audit.Log
	Ring     *secret.Ring
	Hasher   *secret.Hasher
	Throttle *throttle.Limiter
	Mail     *mail.Service

	Practices *practice.Service
	Roles     *role.Service
	Accounts  *account.Service
	Sessions  *session.Service
	Known     KnownNames
	// ForgetDevices makes the devices of an account unknown on which it does not
	// act at this moment; they are device's.
	ForgetDevices func(ctx context.Context, tx *db.Tx, practiceID, accountID string) error
}
