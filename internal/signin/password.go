package signin

import (
	"context"
	"errors"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
)

// maximumLogin bounds what is folded, hashed and stored of a typed login ID.
const maximumLogin = 254

// Input is what the login page sends.
type Input struct {
	Login      string
	Password   secret.Text
	Shared     bool
	ReturnPath string // a local path, checked by the caller
}

// candidate is what is known before the proof is looked at.
type candidate struct {
	account   account.Account // zero for an unknown login ID
	hash      string
	temporary factor.Temporary
	reserved  bool // a try of the temporary password was taken
	key       throttle.Key
}

// Start looks at login ID and password. Every combination that does not match
// costs one Argon2 run and is answered with ErrRefused. practice is the zero
// Practice for the platform's own sign-in.
func (s *Service) Start(ctx context.Context, practice access.Practice, in Input) (Outcome, error) {
	c, err := s.candidate(ctx, practice, in)
	if err != nil {
		return Outcome{}, err
	}
	if err := s.reserve(ctx, &c, in); err != nil {
		if errors.Is(err, throttle.ErrDelayed) {
			return Outcome{}, errors.Join(err, s.record(ctx, practice, c, "throttled"))
		}
		return Outcome{}, err
	}
	match, stale, err := s.compare(ctx, c, in)
	if err != nil {
		return Outcome{}, err
	}
	if cause := s.cause(c, practice, match); cause != "" {
		return Outcome{}, s.refuse(ctx, practice, c, cause)
	}
	rehashed := ""
	if stale {
		if rehashed, err = s.Factors.HashPassword(ctx, in.Password.Reveal()); err != nil {
			return Outcome{}, err
		}
	}
	var out Outcome
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		out, err = s.admit(ctx, tx, c, in, rehashed)
		return err
	})
	if errors.Is(err, ErrNoBranch) {
		return Outcome{}, errors.Join(err, s.record(ctx, practice, c, "no-branch"))
	}
	return out, err
}

func (s *Service) candidate(ctx context.Context, practice access.Practice, in Input) (candidate, error) {
	var c candidate
	login := in.Login
	if len(login) > maximumLogin {
		login = login[:maximumLogin]
	}
	a, err := s.Accounts.ByLogin(ctx, s.DB, practice.ID, login)
	switch {
	case errors.Is(err, account.ErrNotFound):
	case err != nil:
		return c, err
	default:
		c.account = a
		if c.hash, err = s.Factors.PasswordHash(ctx, s.DB, practice.ID, a.ID); err != nil {
			return c, err
		}
		if a.Kind == access.KindClient && !a.Onboarded() {
			if c.temporary, err = s.Factors.TemporaryOf(ctx, s.DB, practice.ID, a.ID); err != nil {
				return c, err
			}
		}
	}
	c.key = throttle.Key{
		PracticeID: practice.ID, Factor: "password",
		Subject: s.Factors.SubjectOf(practice.ID, c.account.ID, account.Key(login)),
	}
	return c, nil
}

// reserve counts the try as failed before anything is compared.
func (s *Service) reserve(ctx context.Context, c *candidate, in Input) error {
	return s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if err = s.Throttle.Reserve(ctx, tx, c.key); err != nil {
			return err
		}
		c.reserved, err = s.Factors.ReserveTemporaryTry(ctx, tx, c.temporary, in.Password.Reveal())
		return err
	})
}

func (s *Service) compare(ctx context.Context, c candidate, in Input) (match, stale bool, err error) {
	if c.reserved {
		match, err = s.Factors.MatchTemporary(ctx, c.temporary, in.Password.Reveal())
		return match, false, err
	}
	return s.Factors.Hasher.Verify(ctx, c.hash, in.Password.Reveal())
}

// cause is the exact reason of a refusal, for the record only; "" admits.
func (s *Service) cause(c candidate, practice access.Practice, match bool) string {
	t, now := c.temporary, s.Clock.Now()
	switch {
	case c.account.ID == "":
		return "unknown-login"
	case !match && t.ID != "" && !t.BurntAt.IsZero():
		return "temporary-password-burnt"
	case !match && t.ID != "" && t.Expired(now):
		return "temporary-password-expired"
	case !match && t.ID != "":
		return "wrong-temporary-password"
	case !match && c.hash == "":
		return "no-password-yet"
	case !match:
		return "wrong-password"
	case practice.Suspended:
		return "practice-suspended"
	case !c.account.Active:
		return "account-inactive"
	}
	return ""
}

func (s *Service) refuse(ctx context.Context, practice access.Practice, c candidate, cause string) error {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if c.reserved {
			if err := s.Factors.BurnTemporary(ctx, tx, c.temporary, c.account.Name); err != nil {
				return err
			}
		}
		return s.Audit.Record(ctx, tx, s.refusal(ctx, practice, c, cause))
	})
	if err != nil {
		return err
	}
	return ErrRefused
}

func (s *Service) record(ctx context.Context, practice access.Practice, c candidate, cause string) error {
	return s.Audit.Write(ctx, s.refusal(ctx, practice, c, cause))
}

func (s *Service) refusal(ctx context.Context, practice access.Practice, c candidate, cause string) audit.Entry {
	return audit.Entry{
		Action: audit.SignInRefused, Outcome: audit.Refused, Cause: cause,
		PracticeID: practice.ID, OnPlatform: practice.ID == "",
		AccountID: c.account.ID, AccountName: c.account.Name,
		Target:   audit.Target{Kind: "login", ID: c.key.Subject},
		FloodKey: cause + ":" + c.key.Subject + ":" + s.Factors.AddressMark(access.OriginFrom(ctx).IP),
	}
}

// admit gives the reservations back and begins what follows.
func (s *Service) admit(ctx context.Context, tx *db.Tx, c candidate, in Input, rehashed string) (Outcome, error) {
	a := c.account
	if err := s.Throttle.Clear(ctx, tx, c.key); err != nil {
		return Outcome{}, err
	}
	st := State{Account: a, Proof: ByPassword, ReturnPath: in.ReturnPath, Shared: in.Shared}
	if c.reserved {
		st.Proof, st.ProofID = ByTemporary, c.temporary.ID
		if err := s.Factors.ReturnTemporaryTry(ctx, tx, c.temporary); err != nil {
			return Outcome{}, err
		}
	}
	if rehashed != "" {
		if err := s.Factors.SetPassword(ctx, tx, a.PracticeID, a.ID, rehashed); err != nil {
			return Outcome{}, err
		}
	}
	st, err := s.complete(ctx, tx, st)
	if err != nil {
		return Outcome{}, err
	}
	if Next(st) == NoBranch {
		return Outcome{}, ErrNoBranch
	}
	return s.begin(ctx, tx, st)
}
