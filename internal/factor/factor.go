package factor

import (
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
	"catflap/internal/mail"
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
}
