package db_test

import (
	"context"
	"maps"
	"path/filepath"
	"testing"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
)

// eachAt runs f with an empty database that an older program has migrated.
func eachAt(t *testing.T, version int64, f func(t *testing.T, d *db.DB)) {
	for name, address := range map[string]func(t *testing.T) string{
		"sqlite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "old.db") },
		"postgresql": func(t *testing.T) string { return dbtest.PostgreSQL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			d := dbtest.Open(t, address(t))
			if err := d.MigrateTo(context.Background(), version); err != nil {
				t.Fatal(err)
			}
			f(t, d)
		})
	}
}

// TestRolesGetFactorHelp: 0029 gives a new permission to the ready-made roles of
// the desk that may show temporary passwords, once, and to nobody else.
func TestRolesGetFactorHelp(t *testing.T) {
	eachAt(t, 28, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		write(t, d, `INSERT INTO practice (id, slug, name, kind, plan, status, created_at) VALUES ('p', 'paws', 'Paws', 'clinic', 'full', 'active', 1)`)
		old := map[string]string{
			"practice_administrator": `["petparent.read","temporary.reveal","audit.read"]`,
			"manager":                `["temporary.reveal"]`,
			"receptionist":           `["petparent.read","login.manage","temporary.reveal"]`,
			"receptionist_2":         `["petparent.read","temporary.reveal"]`, // of the practice's own
			"security_manager":       `["security.manage"]`,
			"veterinarian":           `["petparent.read"]`,
		}
		for key, permissions := range old {
			write(t, d, `INSERT INTO role (id, practice_id, key, name, name_key, permissions, created_at) VALUES ('`+key+`', 'p', '`+key+`', '`+key+`', '`+key+`', '`+permissions+`', 1)`)
		}
		// Other practices took the permission away, or have it already.
		write(t, d, `INSERT INTO practice (id, slug, name, kind, plan, status, created_at) VALUES ('q', 'claws', 'Claws', 'clinic', 'full', 'active', 1)`,
			`INSERT INTO role (id, practice_id, key, name, name_key, permissions, created_at) VALUES ('q1', 'q', 'receptionist', 'Desk', 'desk', '["petparent.read"]', 1)`,
			`INSERT INTO role (id, practice_id, key, name, name_key, permissions, created_at) VALUES ('q2', 'q', 'manager', 'Lead', 'lead', '["factor.help","temporary.reveal"]', 1)`)
		if err := d.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		want := maps.Clone(old)
		want["practice_administrator"] = `["petparent.read","temporary.reveal","factor.help","audit.read"]`
		want["manager"] = `["temporary.reveal","factor.help"]`
		want["receptionist"] = `["petparent.read","login.manage","temporary.reveal","factor.help"]`
		want["q1"], want["q2"] = `["petparent.read"]`, `["factor.help","temporary.reveal"]`
		for id, permissions := range want {
			var got, second string
			var email bool
			if err := d.QueryRow(ctx, `SELECT permissions, second_factor, email_code FROM role WHERE id = $1`, id).Scan(&got, &second, &email); err != nil {
				t.Fatal(err)
			}
			if got != permissions || second != "" || !email {
				t.Errorf("%s has %s, want %s (second factor %q, e-mail %v)", id, got, permissions, second, email)
			}
		}
		if err := d.Migrated(ctx); err != nil {
			t.Error(err)
		}
	})
}
