package throttle

import (
	"context"
	"errors"
	"strings"
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
	Device     string // the mark of a device that the subject is known on; "" for all others together
}

// onDevice stands between a factor and a device in the column factor.
const onDevice = "@"

// factor is the key's place among those of its subject.
func (k Key) factor() string {
	if k.Device == "" {
		return k.Factor
	}
	return k.Factor + onDevice + k.Device
}

const (
	free     = 4   // failures in a row before delays begin
	closed   = 100 // failures in a row after which waiting does not help any more
	reopened = 90  // failures that are left when a known device opens what strangers closed
)

// memory is how long a count below closed outlives its last try.
const memory = 90 * 24 * time.Hour

// Unknown begins the subjects that stand for nobody.
const Unknown = "unknown:"

var (
	// ErrDelayed asks for patience. It is the same for subjects that do not exist.
	ErrDelayed = fault.New(fault.TooMany, "too-many-tries",
		"There were too many tries that did not match. Wait a little and try again, or use Forgot password?")
	// ErrClosed is the hidden cause of an ErrDelayed that waiting does not end.
	ErrClosed = errors.New("closed after too many failures in a row")
)

// Limiter counts in the tables attempt and address_failure.
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
		RETURNING failures, blocked_until`, k.PracticeID, k.Subject, k.factor(), now).Scan(&failures, &blocked)
	if err != nil {
		return err
	}
	if failures > closed {
		return ErrDelayed.After(time.Hour).Because(ErrClosed)
	}
	if wait := blocked.Sub(now); wait > 0 {
		return ErrDelayed.After(wait)
	}
	if failures <= free {
		return nil
	}
	_, err = tx.Exec(ctx, `
		UPDATE attempt SET blocked_until = $4 WHERE practice_id = $1 AND subject = $2 AND factor = $3`,
		k.PracticeID, k.Subject, k.factor(), now.Add(delay(failures)))
	return err
}

// Clear forgets the failures of one key after a right proof.
func (l *Limiter) Clear(ctx context.Context, tx *db.Tx, k Key) error {
	_, err := tx.Exec(ctx, `DELETE FROM attempt WHERE practice_id = $1 AND subject = $2 AND factor = $3`,
		k.PracticeID, k.Subject, k.factor())
	return err
}

// Reopen lets strangers try again at what they closed, after a right proof on a
// known device: now, but with the longest delays, and ten more close it again.
// A count that did not close anything stays.
func (l *Limiter) Reopen(ctx context.Context, tx *db.Tx, k Key) error {
	k.Device = ""
	_, err := tx.Exec(ctx, `
		UPDATE attempt SET failures = $4, blocked_until = 0
		WHERE practice_id = $1 AND subject = $2 AND factor = $3 AND failures >= $5`,
		k.PracticeID, k.Subject, k.factor(), reopened, closed)
	return err
}

// Return gives back one try that was reserved and then not looked at.
func (l *Limiter) Return(ctx context.Context, tx *db.Tx, k Key) error {
	_, err := tx.Exec(ctx, `
		UPDATE attempt SET failures = failures - 1
		WHERE practice_id = $1 AND subject = $2 AND factor = $3 AND failures > 0`, k.PracticeID, k.Subject, k.factor())
	return err
}

// Open forgets every failure of a subject, whatever the factor and the device.
// What Note counted stays. It tells how many keys it opened.
func (l *Limiter) Open(ctx context.Context, tx *db.Tx, practiceID, subject string) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM attempt WHERE practice_id = $1 AND subject = $2 AND factor <> $3`,
		practiceID, subject, noted)
}

// ForgetDevices forgets the failures on all devices that a subject was known on,
// but for the one with the mark kept; "" keeps none.
func (l *Limiter) ForgetDevices(ctx context.Context, tx *db.Tx, practiceID, subject, kept string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM attempt WHERE practice_id = $1 AND subject = $2 AND factor LIKE $3 AND ($4 = '' OR factor NOT LIKE $5)`,
		practiceID, subject, "%"+onDevice+"%", kept, "%"+onDevice+kept)
	return err
}

// noted is the factor under which Note counts. It never delays anything.
const noted = "failed_since"

// Note counts a failed try for its owner to read about after the next sign-in.
func (l *Limiter) Note(ctx context.Context, tx *db.Tx, practiceID, subject string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO attempt (practice_id, subject, factor, failures, last_at, blocked_until)
		VALUES ($1, $2, $3, 1, $4, 0)
		ON CONFLICT (practice_id, subject, factor) DO UPDATE
			SET failures = attempt.failures + 1, last_at = $4`, practiceID, subject, noted, l.Clock.Now())
	return err
}

// Noted is how often Note was called since Noted was asked last.
func (l *Limiter) Noted(ctx context.Context, tx *db.Tx, practiceID, subject string) (n int, err error) {
	err = tx.QueryRow(ctx, `
		DELETE FROM attempt WHERE practice_id = $1 AND subject = $2 AND factor = $3 RETURNING failures`,
		practiceID, subject, noted).Scan(&n)
	if errors.Is(err, db.ErrNone) {
		return 0, nil
	}
	return n, err
}

// Standing is how one key of a subject stands.
type Standing struct {
	Factor       string
	OnDevice     bool // on one device that the subject is known on, not for everybody else
	Failures     int
	LastAt       time.Time
	BlockedUntil time.Time
}

// Closed reports whether waiting does not help any more.
func (s Standing) Closed() bool { return s.Failures >= closed }

// Delayed reports whether the next try has to wait.
func (s Standing) Delayed(now time.Time) bool { return !s.Closed() && s.BlockedUntil.After(now) }

// Standings reads how every key of a subject stands.
func (l *Limiter) Standings(ctx context.Context, r db.Reader, practiceID, subject string) ([]Standing, error) {
	return db.All(ctx, r, func(sc db.Scanner) (s Standing, err error) {
		err = sc.Scan(&s.Factor, &s.Failures, &s.LastAt, &s.BlockedUntil)
		s.Factor, _, s.OnDevice = strings.Cut(s.Factor, onDevice)
		return s, err
	}, `
		SELECT factor, failures, last_at, blocked_until FROM attempt
		WHERE practice_id = $1 AND subject = $2 AND factor <> $3 ORDER BY factor`, practiceID, subject, noted)
}

// Sweep forgets what nobody tried for long, and the addresses of former spans.
// It does so for accounts as for subjects that stand for nobody: were those
// forgotten sooner, a guesser could tell them apart by coming back later. What
// is closed stays closed, for the same reason and because a guesser can wait.
func (l *Limiter) Sweep(ctx context.Context, tx *db.Tx) error {
	now := l.Clock.Now()
	if _, err := tx.Exec(ctx, `
		DELETE FROM attempt WHERE last_at < $1 AND (factor <> $3 AND failures < $2 OR factor = $3 AND subject LIKE $4)`,
		now.Add(-memory), closed, noted, Unknown+"%"); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM address_failure WHERE span < $1`, span(now))
	return err
}

// delay doubles from two seconds on the fifth failure up to five minutes.
func delay(failures int64) time.Duration {
	n := min(failures-free, 9)
	return min(time.Duration(1<<n)*time.Second, 5*time.Minute)
}

// Forget deletes everything that was counted for a subject that is no more.
func (l *Limiter) Forget(ctx context.Context, tx *db.Tx, practiceID, subject string) error {
	_, err := tx.Exec(ctx, `DELETE FROM attempt WHERE practice_id = $1 AND subject = $2`, practiceID, subject)
	return err
}
