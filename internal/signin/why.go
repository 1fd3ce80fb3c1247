package signin

import (
	"context"
	"errors"
	"slices"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/throttle"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// Obstacle is one thing that keeps somebody from signing in right now.
type Obstacle struct {
	Code     string            // a stable word, see the constants
	Since    time.Time         // zero where it is not known
	Until    time.Time         // zero where waiting does not help
	Failures int               // of the tries that closed or delay it
	Method   factor.Method     // of the second proof that they were
	Branches []practice.Branch // that bar the network
	IP       string            // the network they bar, or that has to wait
	Version  int               // of the terms that wait
}

// The codes of obstacles.
const (
	PracticeClosed     = "practice-closed"
	AccountInactive    = "account-inactive"
	InvitationOpen     = "invitation-open"     // invited, and the link works
	InvitationOver     = "invitation-over"     // invited, and the link does not work any more
	PasswordVoid       = "password-void"       // taken away by the owner, who said that somebody else was in
	TemporaryNone      = "temporary-none"      // never in, and nothing to get in with
	TemporaryWaits     = "temporary-waits"     // in a message that has not left
	WelcomeFailed      = "welcome-failed"      // what would let them in was in a message that could not be sent
	TermsWaiting       = "terms-waiting"       // everything right so far, and a version to accept
	TemporaryBurnt     = "temporary-burnt"     // by wrong tries
	TemporaryExpired   = "temporary-expired"   // by time
	WithoutBranch      = "no-branch"           // no role in any branch
	BarredNetwork      = "network"             // every branch bars the network they came from
	ClosedTries        = "closed"              // to devices that were not seen before
	DelayedTries       = "delayed"             // on those
	ClosedDevice       = "closed-device"       // one device that is known
	DelayedDevice      = "delayed-device"      // on one device that is known
	ClosedConfirmation = "closed-confirmation" // inside a session
	ClosedCodes        = "closed-codes"        // of the second factor, to devices that were not seen before
	DelayedCodes       = "delayed-codes"       // on those
	ClosedCodesDevice  = "closed-codes-device" // on one device that is known
	DelayedCodesDevice = "delayed-codes-device"
	WithoutProof       = "no-second-factor-left" // nothing can give the second proof
	CrowdedNetwork     = "address"               // too much failed from a network
)

// Explanation is all that can be said about why somebody does not get in.
type Explanation struct {
	Account   account.Account
	Obstacles []Obstacle
	Refusals  []audit.Line // the last ones, newest first
	Devices   int          // browsers that are known for the account
	Counted   int          // wrong tries that OpenAgain would forget
	PetParent string       // whose account it is, by id; "" for staff
}

var (
	// ErrNotExplained answers those who may not know.
	ErrNotExplained = fault.New(fault.Forbidden, "permission-missing",
		"Your role does not allow this for that person. Ask an administrator of your practice if you need it.")
	// ErrNothingClosed answers where no tries are counted.
	ErrNothingClosed = fault.New(fault.Conflict, "nothing-to-open",
		"No wrong tries count against this account, so there is nothing to open.")
)

const (
	refusalsShown = 10
	refusalsSince = 30 * 24 * time.Hour
)

// explained is an account about which the viewer may know why it does not get
// in: staff for who manages security where they work, pet parents for who
// manages logins.
func (s *Service) explained(ctx context.Context, accountID string) (account.Account, error) {
	v := access.ViewerFrom(ctx)
	a, err := s.Accounts.Get(ctx, s.DB, v.PracticeID, accountID)
	if err != nil {
		return a, err
	}
	may, err := s.reaches(ctx, v, access.SecurityManage, a)
	if err != nil {
		return a, err
	}
	if !may && !(a.Kind == access.KindClient && v.May(access.LoginManage)) {
		return account.Account{}, ErrNotExplained
	}
	return a, nil
}

// Explain says what keeps an account of the viewer's practice from signing in.
func (s *Service) Explain(ctx context.Context, accountID string) (Explanation, error) {
	a, err := s.explained(ctx, accountID)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Account: a}
	if a.Kind == access.KindClient {
		p, err := s.Onboarding.PetParents.ByAccount(ctx, s.DB, a.PracticeID, a.ID)
		if err != nil && !errors.Is(err, petparent.ErrNotFound) {
			return e, err
		}
		e.PetParent = p.ID
	}
	if e.Devices, err = s.Devices.Count(ctx, s.DB, a.PracticeID, a.ID); err != nil {
		return e, err
	}
	if e.Refusals, err = s.Audit.List(ctx, a.PracticeID, audit.Filter{
		Action: audit.SignInRefused, Also: audit.FactorRefused, PersonID: a.ID, From: s.Clock.Now().Add(-refusalsSince),
	}, "", refusalsShown); err != nil {
		return e, err
	}
	for _, look := range []func(context.Context, *Explanation) error{s.ofAccount, s.ofProof, s.ofTerms, s.ofSecond, s.ofBranches, s.ofTries, s.ofNetworks} {
		if err := look(ctx, &e); err != nil {
			return e, err
		}
	}
	return e, nil
}

func (e *Explanation) add(o Obstacle) { e.Obstacles = append(e.Obstacles, o) }

func (s *Service) ofAccount(ctx context.Context, e *Explanation) error {
	p, err := s.Practices.Get(ctx, s.DB, e.Account.PracticeID)
	if err != nil {
		return err
	}
	if p.Status != practice.Active {
		e.add(Obstacle{Code: PracticeClosed, Since: p.StatusAt})
	}
	if !e.Account.Active {
		e.add(Obstacle{Code: AccountInactive})
	}
	return nil
}

// ofProof looks for something to sign in with.
func (s *Service) ofProof(ctx context.Context, e *Explanation) error {
	a := e.Account
	own, err := s.Factors.PasswordOf(ctx, s.DB, a.PracticeID, a.ID)
	if err != nil || own.Hash != "" {
		return err
	}
	t, err := s.Factors.TemporaryOf(ctx, s.DB, a.PracticeID, a.ID)
	if err != nil {
		return err
	}
	handed := t.Again || !a.HandedAt.IsZero() && a.RecoveryEmail == "" // which took their own away
	if own.Version != 0 && !handed {
		e.add(Obstacle{Code: PasswordVoid})
		return nil
	}
	if a.Kind != access.KindClient {
		l, err := s.Factors.NewestLink(ctx, s.DB, a.PracticeID, a.ID, factor.Invitation)
		if err != nil {
			return err
		}
		o := Obstacle{Code: InvitationOver, Since: l.ExpiresAt}
		if l.Works(s.Clock.Now()) {
			o = Obstacle{Code: InvitationOpen, Since: l.CreatedAt, Until: l.ExpiresAt}
		}
		e.add(o)
		return nil
	}
	l, err := s.Factors.NewestLink(ctx, s.DB, a.PracticeID, a.ID, factor.Activation)
	if err != nil {
		return err
	}
	if link := l.Works(s.Clock.Now()); link || t.Usable(s.Clock.Now()) {
		failed, err := s.welcomeFailed(ctx, e)
		if err != nil {
			return err
		}
		if failed {
			e.add(Obstacle{Code: WelcomeFailed, Since: latest(t.IssuedAt, l.CreatedAt)})
		}
		if failed || link {
			return nil
		}
	}
	switch {
	case t.ID == "":
		e.add(Obstacle{Code: TemporaryNone})
	case !t.BurntAt.IsZero():
		e.add(Obstacle{Code: TemporaryBurnt, Since: t.BurntAt})
	case t.Expired(s.Clock.Now()):
		e.add(Obstacle{Code: TemporaryExpired, Since: t.ExpiresAt})
	case t.ExpiresAt.IsZero():
		e.add(Obstacle{Code: TemporaryWaits, Since: t.IssuedAt})
	}
	return nil
}

// welcomeFailed reports whether the message with what lets them in could not be
// sent, and nobody came in with it all the same.
func (s *Service) welcomeFailed(ctx context.Context, e *Explanation) (bool, error) {
	if e.PetParent == "" {
		return false, nil
	}
	row, err := s.Onboarding.PetParents.Row(ctx, s.DB, e.Account.PracticeID, e.PetParent)
	return row.Invitation == petparent.InvitationFailed, err
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// ofTerms looks for a version of the practice's terms that the pet parent has not
// accepted. That keeps nobody out for good: they are asked when they sign in.
func (s *Service) ofTerms(ctx context.Context, e *Explanation) error {
	if e.Account.Kind != access.KindClient || !e.Account.Onboarded() {
		return nil // the first sign-in asks by itself
	}
	version, accepted, err := s.Onboarding.AskTerms(ctx, s.DB, e.Account, "")
	if err == nil && !accepted {
		e.add(Obstacle{Code: TermsWaiting, Version: version})
	}
	return err
}

// ofSecond looks for something to give the second proof with.
func (s *Service) ofSecond(ctx context.Context, e *Explanation) error {
	_, err := s.waysOf(ctx, s.DB, e.Account)
	if errors.Is(err, ErrNoMethod) {
		e.add(Obstacle{Code: WithoutProof})
		return nil
	}
	return err
}

// ofBranches asks from where the last try came: that is where they want in.
func (s *Service) ofBranches(ctx context.Context, e *Explanation) error {
	if e.Account.Kind != access.KindStaff {
		return nil
	}
	ip := ""
	if len(e.Refusals) > 0 {
		ip = e.Refusals[0].Personal.IP
	}
	there := access.WithOrigin(ctx, access.Origin{IP: ip})
	places, err := s.BranchesFor(there, s.DB, e.Account)
	if err != nil {
		return err
	}
	if len(places) == 0 {
		e.add(Obstacle{Code: WithoutBranch})
		return nil
	}
	o := Obstacle{Code: BarredNetwork, IP: ip}
	for _, p := range places {
		if p.Barred == "" {
			return nil
		}
		o.Branches = append(o.Branches, p.Branch)
	}
	e.add(o)
	return nil
}

func (s *Service) ofTries(ctx context.Context, e *Explanation) error {
	all, err := s.Throttle.Standings(ctx, s.DB, e.Account.PracticeID, e.Account.ID)
	for _, st := range all {
		e.Counted += st.Failures
		o := Obstacle{Since: st.LastAt, Failures: st.Failures}
		if m := factor.Method(st.Factor); slices.Contains(factor.Methods(), m) {
			if o, stands := s.ofCodes(o, st, m); stands {
				e.add(o)
			}
			continue
		}
		switch closed, delayed := st.Closed(), st.Delayed(s.Clock.Now()); {
		case st.Factor != factor.SignInFactor && closed:
			o.Code = ClosedConfirmation
		case st.Factor != factor.SignInFactor:
		case closed && st.OnDevice:
			o.Code = ClosedDevice
		case closed:
			o.Code = ClosedTries
		case delayed && st.OnDevice:
			o.Code, o.Until = DelayedDevice, st.BlockedUntil
		case delayed:
			o.Code, o.Until = DelayedTries, st.BlockedUntil
		}
		if o.Code != "" {
			e.add(o)
		}
	}
	return err
}

// ofCodes is the obstacle that tries at a second proof are, if they are one.
func (s *Service) ofCodes(o Obstacle, st throttle.Standing, m factor.Method) (_ Obstacle, stands bool) {
	o.Method = m
	switch closed, delayed := st.Closed(), st.Delayed(s.Clock.Now()); {
	case closed && st.OnDevice:
		o.Code = ClosedCodesDevice
	case closed:
		o.Code = ClosedCodes
	case delayed && st.OnDevice:
		o.Code, o.Until = DelayedCodesDevice, st.BlockedUntil
	case delayed:
		o.Code, o.Until = DelayedCodes, st.BlockedUntil
	}
	return o, o.Code != ""
}

// ofNetworks looks for networks of this practice that have to wait. For whom the
// tries there were is not written down, so it may concern anybody.
func (s *Service) ofNetworks(ctx context.Context, e *Explanation) error {
	lines, err := s.Audit.List(ctx, e.Account.PracticeID, audit.Filter{
		Action: audit.SignInRefused, Cause: "address-throttled", From: s.Clock.Now().Add(-throttle.AddressSpan),
	}, "", refusalsShown)
	for _, l := range lines {
		if ends := throttle.SpanEnds(l.LastAt); ends.After(s.Clock.Now()) &&
			!slices.ContainsFunc(e.Obstacles, func(o Obstacle) bool { return o.Code == CrowdedNetwork && o.IP == l.Personal.IP }) {
			e.add(Obstacle{Code: CrowdedNetwork, Since: l.At, Until: ends, IP: l.Personal.IP})
		}
	}
	return err
}

// OpenAgain forgets the wrong tries that count against an account, on every
// device. Its owner is told. ErrNothingClosed when there are none.
func (s *Service) OpenAgain(ctx context.Context, accountID string) (account.Account, error) {
	a, err := s.explained(ctx, accountID)
	if err != nil {
		return a, err
	}
	v := access.ViewerFrom(ctx)
	return a, s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := s.Throttle.Open(ctx, tx, a.PracticeID, a.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNothingClosed
		}
		if err := s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.LoginReopened, PracticeID: a.PracticeID, AccountID: a.ID, AccountName: a.Name,
		}); err != nil {
			return err
		}
		return s.Factors.Tell(ctx, tx, v.Practice, a,
			"Your account was opened again by "+v.Name+" after wrong tries at its password or codes.")
	})
}
