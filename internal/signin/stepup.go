package signin

import (
	"context"
	"errors"
	"slices"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
)

// Again is what proves the viewer again inside their session: the password and,
// where a second factor exists, a proof by it.
type Again struct {
	Password secret.Text
	Method   factor.Method // "" is the first there is
	Code     secret.Text
}

// ErrNoMethod answers for an account with a second factor of which nothing is
// left that could prove it.
var ErrNoMethod = fault.New(fault.Conflict, "no-second-factor-left",
	"A second proof is needed, and you have none left: no authenticator app, no backup code, no address for a code. Ask whoever can reset it for you: your Security Manager, as a client your practice, on the platform another administrator.")

// AskedAgain is what the viewer is asked for besides their password.
func (s *Service) AskedAgain(ctx context.Context) (Asked, error) {
	a, err := s.viewersAccount(ctx, s.DB)
	if err != nil {
		return Asked{}, err
	}
	methods, err := s.waysOf(ctx, s.DB, a)
	if err != nil {
		return Asked{}, err
	}
	return s.asked(ctx, s.DB, a, methods, access.ViewerFrom(ctx).SessionID)
}

// waysOf is what an account's second proof can be given by; none where the
// password alone is asked for. ErrNoMethod where one is asked for and there is
// no way to give it.
func (s *Service) waysOf(ctx context.Context, r db.Reader, a account.Account) ([]factor.Method, error) {
	at, err := s.Factors.StandOf(ctx, r, a)
	if err == nil && len(at.Methods) == 0 && at.Second.Any() {
		err = ErrNoMethod
	}
	return at.Methods, err
}

// SendStepUpCode mails a code that the viewer's session takes.
func (s *Service) SendStepUpCode(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := s.viewersAccount(ctx, tx)
		if err != nil {
			return err
		}
		at, err := s.Factors.StandOf(ctx, tx, a)
		if err == nil && !slices.Contains(at.Methods, factor.ByEmailCode) {
			err = ErrMethod
		}
		if err != nil {
			return err
		}
		v := access.ViewerFrom(ctx)
		return s.sendCode(ctx, tx, v.Practice, a, v.SessionID)
	})
}

func (s *Service) viewersAccount(ctx context.Context, r db.Reader) (account.Account, error) {
	v := access.ViewerFrom(ctx)
	return s.Accounts.Get(ctx, r, v.PracticeID, v.AccountID)
}

// StepUp is the proof inside a session; it gives the session a new token. Tries
// are counted like those of a sign-in, wrong codes from a device that is not
// known also for its network. Complaints are about password, method and code;
// throttle.ErrDelayed, throttle.ErrAddress.
func (s *Service) StepUp(ctx context.Context, in Again) (token secret.Text, err error) {
	v := access.ViewerFrom(ctx)
	asked, err := s.AskedAgain(ctx)
	if err != nil {
		return "", err
	}
	methods := asked.Methods
	if len(methods) > 0 && in.Method == "" {
		in.Method = methods[0]
	}
	var c fault.Complaints
	c.Check(in.Password != "", "password", "Type your password.")
	c.Check(len(methods) == 0 || in.Code != "", "code", "Type the code as well: two-factor authentication is on.")
	c.Check(len(methods) == 0 || slices.Contains(methods, in.Method), "method", fault.From(ErrMethod).Message)
	if err := c.Err(); err != nil {
		return "", err
	}
	if err := s.prove(ctx, v, in.Password, audit.StepUpRefused); err != nil {
		return "", err
	}
	var refused error
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if refused, err = s.proveAgain(ctx, tx, v, in); err != nil || refused != nil {
			return err
		}
		t, err := s.Sessions.StepUp(ctx, tx, v)
		if err != nil {
			return err
		}
		token = secret.Text(t)
		return s.Audit.Record(ctx, tx, ofSession(v, audit.StepUpDone))
	})
	if errors.Is(err, throttle.ErrAddress) {
		e := ofSession(v, audit.StepUpRefused)
		e.Outcome, e.Cause = audit.Refused, "address-throttled"
		e.FloodKey = e.Cause + ":" + v.SessionID
		return "", codeWaits(errors.Join(err, s.Audit.Write(context.WithoutCancel(ctx), e)))
	}
	if errors.Is(err, throttle.ErrDelayed) {
		e := ofSession(v, audit.StepUpRefused)
		e.FloodKey = string(in.Method) + ":" + v.SessionID
		err = s.turnCodeAway(ctx, err, e)
	}
	if err == nil {
		err = refused
	}
	if err != nil {
		return "", err
	}
	return token, nil
}

// proveAgain looks at the second proof of a step-up, if one is asked for now. A
// wrong one is answered, counted and written down.
func (s *Service) proveAgain(ctx context.Context, tx *db.Tx, v access.Viewer, in Again) (refused, err error) {
	a, err := s.viewersAccount(ctx, tx)
	if err != nil {
		return nil, err
	}
	methods, err := s.waysOf(ctx, tx, a)
	if err != nil || len(methods) == 0 {
		return nil, err
	}
	if !slices.Contains(methods, in.Method) {
		return ErrMethod, nil
	}
	proof := factor.Proof{Method: in.Method, Code: in.Code.Reveal()}
	if proof.Device, err = s.Devices.Mark(ctx, tx, a.PracticeID, a.ID); err != nil {
		return nil, err
	}
	counts := ""
	if proof.Device == "" {
		counts = s.network(ctx)
	}
	if err := s.Throttle.AskAddress(ctx, tx, counts); err != nil {
		return nil, err
	}
	right, err := s.Factors.ProveSecond(ctx, tx, v.Practice, a, v.SessionID, proof)
	if err != nil || right {
		return nil, err
	}
	e := ofSession(v, audit.StepUpRefused)
	e.Outcome, e.Cause = audit.Refused, "wrong-code"
	e.FloodKey = "wrong-code:" + v.SessionID
	if err := s.Audit.Record(ctx, tx, e); err != nil {
		return nil, err
	}
	return factor.WrongCode(in.Method), s.Throttle.CountAddress(ctx, tx, counts)
}
