package recovery

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/petparent"
)

// The refusals of a reset link that staff send.
var (
	// ErrNoMailbox answers where there is nowhere to send it.
	ErrNoMailbox = fault.New(fault.Conflict, "no-recovery-address",
		"There is no recovery address to send a link to. Type one in the System Login Editor first: it counts once that mailbox has confirmed.")
	// ErrNotBegun answers for somebody who never chose a password.
	ErrNotBegun = fault.New(fault.Conflict, "never-signed-in",
		"This pet parent has not chosen a password yet, so there is none to reset. Send a new welcome e-mail instead.")
	// ErrSentOften answers where the account got as many links as it may.
	ErrSentOften = fault.New(fault.TooMany, "reset-links-sent",
		"Three links were sent within the last hour. The newest one works; ask the pet parent to look for it, or wait an hour.")
)

// SendReset sends a pet parent a link to a new password, as Forgot password?
// would. It goes to the recovery address. Counts together with what they asked
// for themselves.
func (s *Service) SendReset(ctx context.Context, p access.Practice, petParentID string) (a account.Account, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		person, err := s.PetParents.Get(ctx, tx, p.ID, petParentID)
		if err != nil {
			return err
		}
		if person.AccountID == "" {
			return petparent.ErrNoLogin
		}
		if a, err = s.Accounts.Hold(ctx, tx, p.ID, person.AccountID); err != nil {
			return err
		}
		switch {
		case !a.Active:
			return ErrOff
		case !a.Onboarded():
			return ErrNotBegun
		case a.RecoveryEmail == "":
			return ErrNoMailbox
		}
		n, err := s.Factors.LinksSince(ctx, tx, p.ID, a.ID, factor.Reset, s.Clock.Now().Add(-time.Hour))
		if err != nil {
			return err
		}
		if n >= perHour {
			return ErrSentOften
		}
		if err := s.writeLink(ctx, tx, p, a); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, audit.Entry{
			Action: audit.ResetSent, PracticeID: p.ID, AccountID: a.ID, AccountName: a.Name,
		})
	})
	return a, err
}
