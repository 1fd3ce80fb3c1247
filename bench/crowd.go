package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/secret"
	"catflap/internal/session"
)

const (
	// crowded is how many sessions are live while checks are measured, each of
	// an account of its own.
	crowded = 100_000
	// leaving is how many further sessions there are to end meanwhile.
	leaving = 2_000
	// atOnce is how many rows one statement stores.
	atOnce = 500
)

// crowd signs everybody in whom nobody measures the sign-in of: staff with a
// role and a session, but without a password. The tables are written as they
// are, because a hundred thousand sign-ins would take an hour.
func (p *place) crowd(ctx context.Context, d *db.DB, practiceID, branchID, roleID string) error {
	now := time.Now()
	for begun := 0; begun < crowded+leaving; begun += atOnce {
		accounts := rows{into: `account (id, practice_id, kind, name, login_id, login_key, recovery_email, recovery_key, lang,
			active, created_at, onboarded_at, last_sign_in_on, last_branch_id)`}
		grants := rows{into: `role_grant (practice_id, account_id, role_id, branch_id, granted_at, granted_by)`}
		sessions := rows{into: `session (id, practice_id, account_id, branch_id, token_hash, created_at, seen_at, idle_limit,
			expires_at, proven_at, ip, device, shared, ended_reason)`}
		for n := begun; n < begun+atOnce; n++ {
			who, login := id.New(), crowdLogin(n)
			secretPart, _ := secret.NewToken()
			token := session.TokenPrefix + secretPart
			p.tokens, p.checks = append(p.tokens, token), append(p.checks, request("GET", sessionPath, token, nil))
			accounts.add(who, practiceID, string(access.KindStaff), fmt.Sprint("Guest ", n), login, login, login, login, "en",
				true, now, now, "", branchID)
			grants.add(practiceID, who, roleID, "", now, "")
			sessions.add(id.New(), practiceID, who, branchID, secret.HashToken(token), now, now, int64(900),
				now.Add(12*time.Hour), now, "127.0.0.1", "bench", false, "")
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			return errors.Join(accounts.store(ctx, tx), grants.store(ctx, tx), sessions.store(ctx, tx))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// crowdLogin is the login ID of somebody without a password.
func crowdLogin(n int) string { return fmt.Sprintf("guest-%d@bench.example", n) }

// rows are stored by one statement.
type rows struct {
	into string
	n    int
	args []any
}

func (r *rows) add(values ...any) {
	r.n++
	r.args = append(r.args, values...)
}

func (r *rows) store(ctx context.Context, tx *db.Tx) error {
	var text strings.Builder
	text.WriteString("INSERT INTO " + r.into + " VALUES ")
	wide := len(r.args) / r.n
	for i := range r.args {
		switch {
		case i%wide > 0:
			text.WriteString(", ")
		case i > 0:
			text.WriteString("), (")
		default:
			text.WriteString("(")
		}
		fmt.Fprintf(&text, "$%d", i+1)
	}
	_, err := tx.Exec(ctx, text.String()+")", r.args...)
	return err
}
