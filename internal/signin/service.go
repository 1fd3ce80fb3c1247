package signin

import (
	"context"
	"errors"
	"strconv"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/device"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/session"
)

// Service is what can be done with a sign-in.
type Service struct {
	DB         *db.DB
	Clock      clock.Clock
	Audit      *audit.Log
	Throttle   *throttle.Limiter
	Practices  *practice.Service
	Roles      *role.Service
	Accounts   *account.Service
	Sessions   *session.Service
	Factors    *factor.Service
	Onboarding *onboarding.Service
	Devices    *device.Service
}

// Outcome is where a sign-in stands after an operation. Exactly one of the
// tokens is set after an operation that made one.
type Outcome struct {
	Step         Step
	State        State
	Token        secret.Text // of the pending sign-in, when it was just made
	SessionToken secret.Text // with Done
	Session      session.Session
	Device       secret.Text // with Done: what a browser keeps to be recognised by; "" changes nothing
}

// The answers.
var (
	// ErrRefused is the uniform answer to everything that did not match.
	ErrRefused = fault.New(fault.Refused, "sign-in-refused",
		"That login ID and password don't match an account here. Check both, or use Forgot password?")
	// ErrNoBranch answers staff who have not been given any branch.
	ErrNoBranch = fault.New(fault.Forbidden, "no-branch",
		"Your login ID and password are right, but you have no branch to work in yet. Ask your practice administrator to give you a role in your branch.")
	// ErrOffNetwork answers staff all of whose branches bar the network they are in.
	ErrOffNetwork = fault.New(fault.Forbidden, "network",
		"Your login ID and password are right, but your branches can only be worked in from their own networks. Sign in from there, or ask your practice administrator.")
	// ErrOver answers for a pending sign-in that has ended or expired.
	ErrOver = fault.New(fault.SignedOut, "sign-in-over",
		"This sign-in took too long or was finished elsewhere. Begin again with your login ID and password.")
	// ErrOutOfOrder answers for a step that is not the one waited for.
	ErrOutOfOrder = fault.New(fault.Conflict, "sign-in-step", "This step is not the next one. Go on with the step that is shown.")
	// ErrAlreadyIn answers those who lost the race for one first sign-in.
	ErrAlreadyIn = fault.New(fault.Conflict, "first-sign-in-done",
		"Your first sign-in was completed elsewhere a moment ago. Sign in with the password you chose there.")
)

// begin stores the pending sign-in or, where no step is left, makes the
// session. The former session or sign-in of the same browser ends here.
func (s *Service) begin(ctx context.Context, tx *db.Tx, st State) (Outcome, error) {
	switch v := access.ViewerFrom(ctx); {
	case v.SignedIn():
		if err := s.Sessions.EndReplaced(ctx, tx, v); err != nil {
			return Outcome{}, err
		}
	case v.SignInID != "":
		if _, err := endState(ctx, tx, v.PracticeID, v.SignInID, s.Clock.Now()); err != nil {
			return Outcome{}, err
		}
	}
	if Next(st) == Done {
		return s.finish(ctx, tx, st)
	}
	t, _ := secret.NewToken()
	token := TokenPrefix + t
	st.ID, st.ExpiresAt = id.New(), s.Clock.Now().Add(Life)
	if err := insertState(ctx, tx, st, secret.HashToken(token), s.Clock.Now()); err != nil {
		return Outcome{}, err
	}
	err := s.Audit.Record(ctx, tx, s.entry(st, audit.SignInBegun))
	return Outcome{Step: Next(st), State: st, Token: secret.Text(token)}, err
}

// advance follows a completed step.
func (s *Service) advance(ctx context.Context, tx *db.Tx, st State) (Outcome, error) {
	step := Next(st)
	if step == Done {
		return s.finish(ctx, tx, st)
	}
	if cause := map[Step]string{NoBranch: "no-branch", OffNetwork: "network"}[step]; cause != "" {
		e := s.entry(st, audit.SignInRefused)
		e.Outcome, e.Cause, e.FloodKey = audit.Refused, cause, cause+":"+st.Account.ID
		if err := s.Audit.Record(ctx, tx, e); err != nil {
			return Outcome{}, err
		}
	}
	return Outcome{Step: step, State: st}, nil
}

// beyond is where somebody goes on after a step that was committed; what bars
// everything that could come is an error.
func beyond(out Outcome, err error) (Outcome, error) {
	if err == nil {
		err = out.State.barrier()
	}
	if err != nil {
		return Outcome{}, err
	}
	return out, nil
}

func (s *Service) finish(ctx context.Context, tx *db.Tx, st State) (Outcome, error) {
	if st.ID != "" {
		ended, err := endState(ctx, tx, st.Account.PracticeID, st.ID, s.Clock.Now())
		if err != nil {
			return Outcome{}, err
		}
		if !ended {
			return Outcome{}, ErrOver
		}
	}
	a := st.Account
	arrival, err := s.Devices.Arrive(ctx, tx, a.PracticeID, a.ID, st.Shared)
	if err != nil {
		return Outcome{}, err
	}
	st.Shared = st.Shared || arrival.Shared
	failed, err := s.Throttle.Noted(ctx, tx, a.PracticeID, a.ID)
	if err != nil {
		return Outcome{}, err
	}
	token, made, err := s.Sessions.Issue(ctx, tx, session.Input{
		Account: a, BranchID: st.BranchID, Shared: st.Shared, Keep: st.Keep, Failed: failed, Second: string(st.Second),
	})
	if err != nil {
		return Outcome{}, err
	}
	if err := s.Factors.MeetDemand(ctx, tx, a); err != nil {
		return Outcome{}, err
	}
	if err := s.Accounts.SignedIn(ctx, tx, a.PracticeID, a.ID, st.BranchID); err != nil {
		return Outcome{}, err
	}
	if err := s.recordDone(ctx, tx, st, made, arrival.Known); err != nil {
		return Outcome{}, err
	}
	return Outcome{Step: Done, State: st, SessionToken: secret.Text(token), Session: made, Device: arrival.Token}, nil
}

// recordDone writes a complete sign-in down and tells its owner about a device
// that was not seen before; the very first one is no news to anybody.
func (s *Service) recordDone(ctx context.Context, tx *db.Tx, st State, made session.Session, known bool) error {
	e := s.entry(st, audit.SignInDone)
	e.Target = audit.Target{Kind: "session", ID: made.ID}
	if b, there := st.branch(); there && b.Network.Warns(access.OriginFrom(ctx).IP) {
		e.Cause = "outside-network"
	}
	if made.Kept {
		e.Detail["kept"] = "yes"
	}
	news := !known && !st.Account.LastSignInAt.IsZero()
	if news {
		e.Detail["device"] = "new"
	}
	if err := s.Audit.Record(ctx, tx, e); err != nil || !news {
		return err
	}
	return s.Factors.Tell(ctx, tx, access.PracticeFrom(ctx), st.Account,
		"Somebody signed in to your account on a device on which you had not signed in before.")
}

func (s *Service) entry(st State, action audit.Action) audit.Entry {
	detail := map[string]string{"proof": string(st.Proof)}
	if st.Second != "" {
		detail["second"] = string(st.Second)
	}
	return audit.Entry{
		Action: action, PracticeID: st.Account.PracticeID, OnPlatform: st.Account.PracticeID == "",
		AccountID: st.Account.ID, AccountName: st.Account.Name, BranchID: st.BranchID,
		Detail: detail,
	}
}

// complete fills in what the steps depend on: the second factor, branches for
// staff, terms and confirmed details for pet parents.
func (s *Service) complete(ctx context.Context, r db.Reader, st State) (State, error) {
	a := st.Account
	st, err := s.fillFactors(ctx, r, st)
	if err != nil {
		return st, err
	}
	switch a.Kind {
	case access.KindStaff:
		return s.fillBranches(ctx, r, st)
	case access.KindClient:
		version, accepted, err := s.Onboarding.AskTerms(ctx, r, a, st.ProofID)
		if err != nil {
			return st, err
		}
		st.TermsVersion, st.TermsOwed = version, !accepted
		if a.Onboarded() {
			st.Renews = st.Proof == ByTemporary
			return st, nil
		}
		confirmed, err := s.Onboarding.DetailsConfirmed(ctx, r, a.PracticeID, a.ID)
		if err != nil {
			return st, err
		}
		st.DetailsConfirmed = confirmed
	}
	return st, nil
}

// Current is where the pending sign-in of the viewer stands.
func (s *Service) Current(ctx context.Context) (Outcome, error) {
	st, err := s.load(ctx, s.DB)
	return Outcome{Step: Next(st), State: st}, err
}

func (s *Service) load(ctx context.Context, r db.Reader) (State, error) {
	v := access.ViewerFrom(ctx)
	st, accountID, err := stateByID(ctx, r, v.PracticeID, v.SignInID)
	if errors.Is(err, db.ErrNone) {
		return State{}, ErrOver
	}
	if err != nil {
		return State{}, err
	}
	if st.Account, err = s.Accounts.Get(ctx, r, v.PracticeID, accountID); err != nil {
		return State{}, err
	}
	if err := s.proofStands(ctx, r, st); err != nil {
		return State{}, err
	}
	if st, err = s.complete(ctx, r, st); err == nil {
		err = st.barrier()
	}
	if err == nil && Next(st) == Done { // what it waited for is asked for no more
		err = ErrOver
	}
	return st, err
}

// proofStands insists that what began a sign-in is still good: a password that
// was replaced, a temporary one that was re-issued or has expired, a link that
// was withdrawn open nothing any more, not even the step that waits.
func (s *Service) proofStands(ctx context.Context, r db.Reader, st State) error {
	a := st.Account
	switch {
	case st.Proof == ByPassword:
		p, err := s.Factors.PasswordOf(ctx, r, a.PracticeID, a.ID)
		if err == nil && strconv.FormatInt(p.Version, 10) != st.ProofID {
			err = ErrOver
		}
		return err
	case a.Onboarded() && st.Proof != ByTemporary:
		return ErrAlreadyIn
	case st.Proof == ByLink:
		_, err := s.Factors.Link(ctx, r, a.PracticeID, st.ProofID)
		return err
	}
	t, err := s.Factors.TemporaryOf(ctx, r, a.PracticeID, a.ID)
	switch {
	case err != nil:
		return err
	case a.Onboarded() && t.ID == "":
		return ErrAlreadyIn
	case t.ID != st.ProofID || t.Again != a.Onboarded() || !t.Usable(s.Clock.Now()):
		return ErrOver
	}
	return nil
}

// expect loads the pending sign-in in tx and insists on the step.
func (s *Service) expect(ctx context.Context, r db.Reader, step Step) (State, error) {
	st, err := s.load(ctx, r)
	if err != nil {
		return State{}, err
	}
	if Next(st) != step {
		return State{}, ErrOutOfOrder
	}
	return st, nil
}

// Identify is who a sign-in token stands for: somebody pending, who may go on
// with the steps and nothing else.
func (s *Service) Identify(ctx context.Context, token string, _ bool) (access.Viewer, error) {
	row, err := db.One(ctx, s.DB, scanPending, selectPending, secret.HashToken(token))
	if errors.Is(err, db.ErrNone) {
		return access.Viewer{}, ErrOver
	}
	if err != nil {
		return access.Viewer{}, err
	}
	if row.ended || !s.Clock.Now().Before(row.viewer.ExpiresAt) || !row.active || row.viewer.Practice.Closed {
		return access.Viewer{}, ErrOver
	}
	row.viewer.Lang = row.spoken(access.OriginFrom(ctx))
	return row.viewer, nil
}

// Sweep forgets pending sign-ins that were over a day ago.
func (s *Service) Sweep(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM signin WHERE expires_at < $1`, s.Clock.Now().Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if err := s.Devices.Sweep(ctx, tx); err != nil {
			return err
		}
		return s.Throttle.Sweep(ctx, tx)
	})
}
