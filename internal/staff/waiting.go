package staff

import (
	"context"
	"time"

	"catflap/internal/foundation/db"
)

// Waiting is what somebody who manages staff should know of.
type Waiting struct {
	Invited int // have not accepted their invitation
	Leaving int // are deactivated before long
}

// Waiting counts in the practice, of those who work in the branch ("" counts
// everybody). Leaving are those who leave before the given time.
func (s *Service) Waiting(ctx context.Context, practiceID, branchID string, before time.Time) (Waiting, error) {
	scan := func(sc db.Scanner) (w Waiting, err error) { return w, sc.Scan(&w.Invited, &w.Leaving) }
	return db.One(ctx, s.DB, scan, `
		SELECT count(*) FILTER (WHERE a.onboarded_at IS NULL), count(*) FILTER (WHERE a.leaves_at < $3)
		FROM account a
		WHERE a.practice_id = $1 AND a.kind = 'staff' AND a.active
			AND (a.onboarded_at IS NULL OR a.leaves_at < $3)
			AND ($2 = '' OR EXISTS (
				SELECT 1 FROM role_grant g
				WHERE g.practice_id = a.practice_id AND g.account_id = a.id AND g.branch_id IN ('', $2)))`,
		practiceID, branchID, before)
}
