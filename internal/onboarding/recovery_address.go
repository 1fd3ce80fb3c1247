package onboarding

import (
	"context"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// asksPerHour is how many new recovery addresses of one person are asked in an
// hour: each question is an e-mail to somebody who may know nothing of it.
const asksPerHour = 3

var (
	// ErrAskedOften answers where too many new addresses were asked already.
	ErrAskedOften = fault.New(fault.TooMany, "recovery-asked-often",
		"Three new addresses were asked to confirm within the last hour. Wait an hour, then try again.")
	// ErrRecoveryHelper answers who let the person in without their second factor
	// and would now change the address too: both together would be the account.
	ErrRecoveryHelper = fault.New(fault.Conflict, "helped-lately",
		"You let this person in without their second factor less than 7 days ago, so somebody else has to change the recovery address. Ask a colleague, or wait until the 7 days are over.")
	// ErrRecoveryAsker is ErrRecoveryHelper for the address that they had asked for
	// before; it says so to the owner of the mailbox.
	ErrRecoveryAsker = fault.New(fault.Conflict, "asker-helped-lately",
		"Your recovery address was not changed, because whoever asked for it helped you with a lost second factor less than 7 days ago. Ask somebody else at your practice to change it.")
	// ErrOwnLogin answers for a login that was switched off while its owner was in.
	ErrOwnLogin = fault.New(fault.Conflict, "login-inactive", "This login is switched off. Ask your practice.")
)

// AskOwnRecovery asks a new recovery address of the signed-in pet parent to
// confirm that it is theirs. The former one counts until then and is told.
// Complaints name recovery_email; ErrAskedOften.
func (s *Service) AskOwnRecovery(ctx context.Context, email string) error {
	v := access.ViewerFrom(ctx)
	email = strings.TrimSpace(email)
	if !account.IsEmail(email) || !mail.ValidAddress(email) {
		return fault.Complain(FieldRecovery, "Type a whole e-mail address, like name@example.com.")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := s.holdOwn(ctx, tx, v)
		if err != nil {
			return err
		}
		if email == a.RecoveryEmail {
			return fault.Complain(FieldRecovery, "This is your recovery address already. Type the new one.")
		}
		return s.askRecovery(ctx, tx, v.Practice, a, email)
	})
}

// KeepOwnRecovery forgets the address that the signed-in pet parent, or staff for
// them, asked for and that was not confirmed.
func (s *Service) KeepOwnRecovery(ctx context.Context) error {
	v := access.ViewerFrom(ctx)
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		a, err := s.holdOwn(ctx, tx, v)
		if err != nil {
			return err
		}
		return s.keepRecovery(ctx, tx, a)
	})
}

func (s *Service) holdOwn(ctx context.Context, tx *db.Tx, v access.Viewer) (account.Account, error) {
	a, err := s.Accounts.Hold(ctx, tx, v.PracticeID, v.AccountID)
	if err == nil && (a.Kind != access.KindClient || !a.Active || !a.Onboarded()) {
		err = ErrOwnLogin
	}
	return a, err
}

// KeepRecovery is KeepOwnRecovery for staff. petparent.ErrNoLogin.
func (s *Service) KeepRecovery(ctx context.Context, practiceID, petParentID string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		person, err := s.PetParents.Get(ctx, tx, practiceID, petParentID)
		if err != nil {
			return err
		}
		if person.AccountID == "" {
			return petparent.ErrNoLogin
		}
		a, err := s.Accounts.Hold(ctx, tx, practiceID, person.AccountID)
		if err != nil {
			return err
		}
		return s.keepRecovery(ctx, tx, a)
	})
}

// askRecovery waits for the new mailbox to say that it is theirs, and tells the
// former one while it can still object. The caller holds the account.
func (s *Service) askRecovery(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, email string) error {
	if a.HelpedBy(access.ViewerFrom(ctx).ActorID(), s.Clock.Now()) {
		return ErrRecoveryHelper
	}
	n, err := s.Factors.LinksSince(ctx, tx, a.PracticeID, a.ID, factor.Recovery, s.Clock.Now().Add(-time.Hour))
	if err != nil {
		return err
	}
	if n >= asksPerHour {
		return ErrAskedOften
	}
	if err := s.Factors.AskMailbox(ctx, tx, p, a, email, factor.Recovery); err != nil {
		return err
	}
	if err := s.recordRecovery(ctx, tx, a, audit.RecoveryAsked, a.RecoveryEmail, email); err != nil {
		return err
	}
	return s.Factors.Tell(ctx, tx, p, a,
		"Your recovery address at "+p.Name+" is to become "+account.Masked(email)+". It changes once that mailbox confirms.")
}

// keepRecovery forgets an address that has not been confirmed.
func (s *Service) keepRecovery(ctx context.Context, tx *db.Tx, a account.Account) error {
	if a.PendingEmail == "" {
		return nil
	}
	if err := s.Factors.KeepMailbox(ctx, tx, a, factor.Recovery); err != nil {
		return err
	}
	return s.recordRecovery(ctx, tx, a, audit.RecoveryAsked, a.PendingEmail, a.RecoveryEmail)
}

func (s *Service) recordRecovery(ctx context.Context, tx *db.Tx, a account.Account, action audit.Action, before, after string) error {
	return s.Audit.Record(ctx, tx, audit.Entry{
		Action: action, PracticeID: a.PracticeID, AccountID: a.ID, AccountName: a.Name,
		Changes: audit.Diff(nil, FieldRecovery, before, after),
	})
}

// RecoveryOf is whose new recovery address a link confirms, and which. It
// changes nothing. factor.ErrLinkVoid.
func (s *Service) RecoveryOf(ctx context.Context, practiceID, token string) (account.Account, error) {
	_, a, err := s.Factors.AskedMailbox(ctx, s.DB, practiceID, token, factor.Recovery)
	return a, err
}

// ConfirmRecovery makes the confirmed address the recovery address. Of several at
// once one wins. It signs nobody in.
func (s *Service) ConfirmRecovery(ctx context.Context, p access.Practice, token string) (a account.Account, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		_, found, err := s.Factors.AskedMailbox(ctx, tx, p.ID, token, factor.Recovery)
		if err != nil {
			return err
		}
		// Held, and read again: somebody may have kept the former one just now.
		if _, err := s.Accounts.Hold(ctx, tx, p.ID, found.ID); err != nil {
			return err
		}
		l, former, err := s.Factors.AskedMailbox(ctx, tx, p.ID, token, factor.Recovery)
		if err != nil {
			return err
		}
		if by := former.Asker(); by != "" && former.HelpedBy(by, s.Clock.Now()) {
			return ErrRecoveryAsker
		}
		if err := s.Factors.UseLink(ctx, tx, l); err != nil {
			return err
		}
		if err := s.Accounts.ConfirmRecovery(ctx, tx, former); err != nil {
			return err
		}
		if err := s.endMailed(ctx, tx, former); err != nil {
			return err
		}
		if err := s.recordRecovery(ctx, tx, former, audit.RecoveryChanged, former.RecoveryEmail, former.PendingEmail); err != nil {
			return err
		}
		if err := s.Factors.Tell(ctx, tx, p, former,
			"Your recovery address at "+p.Name+" is now "+account.Masked(former.PendingEmail)+". Nothing is sent here any more."); err != nil {
			return err
		}
		a, err = s.Accounts.Get(ctx, tx, p.ID, former.ID)
		return err
	})
	return a, err
}

// moveRecovery stores another recovery address at once, of an account that the
// caller holds.
func (s *Service) moveRecovery(ctx context.Context, tx *db.Tx, a account.Account, email string) error {
	if err := s.Accounts.ChangeRecovery(ctx, tx, a, email); err != nil {
		return err
	}
	return s.endMailed(ctx, tx, a)
}

// endMailed ends what was sent to a former address, with a skip that waits: it
// was granted to whoever had that.
func (s *Service) endMailed(ctx context.Context, tx *db.Tx, a account.Account) error {
	if err := s.Factors.EndLinks(ctx, tx, a.PracticeID, a.ID, ""); err != nil {
		return err
	}
	if err := s.Factors.DeleteTemporary(ctx, tx, a.PracticeID, a.ID); err != nil {
		return err
	}
	_, err := s.Factors.EndSkip(ctx, tx, a.PracticeID, a.ID)
	return err
}
