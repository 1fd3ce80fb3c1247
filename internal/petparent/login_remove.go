package petparent

import (
	"context"

	"catflap/internal/foundation/db"
)

// RemoveLogin deletes the login of a pet parent who gets another one, or who is
// erased: sessions, sign-ins under way, links, passwords and second factors go
// with it, in the caller's transaction, which runs again when a sign-in began in
// between. The record goes on to know it by its id.
func (s *Service) RemoveLogin(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	// Whoever signs in with it at this moment is let finish, and ended then.
	if _, err := s.Accounts.Hold(ctx, tx, practiceID, accountID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE pet_parent SET account_id = NULL WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID); err != nil {
		return err
	}
	for _, forget := range []func(context.Context, *db.Tx, string, string) error{
		s.ForgetLogin, s.Sessions.Forget, s.Devices.ForgetAll, s.Factors.Forget, s.Accounts.Delete,
	} {
		if err := forget(ctx, tx, practiceID, accountID); err != nil {
			return db.AgainIfReferred(err)
		}
	}
	return nil
}
