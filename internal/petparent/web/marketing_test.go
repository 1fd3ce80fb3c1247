package petparentweb_test

import (
	"net/url"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

func TestEmailMarketing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		plain := w.temporary(w.ken)
		list, one := "/paws/marketing/email", "/paws/marketing/email/"+w.ken
		show := one + "/temporary-password/show"

		w.Browser().Get(list).Want(t, 200, "Password")
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		vet.Get("/paws/").Want(t, 200).Without(t, "Email Marketing")
		vet.Get(list).Want(t, 403)
		vet.Get(one).Want(t, 403)
		vet.Get("/paws/")
		vet.Post(show, nil).Want(t, 403).Without(t, plain)
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		stranger.Get("/other/marketing/email").Want(t, 200, "Fay Foreign").Without(t, "Ken Ito")
		stranger.Get("/other/marketing/email/"+w.ken).Want(t, 404)
		stranger.Get("/other/marketing/email")
		stranger.Post("/other/marketing/email/"+w.ken+"/temporary-password/show", nil).Want(t, 404).Without(t, plain)

		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		b := w.Enter("paws", rita, "")
		b.Get("/paws/").Want(t, 200, "Marketing", "Email Marketing")
		b.Get(list).Want(t, 200, "Ken Ito", "Aya Ito", "Bea Brown", "No e-mail", "View Details", "Sent").Without(t, plain, "Fay Foreign")
		b.Get(list+"?q=brown").Want(t, 200, "Bea Brown", "Left out").Without(t, "Ken Ito")
		b.Get(list+"?q=zzzz").Want(t, 200, "Nobody matches")
		b.Get(list+"?cursor=x").Want(t, 422, "Leave the cursor out", "Ken Ito")
		b.Get(one).Want(t, 200, "Full login", "ken@", "Invited", "Welcome e-mail", "Temporary password", "Show").Without(t, plain)
		w.Clock.Advance(6 * time.Minute)
		b.Get(one)
		b.Post(show, nil).Want(t, 200, "Confirm that it is you").Without(t, plain)
		u, _ := url.Parse(b.Page.Path)
		b.Post("/paws/account/confirm", url.Values{"password": {rita.Password}, "return": {u.Query().Get("return")}}).Want(t, 200, "Full login").Without(t, plain)
		b.Post(show, nil).Want(t, 200, plain, `data-secret="30"`, "on record")
		if n := len(w.audited(audit.TemporaryShown)); n != 1 {
			t.Errorf("recorded %d times", n)
		}
		b.Get("/paws/marketing/email/"+w.bea).Want(t, 200, "No login yet", "None on record", "Left out").Without(t, ">Show<")
		b.Post("/paws/marketing/email/"+w.bea+"/temporary-password/show", nil).Want(t, 410, "There is no temporary password to show")

		// Nobody may look, it has expired, or they are in: not here either.
		apptest.Exec(w.App, `UPDATE practice SET policy = '{"temporary_readable": false}' WHERE id = $1`, w.clinic.ID)
		b.Get(one).Want(t, 200, "Nobody can read it").Without(t, ">Show<")
		b.Post(show, nil).Want(t, 410, "nobody can read temporary passwords").Without(t, plain)
		apptest.Exec(w.App, `UPDATE practice SET policy = '{}' WHERE id = $1`, w.clinic.ID)
		w.settle("ken@example.com", plain, url.Values{
			"person.first_name": {"Ken"}, "person.last_name": {"Ito"}, "person.email": {"ken@example.com"}, "person.phones": {"+1 206-555-0152"},
		})
		b.Get(one).Want(t, 200, "a password of their own", "Forgot password?").Without(t, "Temporary password</dt>", ">Show<", plain)
		b.Post(show, nil).Want(t, 410).Without(t, plain)

		// The plan and the branch decide.
		apptest.Exec(w.App, `UPDATE branch SET features_off = '["pet_app"]' WHERE id = $1`, w.clinic.North.ID)
		w.invite(w.aya, "aya@example.com", true)
		b.Get("/paws/marketing/email/"+w.aya).Want(t, 200, "Full login").Without(t, ">Show<")
		b.Post("/paws/marketing/email/"+w.aya+"/temporary-password/show", nil).Want(t, 403, "switched off in this branch").Without(t, w.temporary(w.aya))
		apptest.Exec(w.App, `UPDATE practice SET plan = 'standard' WHERE id = $1`, w.clinic.ID)
		b.Get(list).Want(t, 403)
	})
}
