package accountweb_test

import (
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/role"
)

// TestOwnFactor: people read on their first page, and after signing in, what
// they should do about their own second factor, and nobody else's.
func TestOwnFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("here")
		rita := a.Hire(c, "Rita Desk", "rita@here.example", role.Receptionist, c.North.ID)
		desk := a.Enter("here", rita, "")
		wantNot(t, middle(desk.Get("/here/").Want(t, 200)), "Two-factor authentication is required", "backup code")

		b := a.Enter("here", c.Administrator, c.North.ID)
		b.Page.Want(t, 200, "For you to do", "Two-factor authentication is required from 15 July.", `href="/here/account/two-factor">Configure two-factor authentication`)
		wantIn(t, middle(b.Get("/here/")), "Two-factor authentication is required from 15 July", "Until then you set it up whenever it suits you")
		wantNot(t, middle(b.Page), "For you to do")
		apptest.Exec(a, `UPDATE second_factor SET grace_from = $2 WHERE account_id = $1`, c.Administrator.ID, a.Clock.Now().Add(-14*24*time.Hour))
		wantIn(t, middle(b.Get("/here/")), "Two-factor authentication is required<", "Your next sign-in asks you to set it up")

		// Somebody with a factor and few codes.
		apptest.Exec(a, `INSERT INTO second_factor (account_id, practice_id, email_since, owed) VALUES ($2, $1, $3, FALSE)
			ON CONFLICT (account_id) DO UPDATE SET email_since = $3`, c.ID, rita.ID, a.Clock.Now())
		for i := range 10 {
			apptest.Exec(a, `INSERT INTO backup_code (id, practice_id, account_id, place, key_id, mac, made_at) VALUES ($1, $2, $3, $4, '', $5, $6)`,
				string(rune('a'+i)), c.ID, rita.ID, i+1, []byte{byte(i)}, a.Clock.Now())
		}
		for _, x := range []struct {
			used   int
			stored bool
			want   string
		}{
			{0, false, "Keep your backup codes where you find them"}, {0, true, ""}, {7, true, ""}, {8, true, "You have two backup codes left"},
			{9, false, "You have one backup code left"}, {10, true, "You have no backup code left"},
		} {
			apptest.Exec(a, `UPDATE backup_code SET used_at = CASE WHEN place <= $2 THEN CAST($3 AS BIGINT) END WHERE account_id = $1`, rita.ID, x.used, a.Clock.Now())
			var at any
			if x.stored {
				at = a.Clock.Now()
			}
			apptest.Exec(a, `UPDATE second_factor SET stored_at = $2 WHERE account_id = $1`, rita.ID, at)
			text := middle(desk.Get("/here/").Want(t, 200))
			if x.want != "" {
				wantIn(t, text, x.want)
			} else {
				wantNot(t, text, "backup code")
			}
		}
		wantIn(t, middle(b.Get("/here/")), "<b>1 of 2</b> members of staff", "The others sign in with a password alone", `href="/here/security/two-factor"`)
	})
}
