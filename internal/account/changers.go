package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

// RecoveryRest is how long whoever changed somebody's recovery address cannot
// help them to get in: both together would be the account.
const RecoveryRest = 7 * 24 * time.Hour

// ChangedBy reports whether somebody changed the recovery address, or asked for
// another one, so recently that they cannot help this person to get in.
func (a Account) ChangedBy(actorID string, now time.Time) bool {
	return now.Before(a.RecoveryChangedAt.Add(RecoveryRest)) && slices.Contains(a.RecoveryChangers, actorID)
}

// NoteContactRemoved remembers that the viewer took away the last address at
// which somebody could be written to: whoever does that cannot help them to get
// in either. Who asked for a pending address stays the last one.
func (s *Service) NoteContactRemoved(ctx context.Context, tx *db.Tx, a Account) error {
	by := s.changers(ctx, a)
	if asker := a.Asker(); asker != "" {
		all := slices.DeleteFunc(strings.Fields(by), func(id string) bool { return id == asker })
		by = strings.Join(append(all, asker), " ")
	}
	_, err := tx.Exec(ctx, `UPDATE account SET recovery_changed_at = $3, recovery_changed_by = $4 WHERE practice_id = $1 AND id = $2`,
		a.PracticeID, a.ID, s.Clock.Now(), by)
	return err
}

// Asker is who asked for the pending address; "" when that is not known or was
// no account.
func (a Account) Asker() string {
	if n := len(a.RecoveryChangers); a.PendingEmail != "" && n > 0 && a.RecoveryChangers[n-1] != nobody {
		return a.RecoveryChangers[n-1]
	}
	return ""
}

// HelpedBy reports whether somebody let this person in without the second factor
// so recently that they cannot give them another address: the same two steps, the
// other way round.
func (a Account) HelpedBy(actorID string, now time.Time) bool {
	return now.Before(a.FactorHelpedAt.Add(RecoveryRest)) && slices.Contains(a.FactorHelpers, actorID)
}

// NoteHelp remembers that the viewer lets somebody in without the second factor.
func (s *Service) NoteHelp(ctx context.Context, tx *db.Tx, a Account) error {
	_, err := tx.Exec(ctx, `UPDATE account SET factor_helped_at = $3, factor_helped_by = $4 WHERE practice_id = $1 AND id = $2`,
		a.PracticeID, a.ID, s.Clock.Now(), s.joined(ctx, a.FactorHelpers, a.FactorHelpedAt))
	return err
}

// HandedBy reports whether somebody handed this person a temporary password in
// place of their own so recently that they cannot help with the second factor.
func (a Account) HandedBy(actorID string, now time.Time) bool {
	return now.Before(a.HandedAt.Add(RecoveryRest)) && slices.Contains(a.Handers, actorID)
}

// NoteHanded remembers that the viewer hands somebody a temporary password in
// place of their own.
func (s *Service) NoteHanded(ctx context.Context, tx *db.Tx, a Account) error {
	_, err := tx.Exec(ctx, `UPDATE account SET handed_at = $3, handed_by = $4 WHERE practice_id = $1 AND id = $2`,
		a.PracticeID, a.ID, s.Clock.Now(), s.joined(ctx, a.Handers, a.HandedAt))
	return err
}

// changers is who changed the recovery address, with the viewer at the end.
func (s *Service) changers(ctx context.Context, a Account) string {
	return s.joined(ctx, a.RecoveryChangers, a.RecoveryChangedAt)
}

// joined adds the viewer to those who did the same. Those of the same week stay: a
// second time, by anybody, must not clear the first.
func (s *Service) joined(ctx context.Context, former []string, at time.Time) string {
	var all []string
	if s.Clock.Now().Before(at.Add(RecoveryRest)) {
		all = former
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
