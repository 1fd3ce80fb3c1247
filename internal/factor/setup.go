package factor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
)

// setupLife is how long a set-up waits for its code: long enough to find the
// phone and install an app.
const setupLife = 30 * time.Minute

// Setup is a set-up of an authenticator that is under way.
type Setup struct {
	ID        string
	Key       otp.Key
	Label     otp.Label
	ExpiresAt time.Time
	practice  string
	account   string
	askedIn   string
	sealed    []byte
}

func (s Setup) seal() string { return placeOf("authenticator_setup", s.account, s.ID) }

// The refusals of a set-up.
var (
	// ErrSetupOver answers for one that was verified, cancelled or replaced, or
	// that is too old, or that somebody else began.
	ErrSetupOver = fault.New(fault.Conflict, "set-up-over",
		"This set-up is over: it was finished, cancelled, begun again in another window, or it is older than 30 minutes. Remove its entry from the authenticator app and begin again.")
	// ErrFactorOff answers where the practice does not want second factors.
	ErrFactorOff = fault.New(fault.Forbidden, "second-factor-off",
		"Your practice has switched two-factor authentication off for logins like yours. Ask your practice if you want it.")
)

// Setup finds the set-up that is under way in a session or sign-in, so that two
// tabs show the same key; ErrSetupOver when there is none.
func (s *Service) Setup(ctx context.Context, r db.Reader, p access.Practice, a account.Account, askedIn string) (Setup, error) {
	return s.openSetup(ctx, r, p, a, `account_id = $2 AND asked_in = $3 ORDER BY created_at DESC, id DESC LIMIT 1`, askedIn)
}

func (s *Service) openSetup(ctx context.Context, r db.Reader, p access.Practice, a account.Account, which string, arg any) (Setup, error) {
	type row struct {
		Setup
		ended time.Time
	}
	found, err := db.One(ctx, r, func(sc db.Scanner) (x row, err error) {
		return x, sc.Scan(&x.ID, &x.practice, &x.account, &x.askedIn, &x.sealed, &x.ExpiresAt, &x.ended)
	}, `
		SELECT id, practice_id, account_id, asked_in, sealed, expires_at, ended_at FROM authenticator_setup
		WHERE practice_id = $1 AND `+which, a.PracticeID, a.ID, arg)
	if errors.Is(err, db.ErrNone) || err == nil && (!found.ended.IsZero() || !s.Clock.Now().Before(found.ExpiresAt)) {
		return Setup{}, ErrSetupOver
	}
	if err != nil {
		return Setup{}, err
	}
	found.Label = labelOf(p, a)
	found.Key, err = s.Ring.Open(found.seal(), found.sealed)
	return found.Setup, err
}

// BeginSetup makes a key that counts for nothing until it is verified. What was
// under way in the same session or sign-in is over. ErrFactorOff.
func (s *Service) BeginSetup(ctx context.Context, p access.Practice, a account.Account, askedIn string) (Setup, error) {
	demand, err := s.DemandOf(ctx, s.DB, a)
	if err != nil {
		return Setup{}, err
	}
	second, err := s.SecondOf(ctx, s.DB, a.PracticeID, a.ID)
	if err != nil {
		return Setup{}, err
	}
	if !demand.Offered() && !second.Any() && !second.Owed {
		return Setup{}, ErrFactorOff
	}
	now := s.Clock.Now()
	n := Setup{
		ID: id.New(), Key: otp.NewKey(), Label: labelOf(p, a), ExpiresAt: now.Add(setupLife),
		practice: a.PracticeID, account: a.ID, askedIn: askedIn,
	}
	if n.sealed, err = s.Ring.Seal(n.seal(), n.Key); err != nil {
		return Setup{}, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := s.Accounts.Hold(ctx, tx, a.PracticeID, a.ID); err != nil {
			return err
		}
		if err := endSetups(ctx, tx, a.PracticeID, a.ID, askedIn, "replaced", now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO authenticator_setup (id, practice_id, account_id, asked_in, sealed, created_at, expires_at, outcome)
			VALUES ($1, $2, $3, $4, $5, $6, $7, '')`, n.ID, n.practice, n.account, askedIn, n.sealed, now, n.ExpiresAt); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, entryFor(a, audit.FactorBegun))
	})
	return n, err
}

// CancelSetup gives up what is under way in a session or sign-in; it reports
// whether there was anything.
func (s *Service) CancelSetup(ctx context.Context, a account.Account, askedIn string) (gaveUp bool, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `
			UPDATE authenticator_setup SET ended_at = $4, outcome = 'cancelled', sealed = NULL
			WHERE practice_id = $1 AND account_id = $2 AND asked_in = $3 AND ended_at IS NULL`, a.PracticeID, a.ID, askedIn, s.Clock.Now())
		if err != nil || n == 0 {
			return err
		}
		gaveUp = true
		return s.Audit.Record(ctx, tx, entryFor(a, audit.FactorCancelled))
	})
	return gaveUp, err
}

// Verified is what a finished set-up made.
type Verified struct {
	Codes    []secret.Text // the backup codes; this is when they are shown
	Replaced bool          // in place of another key
	Changed  bool          // something was asked of the account before
	Begun    time.Time     // when the set-up was begun
}

// VerifySetup puts the new key in place of the old one, if the code is one of
// its, in the caller's transaction: the code is used up, the former backup
// codes are void and ten new ones there. Complaints are about code;
// ErrSetupOver.
func (s *Service) VerifySetup(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, askedIn, setupID, typed string) (Verified, error) {
	former, strict, err := s.heldSecond(ctx, tx, a)
	if err != nil {
		return Verified{}, err
	}
	n, err := s.openSetup(ctx, tx, p, a, `account_id = $2 AND id = $3`, setupID)
	if err == nil && n.askedIn != askedIn {
		err = ErrSetupOver
	}
	if err != nil {
		return Verified{}, err
	}
	now := s.Clock.Now()
	step, matched := n.Key.Match(typed, now)
	if !matched {
		return Verified{}, n.wrong(typed, now)
	}
	if _, err := tx.Exec(ctx, `UPDATE authenticator_setup SET ended_at = $3, outcome = 'verified', sealed = NULL WHERE practice_id = $1 AND id = $2`,
		a.PracticeID, n.ID, now); err != nil {
		return Verified{}, err
	}
	if err := endSetups(ctx, tx, a.PracticeID, a.ID, "", "replaced", now); err != nil {
		return Verified{}, err
	}
	out := Verified{Changed: former.Any(), Begun: n.ExpiresAt.Add(-setupLife)}
	if out.Replaced, err = s.storeKey(ctx, tx, a, n.Key, step); err != nil {
		return out, err
	}
	if err := s.forgetSecondTries(ctx, tx, a); err != nil {
		return out, err
	}
	if out.Codes, err = s.makeCodes(ctx, tx, a, strict); err != nil {
		return out, err
	}
	action, what := audit.FactorSet, "Two-factor authentication was switched on: an authenticator app is asked for from now on."
	if out.Replaced {
		action, what = audit.FactorReplaced, "Another authenticator app was set up. The former one and the former backup codes do not work any more."
	}
	return out, s.tellSet(ctx, tx, p, a, former, action, what)
}

// storeKey makes a key the account's, with the step of the code that proved it
// used up.
func (s *Service) storeKey(ctx context.Context, tx *db.Tx, a account.Account, key otp.Key, step int64) (replaced bool, err error) {
	stored := authenticator{id: id.New(), account: a.ID}
	if stored.sealed, err = s.Ring.Seal(stored.seal(), key); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `DELETE FROM authenticator WHERE practice_id = $1 AND account_id = $2`, a.PracticeID, a.ID)
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO authenticator (account_id, practice_id, id, sealed, last_step, set_at) VALUES ($2, $1, $3, $4, $5, $6)`,
		a.PracticeID, a.ID, stored.id, stored.sealed, step, s.Clock.Now()); err != nil {
		return false, err
	}
	return n > 0, markSecond(ctx, tx, a.PracticeID, a.ID)
}

// wrong says what is the matter with a code of a set-up.
func (s Setup) wrong(typed string, now time.Time) error {
	if off, found := s.Key.Off(typed, now); found {
		return wrongClock(int((off.Abs()+30*time.Second)/time.Minute), off > 0)
	}
	return fault.Complain("code", "This is not the code that the app shows now. Wait for the next one and type it, and check that you look at the new entry.")
}

// wrongClock says how far a phone's clock is off. Each is a sentence of its own,
// because other languages do not build theirs from the same pieces.
func wrongClock(minutes int, fast bool) error {
	switch {
	case fast && minutes > 1:
		return fault.Complain("code", fmt.Sprintf("The clock of your phone is about %d minutes fast. Switch on automatic date and time in its settings, then type the code that the app shows.", minutes))
	case fast:
		return fault.Complain("code", "The clock of your phone is about 1 minute fast. Switch on automatic date and time in its settings, then type the code that the app shows.")
	case minutes > 1:
		return fault.Complain("code", fmt.Sprintf("The clock of your phone is about %d minutes slow. Switch on automatic date and time in its settings, then type the code that the app shows.", minutes))
	}
	return fault.Complain("code", "The clock of your phone is about 1 minute slow. Switch on automatic date and time in its settings, then type the code that the app shows.")
}

func endSetups(ctx context.Context, tx *db.Tx, practiceID, accountID, askedIn, outcome string, now time.Time) error {
	_, err := tx.Exec(ctx, `
		UPDATE authenticator_setup SET ended_at = $4, outcome = $5, sealed = NULL
		WHERE practice_id = $1 AND account_id = $2 AND ($3 = '' OR asked_in = $3) AND ended_at IS NULL`,
		practiceID, accountID, askedIn, now, outcome)
	return err
}

// unfinished is when the last set-up was begun, if nobody finished it or gave it
// up; zero otherwise.
func (s *Service) unfinished(ctx context.Context, r db.Reader, practiceID, accountID string) (time.Time, error) {
	begun, err := db.One(ctx, r, func(sc db.Scanner) (at time.Time, err error) {
		var outcome string
		if err = sc.Scan(&at, &outcome); outcome != "" && outcome != "left" {
			at = time.Time{}
		}
		return at, err
	}, `
		SELECT created_at, outcome FROM authenticator_setup
		WHERE practice_id = $1 AND account_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1`, practiceID, accountID)
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	return begun, err
}

// SweepSetups destroys the keys of set-ups that nobody finished in time, and
// forgets codes by e-mail that were over a day ago.
func (s *Service) SweepSetups(ctx context.Context) error {
	now := s.Clock.Now()
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `
			UPDATE authenticator_setup SET ended_at = expires_at, outcome = 'left', sealed = NULL
			WHERE ended_at IS NULL AND expires_at <= $1`, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM email_code WHERE created_at < $1`, now.Add(-24*time.Hour))
		return err
	})
}
