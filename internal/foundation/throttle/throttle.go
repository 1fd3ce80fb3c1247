// Package throttle counts failed tries in a row. A try is reserved before the
// proof is looked at, in a transaction of its own, so that a thousand guesses
// at once count as a thousand; only a right proof gives the reservations back,
// or that it was never looked at.
//
// What always holds: the count of one subject and factor grows with every try
// that was let through, whatever happens to the process afterwards.
package throttle

import (
	"context"
	"time"

	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// Key names what is counted.
type Key struct {
	PracticeID string
	Subject    string // account id, or the keyed hash of an unknown login ID
	Factor     string // "password", "step_up", ...
}

const (
	free   = 4   // failures in a row before delays begin
	closed = 100 // failures in a row after which only a reset opens again
)

// Unknown begins the subjects that stand for nobody.
const Unknown = "unknown:"

// ErrDelayed asks for patience. It is the same for subjects that do not exist.
var ErrDelayed = fault.New(fault.TooMany, "too-many-tries",
	"There were too many tries that did not match. Wait a little and try again, or use Forgot password?")

// Limiter counts in the table attempt.
type Limiter struct {
	Clock clock.Clock
}

// Reserve counts a try as failed until Clear says otherwise. It fails with
// ErrDelayed, uncounted, while the subject has to wait.
func (l *Limiter) Reserve(ctx context.Context, tx *db.Tx, k Key) error {
	now := l.Clock.Now()
	var failures int64
	var blocked time.Time
	err := tx.QueryRow(ctx, `
		INSERT INTO attempt (practice_id, subject, factor, failures, last_at, blocked_until)
		VALUES ($1, $2, $3, 1, $4, 0)
		ON CONFLICT (practice_id, subject, factor) DO UPDATE
			SET failures = attempt.failures + 1, last_at = $4
		RETURNING failures, blocked_until`, k.PracticeID, k.Subject, k.Factor, now).Scan(&failures, &blocked)
	if err != nil {
		return err
	}
	if failures > closed {
		return ErrDelayed.After(time.Hour)
	}
	if wait := blocked.Sub(now); wait > 0 {
		return ErrDelayed.After(wait)
	}
	if failures <= free {
		return nil
	}
	_, err = tx.Exec(ctx, `
		UPDATE attempt SET blocked_until = $4 WHERE practice_id = $1 AND subject = $2 AND factor = $3`,
		k.PracticeID, k.Subject, k.Factor, now.Add(delay(failures)))
	return err
}

// Clear forgets the failures after a right proof.
func (l *Limiter) Clear(ctx context.Context, tx *db.Tx, k Key) error {
	_, err := tx.Exec(ctx, `DELETE FROM attempt WHERE practice_id = $1 AND subject = $2 AND factor = $3`,
		k.PracticeID, k.Subject, k.Factor)
	return err
}

// Return gives back one try that was reserved and then not looked at.
func (l *Limiter) Return(ctx context.Context, tx *db.Tx, k Key) error {
	_, err := tx.Exec(ctx, `
		UPDATE attempt SET failures = failures - 1
		WHERE practice_id = $1 AND subject = $2 AND factor = $3 AND failures > 0`, k.PracticeID, k.Subject, k.Factor)
	return err
}

// Sweep forgets unknown subjects that nobody tried for a day. What is counted
// for real accounts stays until a right proof or a reset.
func (l *Limiter) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM attempt WHERE subject LIKE $1 AND last_at < $2`,
		Unknown+"%", l.Clock.Now().Add(-24*time.Hour))
	return err
}

// delay doubles from two seconds on the fifth failure up to five minutes.
func delay(failures int64) time.Duration {
	n := min(failures-free, 8)
	return min(time.Duration(1<<n)*time.Second, 5*time.Minute)
}
