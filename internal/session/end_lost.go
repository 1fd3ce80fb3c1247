package session

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/practice"
	"catflap/internal/role"
)

// EndOutside ends the open sessions in a branch that its network does not admit
// any more, and tells how many.
func (s *Service) EndOutside(ctx context.Context, tx *db.Tx, b practice.Branch) (n int, err error) {
	open, err := db.All(ctx, tx, scanSession, `SELECT `+sessionColumns+`
		FROM session s WHERE s.practice_id = $1 AND s.branch_id = $2 AND s.ended_at IS NULL ORDER BY s.id`, b.PracticeID, b.ID)
	if err != nil {
		return 0, err
	}
	for _, o := range open {
		if !outside(ctx, b, o) {
			continue
		}
		ended, err := s.end(ctx, tx, o.PracticeID, o.AccountID, o.ID, OffNetwork)
		if err != nil {
			return n, err
		}
		if ended {
			n++
		}
	}
	return n, nil
}

// EndPractice ends every session of a practice that is suspended or closed.
func (s *Service) EndPractice(ctx context.Context, tx *db.Tx, practiceID string) (int64, error) {
	n, err := tx.Exec(ctx, `
		UPDATE session SET ended_at = $2, ended_reason = $3 WHERE practice_id = $1 AND ended_at IS NULL`,
		practiceID, s.Clock.Now(), string(PracticeClosed))
	tx.Announce(access.PracticeTopic(practiceID))
	return n, err
}

// EndLost ends the open sessions of an account in branches where it has no role
// any more, in the transaction that took the roles away.
func (s *Service) EndLost(ctx context.Context, tx *db.Tx, a account.Account) error {
	held, err := s.Roles.HeldBy(ctx, tx, a.PracticeID, a.ID)
	if err != nil {
		return err
	}
	v := access.Viewer{}.Holding(role.Access(held))
	open, err := db.All(ctx, tx, scanListed, selectListed, a.PracticeID, a.ID)
	if err != nil {
		return err
	}
	for _, o := range open {
		if v.InBranch(o.BranchID) {
			continue
		}
		if _, err := s.end(ctx, tx, a.PracticeID, a.ID, o.ID, AccessChanged); err != nil {
			return err
		}
	}
	return nil
}
