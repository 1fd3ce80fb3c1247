package audit

import (
	"context"
	"errors"
	"time"

	"catflap/internal/foundation/db"
)

// Last is when something was done in a practice the last time; zero if it never
// was, or nobody remembers.
func (l *Log) Last(ctx context.Context, r db.Reader, practiceID string, a Action) (time.Time, error) {
	at, err := db.One(ctx, r, func(s db.Scanner) (at time.Time, err error) { return at, s.Scan(&at) }, `
		SELECT at FROM audit WHERE practice_id = $1 AND action = $2 ORDER BY id DESC LIMIT 1`, practiceID, string(a))
	if errors.Is(err, db.ErrNone) {
		return time.Time{}, nil
	}
	return at, err
}
