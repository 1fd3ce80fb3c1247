package factor

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/lang"
	"catflap/internal/foundation/throttle"
)

// Proof is a second proof as it was typed.
type Proof struct {
	Method Method
	Code   string
	Device string // the mark of a device that the account is known on; "" for strangers'
}

// secondTries names the tries at one method of an account. They are counted
// apart from those at the password, which a right password forgets.
func secondTries(a account.Account, p Proof) throttle.Key {
	return throttle.Key{PracticeID: a.PracticeID, Subject: a.ID, Factor: string(p.Method), Device: p.Device}
}

// ProveSecond looks at a second proof for a sign-in or session, in the caller's
// transaction, which must be committed whatever comes out: a try is counted
// before it is looked at, and a right code is used up for ever. Only a right one
// forgets what was counted, and only of its own method. throttle.ErrDelayed.
func (s *Service) ProveSecond(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, askedIn string, proof Proof) (right bool, err error) {
	if err := s.Throttle.Reserve(ctx, tx, secondTries(a, proof)); err != nil {
		return false, err
	}
	left := 0
	switch proof.Method {
	case ByAuthenticator:
		right, err = s.takeCode(ctx, tx, a.PracticeID, a.ID, proof.Code)
	case ByEmailCode:
		right, err = s.takeEmailCode(ctx, tx, a, askedIn, proof.Code)
	case ByBackupCode:
		right, left, err = s.takeBackupCode(ctx, tx, a.PracticeID, a.ID, proof.Code)
	}
	if err != nil || !right {
		return false, err
	}
	if err := s.Throttle.Clear(ctx, tx, secondTries(a, proof)); err != nil {
		return false, err
	}
	if proof.Device != "" {
		if err := s.Throttle.Reopen(ctx, tx, secondTries(a, proof)); err != nil {
			return false, err
		}
	}
	if proof.Method != ByEmailCode {
		if _, err := tx.Exec(ctx, `UPDATE password SET mailed = FALSE WHERE practice_id = $1 AND account_id = $2 AND mailed`, a.PracticeID, a.ID); err != nil {
			return false, err
		}
	}
	if proof.Method == ByBackupCode && left <= FewCodes {
		return true, s.Tell(ctx, tx, p, a, fewCodes(left))
	}
	return true, nil
}

func fewCodes(left int) string {
	switch left {
	case 0:
		return "You used your last backup code. Generate new ones on the page Two-factor authentication."
	case 1:
		return "You used a backup code, and one is left. Generate new ones on the page Two-factor authentication."
	}
	return "You used a backup code, and two are left. Generate new ones on the page Two-factor authentication."
}

// forgetSecondTries opens what wrong codes had closed, once a new factor counts.
func (s *Service) forgetSecondTries(ctx context.Context, tx *db.Tx, a account.Account) error {
	for _, m := range Methods() {
		if err := s.Throttle.Clear(ctx, tx, secondTries(a, Proof{Method: m})); err != nil {
			return err
		}
	}
	return nil
}

// WrongCode is the complaint about a code that did not match.
func WrongCode(m Method) error {
	switch m {
	case ByEmailCode:
		return errWrongEmailCode
	case ByBackupCode:
		return fault.Complain("code", "This is none of your unused backup codes. Check it letter by letter, or use another one; each works once.")
	}
	return fault.Complain("code", "This code does not match, or it was used before. Wait until the app shows the next one, then type that.")
}

// circumstances is what messages tell of a request.
func (s *Service) circumstances(ctx context.Context, p access.Practice, a account.Account, span string) map[string]string {
	o := access.OriginFrom(ctx)
	return map[string]string{
		"name": a.Name, "practice": p.Name, "valid_for": span,
		"when":  lang.Moment(a.Lang, s.Clock.Now().In(access.Viewer{Practice: p}.Zone())),
		"where": o.Where(),
	}
}

// tellOf writes a change of somebody's factors down and tells its owner.
func (s *Service) tellOf(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, action audit.Action, what string) error {
	if err := s.Audit.Record(ctx, tx, entryFor(a, action)); err != nil {
		return err
	}
	return s.Tell(ctx, tx, p, a, what)
}

// tellSet is tellOf for a factor that was set up beside or in place of the former
// ones. A first one is dated after the notice of it: the link in there, like those
// that were mailed before, takes away what somebody set up who was not meant to be
// in.
func (s *Service) tellSet(ctx context.Context, tx *db.Tx, p access.Practice, a account.Account, former Second, action audit.Action, what string) error {
	if err := s.tellOf(ctx, tx, p, a, action, what); err != nil || former.Any() {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE second_factor SET first_at = $3 WHERE practice_id = $1 AND account_id = $2`,
		a.PracticeID, a.ID, s.Clock.Now())
	return err
}

func entryFor(a account.Account, action audit.Action) audit.Entry {
	return audit.Entry{
		Action: action, PracticeID: a.PracticeID, OnPlatform: a.PracticeID == "", AccountID: a.ID, AccountName: a.Name,
		Target: audit.Target{Kind: "account", ID: a.ID, Name: a.Name},
	}
}
