package signin

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
)

// mostWrongCodes is how many wrong codes end a pending sign-in.
const mostWrongCodes = 5

// The refusals of the second proof.
var (
	// ErrTooManyCodes answers for the wrong code that ended the sign-in.
	ErrTooManyCodes = fault.New(fault.SignedOut, "too-many-wrong-codes",
		"That was the fifth code that did not match, so this sign-in has ended. Begin again with your login ID and password.")
	// ErrWait is throttle.ErrDelayed in words about codes.
	ErrWait = fault.New(fault.TooMany, throttle.ErrDelayed.Code,
		"Too many codes did not match. Wait a little and try again, or prove it another way if one is offered. If that does not help, ask whoever looks after sign-ins for you.")
	// errCodeNetwork is throttle.ErrAddress in words about codes.
	errCodeNetwork = fault.New(fault.TooMany, throttle.ErrAddress.Code,
		"Too many tries from your network did not match, so codes from devices that are new to you have to wait there. Yours was not looked at, and did not count.")
	// ErrMethod answers for a method that this sign-in cannot be proved by.
	ErrMethod = fault.Complain("method", "This way is not open for this sign-in. Choose one of those that are offered.")
)

// fillFactors says what of a second factor there is, what proves it and what is
// missing.
func (s *Service) fillFactors(ctx context.Context, r db.Reader, st State) (State, error) {
	a, now := st.Account, s.Clock.Now()
	at, err := s.Factors.StandOf(ctx, r, a)
	if err != nil {
		return st, err
	}
	second, demand := at.Second, at.Demand
	st.Factor, st.Methods = second.Any(), at.Methods
	st.Lacks, st.Owed, st.Unfinished = second.Lacks(demand, now), second.Owed, second.Unfinished
	st.EmailChoice = demand.Offered() && demand.EmailCode && a.RecoveryEmail != "" && !second.Any() && st.Second != factor.BySkip
	if !st.Factor && demand.Required() {
		st.Deadline = second.Deadline(demand, now)
	}
	if st.ID != "" && st.Second != factor.BySkip || st.ID == "" && !st.Factor {
		return st, nil
	}
	skip, err := s.Factors.SkipOf(ctx, r, a.PracticeID, a.ID)
	switch stands := skip.StandsIn(second, now); {
	case err != nil:
		return st, err
	case st.ID == "" && stands:
		st.Second, st.SkipID = factor.BySkip, skip.ID
	case st.ID == "":
		return st, nil
	case !stands || skip.ID != st.SkipID: // it was taken back, or a factor is there by now
		return st, ErrOver
	}
	st.Lacks = true // who lost the factor sets up another before anything else
	return st, nil
}

// SendCode mails a code for the pending sign-in; a former one of it is void.
func (s *Service) SendCode(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		st, err := s.expect(ctx, tx, SecondFactor)
		if err != nil {
			return err
		}
		if !slices.Contains(st.Methods, factor.ByEmailCode) {
			return ErrMethod
		}
		return s.sendCode(ctx, tx, access.PracticeFrom(ctx), st.Account, st.ID)
	})
}

// sendCode mails a code; it counts for the device that it is asked for on.
func (s *Service) sendCode(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, askedIn string) error {
	device, err := s.Devices.Mark(ctx, tx, a.PracticeID, a.ID)
	if err != nil {
		return err
	}
	return s.Factors.SendCode(ctx, tx, p, a, askedIn, device)
}

// ProveSecond takes the second proof of the pending sign-in. A wrong one is
// counted for the account and for this sign-in, which the fifth one ends, and
// from a device that is not known for the network, which is asked first. As at
// the password, whoever signed in there before does not wait for strangers.
// Complaints are about code and method; ErrTooManyCodes, throttle.ErrDelayed,
// throttle.ErrAddress.
func (s *Service) ProveSecond(ctx context.Context, method factor.Method, code secret.Text) (Outcome, error) {
	var out Outcome
	var refused error
	network := s.network(ctx)
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		refused = nil // of a former run
		st, err := s.holdStep(ctx, tx, SecondFactor)
		if err != nil {
			return err
		}
		if !slices.Contains(st.Methods, method) {
			return ErrMethod
		}
		proof := factor.Proof{Method: method, Code: code.Reveal()}
		if proof.Device, err = s.Devices.Mark(ctx, tx, st.Account.PracticeID, st.Account.ID); err != nil {
			return err
		}
		counts := network
		if proof.Device != "" {
			counts = ""
		}
		if err := s.Throttle.AskAddress(ctx, tx, counts); err != nil {
			return err
		}
		right, err := s.Factors.ProveSecond(ctx, tx, access.PracticeFrom(ctx), st.Account, st.ID, proof)
		if err != nil {
			return err
		}
		if !right {
			refused, err = s.wrongCode(ctx, tx, st, method, counts)
			return err
		}
		out, err = s.proved(ctx, tx, st, method)
		return err
	})
	if errors.Is(err, throttle.ErrAddress) {
		at := throttle.Key{PracticeID: access.ViewerFrom(ctx).PracticeID}
		return Outcome{}, codeWaits(s.turnAway(ctx, candidate{key: at, network: network}, err))
	}
	if errors.Is(err, throttle.ErrDelayed) {
		v := access.ViewerFrom(ctx)
		return Outcome{}, s.turnCodeAway(ctx, err, audit.Entry{
			Action: audit.FactorRefused, PracticeID: v.PracticeID, OnPlatform: v.PracticeID == "",
			AccountID: v.AccountID, AccountName: v.Name,
			Detail: map[string]string{"method": string(method)}, FloodKey: v.AccountID + ":" + string(method),
		})
	}
	if err == nil {
		err = refused
	}
	return beyond(out, err)
}

// turnCodeAway writes a code down that was not looked at, and answers in words
// about codes.
func (s *Service) turnCodeAway(ctx context.Context, delayed error, e audit.Entry) error {
	e.Outcome, e.Cause = audit.Refused, "throttled"
	if errors.Is(delayed, throttle.ErrClosed) {
		e.Cause = "closed"
	}
	e.FloodKey = e.Cause + ":" + e.FloodKey
	if err := s.Audit.Write(context.WithoutCancel(ctx), e); err != nil {
		return err
	}
	return ErrWait.After(fault.From(delayed).RetryAfter).Because(delayed)
}

// codeWaits says when to try a code again that a network keeps from being looked
// at, and what can be done until then.
func codeWaits(limited error) error {
	wait := fault.From(limited).RetryAfter
	minutes := "a minute"
	if n := int((wait + time.Minute - 1) / time.Minute); n > 1 {
		minutes = strconv.Itoa(n) + " minutes"
	}
	e := errCodeNetwork.After(wait).Because(limited)
	e.Message += " Try again in " + minutes + "; or use a device on which you signed in before, or another network, such as your phone's."
	return e
}

// Asked is what somebody needs to know who is asked for a second proof.
type Asked struct {
	Methods []factor.Method // by which it can be given, the usual one first
	Address string          // where codes by e-mail go, not all of it readable
	Waits   bool            // a code was mailed that still works
}

func (s *Service) asked(ctx context.Context, r db.Reader, a account.Account, methods []factor.Method, askedIn string) (Asked, error) {
	out := Asked{Methods: methods}
	if !slices.Contains(methods, factor.ByEmailCode) {
		return out, nil
	}
	var err error
	out.Address = account.Masked(a.RecoveryEmail)
	out.Waits, err = s.Factors.CodeWaits(ctx, r, a, askedIn)
	return out, err
}

// Asked is what the pending sign-in is asked for with its second proof.
func (s *Service) Asked(ctx context.Context, st State) (Asked, error) {
	return s.asked(ctx, s.DB, st.Account, st.Methods, st.ID)
}

// holdStep is expect, with the sign-in held until the end of the transaction.
func (s *Service) holdStep(ctx context.Context, tx *db.Tx, step Step) (State, error) {
	v := access.ViewerFrom(ctx)
	held, err := holdState(ctx, tx, v.PracticeID, v.SignInID)
	if err == nil && !held {
		err = ErrOver
	}
	if err != nil {
		return State{}, err
	}
	return s.expect(ctx, tx, step)
}

// wrongCode counts a wrong code, also for the network unless that is ""; it
// answers what its person reads. Whoever gave five has the password: its owner
// is told.
func (s *Service) wrongCode(ctx context.Context, tx *db.Tx, st State, method factor.Method, network string) (refused, err error) {
	tries, err := countWrong(ctx, tx, st)
	if err != nil {
		return nil, err
	}
	e := s.entry(st, audit.FactorRefused)
	e.Outcome, e.Cause = audit.Refused, "wrong-code"
	e.Detail["method"] = string(method)
	e.FloodKey = "wrong-code:" + st.Account.ID + ":" + string(method)
	if err := s.Audit.Record(ctx, tx, e); err != nil {
		return nil, err
	}
	if err := s.Throttle.Note(ctx, tx, st.Account.PracticeID, st.Account.ID); err != nil {
		return nil, err
	}
	refused = factor.WrongCode(method)
	if tries >= mostWrongCodes {
		refused = ErrTooManyCodes
		if _, err := endState(ctx, tx, st.Account.PracticeID, st.ID, s.Clock.Now()); err != nil {
			return nil, err
		}
		if err := s.Factors.TellWrongCodes(ctx, tx, access.PracticeFrom(ctx), st.Account); err != nil {
			return nil, err
		}
	}
	return refused, s.Throttle.CountAddress(ctx, tx, network)
}

// proved goes on after the second proof.
func (s *Service) proved(ctx context.Context, tx *db.Tx, st State, method factor.Method) (Outcome, error) {
	st.Second = method
	ours, err := proveState(ctx, tx, st, "")
	if err == nil && !ours {
		err = ErrOver
	}
	if err != nil {
		return Outcome{}, err
	}
	if err := s.Audit.Record(ctx, tx, s.entry(st, audit.FactorProved)); err != nil {
		return Outcome{}, err
	}
	if err := s.holdProof(ctx, tx, st); err != nil {
		return Outcome{}, err
	}
	return s.advance(ctx, tx, st)
}

// holdProof keeps what began a sign-in from being replaced while a session may
// be made.
func (s *Service) holdProof(ctx context.Context, tx *db.Tx, st State) error {
	if st.Proof != ByPassword {
		return nil // held by the first sign-in's own transaction
	}
	return s.holdPassword(ctx, tx, st)
}
