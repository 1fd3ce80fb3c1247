package practice

import (
	"context"
	"strings"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/plan"
)

// What the platform can be refused with.
var (
	// ErrNotOpen answers whoever starts something in a practice that is
	// suspended or closed.
	ErrNotOpen = fault.New(fault.Conflict, "practice-not-open",
		"This practice is suspended or closed, so nothing new can be started in it. Open it again first.")
	// ErrStatus answers whoever changes the status of a practice that is there
	// already, or was changed by somebody else a moment ago.
	ErrStatus = fault.New(fault.Conflict, "practice-status",
		"The practice is not in the state any more from which this could be done. Look at its page again.")
)

// statusActions are the entries by what becomes of the practice.
func statusActions() map[string]audit.Action {
	return map[string]audit.Action{
		Active: audit.PracticeReopened, Suspended: audit.PracticeSuspended, Closed: audit.PracticeClosed,
	}
}

// from lists the states from which a practice can come into one.
func from(status string) (one, other string) {
	switch status {
	case Suspended:
		return Active, Active
	case Closed:
		return Active, Suspended
	}
	return Suspended, Closed
}

// SetStatus suspends, closes or opens a practice again, in the caller's
// transaction, and records it with the platform and with the practice. A reason
// is needed unless it is opened. Detail is added to the entries. What ends with
// it (sessions, keys) is the caller's. ErrStatus, ErrNotFound; complaints name
// status and reason.
func (s *Service) SetStatus(ctx context.Context, tx *db.Tx, practiceID, status, reason string, detail map[string]string) (Practice, error) {
	reason = strings.TrimSpace(reason)
	action, known := statusActions()[status]
	var c fault.Complaints
	c.Check(known, "status", "Choose active, suspended or closed.")
	c.Check(status == Active || reason != "", "reason", "Type the reason. It stands in the record of the practice too.")
	c.Check(utf8.RuneCountInString(reason) <= 500, "reason", "Use at most 500 characters.")
	if err := c.Err(); err != nil {
		return Practice{}, err
	}
	before, err := s.Get(ctx, tx, practiceID)
	if err != nil {
		return Practice{}, err
	}
	one, other := from(status)
	n, err := tx.Exec(ctx, `
		UPDATE practice SET status = $2, status_reason = $3, status_at = $4 WHERE id = $1 AND status IN ($5, $6)`,
		practiceID, status, reason, s.Clock.Now(), one, other)
	if err != nil {
		return Practice{}, err
	}
	if n == 0 {
		return Practice{}, ErrStatus
	}
	tx.Announce(access.PracticeTopic(practiceID))
	changes := audit.Diff(nil, "status", before.Status, status)
	changes = audit.Diff(changes, "reason", before.Reason, reason)
	if err := s.recordTwice(ctx, tx, before, audit.Entry{Action: action, Changes: changes, Detail: detail}); err != nil {
		return Practice{}, err
	}
	return s.Get(ctx, tx, practiceID)
}

// SetPlan gives the practice another plan, in the caller's transaction. The
// same one again changes nothing. Complaints name plan.
func (s *Service) SetPlan(ctx context.Context, tx *db.Tx, practiceID, key string) (Practice, error) {
	if _, known := plan.Find(key); !known {
		return Practice{}, fault.Complain("plan", "Choose one of the plans.")
	}
	before, err := s.Get(ctx, tx, practiceID)
	if err != nil {
		return Practice{}, err
	}
	n, err := tx.Exec(ctx, `UPDATE practice SET plan = $2 WHERE id = $1 AND plan = $3 AND plan <> $2`, practiceID, key, before.Plan)
	if err != nil {
		return Practice{}, err
	}
	if n == 0 {
		if before.Plan != key {
			return Practice{}, ErrStatus
		}
		return before, nil
	}
	tx.Announce(access.PracticeTopic(practiceID))
	if err := s.recordTwice(ctx, tx, before, audit.Entry{
		Action: audit.PlanChanged, Changes: audit.Diff(nil, "plan", before.Plan, key),
	}); err != nil {
		return Practice{}, err
	}
	return s.Get(ctx, tx, practiceID)
}

// InsistOpen answers ErrNotOpen for a practice that is suspended or closed.
func (s *Service) InsistOpen(ctx context.Context, r db.Reader, practiceID string) error {
	p, err := s.Get(ctx, r, practiceID)
	if err == nil && p.Status != Active {
		err = ErrNotOpen
	}
	return err
}

// recordTwice writes an entry about the practice into the platform's record and
// into its own.
func (s *Service) recordTwice(ctx context.Context, tx *db.Tx, p Practice, e audit.Entry) error {
	e.OnPlatform, e.Target = true, audit.Target{Kind: "practice", ID: p.ID, Name: p.Name}
	for _, e.PracticeID = range []string{"", p.ID} {
		if err := s.Audit.Record(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}
