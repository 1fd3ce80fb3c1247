package signin

import (
	"context"

	"catflap/internal/foundation/db"
)

// AcceptTerms writes down that the pet parent accepts the version of the
// practice's terms that they were shown. onboarding.ErrTermsNewer.
func (s *Service) AcceptTerms(ctx context.Context, version int) (Outcome, error) {
	var out Outcome
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		st, err := s.holdStep(ctx, tx, AcceptTerms)
		if err != nil {
			return err
		}
		if err := s.Onboarding.AcceptTerms(ctx, tx, st.Account, st.ProofID, version); err != nil {
			return err
		}
		st.TermsOwed = false
		if err := s.holdProof(ctx, tx, st); err != nil {
			return err
		}
		out, err = s.advance(ctx, tx, st)
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	return out, nil
}
