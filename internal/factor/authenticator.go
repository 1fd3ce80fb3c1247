package factor

import (
	"cmp"
	"context"
	"errors"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor/otp"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
)

// authenticator is a verified key as it is stored.
type authenticator struct {
	id      string
	account string
	sealed  []byte
}

func (a authenticator) seal() string { return placeOf("authenticator", a.account, a.id) }

// placeOf is the associated data of a sealed value of an account: it opens in
// its own row, and for nobody else when the row is given to another account.
func placeOf(table, accountID, id string) string { return table + "/sealed/" + accountID + "/" + id }

// ErrNoAuthenticator answers for an account that has none.
var ErrNoAuthenticator = fault.New(fault.Conflict, "no-authenticator",
	"No authenticator app is set up for this account. Set one up first.")

// keyOf opens the key of an account, and tells the id of its authenticator.
func (s *Service) keyOf(ctx context.Context, r db.Reader, practiceID, accountID string) (otp.Key, string, error) {
	a, err := db.One(ctx, r, func(sc db.Scanner) (a authenticator, err error) { return a, sc.Scan(&a.id, &a.account, &a.sealed) },
		`SELECT id, account_id, sealed FROM authenticator WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
	if errors.Is(err, db.ErrNone) {
		return nil, "", ErrNoAuthenticator
	}
	if err != nil {
		return nil, "", err
	}
	key, err := s.Ring.Open(a.seal(), a.sealed)
	return key, a.id, err
}

// takeCode uses a code of the authenticator up: it is accepted when its step is
// later than every step that was accepted before, on whichever device it was
// shown, for whatever it was typed. Of several at once one is taken, and none of
// a key that is replaced at this very moment.
func (s *Service) takeCode(ctx context.Context, tx *db.Tx, practiceID, accountID, typed string) (bool, error) {
	key, authenticatorID, err := s.keyOf(ctx, tx, practiceID, accountID)
	if errors.Is(err, ErrNoAuthenticator) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	step, matched := key.Match(typed, s.Clock.Now())
	if !matched {
		return false, nil
	}
	n, err := tx.Exec(ctx, `
		UPDATE authenticator SET last_step = $3 WHERE practice_id = $1 AND account_id = $2 AND id = $4 AND last_step < $3`,
		practiceID, accountID, step, authenticatorID)
	return n == 1, err
}

// labelOf names an account in an app. p is the zero Practice for platform
// accounts.
func labelOf(p access.Practice, a account.Account) otp.Label {
	return otp.Label{Issuer: labelName(p), Account: a.LoginID}
}

func labelName(p access.Practice) string { return cmp.Or(p.Name, "Catflap") }
