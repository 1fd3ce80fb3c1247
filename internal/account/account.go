package account

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/lang"
)

// Account is anything that can sign in.
type Account struct {
	ID            string
	PracticeID    string // "" for platform accounts
	Kind          access.Kind
	Name          string
	LoginID       string
	RecoveryEmail string // "" for a person without any e-mail
	Lang          string
	Active        bool
	CreatedAt     time.Time
	OnboardedAt   time.Time // zero until the first sign-in is complete
	LastSignInAt  time.Time
	LastSignInOn  string // device and IP of it
	LastBranchID  string

	PendingEmail   string    // becomes the recovery address, and the login ID of staff, once its mailbox has said yes
	LeavesAt       time.Time // when somebody who leaves is deactivated; zero for everybody else
	DeactivatedAt  time.Time // zero while active
	DeactivatedBy  string    // account; "" when nobody asked for it at that moment
	DeactivatedWhy string    // as it was typed

	RecoveryChangedAt time.Time // when somebody last changed the recovery address, or asked for another; zero: never
	RecoveryChangers  []string  // who did so within RecoveryRest of each other, the last one at the end

	FactorHelpedAt time.Time // when somebody last let this person in without the second factor; zero: never
	FactorHelpers  []string  // who did so within RecoveryRest of each other, the last one at the end

	HandedAt time.Time // when somebody last handed this person a temporary password after the first sign-in; zero: never
	Handers  []string  // who did so within RecoveryRest of each other, the last one at the end
}

// Onboarded reports whether a password of their own was ever chosen.
func (a Account) Onboarded() bool { return !a.OnboardedAt.IsZero() }

// Input is a new account.
type Input struct {
	PracticeID    string
	Kind          access.Kind
	Name          string
	LoginID       string
	RecoveryEmail string
	Lang          string // in which they are written to; "" is English
}

// ErrNotFound answers for an account that is not the practice's.
var ErrNotFound = fault.New(fault.NotFound, "account-not-found", "This person is not here. Go back to the list and choose again.")

// ErrLoginTaken is complained about at the field "login".
var ErrLoginTaken = fault.New(fault.Conflict, "login-taken", "Somebody in this practice signs in with this already. Choose a different login ID.")

// Service is what can be done with accounts.
type Service struct {
	DB    *db.DB
	Clock clock.Clock
	Audit *audit.Log
}

// Create stores an account. ErrLoginTaken when the login ID is in use.
func (s *Service) Create(ctx context.Context, tx *db.Tx, in Input) (Account, error) {
	in = in.trimmed()
	if err := in.check(); err != nil {
		return Account{}, err
	}
	a := in.account(s.Clock.Now())
	taken, err := insert(ctx, tx, a)
	if err != nil {
		return Account{}, err
	}
	if taken {
		return Account{}, ErrLoginTaken
	}
	return a, nil
}

// CreateAll stores many accounts, all or none. ErrLoginTaken when one of the
// login IDs is in use or two are the same; which one tells Create.
func (s *Service) CreateAll(ctx context.Context, tx *db.Tx, all []Input) ([]Account, error) {
	made, rows, now := make([]Account, len(all)), make([][]any, len(all)), s.Clock.Now()
	for i, in := range all {
		in = in.trimmed()
		if err := in.check(); err != nil {
			return nil, err
		}
		made[i] = in.account(now)
		rows[i] = made[i].row()
	}
	n, err := tx.Insert(ctx, insertAccount, rows, `ON CONFLICT (practice_id, login_key) DO NOTHING`)
	if err == nil && n < int64(len(all)) {
		err = ErrLoginTaken
	}
	return made, err
}

func (in Input) trimmed() Input {
	in.Name, in.LoginID, in.RecoveryEmail = strings.TrimSpace(in.Name), strings.TrimSpace(in.LoginID), strings.TrimSpace(in.RecoveryEmail)
	return in
}

func (in Input) account(now time.Time) Account {
	return Account{
		ID: id.New(), PracticeID: in.PracticeID, Kind: in.Kind, Name: in.Name, LoginID: in.LoginID,
		RecoveryEmail: in.RecoveryEmail, Lang: lang.Or(in.Lang), Active: true, CreatedAt: now,
	}
}

func (in Input) check() error {
	var c fault.Complaints
	c.Check(in.Name != "" && utf8.RuneCountInString(in.Name) <= 200, "name", "Type a name of at most 200 characters.")
	if in.Kind == access.KindClient {
		if err := CheckLogin(in.LoginID); err != nil {
			c.Add("login", fault.From(err).Message)
		}
		c.Check(in.RecoveryEmail == "" || IsEmail(in.RecoveryEmail), "email", "Type a whole e-mail address, like name@example.com.")
		return c.Err()
	}
	c.Check(IsEmail(in.LoginID), "email", "Type a whole e-mail address, like name@example.com.")
	return c.Err()
}

// CheckLogin says what is wrong with a login ID of a pet parent: an e-mail
// address or a username of 3 to 100 letters, digits and . _ - +.
func CheckLogin(login string) error {
	if IsEmail(login) {
		return nil
	}
	n := utf8.RuneCountInString(login)
	ok := n >= 3 && n <= 100
	for _, r := range login {
		ok = ok && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-+", r))
	}
	if !ok {
		return fault.New(fault.Invalid, "invalid-login",
			"Use an e-mail address, or a username of 3 to 100 letters, digits, dots, hyphens or underscores.")
	}
	return nil
}

// IsEmail reports whether s is one plain address with a dotted domain.
func IsEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(domain, ".") && !strings.ContainsAny(s, "\"\\()<>,;: ")
}

// maximumKey is more bytes than any login ID or address has.
const maximumKey = 512

// Key folds a login ID or an address for comparison. What can be neither (too
// long, or not text that can be stored) folds to nothing, like an empty one.
func Key(s string) string {
	if s = strings.TrimSpace(s); len(s) > maximumKey || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return ""
	}
	return strings.ToLower(norm.NFKC.String(s))
}

// ByLogin finds the account that signs in with login at the practice.
func (s *Service) ByLogin(ctx context.Context, r db.Reader, practiceID, login string) (Account, error) {
	return found(db.One(ctx, r, scan, selectAccount+` WHERE practice_id = $1 AND login_key = $2`, practiceID, Key(login)))
}

// ByRecovery lists the active accounts that an address of the practice recovers.
func (s *Service) ByRecovery(ctx context.Context, r db.Reader, practiceID, email string) ([]Account, error) {
	return db.All(ctx, r, scan, selectAccount+`
		WHERE practice_id = $1 AND recovery_key = $2 AND recovery_key <> '' AND active ORDER BY login_key`, practiceID, Key(email))
}

// Get reads one account of the practice.
func (s *Service) Get(ctx context.Context, r db.Reader, practiceID, accountID string) (Account, error) {
	return found(db.One(ctx, r, scan, selectAccount+` WHERE practice_id = $1 AND id = $2`, practiceID, accountID))
}

// Hold reads an account that nobody else can change until the end of the
// transaction: an update without effect holds the row on every dialect.
func (s *Service) Hold(ctx context.Context, tx *db.Tx, practiceID, accountID string) (Account, error) {
	if _, err := tx.Exec(ctx, `UPDATE account SET active = active WHERE practice_id = $1 AND id = $2`, practiceID, accountID); err != nil {
		return Account{}, err
	}
	return s.Get(ctx, tx, practiceID, accountID)
}

// ChangeRecovery stores a new recovery address of an account that the caller
// holds. Links and temporary passwords that went to the former one are the
// caller's to end.
func (s *Service) ChangeRecovery(ctx context.Context, tx *db.Tx, a Account, email string) error {
	email = strings.TrimSpace(email)
	_, err := tx.Exec(ctx, `
		UPDATE account SET recovery_email = $3, recovery_key = $4, pending_email = '', recovery_changed_at = $5,
			recovery_changed_by = $6
		WHERE practice_id = $1 AND id = $2`,
		a.PracticeID, a.ID, email, Key(email), s.Clock.Now(), s.changers(ctx, a))
	return err
}

// List reads the accounts of a kind by name.
func (s *Service) List(ctx context.Context, r db.Reader, practiceID string, kind access.Kind) ([]Account, error) {
	return db.All(ctx, r, scan, selectAccount+` WHERE practice_id = $1 AND kind = $2 ORDER BY name, id`, practiceID, string(kind))
}

// SignedIn remembers a completed sign-in.
func (s *Service) SignedIn(ctx context.Context, tx *db.Tx, practiceID, accountID, branchID string) error {
	o := access.OriginFrom(ctx)
	return signedIn(ctx, tx, practiceID, accountID, branchID, s.Clock.Now(), strings.TrimSpace(o.Device+" "+o.IP))
}

// MarkOnboarded completes the first sign-in. It reports false when that had
// been done before, so that of several at once one wins.
func (s *Service) MarkOnboarded(ctx context.Context, tx *db.Tx, practiceID, accountID string) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE account SET onboarded_at = $3 WHERE practice_id = $1 AND id = $2 AND onboarded_at IS NULL`,
		practiceID, accountID, s.Clock.Now())
	return n == 1, err
}

func found(a Account, err error) (Account, error) {
	if errors.Is(err, db.ErrNone) {
		return a, ErrNotFound
	}
	return a, err
}

// Ref names an account of some practice.
type Ref struct {
	PracticeID string `json:"practice_id"`
	AccountID  string `json:"account_id"`
}

// AnyByRecovery lists the active accounts of all practices and of the platform,
// at most twenty, that an address recovers. It is the one look across practices, and only for
// mail that goes to that very address.
func (s *Service) AnyByRecovery(ctx context.Context, r db.Reader, email string) ([]Ref, error) {
	return db.All(ctx, r, func(sc db.Scanner) (ref Ref, err error) { return ref, sc.Scan(&ref.PracticeID, &ref.AccountID) }, `
		SELECT practice_id, id FROM account
		WHERE recovery_key = $1 AND recovery_key <> '' AND active
		ORDER BY practice_id, login_key LIMIT 20`, Key(email))
}
