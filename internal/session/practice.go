package session

import (
	"context"
	"errors"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/practice"
	"catflap/internal/role"
)

// OfPractice is an open session with whose it is.
type OfPractice struct {
	Listed
	Name    string
	LoginID string
	Kind    access.Kind
}

// ListPractice reads open sessions of a practice, the one used last first, at
// most limit, of those branches that are admitted ("" are clients).
func (s *Service) ListPractice(ctx context.Context, practiceID string, admitted func(branchID string) bool, limit int) ([]OfPractice, error) {
	now := s.Clock.Now()
	all, err := db.All(ctx, s.DB, scanOfPractice, selectOfPractice, practiceID, now, limit)
	if err != nil {
		return nil, err
	}
	open := all[:0]
	for _, o := range all {
		if admitted(o.BranchID) {
			open = append(open, o)
		}
	}
	return open, nil
}

// Get reads an open session of the practice; ErrNotFound otherwise.
func (s *Service) Get(ctx context.Context, r db.Reader, practiceID, sessionID string) (Session, error) {
	o, err := db.One(ctx, r, scanSession, `SELECT `+sessionColumns+`
		FROM session s WHERE s.practice_id = $1 AND s.id = $2 AND s.ended_at IS NULL`, practiceID, sessionID)
	if err != nil {
		return o, orNotFound(err)
	}
	if o.alive(s.Clock.Now()) != nil {
		return Session{}, ErrNotFound
	}
	return o, nil
}

// EndByOther ends somebody else's session, in the caller's transaction. Whether
// the viewer may is the caller's to check, by the session's own branch.
func (s *Service) EndByOther(ctx context.Context, tx *db.Tx, o Session) error {
	ended, err := s.end(ctx, tx, o.PracticeID, o.AccountID, o.ID, ByOther)
	if err == nil && !ended {
		return ErrNotFound
	}
	return err
}

// EndOutside ends the open sessions in a branch that its network does not admit
// any more, and tells how many.
func (s *Service) EndOutside(ctx context.Context, tx *db.Tx, b practice.Branch) (n int, err error) {
	open, err := db.All(ctx, tx, scanSession, `SELECT `+sessionColumns+`
		FROM session s WHERE s.practice_id = $1 AND s.branch_id = $2 AND s.ended_at IS NULL ORDER BY s.id`, b.PracticeID, b.ID)
	if err != nil {
		return 0, err
	}
	for _, o := range open {
		if b.Network.Admits(o.IP) {
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

func orNotFound(err error) error {
	if errors.Is(err, db.ErrNone) {
		return ErrNotFound
	}
	return err
}
