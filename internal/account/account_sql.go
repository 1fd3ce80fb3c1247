package account

import (
	"context"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

const selectAccount = `
	SELECT id, practice_id, kind, name, login_id, recovery_email, lang, active, created_at, onboarded_at,
		last_sign_in_at, last_sign_in_on, last_branch_id,
		pending_email, leaves_at, deactivated_at, deactivated_by, deactivated_why, recovery_changed_at, recovery_changed_by,
		factor_helped_at, factor_helped_by, handed_at, handed_by
	FROM account`

// insert reports a taken login instead of failing: a failed statement would
// poison the caller's transaction on PostgreSQL, and creating logins for
// everybody goes on after a conflict.
func insert(ctx context.Context, tx *db.Tx, a Account) (taken bool, err error) {
	n, err := tx.Insert(ctx, insertAccount, [][]any{a.row()}, `ON CONFLICT (practice_id, login_key) DO NOTHING`)
	return n == 0, err
}

const insertAccount = `
	INSERT INTO account (id, practice_id, kind, name, login_id, login_key, recovery_email, recovery_key, lang,
		active, created_at, last_sign_in_on, last_branch_id, name_key)`

// row are the columns of a new account.
func (a Account) row() []any {
	return []any{
		a.ID, a.PracticeID, string(a.Kind), a.Name, a.LoginID, Key(a.LoginID), a.RecoveryEmail, Key(a.RecoveryEmail),
		a.Lang, a.Active, a.CreatedAt, "", "", Fold(a.Name),
	}
}

func signedIn(ctx context.Context, tx *db.Tx, practiceID, accountID, branchID string, at time.Time, on string) error {
	_, err := tx.Exec(ctx, `
		UPDATE account SET last_sign_in_at = $3, last_sign_in_on = $4, last_branch_id = $5
		WHERE practice_id = $1 AND id = $2`, practiceID, accountID, at, on, branchID)
	return err
}

func scan(s db.Scanner) (Account, error) {
	var a Account
	var kind, changers, helpers, handers string
	err := s.Scan(&a.ID, &a.PracticeID, &kind, &a.Name, &a.LoginID, &a.RecoveryEmail, &a.Lang, &a.Active, &a.CreatedAt,
		&a.OnboardedAt, &a.LastSignInAt, &a.LastSignInOn, &a.LastBranchID,
		&a.PendingEmail, &a.LeavesAt, &a.DeactivatedAt, &a.DeactivatedBy, &a.DeactivatedWhy,
		&a.RecoveryChangedAt, &changers, &a.FactorHelpedAt, &helpers, &a.HandedAt, &handers)
	a.Kind, a.RecoveryChangers, a.FactorHelpers = access.Kind(kind), strings.Fields(changers), strings.Fields(helpers)
	a.Handers = strings.Fields(handers)
	return a, err
}
