package apptest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"catflap/internal/foundation/db"
)

// remembered are the columns that sessions in memory were made from. A
// transaction that changes one of them must announce it: see db.Tx.Announce.
var remembered = map[string][]string{
	"session":    {"account_id", "branch_id", "token_hash", "idle_limit", "expires_at", "proven_at", "shared", "locked_at", "ended_at"},
	"account":    {"kind", "name", "login_id", "active"},
	"practice":   {"slug", "name", "kind", "plan", "status", "time_zone"},
	"branch":     {"name", "hue", "time_zone", "features_off", "network_mode", "network"},
	"role":       {"name", "landing", "permissions"},
	"role_grant": {"account_id", "role_id", "branch_id"},
}

var (
	updates    = regexp.MustCompile(`(?is)^\s*UPDATE\s+(\w+)(?:\s+AS\s+\w+|\s+\w+)??\s+SET\s+(.*)`)
	deletes    = regexp.MustCompile(`(?is)^\s*DELETE\s+FROM\s+(\w+)`)
	inserts    = regexp.MustCompile(`(?is)^\s*INSERT\s+INTO\s+(\w+)`)
	assignment = regexp.MustCompile(`(?i)\b(\w+)\s*=\s*(\w*)`)
)

// watch fails the test when a transaction changes what sessions in memory were
// made from and tells nobody.
func watch(t testing.TB, d *db.DB) {
	d.Overhear(func(statements, topics []string) {
		if len(topics) > 0 {
			return
		}
		for _, s := range statements {
			if changesRemembered(s) {
				t.Errorf("sessions in memory go on with what this changes, because its transaction announces nothing:\n%s", s)
			}
		}
	})
}

// changesRemembered reports whether the statement changes something about
// sessions that exist.
func changesRemembered(statement string) bool {
	if m := inserts.FindStringSubmatch(statement); m != nil {
		return m[1] == "role_grant" // new rows of the others are in no session yet
	}
	if m := deletes.FindStringSubmatch(statement); m != nil {
		return remembered[m[1]] != nil
	}
	m := updates.FindStringSubmatch(statement)
	if m == nil {
		return false
	}
	// Conditions look like assignments too; what stands in them is not changed.
	set := regexp.MustCompile(`(?i)\sWHERE\s`).Split(m[2], 2)[0]
	for _, a := range assignment.FindAllStringSubmatch(set, -1) {
		if slices.Contains(remembered[strings.ToLower(m[1])], a[1]) && a[1] != a[2] { // a = a only locks
			return true
		}
	}
	return false
}
