package staff

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
)

// stateSQL is StateOf as a condition; the tables of other capabilities are read
// here and never written.
func stateSQL(s State) string {
	switch s {
	case Active:
		return `a.active AND a.leaves_at IS NULL AND a.onboarded_at IS NOT NULL`
	case Invited:
		return `a.active AND a.leaves_at IS NULL AND a.onboarded_at IS NULL`
	case Leaving:
		return `a.active AND a.leaves_at IS NOT NULL`
	case Deactivated:
	}
	return `NOT a.active`
}

// query grows a question about staff: $1 is the practice.
type query struct {
	tables     string
	conditions []string
	args       []any
}

func newQuery(practiceID string) *query {
	return &query{tables: "\n\tFROM account a", conditions: []string{"a.practice_id = $1", "a.kind = 'staff'"}, args: []any{practiceID}}
}

// where adds a condition; each ? stands for the next of args.
func (q *query) where(condition string, args ...any) {
	for _, v := range args {
		q.args = append(q.args, v)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	q.conditions = append(q.conditions, condition)
}

const anyGrant = `EXISTS (SELECT 1 FROM role_grant g WHERE g.practice_id = a.practice_id AND g.account_id = a.id`

func (q *query) worksIn(branches []string) {
	var places string
	q.args, places = db.In(q.args, branches)
	q.where(`(` + anyGrant + ` AND g.branch_id IN ('', ` + places + `)) OR NOT ` + anyGrant + `))`)
}

func (q *query) filter(f Filter) {
	words := strings.Fields(account.Fold(f.Query))
	for _, w := range words[:min(len(words), 8)] {
		q.where(`(a.name_key LIKE ? ESCAPE '!' OR a.login_key LIKE ? ESCAPE '!')`, contains(w), contains(w))
	}
	switch {
	case f.RoleID != "" && f.BranchID != "":
		q.where(anyGrant+` AND g.role_id = ? AND g.branch_id IN ('', ?))`, f.RoleID, f.BranchID)
	case f.RoleID != "":
		q.where(anyGrant+` AND g.role_id = ?)`, f.RoleID)
	case f.BranchID != "":
		q.where(anyGrant+` AND g.branch_id IN ('', ?))`, f.BranchID)
	}
}

func (q *query) state(s State) {
	if s != "" {
		q.where(stateSQL(s))
	}
}

// after goes on behind a cursor; "" begins at the top.
func (q *query) after(cursor string) error {
	if cursor == "" {
		return nil
	}
	p, err := readCursor(cursor)
	if err == nil {
		q.where("(a.name_key, a.id) > (?, ?)", p.nameKey, p.id)
	}
	return err
}

func (q *query) run(ctx context.Context, r db.Reader, limit int) ([]Row, error) {
	return db.All(ctx, r, scanRow, `
		SELECT a.id, a.practice_id, a.name, a.name_key, a.login_id, a.recovery_email, a.lang, a.active, a.created_at, a.onboarded_at,
			a.last_sign_in_at, a.last_sign_in_on, a.pending_email, a.leaves_at, a.deactivated_at, a.deactivated_by, a.deactivated_why`+q.tables+`
		WHERE `+strings.Join(q.conditions, " AND ")+`
		ORDER BY a.name_key, a.id LIMIT $`+strconv.Itoa(len(q.args)+1), append(q.args, limit)...)
}

func scanRow(sc db.Scanner) (Row, error) {
	row := Row{Account: account.Account{Kind: access.KindStaff}}
	a := &row.Account
	err := sc.Scan(&a.ID, &a.PracticeID, &a.Name, &row.nameKey, &a.LoginID, &a.RecoveryEmail, &a.Lang, &a.Active, &a.CreatedAt, &a.OnboardedAt,
		&a.LastSignInAt, &a.LastSignInOn, &a.PendingEmail, &a.LeavesAt, &a.DeactivatedAt, &a.DeactivatedBy, &a.DeactivatedWhy)
	return row, err
}

func (q *query) counts(ctx context.Context, r db.Reader) (map[State]int, error) {
	columns := "count(*)"
	for _, s := range States() {
		columns += ", count(*) FILTER (WHERE " + stateSQL(s) + ")"
	}
	return db.One(ctx, r, func(sc db.Scanner) (map[State]int, error) {
		n := make([]int, len(States())+1)
		dst := make([]any, len(n))
		for i := range n {
			dst[i] = &n[i]
		}
		err := sc.Scan(dst...)
		all := map[State]int{"": n[0]}
		for i, s := range States() {
			all[s] = n[i+1]
		}
		return all, err
	}, `SELECT `+columns+` FROM account a WHERE `+strings.Join(q.conditions, " AND "), q.args...)
}

// addGrants fills in what the people of the rows hold with one statement.
func addGrants(ctx context.Context, r db.Reader, practiceID string, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	ids, at := make([]string, len(rows)), map[string]int{}
	for i, row := range rows {
		ids[i], at[row.ID] = row.ID, i
	}
	args, places := db.In([]any{practiceID}, ids)
	_, err := db.All(ctx, r, func(sc db.Scanner) (struct{}, error) {
		var accountID string
		var g Grant
		err := sc.Scan(&accountID, &g.RoleID, &g.Role, &g.BranchID, &g.Branch, &g.Hue, &g.At)
		i := at[accountID]
		rows[i].Grants = append(rows[i].Grants, g)
		return struct{}{}, err
	}, `
		SELECT g.account_id, g.role_id, r.name, g.branch_id, coalesce(b.name, ''), coalesce(b.hue, 0), g.granted_at
		FROM role_grant g
		JOIN role r ON r.practice_id = g.practice_id AND r.id = g.role_id
		LEFT JOIN branch b ON b.practice_id = g.practice_id AND b.id = g.branch_id
		WHERE g.practice_id = $1 AND g.account_id IN (`+places+`)
		ORDER BY r.id, coalesce(b.name_key, '')`, args...)
	return err
}

// workingKeys counts the API keys that somebody made and that still open.
func workingKeys(ctx context.Context, r db.Reader, a account.Account, now time.Time) (int, error) {
	return db.One(ctx, r, func(sc db.Scanner) (n int, err error) { return n, sc.Scan(&n) }, `
		SELECT count(*) FROM api_key
		WHERE practice_id = $1 AND created_by = $2 AND revoked_at IS NULL AND expires_at > $3`, a.PracticeID, a.ID, now)
}

func invitedUntil(ctx context.Context, r db.Reader, a account.Account, now time.Time) (time.Time, error) {
	until, err := db.One(ctx, r, func(sc db.Scanner) (t time.Time, err error) { return t, sc.Scan(&t) }, `
		SELECT expires_at FROM link
		WHERE practice_id = $1 AND account_id = $2 AND purpose = $3 AND used_at IS NULL AND ended_at IS NULL AND expires_at > $4
		ORDER BY expires_at DESC LIMIT 1`, a.PracticeID, a.ID, string(factor.Invitation), now)
	if errors.Is(err, db.ErrNone) {
		return time.Time{}, nil
	}
	return until, err
}

// contains is the LIKE pattern for a part of a text, with ! as escape.
func contains(part string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(part) + "%"
}
