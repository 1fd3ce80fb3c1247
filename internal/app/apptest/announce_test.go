package apptest

import "testing"

func TestChangesRemembered(t *testing.T) {
	for statement, want := range map[string]bool{
		"UPDATE account SET active = FALSE WHERE id = $1":                                  true,
		"\n\t\tUPDATE account SET last_branch_id = '', name = $3\n\t\tWHERE active = TRUE": true,
		"UPDATE account SET active = active WHERE id = $1":                                 false,
		"UPDATE account SET onboarded_at = $3 WHERE active = TRUE":                         false,
		"UPDATE session SET seen_at = $3 WHERE ended_at IS NULL AND id = $1":               false,
		"UPDATE session SET ended_at = $1 WHERE id = $2":                                   true,
		"UPDATE session AS s SET locked_at = coalesce(locked_at, $3) WHERE id = $2":        true,
		"DELETE FROM role_grant WHERE practice_id = $1":                                    true,
		"DELETE FROM sign_in WHERE practice_id = $1":                                       false,
		"INSERT INTO role_grant (practice_id) VALUES ($1)":                                 true,
		"INSERT INTO session (id) VALUES ($1)":                                             false,
		"UPDATE role SET permissions = $1 WHERE id = $2":                                   true,
		"UPDATE branch b SET hue = $1 WHERE id = $2":                                       true,
		"UPDATE practice SET policy = $1 WHERE id = $2 AND status = 'active'":              false,
		"SELECT 1 FROM account WHERE active = TRUE AND name = $1 ORDER BY name FOR UPDATE": false,
	} {
		if got := changesRemembered(statement); got != want {
			t.Errorf("%v for %s", got, statement)
		}
	}
}
