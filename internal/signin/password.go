package signin

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
)

// Input is what the login page sends.
type Input struct {
	Login      string
	Password   secret.Text
	Shared     bool
	ReturnPath string // a local path, checked by the caller
	ReturnFor  string // whose page that is, by ReturnMark; "" for everybody's
}

// candidate is what is known before the proof is looked at.
type candidate struct {
	account   account.Account // zero for an unknown login ID
	password  factor.Password
	temporary factor.Temporary
	reserved  bool // a try of the temporary password was taken
	key       throttle.Key
	network   string // the mark of the network that the request comes from
}

// known reports whether the account signed in on this device before.
func (c candidate) known() bool { return c.key.Device != "" }

// Start looks at login ID and password. Every combination that does not match
// costs one Argon2 run and is answered with ErrRefused. practice is the zero
// Practice for the platform's own sign-in.
func (s *Service) Start(ctx context.Context, practice access.Practice, in Input) (Outcome, error) {
	c, err := s.candidate(ctx, practice, in)
	if err != nil {
		return Outcome{}, err
	}
	if err := s.reserve(ctx, &c, in); err != nil {
		return Outcome{}, s.turnAway(ctx, c, err)
	}
	match, stale, err := s.compare(ctx, c, in)
	if err != nil {
		return Outcome{}, errors.Join(err, s.giveBack(ctx, c))
	}
	if cause := s.cause(c, practice, match); cause != "" {
		return Outcome{}, s.refuse(ctx, c, cause)
	}
	rehashed := ""
	if stale {
		if rehashed, err = s.Factors.HashPassword(ctx, in.Password); err != nil {
			return Outcome{}, err
		}
	}
	var out Outcome
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		out, err = s.admit(ctx, tx, c, in, rehashed)
		return err
	})
	switch {
	case errors.Is(err, ErrRefused):
		return Outcome{}, s.refuse(ctx, c, s.cause(c, practice, false))
	case err == nil:
		err = out.State.barrier()
	}
	if err != nil {
		return Outcome{}, err
	}
	return out, nil
}

// candidate asks the same questions for nobody as for somebody, so that the
// time does not tell the two apart.
func (s *Service) candidate(ctx context.Context, practice access.Practice, in Input) (c candidate, err error) {
	c.account, err = s.Accounts.ByLogin(ctx, s.DB, practice.ID, in.Login)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return c, err
	}
	if c.password, err = s.Factors.PasswordOf(ctx, s.DB, practice.ID, c.account.ID); err != nil {
		return c, err
	}
	temporary, err := s.Factors.TemporaryOf(ctx, s.DB, practice.ID, c.account.ID)
	if err != nil {
		return c, err
	}
	if c.account.Kind == access.KindClient && !c.account.Onboarded() {
		c.temporary = temporary
	}
	c.key = factor.SignInTries(practice.ID, s.Factors.SubjectOf(practice.ID, c.account.ID, account.Key(in.Login)))
	if c.key.Device, err = s.Devices.Mark(ctx, s.DB, practice.ID, c.account.ID); err != nil {
		return c, err
	}
	c.network = s.network(ctx)
	return c, nil
}

// network is the mark of the network that the request comes from.
func (s *Service) network(ctx context.Context) string {
	if network := throttle.Network(access.OriginFrom(ctx).IP); network != "" {
		return s.Factors.AddressMark(network)
	}
	return ""
}

// reserve counts the try as failed before anything is compared. The network is
// asked first, and only of devices that are not known: whoever signed in on this
// one before does not wait for strangers.
func (s *Service) reserve(ctx context.Context, c *candidate, in Input) error {
	return s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if !c.known() {
			if err = s.Throttle.AskAddress(ctx, tx, c.network); err != nil {
				return err
			}
		}
		if err = s.Throttle.Reserve(ctx, tx, c.key); err != nil {
			return err
		}
		c.reserved, err = s.Factors.ReserveTemporaryTry(ctx, tx, c.temporary, in.Password.Reveal())
		return err
	})
}

// turnAway writes a try down that was not looked at. Those that a network has to
// wait for make one line together, whoever they were for.
func (s *Service) turnAway(ctx context.Context, c candidate, err error) error {
	var e audit.Entry
	switch {
	case errors.Is(err, throttle.ErrAddress):
		e = s.refusal(ctx, candidate{key: throttle.Key{PracticeID: c.key.PracticeID}, network: c.network}, "address-throttled")
	case errors.Is(err, throttle.ErrClosed):
		e = s.refusal(ctx, c, "closed")
	case errors.Is(err, throttle.ErrDelayed):
		e = s.refusal(ctx, c, "throttled")
	default:
		return err
	}
	return errors.Join(err, s.Audit.Write(ctx, e))
}

// giveBack returns what was reserved when it could not be looked at: a full
// queue is nobody's wrong try.
func (s *Service) giveBack(ctx context.Context, c candidate) error {
	ctx = context.WithoutCancel(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Throttle.Return(ctx, tx, c.key); err != nil || !c.reserved {
			return err
		}
		_, err := s.Factors.ReturnTemporaryTry(ctx, tx, c.temporary)
		return err
	})
}

func (s *Service) compare(ctx context.Context, c candidate, in Input) (match, stale bool, err error) {
	if c.reserved {
		match, err = s.Factors.MatchTemporary(ctx, c.temporary, in.Password.Reveal())
		return match, false, err
	}
	return s.Factors.Hasher.Verify(ctx, c.password.Hash, in.Password.Reveal())
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
	case !match && c.password.Hash == "" && c.password.Version != 0:
		return "password-void"
	case !match && c.password.Hash == "":
		return "no-password-yet"
	case !match:
		return "wrong-password"
	case practice.Closed:
		return "practice-closed"
	case !c.account.Active:
		return "account-inactive"
	}
	return ""
}

// refuse burns what has no tries left, writes the refusal down and counts it for
// the owner and, from a stranger's device, for the network; also for somebody
// who did not wait for the answer.
func (s *Service) refuse(ctx context.Context, c candidate, cause string) error {
	ctx = context.WithoutCancel(ctx)
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.Factors.BurnTemporary(ctx, tx, c.temporary, c.account.Name); err != nil {
			return err
		}
		if err := s.Audit.Record(ctx, tx, s.refusal(ctx, c, cause)); err != nil {
			return err
		}
		if err := s.Throttle.Note(ctx, tx, c.key.PracticeID, c.key.Subject); err != nil || c.known() {
			return err
		}
		return s.Throttle.CountAddress(ctx, tx, c.network)
	})
	if err != nil {
		return err
	}
	return ErrRefused
}

func (s *Service) refusal(ctx context.Context, c candidate, cause string) audit.Entry {
	return audit.Entry{
		Action: audit.SignInRefused, Outcome: audit.Refused, Cause: cause,
		PracticeID: c.key.PracticeID, OnPlatform: c.key.PracticeID == "",
		AccountID: c.account.ID, AccountName: c.account.Name,
		Target:   audit.Target{Kind: "login", ID: c.key.Subject},
		FloodKey: cause + ":" + c.key.Subject + ":" + c.network,
	}
}

// admit gives the reservations back and begins what follows. ErrRefused when
// what matched was replaced while it was looked at.
func (s *Service) admit(ctx context.Context, tx *db.Tx, c candidate, in Input, rehashed string) (Outcome, error) {
	a := c.account
	st := State{
		Account: a, Proof: ByPassword, ProofID: strconv.FormatInt(c.password.Version, 10),
		ReturnPath: s.returnPath(a, in), Shared: in.Shared,
	}
	if c.reserved {
		st.Proof, st.ProofID = ByTemporary, c.temporary.ID
	}
	stands, err := s.release(ctx, tx, c)
	if err != nil {
		return Outcome{}, err
	}
	if !stands {
		return Outcome{}, ErrRefused
	}
	if rehashed != "" {
		if err := s.Factors.Rehash(ctx, tx, a.PracticeID, a.ID, rehashed); err != nil {
			return Outcome{}, err
		}
	}
	if st, err = s.complete(ctx, tx, st); err != nil {
		return Outcome{}, err
	}
	switch step := Next(st); step {
	case NoBranch:
		return Outcome{Step: step, State: st}, s.Audit.Record(ctx, tx, s.refusal(ctx, c, "no-branch"))
	case OffNetwork:
		return Outcome{Step: step, State: st}, s.Audit.Record(ctx, tx, s.refusal(ctx, c, "network"))
	}
	out, err := s.begin(ctx, tx, st)
	if err == nil && st.Proof == ByTemporary {
		err = s.Onboarding.NoteEntered(ctx, tx, a.PracticeID, a.ID, st.ProofID)
	}
	return out, err
}

// returnPath is where the person goes on: never to a page that somebody else
// was on.
func (s *Service) returnPath(a account.Account, in Input) string {
	if in.ReturnFor == "" {
		return in.ReturnPath
	}
	mark, err := base64.RawURLEncoding.DecodeString(in.ReturnFor)
	if err != nil || !s.Factors.Ring.Matches(mark, "form", "return/"+a.ID) {
		return ""
	}
	return in.ReturnPath
}

// ReturnMark stands for an account beside a return path, where its id would tell
// the next person at the browser too much.
func (s *Service) ReturnMark(accountID string) string {
	return base64.RawURLEncoding.EncodeToString(s.Factors.Ring.MAC("form", "return/"+accountID))
}

// release forgets the tries and reports whether what matched still stands. It
// takes the rows in the order of reserve, and of a new password: taking them in
// another one, two could wait for each other.
func (s *Service) release(ctx context.Context, tx *db.Tx, c candidate) (stands bool, err error) {
	if !c.reserved {
		stands, err = s.Factors.HoldPassword(ctx, tx, c.account.PracticeID, c.account.ID, c.password.Version)
		if err != nil || !stands {
			return false, err
		}
		return true, s.clear(ctx, tx, c)
	}
	if err := s.clear(ctx, tx, c); err != nil {
		return false, err
	}
	return s.Factors.ReturnTemporaryTry(ctx, tx, c.temporary)
}

// clear forgets the tries on the device that the right password came from. On a
// known one it also opens what strangers closed, but does not forget their
// tries: they would begin anew with each sign-in of the owner.
func (s *Service) clear(ctx context.Context, tx *db.Tx, c candidate) error {
	if err := s.Throttle.Clear(ctx, tx, c.key); err != nil || !c.known() {
		return err
	}
	return s.Throttle.Reopen(ctx, tx, c.key)
}
