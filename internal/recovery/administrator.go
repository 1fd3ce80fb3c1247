package recovery

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor"
)

// Administrator is somebody who runs the platform, with what they have as a
// second factor.
type Administrator struct {
	account.Account
	Second factor.Second
}

// Administrators lists who runs the platform, by name.
func (s *Service) Administrators(ctx context.Context) ([]Administrator, error) {
	accounts, err := s.Accounts.List(ctx, s.DB, "", access.KindPlatform)
	if err != nil {
		return nil, err
	}
	all := make([]Administrator, len(accounts))
	for i, a := range accounts {
		all[i].Account = a
		if all[i].Second, err = s.Factors.SecondOf(ctx, s.DB, "", a.ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}
