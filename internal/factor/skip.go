package factor

import (
	"context"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
)

// SkipLife is how long a granted skip waits for its sign-in.
const SkipLife = 24 * time.Hour

// Skip is one sign-in without the second factor, granted to somebody who lost
// it.
type Skip struct {
	ID        string
	GrantedBy string // account
	Granter   string // how that account was called
	Reason    string
	GrantedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time
}

// Works reports whether a sign-in can still use it.
func (s Skip) Works(now time.Time) bool {
	return s.ID != "" && s.UsedAt.IsZero() && now.Before(s.ExpiresAt)
}

// StandsIn reports whether a sign-in that begins now can use it in place of what
// the account has: not of a factor that was set up after it was granted.
func (s Skip) StandsIn(second Second, now time.Time) bool {
	return s.Works(now) && !second.AuthenticatorAt.After(s.GrantedAt) && !second.EmailSince.After(s.GrantedAt)
}

// GrantSkip stores a skip in place of a former one, in the caller's transaction,
// which has checked who grants it, records it and tells of it.
func (s *Service) GrantSkip(ctx context.Context, tx *db.Tx, a account.Account, reason string) (Skip, error) {
	v, now := access.ViewerFrom(ctx), s.Clock.Now()
	g := Skip{ID: id.New(), GrantedBy: v.ActorID(), Granter: v.Name, Reason: reason, GrantedAt: now, ExpiresAt: now.Add(SkipLife)}
	if _, err := tx.Exec(ctx, `DELETE FROM factor_skip WHERE practice_id = $1 AND account_id = $2`, a.PracticeID, a.ID); err != nil {
		return g, err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO factor_skip (account_id, practice_id, id, granted_by, granter, reason, granted_at, expires_at)
		VALUES ($2, $1, $3, $4, $5, $6, $7, $8)`, a.PracticeID, a.ID, g.ID, g.GrantedBy, g.Granter, g.Reason, g.GrantedAt, g.ExpiresAt)
	return g, err
}

// SkipOf reads the skip of an account, used or not; zero when there is none.
func (s *Service) SkipOf(ctx context.Context, r db.Reader, practiceID, accountID string) (Skip, error) {
	g, err := db.One(ctx, r, func(sc db.Scanner) (g Skip, err error) {
		return g, sc.Scan(&g.ID, &g.GrantedBy, &g.Granter, &g.Reason, &g.GrantedAt, &g.ExpiresAt, &g.UsedAt)
	}, `
		SELECT id, granted_by, granter, reason, granted_at, expires_at, used_at FROM factor_skip
		WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
	if errors.Is(err, db.ErrNone) {
		return Skip{}, nil
	}
	return g, err
}

// HoldSkip reports whether a skip stands in for what its account has, with the
// account held until the end of the transaction.
func (s *Service) HoldSkip(ctx context.Context, tx *db.Tx, a account.Account, skipID string) (bool, error) {
	second, _, err := s.heldSecond(ctx, tx, a)
	if err != nil {
		return false, err
	}
	g, err := s.SkipOf(ctx, tx, a.PracticeID, a.ID)
	return g.ID == skipID && g.StandsIn(second, s.Clock.Now()), err
}

// EndSkip takes a skip back that was not used; false when none waits.
func (s *Service) EndSkip(ctx context.Context, tx *db.Tx, practiceID, accountID string) (bool, error) {
	n, err := tx.Exec(ctx, `
		DELETE FROM factor_skip WHERE practice_id = $1 AND account_id = $2 AND used_at IS NULL AND expires_at > $3`,
		practiceID, accountID, s.Clock.Now())
	return n == 1, err
}

// UseSkip uses a skip up; of several sign-ins at once one has it.
func (s *Service) UseSkip(ctx context.Context, tx *db.Tx, practiceID, accountID, skipID string) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE factor_skip SET used_at = $4
		WHERE practice_id = $1 AND account_id = $2 AND id = $3 AND used_at IS NULL AND expires_at > $4`,
		practiceID, accountID, skipID, s.Clock.Now())
	return n == 1, err
}
