package practiceweb_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/role"
	"catflap/internal/staff"
)

// TestNothingHalfOpened: whatever is wrong with a new practice, nothing of it
// stays behind, and the complaint stands at the field that caused it.
func TestNothingHalfOpened(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := a.Enter("platform", a.Administrator(), "")
		tables := []string{"practice", "branch", "role", "role_grant", "link", "message", "job WHERE kind LIKE 'mail.%'", "account WHERE kind <> 'platform'"}
		before := map[string]int{}
		for _, table := range tables {
			before[table] = apptest.Number(a, `SELECT count(*) FROM `+table)
		}
		for name, row := range map[string]struct{ field, value, says string }{
			"the same branch twice": {"branches", "North\nnorth", "north: There is a branch of this name already"},
			"a long branch":         {"branches", "North\n" + strings.Repeat("x", 61), "Use at most 60 characters."},
			"no administrator":      {"administrator_email", "nobody", "Type a whole e-mail address"},
			"no name of theirs":     {"administrator_name", " ", "Type a name"},
			"NUL":                   {"hours", "9\x00", "cannot be stored"},
		} {
			f := url.Values{
				"name": {"Paws"}, "slug": {"paws"}, "kind": {"clinic"}, "plan": {"basic"}, "branches": {"North"},
				"administrator_name": {"Ada"}, "administrator_email": {"ada@paws.example"},
			}
			f.Set(row.field, row.value)
			b.Get("/platform/practices/new").Want(t, 200)
			if p := b.Post("/platform/practices", f); p.Status != 422 {
				t.Errorf("%s: answered %d", name, p.Status)
			} else {
				p.Want(t, 422, row.says)
			}
		}
		for _, table := range tables {
			if n := apptest.Number(a, `SELECT count(*) FROM `+table) - before[table]; n != 0 {
				t.Errorf("%d left in %s", n, table)
			}
		}
	})
}

// TestInviteTheAdministrator: the fresh invitation goes to who is to run the
// practice, not to whoever else was invited, and is on record.
func TestInviteTheAdministrator(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c := a.Administrator(), a.Clinic("paws")
		invite := func(name, email, key string) {
			t.Helper()
			r, err := a.Roles.ByKey(t.Context(), a.DB, c.ID, key)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := a.Staff.Invite(t.Context(), tx, c.Access(), staff.Invitation{Name: name, Email: email, Grants: []role.Grant{{RoleID: r.ID}}})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		invite("Abe Sitter", "abe@paws.example", role.Sitter)
		b := a.Enter("platform", host, "")
		b.Get("/platform/practices/"+c.ID).Want(t, 200)
		b.Post("/platform/practices/"+c.ID+"/invite", nil).Want(t, 409, "Every administrator of this practice")
		invite("Zoe Admin", "zoe@paws.example", role.Administrator)
		a.Work()
		before := len(a.Mailbox.Letters())
		b.Get("/platform/practices/"+c.ID).Want(t, 200)
		b.Post("/platform/practices/"+c.ID+"/invite", nil).Want(t, 200, "A fresh invitation")
		a.Work()
		if l := a.Mailbox.Letters(); len(l) != before+1 || l[0].To.Address != "zoe@paws.example" {
			t.Errorf("%d letters, the newest to %s", len(l)-before, l[0].To.Address)
		}
		lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: "staff"}, "", 1)
		if err != nil || lines[0].Action != audit.StaffReinvited || lines[0].ActorID != host.ID || lines[0].Personal.Account != "Zoe Admin" {
			t.Errorf("on record: %+v, %v", lines, err)
		}
	})
}

// TestGrantsStayInThePractice: neither a role nor a branch of another one.
func TestGrantsStayInThePractice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		mine, err := a.Roles.ByKey(t.Context(), a.DB, c.ID, role.Sitter)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := a.Roles.ByKey(t.Context(), a.DB, other.ID, role.Sitter)
		if err != nil {
			t.Fatal(err)
		}
		give := func(g role.Grant) error {
			ctx := context.Background()
			return a.DB.Write(ctx, func(tx *db.Tx) error {
				return a.Roles.Give(ctx, tx, c.ID, c.Administrator.ID, []role.Grant{g})
			})
		}
		for _, g := range []role.Grant{{RoleID: theirs.ID}, {RoleID: mine.ID, BranchID: other.North.ID}, {RoleID: theirs.ID, BranchID: other.North.ID}} {
			if err := give(g); !errors.Is(err, role.ErrNotFound) {
				t.Errorf("%+v: %v", g, err)
			}
		}
		for _, g := range []role.Grant{{RoleID: mine.ID}, {RoleID: mine.ID, BranchID: c.North.ID}, {RoleID: mine.ID, BranchID: c.North.ID}} {
			if err := give(g); err != nil {
				t.Errorf("%+v: %v", g, err)
			}
		}
	})
}
