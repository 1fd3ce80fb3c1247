package onboarding

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
)

// Own reads what the signed-in pet parent may correct about themselves.
func (s *Service) Own(ctx context.Context) (petparent.Own, error) {
	v := access.ViewerFrom(ctx)
	p, err := s.PetParents.ByAccount(ctx, s.DB, v.PracticeID, v.AccountID)
	if err != nil {
		return petparent.Own{}, err
	}
	return s.PetParents.Own(ctx, s.DB, v.PracticeID, p.ID)
}

// CorrectOwn takes what the signed-in pet parent wants different: as proposals,
// or at once where the practice accepts automatically. Complaints and faults
// are those of petparent.CorrectOwn.
func (s *Service) CorrectOwn(ctx context.Context, in petparent.OwnInput) (out petparent.OwnChange, err error) {
	v := access.ViewerFrom(ctx)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		policy, err := s.Practices.Policy(ctx, tx, v.PracticeID)
		if err != nil {
			return err
		}
		p, err := s.PetParents.ByAccount(ctx, tx, v.PracticeID, v.AccountID)
		if err != nil {
			return err
		}
		out, err = s.PetParents.CorrectOwn(ctx, tx, v.PracticeID, p.ID, in, policy.AcceptChanges)
		return err
	})
	return out, err
}
