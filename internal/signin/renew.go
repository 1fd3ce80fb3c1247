package signin

import (
	"context"

	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/session"
)

// renew stores the password that somebody chose in place of the one they forgot,
// with a temporary one that staff handed to them. Like a reset it ends every
// session and forgets the known devices; this sign-in goes on. Of several at once
// one wins; the others get ErrAlreadyIn.
func (s *Service) renew(ctx context.Context, tx *db.Tx, st State, hash string) (Outcome, error) {
	a, err := s.Accounts.Hold(ctx, tx, st.Account.PracticeID, st.Account.ID)
	if err != nil {
		return Outcome{}, err
	}
	if !a.Active {
		return Outcome{}, ErrOver
	}
	// The order is that of a reset: links, password, temporary password, sessions.
	// Looked at again: it may have been re-issued while the password was hashed.
	if err := s.proofStands(ctx, tx, st); err != nil {
		return Outcome{}, err
	}
	if err := s.Factors.EndLinks(ctx, tx, a.PracticeID, a.ID, ""); err != nil {
		return Outcome{}, err
	}
	if err := s.Factors.SetPassword(ctx, tx, a.PracticeID, a.ID, hash); err != nil {
		return Outcome{}, err
	}
	won, err := s.Factors.UseTemporary(ctx, tx, a.PracticeID, st.ProofID)
	if err != nil {
		return Outcome{}, err
	}
	if !won {
		return Outcome{}, ErrAlreadyIn
	}
	if _, err := s.Sessions.EndAll(ctx, tx, a.PracticeID, a.ID, "", session.PasswordChanged); err != nil {
		return Outcome{}, err
	}
	if err := s.Devices.ForgetAll(ctx, tx, a.PracticeID, a.ID); err != nil {
		return Outcome{}, err
	}
	if err := s.Audit.Record(ctx, tx, s.entry(st, audit.PasswordChosen)); err != nil {
		return Outcome{}, err
	}
	st.Renews = false
	if Next(st) != Done {
		if st, err = s.goOnByPassword(ctx, tx, st); err != nil {
			return Outcome{}, err
		}
	}
	return s.advance(ctx, tx, st)
}
