package factor

import (
	"context"
	"errors"
	"slices"
	"time"

	"catflap/internal/account"
	"catflap/internal/foundation/db"
)

// Method is a kind of second proof; the words are those of the JSON API.
type Method string

// The methods, in the order in which they are offered.
const (
	ByAuthenticator Method = "totp"
	ByEmailCode     Method = "email_code"
	ByBackupCode    Method = "backup_code"
)

// What else can stand in a sign-in or session in place of a method.
const (
	BySkip  Method = "skip"   // granted to somebody who lost the factor
	BySetup Method = "set_up" // the code that finished the wizard in this sign-in
)

// Methods lists the methods in the order in which they are offered.
func Methods() []Method { return []Method{ByAuthenticator, ByEmailCode, ByBackupCode} }

// Second is what an account has as its second factor, without any secret.
type Second struct {
	AuthenticatorAt time.Time // when the key was verified; zero: none
	FirstAt         time.Time // when a factor was set up where there was none; later ones replaced or joined it
	EmailSince      time.Time // since when codes by e-mail are their own choice; zero: they are not
	Codes           int       // backup codes there are
	Unused          int       // of these
	Readable        bool      // the codes can be shown again
	CodesAt         time.Time // when they were made
	StoredAt        time.Time // when the person said that they are stored
	GraceFrom       time.Time // the first sign-in at which the policy demanded a factor; zero once there is one
	Owed            bool      // it was reset, and the next sign-in sets one up
	Unfinished      time.Time // when a set-up was begun that nobody finished or gave up
}

// Any reports whether a second proof is asked of the account.
func (s Second) Any() bool { return !s.AuthenticatorAt.IsZero() || !s.EmailSince.IsZero() }

// BeganSince reports whether nothing was asked of the account before the moment.
func (s Second) BeganSince(t time.Time) bool {
	return s.Any() && !s.FirstAt.IsZero() && !s.FirstAt.Before(t)
}

// FewCodes is how many unused backup codes are few enough to say so.
const FewCodes = 2

// SecondOf reads what an account has; the zero Second when it has nothing.
func (s *Service) SecondOf(ctx context.Context, r db.Reader, practiceID, accountID string) (Second, error) {
	st, err := db.One(ctx, r, scanSecond, selectSecond, practiceID, accountID)
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	if err != nil {
		return Second{}, err
	}
	st.Unfinished, err = s.unfinished(ctx, r, practiceID, accountID)
	return st, err
}

// methods is what an account can prove itself with, in order. Codes by e-mail
// prove nothing right after a password that came by e-mail, where the
// authenticator can; and where the policy forbids them, only those still use
// them who have nothing else yet.
func (s Second) methods(a account.Account, d Demand, mailed bool) []Method {
	app := !s.AuthenticatorAt.IsZero()
	return slices.DeleteFunc(Methods(), func(m Method) bool {
		switch m {
		case ByAuthenticator:
			return !app
		case ByEmailCode:
			return a.RecoveryEmail == "" || app && (mailed || !d.EmailCode)
		}
		return s.Unused == 0
	})
}

// Lacks reports whether a sign-in that everything was proved in has to set up a
// factor first: it was reset, the policy demands one and grace is over, or what
// there is counts no more.
func (s Second) Lacks(d Demand, now time.Time) bool {
	switch {
	case s.Owed:
		return true
	case !s.AuthenticatorAt.IsZero():
		return false
	case !s.EmailSince.IsZero():
		return !d.EmailCode
	}
	return d.Required() && !now.Before(s.Deadline(d, now))
}

// Deadline is when grace ends for somebody who has to have a factor and has
// none; it begins at now for whoever meets the demand for the first time.
func (s Second) Deadline(d Demand, now time.Time) time.Time {
	from := s.GraceFrom
	if from.IsZero() {
		from = now
	}
	return from.Add(d.Grace)
}

// MeetDemand remembers, at a complete sign-in, when the policy first demanded a
// factor that the account does not have; and forgets it when it no longer does.
func (s *Service) MeetDemand(ctx context.Context, tx *db.Tx, a account.Account) error {
	at, err := s.footing(ctx, tx, a)
	if err != nil {
		return err
	}
	waits := at.Demand.Required() && !at.Second.Any()
	if waits == !at.Second.GraceFrom.IsZero() {
		return nil
	}
	var from any
	if waits {
		from = s.Clock.Now()
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO second_factor (account_id, practice_id, grace_from, owed) VALUES ($2, $1, $3, FALSE)
		ON CONFLICT (account_id) DO UPDATE SET grace_from = $3`, a.PracticeID, a.ID, from)
	return err
}
