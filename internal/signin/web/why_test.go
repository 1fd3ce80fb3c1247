package signinweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
	"catflap/internal/role"
	"catflap/internal/staff"
)

// TestWhy: every obstacle in plain words, with what to do, and a word when there
// is none.
func TestWhy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		hire := func(name string) apptest.Person {
			return a.Hire(c, name, strings.ToLower(name)+"@paws.example", role.Sitter, c.North.ID)
		}
		b := a.Enter("paws", c.Administrator, c.North.ID)
		why := func(accountID string, words ...string) apptest.Page {
			t.Helper()
			return b.Get("/paws/security/why/"+accountID).Want(t, 200, words...)
		}
		ann := hire("Ann")
		why(ann.ID, "Why can't Ann sign in?", "Nothing stands in the way", "None in the last 30 days").Without(t, "Open again")

		typed(a.Browser(), ann.LoginID, "wrong").Want(t, 401)
		why(ann.ID, "Nothing stands in the way", "The password was wrong.", "Firefox on Windows, from 127.0.0.1", "1 wrong try counts", "All sign-ins of this person")
		for range 4 {
			try(a, ann.LoginID, "wrong").Want(t, 401)
		}
		why(ann.ID, "Has to wait after wrong tries", "after 09:00:02 UTC", "no device on which they signed in before", "Open again").Without(t, "Nothing stands")
		closeTo(t, a, ann.LoginID)
		b = a.Enter("paws", c.Administrator, c.North.ID)
		why(ann.ID, "Closed after too many wrong tries", "100 tries in a row", "After a hundred wrong tries in a row")

		apptest.Exec(a, `UPDATE account SET active = FALSE WHERE id = $1`, ann.ID)
		apptest.Exec(a, `DELETE FROM role_grant WHERE account_id = $1`, ann.ID)
		why(ann.ID, "The account is deactivated", "No role in any branch", "Closed after too many wrong tries")

		near := hire("Ned")
		apptest.Exec(a, `UPDATE branch SET network_mode = 'restrict', network = '["10.0.0.0/8"]' WHERE id = $1`, c.North.ID)
		typed(a.Browser(), near.LoginID, near.Password).Want(t, 403)
		apptest.Exec(a, `UPDATE branch SET network_mode = 'off' WHERE id = $1`, c.North.ID)
		why(near.ID, "Nothing stands in the way", "none of their branches can be worked in")
		apptest.Exec(a, `UPDATE branch SET network_mode = 'restrict' WHERE id = $1`, c.South.ID)
		apptest.Exec(a, `UPDATE branch SET network = '["10.0.0.0/8"]' WHERE id = $1`, c.South.ID)
		apptest.Exec(a, `UPDATE role_grant SET branch_id = $2 WHERE account_id = $1`, near.ID, c.South.ID)
		why(near.ID, "Outside the network", "South (10.0.0.0/8)", "came from 127.0.0.1")

		apptest.Exec(a, `UPDATE password SET hash = '' WHERE account_id = $1`, near.ID)
		why(near.ID, "The password was taken away", "uses Forgot password?")

		invited := invite(t, a, c, "New Newton", "new@paws.example")
		why(invited, "No password yet", "works until 8 Jul 2026")
		apptest.Exec(a, `UPDATE link SET ended_at = created_at WHERE account_id = $1`, invited)
		why(invited, "No password yet", "does not work any more", "Forgot password?")

		guest(t, a, c, "gus@example.com")
		gus, err := a.Accounts.ByLogin(t.Context(), a.DB, c.ID, "gus@example.com")
		if err != nil {
			t.Fatal(err)
		}
		why(gus.ID, "Nothing stands in the way")
		apptest.Exec(a, `UPDATE temporary_password SET burnt_at = issued_at WHERE account_id = $1`, gus.ID)
		why(gus.ID, "The temporary password is used up")
		apptest.Exec(a, `UPDATE temporary_password SET burnt_at = NULL, expires_at = issued_at WHERE account_id = $1`, gus.ID)
		why(gus.ID, "The temporary password has expired")
		apptest.Exec(a, `UPDATE temporary_password SET expires_at = NULL WHERE account_id = $1`, gus.ID)
		why(gus.ID, "still on its way")
		apptest.Exec(a, `UPDATE temporary_password SET expires_at = issued_at + 1000000 WHERE account_id = $1`, gus.ID)
		apptest.Exec(a, `UPDATE message SET state = 'failed' WHERE account_id = $1`, gus.ID)
		person, err := a.PetParents.ByAccount(t.Context(), a.DB, c.ID, gus.ID)
		if err != nil {
			t.Fatal(err)
		}
		why(gus.ID, "The welcome e-mail could not be sent", "send a new welcome e-mail", `href="/paws/pet-parents/`+person.ID+`"`).
			Without(t, "Nothing stands in the way", "still on its way")
		apptest.Exec(a, `DELETE FROM temporary_password WHERE account_id = $1`, gus.ID)
		why(gus.ID, "Nothing to sign in with yet")

		typed(a.Browser(), "x@paws.example", "wrong").Want(t, 401)
		apptest.Exec(a, `UPDATE address_failure SET failures = 100`)
		typed(a.Browser(), "x@paws.example", "wrong").Want(t, 429)
		why(near.ID, "Too many failed sign-ins from one network", "From 127.0.0.1")
		b.Get("/paws/security/why/"+id.New()).Want(t, 404)
		b.Get("/paws/security/why/junk").Want(t, 404)
	})
}

// invite is somebody who did not choose a password yet.
func invite(t *testing.T, a *apptest.App, c apptest.Clinic, name, email string) (accountID string) {
	t.Helper()
	ctx := access.WithPractice(t.Context(), c.Access())
	r, err := a.Roles.ByKey(ctx, a.DB, c.ID, role.Sitter)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := a.Staff.Invite(ctx, tx, c.Access(), staff.Invitation{Name: name, Email: email, Grants: []role.Grant{{RoleID: r.ID, BranchID: c.North.ID}}})
		accountID = p.ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return accountID
}

// TestOpenAgain: by who manages security where the person works, after a fresh
// proof, once; the person is told.
func TestOpenAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		desk := a.Hire(c, "Dora Desk", "dora@paws.example", role.Receptionist, c.North.ID)
		sam := a.Hire(c, "Sam South", "sam@paws.example", role.SecurityManager, c.South.ID)
		nina := a.Hire(c, "Nina North", "nina@paws.example", role.SecurityManager, c.North.ID)
		page := "/paws/security/why/" + vet.ID
		closeTo(t, a, vet.LoginID)

		a.Browser().Get(page).Want(t, 200, "Email or login ID")
		stranger := a.Enter("other", other.Administrator, other.North.ID)
		stranger.Get(page).Want(t, 200, "Email or login ID")
		stranger.Get(strings.Replace(page, "paws", "other", 1)).Want(t, 404)
		for _, p := range []apptest.Person{desk, sam} {
			b := a.Enter("paws", p, "")
			b.Get(page).Want(t, 403)
			b.Get("/paws/account/sessions")
			b.Post(page+"/open", nil).Want(t, 403)
		}

		b := a.Enter("paws", nina, "")
		a.Clock.Advance(6 * time.Minute)
		b.Get(page).Want(t, 200, "Closed after too many wrong tries")
		b.Post(page+"/open", nil).Want(t, 200, "Confirm that it is you")
		if p := b.Post("/paws/account/confirm", url.Values{"password": {nina.Password}, "return": {page}}).Want(t, 200); p.Path != page {
			t.Errorf("led to %s", p.Path)
		}
		b.Post(page+"/open", nil).Want(t, 200, "Vera Vet can try again at once", "Nothing stands in the way")
		b.Post(page+"/open", nil).Want(t, 409, "nothing to open")
		if l := a.LastMail(vet.LoginID); !strings.Contains(l.Text, "opened again by Nina North") {
			t.Errorf("not told: %s", l.Text)
		}
		try(a, vet.LoginID, vet.Password).Want(t, 200)
		lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Action: audit.LoginReopened}, "", 5)
		if err != nil || len(lines) != 1 || lines[0].AccountID != vet.ID || lines[0].ActorID != nina.ID {
			t.Errorf("on record: %+v, %v", lines, err)
		}

		// A pet parent's account is opened by who manages logins.
		guest(t, a, c, "gus@example.com")
		gus, err := a.Accounts.ByLogin(t.Context(), a.DB, c.ID, "gus@example.com")
		if err != nil {
			t.Fatal(err)
		}
		try(a, gus.LoginID, "wrong").Want(t, 401)
		a.Enter("paws", vet, "").Get("/paws/security/why/"+gus.ID).Want(t, 403)
		d := a.Enter("paws", desk, "")
		d.Get("/paws/security/why/"+gus.ID).Want(t, 200, "Gus Guest", "1 wrong try counts").Without(t, "All sign-ins")
		d.Post("/paws/security/why/"+gus.ID+"/open", nil).Want(t, 200, "The wrong tries are forgotten")
	})
}
