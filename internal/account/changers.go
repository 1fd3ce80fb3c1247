package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"catflap/internal/access"
)

// RecoveryRest is how long whoever changed somebody's recovery address cannot
// help them to get in: both together would be the account.
const RecoveryRest = 7 * 24 * time.Hour

// ChangedBy reports whether somebody changed the recovery address, or asked for
// another one, so recently that they cannot help this person to get in.
func (a Account) ChangedBy(actorID string, now time.Time) bool {
	return now.Before(a.RecoveryChangedAt.Add(RecoveryRest)) && slices.Contains(a.RecoveryChangers, actorID)
}

// Asker is who asked for the pending address; "" when that is not known or was
// no account.
func (a Account) Asker() string {
	if n := len(a.RecoveryChangers); a.PendingEmail != "" && n > 0 && a.RecoveryChangers[n-1] != nobody {
		return a.RecoveryChangers[n-1]
	}
	return ""
}

// changers is who changed the recovery address, with the viewer at the end. Those
// of the same week stay: a second change, by anybody, must not clear the first.
func (s *Service) changers(ctx context.Context, a Account) string {
	var all []string
	if s.Clock.Now().Before(a.RecoveryChangedAt.Add(RecoveryRest)) {
		all = a.RecoveryChangers
	}
	v := access.ViewerFrom(ctx)
	by := v.ActorID()
	if by == "" {
		by = nobody
	}
	all = slices.DeleteFunc(slices.Clone(all), func(id string) bool { return id == by })
	return strings.Join(append(all, by), " ")
}

// nobody stands for what no account did.
const nobody = "-"
