package device

import (
	"context"
	"time"

	"catflap/internal/foundation/db"
)

// Known is a device in which an account signed in.
type Known struct {
	Program bool // recognised by its name and network; browsers by a cookie
	FirstAt time.Time
	LastAt  time.Time
}

// KnownOf lists the devices that are known for an account, the last used one first.
func (s *Service) KnownOf(ctx context.Context, r db.Reader, practiceID, accountID string) ([]Known, error) {
	scan := func(sc db.Scanner) (k Known, err error) { return k, sc.Scan(&k.Program, &k.FirstAt, &k.LastAt) }
	return db.All(ctx, r, scan, `
		SELECT length(token_hash) < $4, first_at, last_at FROM known_device
		WHERE practice_id = $1 AND account_id = $2 AND last_at > $3 ORDER BY last_at DESC, first_at`,
		practiceID, accountID, s.Clock.Now().Add(-Life), browserHash)
}
