package signin

import (
	"context"
	"slices"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
)

// Again is what proves the viewer again inside their session: the password and,
// where a second factor exists, a proof by it.
type Again struct {
	Password secret.Text
	Method   factor.Method // "" is the first of StepUpMethods
	Code     secret.Text
}

// StepUpMethods is what the viewer's second proof can be given by; none where
// the password alone is asked for.
func (s *Service) StepUpMethods(ctx context.Context) ([]factor.Method, error) {
	a, err := s.viewersAccount(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	return s.Factors.MethodsFor(ctx, s.DB, a)
}

// SendStepUpCode mails a code that the viewer's session takes.
func (s *Service) SendStepUpCode(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := s.viewersAccount(ctx, tx)
		if err != nil {
			return err
		}
		methods, err := s.Factors.MethodsFor(ctx, tx, a)
		if err == nil && !slices.Contains(methods, factor.ByEmailCode) {
			err = ErrMethod
		}
		if err != nil {
			return err
		}
		v := access.ViewerFrom(ctx)
		return s.Factors.SendCode(ctx, tx, v.Practice, a, v.SessionID)
	})
}

func (s *Service) viewersAccount(ctx context.Context, r db.Reader) (account.Account, error) {
	v := access.ViewerFrom(ctx)
	return s.Accounts.Get(ctx, r, v.PracticeID, v.AccountID)
}

// StepUp is the proof inside a session; it gives the session a new token. Tries
// are counted like those of a sign-in. Complaints are about password, method
// and code; throttle.ErrDelayed.
func (s *Service) StepUp(ctx context.Context, in Again) (token secret.Text, err error) {
	v := access.ViewerFrom(ctx)
	methods, err := s.StepUpMethods(ctx)
	if err != nil {
		return "", err
	}
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
	if err == nil {
		err = refused
	}
	return token, err
}

// proveAgain looks at the second proof of a step-up, if one is asked for now. A
// wrong one is answered, counted and written down.
func (s *Service) proveAgain(ctx context.Context, tx *db.Tx, v access.Viewer, in Again) (refused, err error) {
	a, err := s.viewersAccount(ctx, tx)
	if err != nil {
		return nil, err
	}
	methods, err := s.Factors.MethodsFor(ctx, tx, a)
	if err != nil || len(methods) == 0 {
		return nil, err
	}
	if !slices.Contains(methods, in.Method) {
		return ErrMethod, nil
	}
	proof := factor.Proof{Method: in.Method, Code: in.Code.Reveal()}
	right, err := s.Factors.ProveSecond(ctx, tx, v.Practice, a, v.SessionID, proof)
	if err != nil || right {
		return nil, err
	}
	e := ofSession(v, audit.StepUpRefused)
	e.Outcome, e.Cause = audit.Refused, "wrong-code"
	e.FloodKey = "wrong-code:" + v.SessionID
	return factor.WrongCode(in.Method), s.Audit.Record(ctx, tx, e)
}
