package factor

import (
	"context"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/db"
	"catflap/internal/practice"
	"catflap/internal/role"
)

// Demand is what the policy says about a second factor of one account.
type Demand struct {
	Mode      practice.SecondMode
	Grace     time.Duration // from the first sign-in at which it is required
	EmailCode bool          // codes by e-mail are allowed
}

// DemandOf is what the policy says about an account: to staff the strictest of
// their roles, in whichever branch; to pet parents the setting of the practice.
// Platform accounts have to have an authenticator app, from their first sign-in on.
func (s *Service) DemandOf(ctx context.Context, r db.Reader, a account.Account) (Demand, error) {
	if a.Kind == access.KindPlatform {
		return Demand{Mode: practice.SecondRequired}, nil
	}
	policy, err := s.Practices.Policy(ctx, r, a.PracticeID)
	if err != nil {
		return Demand{}, err
	}
	if a.Kind == access.KindClient {
		return Demand{Mode: policy.SecondClient, EmailCode: policy.EmailCodeClient}, nil
	}
	held, err := s.Roles.HeldBy(ctx, r, a.PracticeID, a.ID)
	if err != nil {
		return Demand{}, err
	}
	return DemandOn(policy, held), nil
}

// DemandOn is DemandOf for staff with these grants.
func DemandOn(policy practice.Policy, held []role.Held) Demand {
	all := role.UsualSecond(nil)
	for i, h := range held {
		if i == 0 {
			all = h.Second
		}
		all = all.Strictest(h.Second)
	}
	return Demand{
		Mode: all.Mode, Grace: time.Duration(all.Grace) * 24 * time.Hour, EmailCode: all.EmailCode && !policy.Strict,
	}
}

// Days is the grace in words: "14 days".
func (d Demand) Days() string { return role.Second{Grace: int(d.Grace / (24 * time.Hour))}.Days() }

// Required reports whether an account has to have a factor.
func (d Demand) Required() bool { return d.Mode == practice.SecondRequired }

// Offered reports whether an account can set one up.
func (d Demand) Offered() bool { return d.Mode != practice.SecondOff }
