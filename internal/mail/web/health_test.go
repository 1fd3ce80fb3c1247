package mailweb_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

func TestOwnMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		a.Work() // the invitations of the two administrators leave
		page, all := "/paws/settings/mail", "/paws/settings/mail/again"
		a.Browser().Get(page).Want(t, 200, "Password")
		sitter := a.Enter("paws", a.Hire(c, "Sid Sitter", "sid@paws.example", role.Sitter, c.North.ID), "")
		a.Work()
		sitter.Get(page).Want(t, 403)
		sitter.Get("/paws/")
		sitter.Post(all, nil).Want(t, 403)
		rita := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		a.Work()
		a.Enter("paws", rita, "").Get(page).Want(t, 403)
		desk := a.Enter("paws", c.Administrator, c.North.ID)
		desk.Get(page).Want(t, 200, "Running", "Nothing has failed").Without(t, "Try all again")

		apptest.Exec(a, `UPDATE message SET state = 'failed', last_error = 'The mail server refused the message: 550 <b>No such person</b>'
			WHERE to_address IN ('sid@paws.example', 'admin@paws.example', 'admin@other.example')`)
		desk.Get(page).Want(t, 200, "2 in the last 7 days", "paws.example", "<b>No such person</b>", "sid@paws.example", "Try all again").
			Without(t, "admin@other.example")
		token := a.Token("paws", c.Administrator, c.North.ID)
		list := a.API("GET", "/messages/failed", token, nil).Want(t, 200)
		var failed struct{ Items []struct{ ID string } }
		if err := json.Unmarshal([]byte(list.Raw), &failed); err != nil || len(failed.Items) != 2 {
			t.Fatalf("%v: %s", err, list.Raw)
		}
		one := failed.Items[0].ID
		stranger := a.Enter("other", other.Administrator, other.North.ID)
		stranger.Get("/other/settings/mail").Want(t, 200, "admin@other.example").Without(t, "sid@paws.example")
		stranger.Post("/other/settings/mail/"+one+"/again", nil).Want(t, 409, "did not fail")
		a.API("POST", "/messages/"+one+"/again", a.Token("other", other.Administrator, other.North.ID), nil).Want(t, 409)
		a.API("GET", "/messages/failed", "", nil).Want(t, 401)

		desk.Get(page)
		desk.Post("/paws/settings/mail/"+one+"/again", nil).Want(t, 200, "in the queue again", "1 in the last 7 days")
		desk.Post("/paws/settings/mail/"+one+"/again", nil).Want(t, 409, "did not fail")
		desk.Get(page)
		desk.Post(all, nil).Want(t, 200, "1 message is in the queue again", "Nothing has failed")
		a.Work()
		desk.Get(page).Want(t, 200, "Nothing has failed", "Running")
		lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: audit.MailTriedAgain.Subject()}, "", 50)
		tried := 0
		for _, l := range lines {
			if l.Action == audit.MailTriedAgain {
				tried++
			}
		}
		if err != nil || tried != 2 {
			t.Errorf("recorded %d times, %v", tried, err)
		}
	})
}

func TestServerPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host := a.Administrator()
		c := a.Clinic("paws")
		a.Browser().Get("/platform/mail").Want(t, 200, "Password")
		staff := a.Enter("paws", c.Administrator, c.North.ID)
		staff.Get("/platform/mail").Want(t, 403)
		b := a.Enter("platform", host, "")
		b.Get("/platform/mail").Want(t, 200, "Running", "Test the mail server")
		// Here there is no server to talk to.
		b.Post("/platform/mail/test", url.Values{"email": {"ada@example.com"}}).Want(t, 422, "There is no mail server to test", "ada@example.com")
	})
}
