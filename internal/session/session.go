package session

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
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
	Deactivated     Reason = "deactivated"      // the account was deactivated
	ByOther         Reason = "by-administrator" // somebody who manages sessions ended it
	AccessChanged   Reason = "access-changed"   // no role is left in its branch
	OffNetwork      Reason = "network"          // the branch does not admit its address any more
	PracticeClosed  Reason = "practice-closed"  // the practice was suspended or closed
	Protected       Reason = "protected"        // its person said that it was not them
	FactorReset     Reason = "factor-reset"     // the second factor was reset for its person
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
	Kept       bool      // "Keep me signed in": pauses do not end it
	Second     string    // what proved the person besides the password, as factor.Method; "" nothing
	LockedAt   time.Time // zero unless it waits for its person's password
	EndedAt    time.Time
	EndedWhy   Reason

	BeforeAt     time.Time // the sign-in of the account before this one; zero for the first
	BeforeOn     string    // device and IP of that
	FailedBefore int       // failed tries between the two
}

// IdleAt is when it ends if nothing happens.
func (s Session) IdleAt() time.Time { return s.SeenAt.Add(s.IdleLimit) }

// Input is what a complete sign-in asks for.
type Input struct {
	Account  account.Account
	BranchID string
	Shared   bool
	Keep     bool   // "Keep me signed in" was asked for; the policy decides
	Failed   int    // tries that failed since the last sign-in
	Second   string // what proved the person besides the password
}

// Service is what can be done with sessions.
type Service struct {
	DB        *db.DB
	Clock     clock.Clock
	Audit     *audit.Log
	Practices *practice.Service
	Roles     *role.Service
	// Patience is how long the database may take to say who a token stands for.
	Patience time.Duration

	memory memory
}

// Issue makes a session in the caller's transaction and returns its token,
// which is told once and stored nowhere.
func (s *Service) Issue(ctx context.Context, tx *db.Tx, in Input) (token string, made Session, err error) {
	policy, err := s.Practices.Policy(ctx, tx, in.Account.PracticeID)
	if err != nil {
		return "", Session{}, err
	}
	now, origin := s.Clock.Now(), access.OriginFrom(ctx)
	kept := in.Keep && keeps(policy, in.Account.Kind, in.Shared)
	idle, absolute := limits(policy, in.Account.Kind, in.Shared, kept)
	token, hash := newToken()
	made = Session{
		ID: id.New(), PracticeID: in.Account.PracticeID, AccountID: in.Account.ID, BranchID: in.BranchID,
		CreatedAt: now, SeenAt: now, IdleLimit: idle, ExpiresAt: now.Add(absolute), ProvenAt: now,
		IP: origin.IP, Device: origin.Device, Shared: in.Shared, Kept: kept, Second: in.Second,
		BeforeAt: in.Account.LastSignInAt, BeforeOn: in.Account.LastSignInOn, FailedBefore: in.Failed,
	}
	return token, made, insert(ctx, tx, made, hash)
}

// keeps reports whether the policy lets such a session outlast pauses: those of
// pet parents on devices of their own.
func keeps(p practice.Policy, kind access.Kind, shared bool) bool {
	return kind == access.KindClient && !shared && p.KeepClient > 0
}

func limits(p practice.Policy, kind access.Kind, shared, kept bool) (idle, absolute time.Duration) {
	if kept && keeps(p, kind, shared) {
		return p.KeepClient.Duration(), p.KeepClient.Duration()
	}
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
