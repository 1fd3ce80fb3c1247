package session

import (
	"context"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
	"catflap/internal/practice"
	"catflap/internal/role"
)

// TokenPrefix begins every session token, so that a bearer header tells what
// it carries.
const TokenPrefix = "cfs_"

// ProofLife is how long a complete sign-in or a step-up counts.
const ProofLife = 5 * time.Minute

// touchEvery limits how often real use is written down. The idle limit is at
// least a minute, so what is lost of it stays small.
const touchEvery = 10 * time.Second

// Reason says why a session ended.
type Reason string

// The reasons.
const (
	SignedOut       Reason = "signed-out"       // by its own person, in place
	Idle            Reason = "idle"             // nothing happened for too long
	Expired         Reason = "expired"          // reached its absolute limit
	Ended           Reason = "ended"            // by its own person, from elsewhere
	Replaced        Reason = "replaced"         // another sign-in in the same browser
	PasswordChanged Reason = "password-changed" // all others end with the old password
	Deactivated     Reason = "deactivated"      // the account was switched off
)

// Session is one signed-in browser or program.
type Session struct {
	ID         string
	PracticeID string
	AccountID  string
	BranchID   string
	CreatedAt  time.Time
	SeenAt     time.Time
	IdleLimit  time.Duration
	ExpiresAt  time.Time
	ProvenAt   time.Time
	IP         string
	Device     string
	Shared     bool
	EndedAt    time.Time
	EndedWhy   Reason
}

// IdleAt is when it ends if nothing happens.
func (s Session) IdleAt() time.Time { return s.SeenAt.Add(s.IdleLimit) }

// Input is what a complete sign-in asks for.
type Input struct {
	Account  account.Account
	BranchID string
	Shared   bool
}

// The answers to a token that does not (any more) stand for a session.
var (
	ErrNone    = fault.New(fault.SignedOut, "signed-out", "You are not signed in. Sign in to go on.")
	ErrIdle    = fault.New(fault.SignedOut, "session-idle", "You were signed out because nothing happened for a while. Sign in to go on where you were.")
	ErrExpired = fault.New(fault.SignedOut, "session-expired", "You had been signed in for a long time, so you were signed out. Sign in to go on where you were.")
	ErrEnded   = fault.New(fault.SignedOut, "session-ended", "This session was ended. Sign in to go on.")
)

// Service is what can be done with sessions.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Audit     *audit.Log
	Practices *practice.Service
	Roles     *role.Service
}

// Issue makes a session in the caller's transaction and returns its token,
// which is told once and stored nowhere.
func (s *Service) Issue(ctx context.Context, tx *db.Tx, in Input) (token string, made Session, err error) {
	policy, err := s.Practices.Policy(ctx, tx, in.Account.PracticeID)
	if err != nil {
		return "", Session{}, err
	}
	now, origin := s.Clock.Now(), access.OriginFrom(ctx)
	idle, absolute := limits(policy, in.Account.Kind, in.Shared)
	token, hash := newToken()
	made = Session{
		ID: id.New(), PracticeID: in.Account.PracticeID, AccountID: in.Account.ID, BranchID: in.BranchID,
		CreatedAt: now, SeenAt: now, IdleLimit: idle, ExpiresAt: now.Add(absolute), ProvenAt: now,
		IP: origin.IP, Device: origin.Device, Shared: in.Shared,
	}
	return token, made, insert(ctx, tx, made, hash)
}

func limits(p practice.Policy, kind access.Kind, shared bool) (idle, absolute time.Duration) {
	idle, absolute = p.IdleStaff.Duration(), p.AbsoluteStaff.Duration()
	if kind == access.KindClient {
		idle, absolute = p.IdleClient.Duration(), p.AbsoluteClient.Duration()
	}
	if shared {
		idle = min(idle, p.IdleShared.Duration())
	}
	return idle, absolute
}

func newToken() (token string, hash []byte) {
	t, _ := secret.NewToken()
	token = TokenPrefix + t
	return token, secret.HashToken(token)
}

// Identify is who a token stands for at this moment. Passive requests do not
// move the idle clock.
func (s *Service) Identify(ctx context.Context, token string, passive bool) (access.Viewer, error) {
	now := s.Clock.Now()
	row, err := db.One(ctx, s.DB, scanIdentity, selectIdentity, secret.HashToken(token))
	if errors.Is(err, db.ErrNone) {
		return access.Viewer{}, ErrNone
	}
	if err != nil {
		return access.Viewer{}, err
	}
	if err := row.session.alive(now); err != nil {
		return access.Viewer{}, err
	}
	if !row.accountActive || row.viewer.Practice.Suspended {
		return access.Viewer{}, ErrEnded
	}
	v := row.viewer
	v.SessionID, v.SharedDevice = row.session.ID, row.session.Shared
	v.ProvenUntil, v.ExpiresAt = row.session.ProvenAt.Add(ProofLife), row.session.ExpiresAt
	if v.Kind == access.KindStaff {
		held, err := s.Roles.HeldBy(ctx, s.DB, v.PracticeID, v.AccountID)
		if err != nil {
			return access.Viewer{}, err
		}
		names, permissions := role.In(held, v.Branch.ID)
		if len(names) == 0 { // the last role in this branch was taken away
			return access.Viewer{}, ErrEnded
		}
		v.Roles = names
		v = v.WithPermissions(permissions)
	}
	if !passive && now.Sub(row.session.SeenAt) >= touchEvery {
		if err := s.touch(ctx, row.session, now); err != nil {
			return access.Viewer{}, err
		}
		row.session.SeenAt = now
	}
	v.IdleAt = row.session.IdleAt()
	return v, nil
}

func (s Session) alive(now time.Time) error {
	switch {
	case s.EndedWhy == Idle:
		return ErrIdle
	case s.EndedWhy == Expired:
		return ErrExpired
	case !s.EndedAt.IsZero():
		return ErrEnded
	case !now.Before(s.ExpiresAt):
		return ErrExpired
	case !now.Before(s.IdleAt()):
		return ErrIdle
	}
	return nil
}

// StepUp remembers a fresh proof and, as with every change of level, gives the
// session a new token; the old one is void at once.
func (s *Service) StepUp(ctx context.Context, tx *db.Tx, practiceID, sessionID string) (token string, err error) {
	token, hash := newToken()
	n, err := tx.Exec(ctx, `
		UPDATE session SET token_hash = $3, proven_at = $4, seen_at = $4
		WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL`, practiceID, sessionID, hash, s.Clock.Now())
	if err == nil && n == 0 {
		return "", ErrEnded
	}
	return token, err
}
