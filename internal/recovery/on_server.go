package recovery

import (
	"context"
	"errors"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/session"
)

// OnServer is whom somebody at the server lets in again, as the last way.
type OnServer struct {
	Slug   string // of the practice; "" for the platform
	Email  string // what they sign in with
	Reason string
}

// Way is a way in that was made on the server.
type Way struct {
	Account   account.Account
	Practice  access.Practice // zero for the platform
	Link      secret.Text     // absolute; works once
	ExpiresAt time.Time
	Factor    bool // there was a second factor, and it is gone
}

// The refusals of the last way in.
var (
	errNobody = fault.New(fault.NotFound, "account-not-found",
		"Nobody signs in there with this address. Check it, and name the practice with --practice; without it the platform is meant.")
	errPetParent = fault.New(fault.Conflict, "not-for-pet-parents",
		"This is the login of a pet parent. The practice helps them on their profile page.")
	errOffOnServer = fault.New(fault.Conflict, "account-inactive",
		"This person is deactivated. Somebody who manages staff has to reactivate them first.")
	errNotOpen = fault.New(fault.Conflict, "practice-not-open",
		"This practice is suspended or closed, so nobody gets in there. Open it again first.")
)

// RecoverOnServer makes a way in for somebody whom nobody else can help: second
// factor and password are gone, no device is known any more, what wrong tries had
// closed is open, every session and sign-in under way is over, and a link leads to
// a new password. Whoever could have helped is told. Complaints are about reason.
func (s *Service) RecoverOnServer(ctx context.Context, in OnServer) (way Way, err error) {
	said, err := HelpInput{Reason: in.Reason}.check(access.KindStaff)
	if err != nil {
		return Way{}, err
	}
	if in.Slug != "" {
		if way.Practice, err = s.Practices.FindBySlug(ctx, in.Slug); err != nil {
			return Way{}, err
		}
	}
	if way.Practice.Closed {
		return Way{}, errNotOpen
	}
	found, err := s.Accounts.ByLogin(ctx, s.DB, way.Practice.ID, in.Email)
	if errors.Is(err, account.ErrNotFound) {
		err = errNobody
	}
	if err != nil {
		return Way{}, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if way.Practice.ID != "" {
			if err := s.Practices.Hold(ctx, tx, way.Practice.ID); err != nil {
				return err
			}
		}
		if way.Account, err = s.Accounts.Hold(ctx, tx, way.Practice.ID, found.ID); err != nil {
			return err
		}
		switch {
		case way.Account.Kind == access.KindClient:
			return errPetParent
		case !way.Account.Active:
			return errOffOnServer
		}
		return s.makeWay(ctx, tx, &way, said)
	})
	return way, err
}

func (s *Service) makeWay(ctx context.Context, tx *db.Tx, way *Way, said HelpInput) error {
	a := way.Account
	second, err := s.Factors.SecondOf(ctx, tx, a.PracticeID, a.ID)
	if err != nil {
		return err
	}
	if way.Factor = second.Any(); way.Factor {
		_, err = s.removeFactor(ctx, tx, a)
	} else {
		err = s.shutOut(ctx, tx, a, session.Protected)
	}
	if err != nil {
		return err
	}
	// Or whoever knows the password would be in before the link is used.
	if err := s.Factors.VoidPassword(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	if err := s.Devices.ForgetAll(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	if _, err := s.Factors.Throttle.Open(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	purpose, _ := linkFor(a)
	l, err := s.Factors.NewLink(ctx, tx, a.PracticeID, a.ID, purpose, account.Key(a.RecoveryEmail))
	if err != nil {
		return err
	}
	_, token, err := s.Factors.LinkToken(ctx, tx, a.PracticeID, l.ID)
	if err != nil {
		return err
	}
	base, page := "/platform", "/reset-password"
	if way.Practice.Slug != "" {
		base = "/" + way.Practice.Slug
	}
	if purpose == factor.Invitation {
		page = "/activate"
	}
	way.Link, way.ExpiresAt = secret.Text(s.URL(base+page+"?token="+token.Reveal())), l.ExpiresAt
	return s.tellWay(ctx, tx, *way, said)
}

// tellWay writes it down in the record of the practice, and in that of the
// platform too: it was done with means that no role gives.
func (s *Service) tellWay(ctx context.Context, tx *db.Tx, way Way, said HelpInput) error {
	a := way.Account
	if a.PracticeID != "" {
		if err := s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.LoginRecovered, OnPlatform: true, AccountID: a.ID, AccountName: a.Name,
			Target:  audit.Target{Kind: "practice", ID: a.PracticeID, Name: way.Practice.Name},
			Changes: audit.Diff(nil, "reason", "", said.Reason),
		}); err != nil {
			return err
		}
	}
	what := "A link to a new password was made on the server itself. The old password does not work any more, and every session ended."
	if way.Factor {
		what = "A link to a new password was made on the server itself. The old password does not work any more, two-factor authentication was reset, and every session ended."
	}
	return s.tell(ctx, tx, a, told{
		HelpInput: said, who: Whom{Kind: a.Kind, ID: a.ID}, action: audit.LoginRecovered,
		person: what,
		others: "Somebody at the server itself made a new way in for " + a.Name + ".",
	})
}
