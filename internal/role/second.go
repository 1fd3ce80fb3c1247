package role

import (
	"context"
	"slices"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/practice"
)

// Second is what a role says about a second factor.
type Second struct {
	Mode      practice.SecondMode
	Grace     int  // days from the first sign-in at which it is demanded
	EmailCode bool // codes by e-mail are allowed
}

// MostGrace is the longest grace, in days.
const MostGrace = 30

// UsualGrace is how many days people have who never heard of it, where nobody
// decided otherwise.
const UsualGrace = 14

// UsualSecond is what a role says about a second factor as long as nobody
// decided it: who manages the security of others needs one.
func UsualSecond(permissions []access.Permission) Second {
	if slices.Contains(permissions, access.SecurityManage) {
		return Second{Mode: practice.SecondRequired, Grace: UsualGrace, EmailCode: true}
	}
	return Second{Mode: practice.SecondOptional, EmailCode: true}
}

// Strictest is what holds for somebody with both: the stronger demand, the
// shorter grace, and what both allow.
func (s Second) Strictest(o Second) Second {
	strict, lax := s, o
	if o.Mode.Rank() > s.Mode.Rank() || o.Mode == s.Mode && o.Grace < s.Grace {
		strict, lax = o, s
	}
	strict.EmailCode = strict.EmailCode && lax.EmailCode
	return strict
}

// SetSecond stores what a role says about a second factor, in the caller's
// transaction, which holds the practice. It reports false for a role that is
// not the practice's.
func (s *Service) SetSecond(ctx context.Context, tx *db.Tx, practiceID, roleID string, second Second) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE role SET second_factor = $3, second_factor_grace = $4, email_code = $5 WHERE practice_id = $1 AND id = $2`,
		practiceID, roleID, string(second.Mode), second.Grace, second.EmailCode)
	return n == 1, err
}

// decided is what is stored of it; "" as mode is the usual one.
func decided(mode string, grace int, emailCode bool, permissions []access.Permission) Second {
	if mode == "" {
		return UsualSecond(permissions)
	}
	return Second{Mode: practice.SecondMode(mode), Grace: grace, EmailCode: emailCode}
}
