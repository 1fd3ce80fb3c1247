package practiceweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/role"
)

// TestStrictMode: it says what it will do, leaves no readable copy, offers to
// invite again, and gives back what was chosen.
func TestStrictMode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		ken := client(t, a, c, "K1", "ken@example.com")
		plain := temporaryIn(t, a, "ken@example.com")
		pending := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "ken@example.com", "password": plain}).Want(t, 200).Text("sign_in")
		bea := client(t, a, c, "K2", "")
		client(t, a, other, "K3", "far@example.com")
		foreign := temporaryIn(t, a, "far@example.com")
		queued := client(t, a, c, "K4", "queued@example.com") // its mail has not left yet

		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get(policyStrict).Want(t, 200, "3 temporary passwords are destroyed", "2 people can be invited again", "1 person has no e-mail address", "15 characters")
		b.Post(policyStrict, url.Values{"strict": {"maybe"}}).Want(t, 422)
		b.Post(policyStrict, url.Values{"strict": {"yes"}, "revision": {"7"}}).Want(t, 409, "Somebody else changed the policy")
		if n := apptest.Number(a, `SELECT count(*) FROM temporary_password WHERE sealed IS NOT NULL`); n != 4 {
			t.Fatalf("%d readable before it was confirmed", n)
		}
		b.Post(policyStrict, url.Values{"strict": {"yes"}, "revision": {"0"}}).Want(t, 200,
			"3 temporary passwords were destroyed", "Strict mode makes it: off", "2 people had a temporary password", "Invite them again")
		if n := apptest.Number(a, `SELECT count(*) FROM temporary_password WHERE practice_id = $1 AND (sealed IS NOT NULL OR hash <> '')`, c.ID); n != 0 {
			t.Errorf("%d secrets left", n)
		}
		if d := record(t, a, c.ID, audit.TemporaryVoided).Detail["temporary_passwords"]; d != "3" {
			t.Errorf("%s on record", d)
		}
		record(t, a, c.ID, audit.StrictOn)
		a.API("GET", "/sign-in", pending, nil).Want(t, 401)
		a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "ken@example.com", "password": plain}).Want(t, 401)
		a.API("POST", "/practices/other/sign-in", "", map[string]any{"login": "far@example.com", "password": foreign}).Want(t, 200)
		a.Work()
		for _, l := range a.Mailbox.Letters() {
			if l.To.Address == "queued@example.com" {
				t.Error("a void temporary password was mailed")
			}
		}
		b.Get("/paws/pet-parents/"+ken).Want(t, 200, "Withdrawn", "strict mode", "Send a link").Without(t, ">Show<")
		b.Get("/paws/pet-parents/" + bea)
		b.Post("/paws/pet-parents/"+bea+"/temporary-password", nil).Want(t, 409, "by a mailed link only")

		// The people concerned are invited by a link, once.
		vet := a.Enter("paws", a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID), "")
		vet.Get("/paws/")
		vet.Post("/paws/pet-parents/logins/waiting", nil).Want(t, 403)
		b.Get("/paws/pet-parents/logins").Want(t, 200, "Waiting for a link", "2 people can be sent", "1 person has no e-mail address")
		b.Post("/paws/pet-parents/logins/waiting", nil).Want(t, 200, "on their way")
		a.Work()
		for _, to := range []string{"ken@example.com", "queued@example.com"} {
			a.Link(a.LastMail(to), "/paws/activate")
		}
		b.Get("/paws/pet-parents/"+queued).Want(t, 200, "Send a new welcome e-mail").Without(t, "Withdrawn")
		b.Get(policyPage).Want(t, 200).Without(t, "Waiting for a link")
		before := len(a.Mailbox.Letters())
		b.Get("/paws/pet-parents/logins")
		b.Post("/paws/pet-parents/logins/waiting", nil).Want(t, 200)
		a.Work()
		if n := len(a.Mailbox.Letters()); n != before {
			t.Errorf("%d more letters", n-before)
		}

		b.Get(policyStrict).Want(t, 200, "Switch strict mode off", "counts again")
		a.Clock.Advance(time.Second)
		b.Post(policyStrict, url.Values{"strict": {"no"}}).Want(t, 200, "What you chose before counts again").Without(t, "Strict mode makes it")
		if p, err := a.Practices.Policy(t.Context(), a.DB, c.ID); err != nil || !p.MailsTemporary() || p.ClientMinimum != 12 {
			t.Errorf("policy %+v, %v", p, err)
		}
		record(t, a, c.ID, audit.StrictOff)
	})
}

func temporaryIn(t *testing.T, a *apptest.App, to string) string {
	t.Helper()
	_, line, _ := strings.Cut(a.LastMail(to).Text, "Temporary password: ")
	plain, _, _ := strings.Cut(line, "\n")
	if plain = strings.TrimSpace(plain); plain == "" {
		t.Fatal("no temporary password in the mail")
	}
	return plain
}

// TestNothingReadableSlipsThrough: temporary passwords that are being issued
// while strict mode is switched on come before it and are withdrawn, or after
// it and are links.
func TestNothingReadableSlipsThrough(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		var people []string
		for _, key := range []string{"R1", "R2", "R3", "R4", "R5", "R6"} {
			people = append(people, client(t, a, c, key, strings.ToLower(key)+"@example.com"))
		}
		ctx := access.WithViewer(t.Context(), access.System("test"))
		apptest.AtOnce(len(people)+1, func(i int) bool {
			if i == len(people) {
				setPolicy(t, a, c, map[string]string{"strict": "yes"})
				return true
			}
			_, err := a.Onboarding.Reissue(ctx, c.Access(), people[i])
			if err != nil {
				t.Error(err)
			}
			return err == nil
		})
		n, err := db.One(ctx, a.DB, func(s db.Scanner) (n int, err error) { return n, s.Scan(&n) },
			`SELECT count(*) FROM temporary_password WHERE sealed IS NOT NULL`)
		if err != nil || n != 0 {
			t.Errorf("%d readable, %v", n, err)
		}
	})
}
