package petparentweb_test

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/mail"
	"catflap/internal/mail/mailtest"
	"catflap/internal/role"
)

func TestShow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		plain := w.temporary(w.ken)
		show := page(w.ken, "temporary-password", "show")

		w.Browser().Post(show, nil).Want(t, 200, "Password").Without(t, plain)
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		vet.Get(page(w.ken)).Want(t, 200, "Temporary password", "Expires").Without(t, ">Show<")
		vet.Post(show, nil).Want(t, 403).Without(t, plain)
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		stranger.Get("/other/pet-parents/pet-app")
		stranger.Post("/other/pet-parents/"+w.ken+"/temporary-password/show", nil).Want(t, 404).Without(t, plain)
		if n := len(w.audited(audit.TemporaryShown)); n != 0 {
			t.Fatalf("%d times recorded as shown", n)
		}

		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		b := w.Enter("paws", rita, "")
		w.Clock.Advance(6 * time.Minute)
		b.Get(page(w.ken)).Want(t, 200, "Show").Without(t, plain)
		b.Post(show, nil).Want(t, 200, "Confirm that it is you", "Rita Desk", "North").Without(t, plain)
		if n := len(w.audited(audit.TemporaryShown)); n != 0 {
			t.Fatalf("recorded as shown before it was, %d times", n)
		}
		u, _ := url.Parse(b.Page.Path)
		b.Post("/paws/account/confirm", url.Values{"password": {rita.Password}, "return": {u.Query().Get("return")}}).
			Want(t, 200, "Temporary password", "Show").Without(t, plain)
		b.Post(show, nil).Want(t, 200, plain, `data-secret="30"`, "on record")
		lines := w.audited(audit.TemporaryShown)
		if len(lines) != 1 || lines[0].Personal.Actor != "Rita Desk" || lines[0].Personal.Account != "Ken Ito" || lines[0].BranchID != w.clinic.North.ID {
			t.Errorf("audit: %+v", lines)
		}
		b.Get(page(w.ken)).Want(t, 200, "Temporary password").Without(t, plain)
	})
}

// TestShowIsRecordedFirst: what cannot be recorded is not shown.
func TestShowIsRecordedFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		plain := w.temporary(w.ken)
		b := w.desk()
		b.Get(page(w.ken)).Want(t, 200)
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(w.ctx(), `ALTER TABLE audit RENAME TO audit_gone`)
			return err
		})
		b.Post(page(w.ken, "temporary-password", "show"), nil).Want(t, 500).Without(t, plain)
	})
}

func TestExpiredAndBurnt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		w.Clock.Advance(73 * time.Hour)
		w.Work()
		b := w.desk()
		b.Get(page(w.ken)).Want(t, 200, "Temporary password", "Expired", "Issue a new one").Without(t, ">Show<")
		b.Post(page(w.ken, "temporary-password", "show"), nil).Want(t, 410, "There is no temporary password to show", "Issue a new one")
		b.Post(page(w.ken, "temporary-password"), nil).Want(t, 200, "on its way to ken@example.com", "Show").Without(t, "Issue a new one")
		letter := w.LastMail("ken@example.com")
		fresh := w.temporary(w.ken)
		if !strings.Contains(letter.Text, fresh) {
			t.Error("the mail does not carry the new temporary password")
		}
		p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, w.ken)
		if err != nil {
			t.Fatal(err)
		}
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(w.ctx(), `UPDATE temporary_password SET tries = max_tries WHERE account_id = $1`, p.AccountID)
			if err != nil {
				return err
			}
			state, err := w.Factors.TemporaryOf(w.ctx(), tx, w.clinic.ID, p.AccountID)
			if err != nil {
				return err
			}
			return w.Factors.BurnTemporary(w.ctx(), tx, state, "Ken Ito")
		})
		b.Get(page(w.ken)).Want(t, 200, "Used up by wrong tries", "Issue a new one").Without(t, ">Show<")
	})
}

func TestIssue(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		issue := page(w.ken, "temporary-password")
		b := w.desk()
		b.Get(page(w.ken))
		b.Post(issue, nil).Want(t, 409, "has no login yet")
		w.invite(w.ken, "ken@example.com", true)
		former := w.temporary(w.ken)
		w.Browser().Post(issue, nil).Want(t, 200, "Password")
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		vet.Get(page(w.ken))
		vet.Post(issue, nil).Want(t, 403)
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		stranger.Get("/other/pet-parents/pet-app")
		stranger.Post("/other/pet-parents/"+w.ken+"/temporary-password", nil).Want(t, 404)
		if w.temporary(w.ken) != former {
			t.Fatal("replaced by somebody who may not")
		}
		b.Get(page(w.ken))
		b.Post(issue, nil).Want(t, 200, "on its way")
		if w.temporary(w.ken) == former {
			t.Error("not replaced")
		}
		// Without any e-mail it is handed over by staff.
		w.invite(w.bea, "bea.brown", false)
		b.Get(page(w.bea)).Want(t, 200, "Temporary password", "Show")
		b.Post(page(w.bea, "temporary-password"), nil).Want(t, 200, "Show it and pass it on")
		b.Post(page(w.bea, "temporary-password", "show"), nil).Want(t, 200, w.temporary(w.bea))
	})
}

// TestGoneAfterFirstSignIn: from the page, the JSON API and the database.
func TestGoneAfterFirstSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		plain := w.temporary(w.ken)
		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		token := w.Token("paws", rita, "")
		w.API("GET", "/pet-parents/"+w.ken, token, nil).Want(t, 200)
		client, _ := w.settle("ken@example.com", plain, url.Values{
			"person.first_name": {"Ken"}, "person.last_name": {"Ito"}, "person.email": {"ken@example.com"}, "person.phones": {"+1 206-555-0152"},
		})
		client.Get("/paws/pet-app").Want(t, 200, "Hello, Ken", "Your pets", "Biscuit", "Clover", `href="tel:+15550100"`, "desk@paws.example",
			"Mon to Fri 8 to 18", "Where you are signed in", "Sign out").Without(t, "has your corrections", "Temporary password")
		client.Get(page(w.ken)).Want(t, 403)

		b := w.Enter("paws", rita, "")
		b.Get(page(w.ken)).Want(t, 200, "Active", "password of their own", "Forgot password?").Without(t, "Temporary password", ">Show<", "Issue a new one")
		b.Post(page(w.ken, "temporary-password", "show"), nil).Want(t, 410, "Forgot password?").Without(t, plain)
		b.Post(page(w.ken, "temporary-password"), nil).Want(t, 409, "Forgot password?")

		profile := w.API("GET", "/pet-parents/"+w.ken, token, nil).Want(t, 200)
		if profile.Body["temporary_password"] != nil || profile.Text("status") != "active" {
			t.Errorf("the API says %s", profile.Raw)
		}
		w.API("POST", "/pet-parents/"+w.ken+"/login/temporary-password/reveal", token, nil).Want(t, 410)
		w.API("POST", "/pet-parents/"+w.ken+"/login/temporary-password", token, nil).Want(t, 409)
		n, err := db.One(w.ctx(), w.DB, func(s db.Scanner) (n int64, err error) { return n, s.Scan(&n) }, `SELECT count(*) FROM temporary_password`)
		if err != nil || n != 0 {
			t.Errorf("%d temporary passwords in the database, %v", n, err)
		}
	})
}

// refusing sends what is for one address to a mail server of its own.
type refusing struct {
	mail.Transport
	smtp mail.Transport
	to   string
}

func (r refusing) Send(ctx context.Context, l mail.Letter) error {
	if l.To.Address == r.to {
		return r.smtp.Send(ctx, l)
	}
	return r.Transport.Send(ctx, l)
}

// worldRefusing is a world whose mail to one address goes to a server that knows no
// such mailbox.
func worldRefusing(t *testing.T, d *db.DB, to string) (*world, *mailtest.Server) {
	server := mailtest.Start(t, mailtest.Options{})
	server.Always(mailtest.Answer{Code: 550, Words: "No such mailbox"})
	at, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		t.Fatal(err)
	}
	smtp := mail.NewSMTP(mail.SMTPSettings{Host: at.Hostname(), Port: port, Plaintext: true}, "cats.example")
	t.Cleanup(smtp.Close)
	return newWorld(t, apptest.On(t, d, func(o *app.Options) { o.Transport = refusing{o.Transport, smtp, to} })), server
}

// TestWelcomeRefused: a welcome e-mail that the mail server refuses for good
// leaves no temporary password without an end, and its person is not lost.
func TestWelcomeRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, server := worldRefusing(t, d, "ken@example.com")
		w.invite(w.ken, "ken@example.com", true)
		plain := w.temporary(w.ken)
		words := []string{"Its e-mail could not be sent", "It expires", ">Show<", "Send a new welcome e-mail"}
		b := w.desk()
		b.Get(page(w.ken)).Want(t, 200, append(words, "Invitation could not be sent")...).Without(t, "Its time begins")
		b.Get(page(w.ken, "login")).Want(t, 200, words[:2]...)
		b.Get("/paws/marketing/email/"+w.ken).Want(t, 200, append(words, "550 No such mailbox")...)
		token := w.Token("paws", w.clinic.Administrator, w.clinic.North.ID)
		profile := w.API("GET", "/pet-parents/"+w.ken, token, nil).Want(t, 200)
		if profile.Text("temporary_password", "state") != "unsent" || profile.Text("temporary_password", "expires_at") != "2026-07-04T09:00:00Z" {
			t.Errorf("the API says %s", profile.Raw)
		}
		b.Post(page(w.ken, "temporary-password", "show"), nil).Want(t, 200, plain)
		// It ends like any other, and a new one finds its way once the mailbox is there.
		w.Clock.Advance(73 * time.Hour)
		w.Work()
		if n := apptest.Number(w.App, `SELECT count(*) FROM temporary_password WHERE sealed IS NOT NULL`); n != 0 {
			t.Errorf("%d temporary passwords are readable", n)
		}
		b = w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		b.Get(page(w.ken)).Want(t, 200, "Expired", "Issue a new one").Without(t, words[0])
		server.Always(mailtest.Answer{})
		b.Post(page(w.ken, "temporary-password"), nil).Want(t, 200, "on its way to ken@example.com")
		w.Work()
		b.Get(page(w.ken)).Want(t, 200, "Expires", ">Show<").Without(t, words[0], "Issue a new one")
		if got := server.Wait(t, "ken@example.com", 1); !strings.Contains(got.Text, w.temporary(w.ken)) {
			t.Error("the mail does not carry the new temporary password")
		}
	})
}

// TestNoCheerAfterADeath: nobody whose pets have all died gets a welcome e-mail by
// the way; staff can still decide that they should.
func TestNoCheerAfterADeath(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		apptest.Exec(w.App, `UPDATE pet SET deceased = TRUE WHERE external_id IN ('P1', 'P2')`)
		former := w.temporary(w.ken)
		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		b, token := w.Enter("paws", rita, ""), w.Token("paws", rita, "")
		written := apptest.Number(w.App, `SELECT count(*) FROM message`)
		b.Get(page(w.ken))
		b.Post(page(w.ken, "temporary-password"), nil).Want(t, 409, "All pets of this pet parent have died", "System Login Editor")
		if r := w.API("POST", "/pet-parents/"+w.ken+"/login/temporary-password", token, nil).Want(t, 409); !strings.HasSuffix(r.Text("type"), "all-pets-deceased") {
			t.Errorf("the API says %s", r.Raw)
		}
		if n := apptest.Number(w.App, `SELECT count(*) FROM message`); n != written || w.temporary(w.ken) != former {
			t.Errorf("%d messages were written", n-written)
		}
		b.Get(page(w.ken, "login")).Want(t, 200, "all pets deceased", "Look at that before you send a cheerful message")
		b.Post(page(w.ken, "login"), login("login", "ken@example.com", "recovery_email", "ken@example.com", "welcome", "yes")).
			Want(t, 200, "on its way to ken@example.com")
	})
}
