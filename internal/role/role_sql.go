package role

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
)

const selectRole = `SELECT id, practice_id, key, name, landing, permissions, second_factor, second_factor_grace, email_code FROM role`

const selectHeld = `
	SELECT g.role_id, g.branch_id, r.key, r.name, r.landing, r.permissions, r.second_factor, r.second_factor_grace, r.email_code
	FROM role_grant g JOIN role r ON r.id = g.role_id AND r.practice_id = g.practice_id
	WHERE g.practice_id = $1 AND g.account_id = $2
	ORDER BY r.id, g.branch_id`

// selectHeldNow is selectHeld of somebody who is not switched off.
const selectHeldNow = `
	SELECT g.role_id, g.branch_id, r.key, r.name, r.landing, r.permissions, r.second_factor, r.second_factor_grace, r.email_code
	FROM role_grant g
	JOIN role r ON r.id = g.role_id AND r.practice_id = g.practice_id
	JOIN account a ON a.id = g.account_id AND a.practice_id = g.practice_id AND a.active
	WHERE g.practice_id = $1 AND g.account_id = $2
	ORDER BY r.id, g.branch_id`

// selectHolders is selectHeld of everybody, with the account in front.
const selectHolders = `
	SELECT g.account_id, g.role_id, g.branch_id, r.key, r.name, r.landing, r.permissions, r.second_factor, r.second_factor_grace, r.email_code
	FROM role_grant g JOIN role r ON r.id = g.role_id AND r.practice_id = g.practice_id
	WHERE g.practice_id = $1
	ORDER BY r.id, g.branch_id`

const selectStanding = `
	SELECT g.account_id, r.permissions
	FROM role_grant g
	JOIN role r ON r.id = g.role_id AND r.practice_id = g.practice_id
	JOIN account a ON a.id = g.account_id AND a.practice_id = g.practice_id
	WHERE g.practice_id = $1 AND g.branch_id = '' AND a.active AND a.onboarded_at IS NOT NULL AND a.leaves_at IS NULL`

func updateRole(ctx context.Context, tx *db.Tx, r Role, at time.Time) error {
	permissions, err := json.Marshal(r.Permissions)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE role SET name = $3, name_key = $4, landing = $5, permissions = $6, changed_at = $7
		WHERE practice_id = $1 AND id = $2`,
		r.PracticeID, r.ID, r.Name, strings.ToLower(r.Name), r.Landing, string(permissions), at)
	return err
}

func deleteRole(ctx context.Context, tx *db.Tx, practiceID, roleID string) (int64, error) {
	return tx.Exec(ctx, `
		DELETE FROM role WHERE practice_id = $1 AND id = $2
			AND NOT EXISTS (SELECT 1 FROM role_grant g WHERE g.practice_id = $1 AND g.role_id = $2)`, practiceID, roleID)
}

func insertRole(ctx context.Context, tx *db.Tx, r Role, at time.Time) error {
	permissions, err := json.Marshal(r.Permissions)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO role (id, practice_id, key, name, name_key, landing, permissions, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.ID, r.PracticeID, r.Key, r.Name, strings.ToLower(r.Name), r.Landing, string(permissions), at)
	return err
}

// insertGrant looks role and branch up, so that those of another practice
// cannot be given.
func insertGrant(ctx context.Context, tx *db.Tx, practiceID, accountID string, g Grant, at time.Time, by string) error {
	n, err := tx.Exec(ctx, `
		INSERT INTO role_grant (practice_id, account_id, role_id, branch_id, granted_at, granted_by)
		SELECT practice_id, $3, id, $4, $5, $6 FROM role
		WHERE practice_id = $1 AND id = $2
			AND ($4 = '' OR EXISTS (SELECT 1 FROM branch b WHERE b.practice_id = $1 AND b.id = $4))
		ON CONFLICT (practice_id, account_id, role_id, branch_id) DO UPDATE SET granted_at = role_grant.granted_at`,
		practiceID, g.RoleID, accountID, g.BranchID, at, by)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

func scanRole(s db.Scanner) (Role, error) {
	var r Role
	var permissions, mode string
	var grace int
	var emailCode bool
	if err := s.Scan(&r.ID, &r.PracticeID, &r.Key, &r.Name, &r.Landing, &permissions, &mode, &grace, &emailCode); err != nil {
		return r, err
	}
	err := json.Unmarshal([]byte(permissions), &r.Permissions)
	r.Second = decided(mode, grace, emailCode, r.Permissions)
	return r, err
}

func scanHeld(s db.Scanner) (Held, error) {
	var h Held
	var permissions, mode string
	var grace int
	var emailCode bool
	if err := s.Scan(&h.RoleID, &h.BranchID, &h.Key, &h.Name, &h.Landing, &permissions, &mode, &grace, &emailCode); err != nil {
		return h, err
	}
	err := json.Unmarshal([]byte(permissions), &h.Permissions)
	h.Second = decided(mode, grace, emailCode, h.Permissions)
	return h, err
}

// scanHolder is scanHeld with the account in front.
func scanHolder(s db.Scanner) (accountID string, h Held, err error) {
	h, err = scanHeld(holderRow{s, &accountID})
	return accountID, h, err
}

type holderRow struct {
	db.Scanner
	accountID *string
}

func (r holderRow) Scan(dst ...any) error {
	return r.Scanner.Scan(append([]any{r.accountID}, dst...)...)
}

func scanStanding(s db.Scanner) (accountID string, all []access.Permission, err error) {
	var permissions string
	if err := s.Scan(&accountID, &permissions); err != nil {
		return "", nil, err
	}
	err = json.Unmarshal([]byte(permissions), &all)
	return accountID, all, err
}
