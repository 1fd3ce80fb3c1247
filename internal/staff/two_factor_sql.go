package staff

import (
	"context"
	"strconv"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/role"
)

// withSecond are the tables of second factors beside those of people; they are
// read here and never written.
const withSecond = `
	FROM account a
	LEFT JOIN authenticator t ON t.practice_id = a.practice_id AND t.account_id = a.id
	LEFT JOIN second_factor f ON f.practice_id = a.practice_id AND f.account_id = a.id`

const hasNone = `(t.account_id IS NULL AND f.email_since IS NULL)`

// demanding is a role of somebody that requires a second factor; role.UsualSecond
// is what counts where nobody decided.
const demanding = `
	FROM role_grant g JOIN role r ON r.practice_id = g.practice_id AND r.id = g.role_id
	WHERE g.practice_id = a.practice_id AND g.account_id = a.id
		AND (r.second_factor = 'required' OR r.second_factor = '' AND r.permissions LIKE '%"` + string(access.SecurityManage) + `"%')`

// graceSQL is how many days somebody has who has to have one.
func graceSQL() string {
	return `(SELECT min(CASE WHEN r.second_factor = '' THEN ` + strconv.Itoa(role.UsualGrace) + ` ELSE r.second_factor_grace END)` + demanding + `)`
}

// offered leaves out whom every role of theirs forbids to set one up.
const offered = `(NOT ` + anyGrant + `) OR EXISTS (
	SELECT 1 FROM role_grant g JOIN role r ON r.practice_id = g.practice_id AND r.id = g.role_id
	WHERE g.practice_id = a.practice_id AND g.account_id = a.id AND r.second_factor <> 'off'))`

// newTwoFactorQuery begins a question about those who work in the branches (nil:
// anywhere), are active and have accepted the invitation.
func newTwoFactorQuery(practiceID string, own []string) *query {
	q := newQuery(practiceID)
	q.tables = withSecond
	if own != nil {
		q.worksIn(own)
	}
	q.where("a.active AND a.onboarded_at IS NOT NULL")
	return q
}

// protectionSQL is a filter as a condition. Its moment is written out: a
// condition that is counted cannot have arguments of its own.
func protectionSQL(p Protection, now time.Time) string {
	switch p {
	case Without:
		return hasNone
	case EmailOnly:
		return `(t.account_id IS NULL AND f.email_since IS NOT NULL)`
	case InGrace:
		at := strconv.FormatInt(now.UnixMicro(), 10)
		return `(` + hasNone + ` AND NOT coalesce(f.owed, FALSE) AND coalesce(f.grace_from, ` + at + `) + ` + graceSQL() + ` * ` +
			strconv.FormatInt((24*time.Hour).Microseconds(), 10) + ` > ` + at + `)`
	case RequiredWithout:
	}
	return `(` + hasNone + ` AND EXISTS (SELECT 1` + demanding + `))`
}

func (q *query) runTwoFactor(ctx context.Context, r db.Reader, limit int, now time.Time) ([]TwoFactorRow, error) {
	n := len(q.args)
	return db.All(ctx, r, scanTwoFactor, `
		SELECT a.id, a.name, a.name_key, a.login_id,
			t.set_at, f.email_since, f.stored_at, f.grace_from, coalesce(f.owed, FALSE),
			(SELECT count(*) FROM backup_code b WHERE b.practice_id = a.practice_id AND b.account_id = a.id),
			(SELECT count(*) FROM backup_code b WHERE b.practice_id = a.practice_id AND b.account_id = a.id AND b.used_at IS NULL),
			(SELECT k.expires_at FROM factor_skip k WHERE k.practice_id = a.practice_id AND k.account_id = a.id
				AND k.used_at IS NULL AND k.expires_at > $`+strconv.Itoa(n+1)+`)
		`+q.tables+`
		WHERE `+strings.Join(q.conditions, " AND ")+`
		ORDER BY a.name_key, a.id LIMIT $`+strconv.Itoa(n+2), append(q.args, now, limit)...)
}

func scanTwoFactor(sc db.Scanner) (row TwoFactorRow, err error) {
	s := &row.Second
	return row, sc.Scan(&row.ID, &row.Name, &row.nameKey, &row.Email,
		&s.AuthenticatorAt, &s.EmailSince, &s.StoredAt, &s.GraceFrom, &s.Owed, &s.Codes, &s.Unused, &row.SkipUntil)
}

func (q *query) countTwoFactor(ctx context.Context, r db.Reader, now time.Time) (map[Protection]int, error) {
	columns := "count(*)"
	for _, p := range Protections() {
		columns += ", count(*) FILTER (WHERE " + protectionSQL(p, now) + ")"
	}
	return db.One(ctx, r, func(sc db.Scanner) (map[Protection]int, error) {
		n := make([]int, len(Protections())+1)
		dst := make([]any, len(n))
		for i := range n {
			dst[i] = &n[i]
		}
		err := sc.Scan(dst...)
		all := map[Protection]int{"": n[0]}
		for i, p := range Protections() {
			all[p] = n[i+1]
		}
		return all, err
	}, `SELECT `+columns+q.tables+` WHERE `+strings.Join(q.conditions, " AND "), q.args...)
}
