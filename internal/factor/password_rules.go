package factor

import (
	"context"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor/passwordlist"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
)

// MaximumPassword is the longest password, in code points.
const MaximumPassword = 128

// maximumBytes is more than any password of MaximumPassword code points has,
// before Unicode normalisation made it shorter; what is longer is not looked at.
const maximumBytes = 16 << 10

// Rules is what a new password has to satisfy.
type Rules struct {
	Minimum   int      // code points
	Forbidden []string // names of practice, branches, person and pets, and login IDs
}

// KnownNames tells which names others connect with an account: the person's,
// the login ID, the pets'.
type KnownNames interface {
	KnownNames(ctx context.Context, r db.Reader, a account.Account) ([]string, error)
}

// RulesFor is what a new password of an account has to satisfy: the policy of
// its practice, and every name around it.
func (s *Service) RulesFor(ctx context.Context, r db.Reader, a account.Account) (Rules, error) {
	minimum, err := s.MinimumFor(ctx, r, a)
	if err != nil {
		return Rules{}, err
	}
	around, err := s.Practices.Names(ctx, r, a.PracticeID)
	if err != nil {
		return Rules{}, err
	}
	own, err := s.Known.KnownNames(ctx, r, a)
	return Rules{Minimum: minimum, Forbidden: append(around, own...)}, err
}

// MinimumFor is how many code points a new password of an account has at least.
func (s *Service) MinimumFor(ctx context.Context, r db.Reader, a account.Account) (int, error) {
	policy, err := s.Practices.Policy(ctx, r, a.PracticeID)
	if err != nil {
		return 0, err
	}
	second, err := s.SecondOf(ctx, r, a.PracticeID, a.ID)
	return policy.Minimum(a.Kind, second.Any()), err
}

// RulesAt is as much of the rules as anybody may know who looks at the sign-in
// page of the practice; login is what they say they sign in with.
func (s *Service) RulesAt(ctx context.Context, r db.Reader, p access.Practice, login string) (Rules, error) {
	policy, err := s.Practices.Policy(ctx, r, p.ID)
	return Rules{Minimum: policy.PasswordMinimum, Forbidden: []string{p.Name, p.Slug, login}}, err
}

// RulesSeen is RulesFor whoever acts at the practice, and RulesAt for everybody
// else.
func (s *Service) RulesSeen(ctx context.Context, p access.Practice, login string) (Rules, error) {
	v := access.ViewerFrom(ctx)
	if v.Audience() == 0 || v.Audience() == access.Program || v.Locked || v.PracticeID != p.ID {
		return s.RulesAt(ctx, s.DB, p, login)
	}
	a, err := s.Accounts.Get(ctx, s.DB, v.PracticeID, v.AccountID)
	if err != nil {
		return Rules{}, err
	}
	rules, err := s.RulesFor(ctx, s.DB, a)
	rules.Forbidden = append(rules.Forbidden, login)
	return rules, err
}

// Problem is why a password cannot be chosen, as a stable word.
type Problem string

// The problems. NoProblem is a password that can be chosen.
const (
	NoProblem  Problem = ""
	Unreadable Problem = "unreadable"
	TooShort   Problem = "too_short"
	TooLong    Problem = "too_long"
	TooCommon  Problem = "common"
	KnownName  Problem = "name"
)

// Problem is the first thing that is wrong with a password.
func (r Rules) Problem(password string) Problem {
	switch {
	case !utf8.ValidString(password):
		return Unreadable
	case len(password) > maximumBytes:
		return TooLong
	}
	n := utf8.RuneCountInString(norm.NFKC.String(password))
	folded := passwordlist.Fold(password)
	switch {
	case min(n, utf8.RuneCountInString(password)) < r.Minimum: // one code point may fold to eighteen
		return TooShort
	case n > MaximumPassword:
		return TooLong
	case isName(folded, r.Forbidden):
		return KnownName
	case tooSimple(folded) || tooCommon(folded):
		return TooCommon
	}
	return NoProblem
}

// words says what to do about a problem.
func (r Rules) words(p Problem) string {
	switch p {
	case Unreadable:
		return "This password has characters that cannot be stored. Type it again."
	case TooShort:
		return fmt.Sprintf("Use at least %d characters. A few words in a row are easy to remember.", r.Minimum)
	case TooLong:
		return fmt.Sprintf("Use at most %d characters.", MaximumPassword)
	case TooCommon:
		return "This is one of the first things a guesser tries. Use a few words that belong only to you."
	case KnownName:
		return "This is a name or login that others know. Use a few words that belong only to you."
	}
	return ""
}

// Chosen is a new password as somebody typed it: programs send it Once, pages
// ask for it Twice.
type Chosen struct {
	password, repeat secret.Text
}

// Once is a new password from a program.
func Once(password string) Chosen { return Twice(password, password) }

// Twice is a new password from a page that asked for it again.
func Twice(password, repeat string) Chosen {
	return Chosen{password: secret.Text(password), repeat: secret.Text(repeat)}
}

// Check complains about a new password and its repetition. The fields are
// "new_password" and "repeat_password".
func (ch Chosen) Check(r Rules) error {
	var c fault.Complaints
	if p := r.Problem(ch.password.Reveal()); p != NoProblem {
		c.Add("new_password", r.words(p))
	}
	if ch.password != ch.repeat {
		c.Add("repeat_password", "The two passwords are not the same. Type the second one again.")
	}
	return c.Err()
}

// is reports whether the person chose exactly this password.
func (ch Chosen) is(password secret.Text) bool {
	return norm.NFKC.String(ch.password.Reveal()) == norm.NFKC.String(password.Reveal())
}
