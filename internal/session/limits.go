package session

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// ShortenToPolicy holds the open sessions of a practice to limits that have
// become shorter, in the transaction that changed the policy: what would be
// over under them is over at its next request. Limits that grew are for the
// next sign-in.
func (s *Service) ShortenToPolicy(ctx context.Context, tx *db.Tx, practiceID string) error {
	policy, err := s.Practices.Policy(ctx, tx, practiceID)
	if err != nil {
		return err
	}
	for _, kind := range []access.Kind{access.KindStaff, access.KindClient} {
		for _, shared := range []bool{false, true} {
			for _, kept := range []bool{false, true} {
				idle, absolute := limits(policy, kind, shared, kept)
				if err := shorten(ctx, tx, practiceID, kind, shared, kept, idle, absolute); err != nil {
					return err
				}
			}
		}
	}
	tx.Announce(access.PracticeTopic(practiceID))
	return nil
}

func shorten(ctx context.Context, tx *db.Tx, practiceID string, kind access.Kind, shared, kept bool, idle, absolute time.Duration) error {
	const which = `
		WHERE practice_id = $1 AND ended_at IS NULL AND shared = $2 AND kept = $5
			AND account_id IN (SELECT id FROM account WHERE practice_id = $1 AND kind = $3) AND `
	if _, err := tx.Exec(ctx, `UPDATE session SET idle_limit = $4`+which+`idle_limit > $4`,
		practiceID, shared, string(kind), int64(idle/time.Second), kept); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE session SET expires_at = created_at + $4`+which+`expires_at > created_at + $4`,
		practiceID, shared, string(kind), absolute.Microseconds(), kept)
	return err
}

// settleIn is how long a sign-in that read the former policy may take to be
// stored.
const settleIn = 5 * time.Minute

// shortenAgain meets the sessions that were being issued under the former
// policy while it was changed.
func (s *Service) shortenAgain(ctx context.Context) error {
	practices, err := s.Practices.PoliciesChangedSince(ctx, s.Clock.Now().Add(-settleIn))
	if err != nil {
		return err
	}
	for _, practiceID := range practices {
		if err := s.DB.Write(ctx, func(tx *db.Tx) error { return s.ShortenToPolicy(ctx, tx, practiceID) }); err != nil {
			return err
		}
	}
	return nil
}
