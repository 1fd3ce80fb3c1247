package factor

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
)

const (
	codeCount = 10
	// codeLength of 5 bits each is 65 bits: nobody guesses one, so that a keyed
	// hash is enough to find it by.
	codeLength = 13
	// codeLetters leaves out what is mistaken for something else; what is typed
	// in its place is read as meant.
	codeLetters = "0123456789abcdefghjkmnpqrstvwxyz"
)

// ShownCode is a backup code as its owner sees it.
type ShownCode struct {
	Code   secret.Text // in groups: "4kq7-9xw2m-3hv8"
	UsedAt time.Time
}

// ErrCodesHidden answers where backup codes are kept as hashes only.
var ErrCodesHidden = fault.New(fault.Gone, "backup-codes-hidden",
	"Your practice keeps backup codes in a form that nobody can read, so they cannot be shown again. Generate new ones; the old ones stop working then.")

func newCode() string {
	b := make([]byte, codeLength)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = codeLetters[b[i]&31]
	}
	return string(b)
}

// grouped writes a code so that it can be read out.
func grouped(code string) secret.Text {
	return secret.Text(code[:4] + "-" + code[4:9] + "-" + code[9:])
}

// foldCode is a typed code as newCode made it, or something that none is.
func foldCode(typed string) string {
	return strings.NewReplacer(" ", "", "-", "", "\t", "", "\u00a0", "", "\r", "", "\n", "", "o", "0", "i", "1", "l", "1").
		Replace(strings.ToLower(typed))
}

func backupSeal(accountID, codeID string) string { return placeOf("backup_code", accountID, codeID) }

// makeCodes puts ten new backup codes in place of all former ones.
func (s *Service) makeCodes(ctx context.Context, tx *db.Tx, a account.Account, strict bool) (shown []secret.Text, err error) {
	if err := deleteCodes(ctx, tx, a.PracticeID, a.ID); err != nil {
		return nil, err
	}
	now, keyID := s.Clock.Now(), s.Ring.KeyID()
	for i := range codeCount {
		code, codeID := newCode(), id.New()
		mac, err := s.Ring.MACWith(keyID, "backup_code", a.ID, code)
		if err != nil {
			return nil, err
		}
		var sealed []byte
		if !strict {
			if sealed, err = s.Ring.Seal(backupSeal(a.ID, codeID), []byte(code)); err != nil {
				return nil, err
			}
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO backup_code (id, practice_id, account_id, place, key_id, mac, sealed, made_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			codeID, a.PracticeID, a.ID, i+1, keyID, mac, sealed, now); err != nil {
			return nil, err
		}
		shown = append(shown, grouped(code))
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO second_factor (account_id, practice_id, owed) VALUES ($2, $1, FALSE)
		ON CONFLICT (account_id) DO UPDATE SET stored_at = NULL`, a.PracticeID, a.ID)
	return shown, err
}

func deleteCodes(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM backup_code WHERE practice_id = $1 AND account_id = $2`, practiceID, accountID)
	return err
}

// takeBackupCode uses a backup code up; of several at once one is taken. left is
// how many are unused afterwards.
func (s *Service) takeBackupCode(ctx context.Context, tx *db.Tx, practiceID, accountID, typed string) (taken bool, left int, err error) {
	code := foldCode(typed)
	if len(code) != codeLength {
		return false, 0, nil
	}
	macs, err := s.backupMACs(ctx, tx, practiceID, accountID, code)
	if err != nil {
		return false, 0, err
	}
	args, places := db.In([]any{practiceID, accountID, s.Clock.Now()}, macs)
	n, err := tx.Exec(ctx, `
		UPDATE backup_code SET used_at = $3
		WHERE practice_id = $1 AND account_id = $2 AND mac IN (`+places+`) AND used_at IS NULL`, args...)
	if err != nil {
		return false, 0, err
	}
	err = tx.QueryRow(ctx, `SELECT count(*) FROM backup_code WHERE practice_id = $1 AND account_id = $2 AND used_at IS NULL`,
		practiceID, accountID).Scan(&left)
	return n == 1, left, err
}

// BackupCodes shows all backup codes of an account, used ones too. The record is
// written first: nobody sees what was not recorded. ErrCodesHidden,
// ErrNoAuthenticator where there are none.
func (s *Service) BackupCodes(ctx context.Context, p access.Practice, a account.Account) (codes []ShownCode, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.tellOf(ctx, tx, p, a, audit.CodesShown, "Your backup codes were shown."); err != nil {
			return err
		}
		codes, err = s.openCodes(ctx, tx, a)
		return err
	})
	return codes, err
}

func (s *Service) openCodes(ctx context.Context, r db.Reader, a account.Account) ([]ShownCode, error) {
	type row struct {
		id     string
		sealed []byte
		used   time.Time
	}
	rows, err := db.All(ctx, r, func(sc db.Scanner) (x row, err error) { return x, sc.Scan(&x.id, &x.sealed, &x.used) },
		`SELECT id, sealed, used_at FROM backup_code WHERE practice_id = $1 AND account_id = $2 ORDER BY place`, a.PracticeID, a.ID)
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, ErrNoAuthenticator
	}
	var codes []ShownCode
	for _, x := range rows {
		if x.sealed == nil {
			return nil, ErrCodesHidden
		}
		plain, err := s.Ring.Open(backupSeal(a.ID, x.id), x.sealed)
		if err != nil {
			return nil, err
		}
		codes = append(codes, ShownCode{Code: grouped(string(plain)), UsedAt: x.used})
	}
	return codes, nil
}

// NewBackupCodes puts ten new ones in place of all former ones.
// ErrNoAuthenticator where no factor is set up.
func (s *Service) NewBackupCodes(ctx context.Context, p access.Practice, a account.Account) (codes []secret.Text, err error) {
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		second, strict, err := s.heldSecond(ctx, tx, a)
		if err != nil {
			return err
		}
		if !second.Any() {
			return ErrNoAuthenticator
		}
		if codes, err = s.makeCodes(ctx, tx, a, strict); err != nil {
			return err
		}
		return s.tellOf(ctx, tx, p, a, audit.CodesMade, "New backup codes were made. The former ones do not work any more.")
	})
	return codes, err
}

// CodesStored remembers that the person said to have stored the backup codes.
func (s *Service) CodesStored(ctx context.Context, tx *db.Tx, a account.Account) error {
	_, err := tx.Exec(ctx, `
		UPDATE second_factor SET stored_at = $3 WHERE practice_id = $1 AND account_id = $2`, a.PracticeID, a.ID, s.Clock.Now())
	return err
}
