package recovery

import (
	"context"
	"errors"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/session"
)

// ErrProtectionVoid answers to a link of a security notice that was used or is
// too old.
var ErrProtectionVoid = fault.New(fault.Gone, "protection-void",
	"This link does not work any more: it was used, or it is older than 7 days. If somebody else may be in your account, use Forgot password? on the sign-in page: a new password ends every session.")

// Protection is what the link of a security notice does, or did.
type Protection struct {
	Account account.Account
	Factor  bool   // the second factor goes too: it was first set up after the notice was written
	Mails   bool   // a link to a new password goes to the address on record
	Span    string // how long that works, in words
	link    factor.Link
	at      access.Practice
}

// Protectable is whose account a link closes. It changes nothing: mail scanners
// look at links too. ErrProtectionVoid.
func (s *Service) Protectable(ctx context.Context, practiceID, token string) (Protection, error) {
	l, err := s.Factors.FindLink(ctx, s.DB, practiceID, factor.Protection, token)
	if errors.Is(err, factor.ErrLinkVoid) {
		return Protection{}, ErrProtectionVoid
	}
	if err != nil {
		return Protection{}, err
	}
	a, err := s.Accounts.Get(ctx, s.DB, l.PracticeID, l.AccountID)
	if err != nil {
		return Protection{}, err
	}
	second, err := s.Factors.SecondOf(ctx, s.DB, l.PracticeID, l.AccountID)
	if err != nil {
		return Protection{}, err
	}
	p, err := s.practice(ctx, s.DB, l.PracticeID)
	// Who owns the mailbox that got the notice is believed that this was not
	// them, but only the one on record gets a link.
	mails := a.Active && !p.Closed && l.Address == account.Key(a.RecoveryEmail)
	purpose, _ := linkFor(a)
	return Protection{
		Account: a, Factor: second.BeganSince(l.CreatedAt), Mails: mails, Span: purpose.Span(), link: l, at: p,
	}, err
}

// Protect closes an account to whoever is in it, for the owner of the mailbox
// that got a security notice: it ends all sessions, mailed links and sign-ins
// under way, forgets the known devices, and takes away the password, a skip that
// waits, and a second factor that is no older than the notice: whoever the notice
// is about may have set it up. The account stays active. Of several at once one
// wins, the others get ErrProtectionVoid.
func (s *Service) Protect(ctx context.Context, practiceID, token string) (Protection, error) {
	p, err := s.Protectable(ctx, practiceID, token)
	if err != nil {
		return p, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.close(ctx, tx, p.Account, p.link); err != nil || !p.Mails {
			return err
		}
		// Not counted against those whom a stranger had sent three in this hour:
		// the link that led here works once.
		return s.writeLink(ctx, tx, p.at, p.Account)
	})
	if errors.Is(err, factor.ErrLinkVoid) {
		err = ErrProtectionVoid
	}
	return p, err
}

// close takes the rows in the order of a reset: links, password, sessions.
func (s *Service) close(ctx context.Context, tx *db.Tx, a account.Account, l factor.Link) error {
	if err := s.Factors.UseLink(ctx, tx, l); err != nil {
		return err
	}
	for _, purpose := range []factor.Purpose{"", factor.Protection} {
		if err := s.Factors.EndLinks(ctx, tx, a.PracticeID, a.ID, purpose); err != nil {
			return err
		}
	}
	if err := s.Factors.VoidPassword(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	if err := s.Factors.DeleteTemporary(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	if _, err := s.Sessions.EndAll(ctx, tx, a.PracticeID, a.ID, "", session.Protected); err != nil {
		return err
	}
	if err := s.Devices.ForgetAll(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	if err := s.loosen(ctx, tx, a, l); err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.PasswordProtected, PracticeID: a.PracticeID, OnPlatform: a.PracticeID == "",
		AccountID: a.ID, AccountName: a.Name,
	})
}

// loosen takes away what stands in for a second factor or was set up as the first
// one since the link was made. A factor that was there before stays: a mailbox
// alone does not remove it.
func (s *Service) loosen(ctx context.Context, tx *db.Tx, a account.Account, l factor.Link) error {
	if _, err := s.Factors.EndSkip(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	second, err := s.Factors.SecondOf(ctx, tx, a.PracticeID, a.ID)
	if err != nil || !second.BeganSince(l.CreatedAt) {
		return err
	}
	if err := s.Factors.RemoveSecond(ctx, tx, a); err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: audit.FactorRemoved, PracticeID: a.PracticeID, OnPlatform: a.PracticeID == "", AccountID: a.ID, AccountName: a.Name,
		Target: audit.Target{Kind: "account", ID: a.ID, Name: a.Name},
	})
}
