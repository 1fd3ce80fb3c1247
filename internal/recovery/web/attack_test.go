package recoveryweb_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/job"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// ask asks for a link and returns its token.
func ask(t *testing.T, a *apptest.App, login string) string {
	t.Helper()
	a.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": login}).Want(t, 202)
	return tokenIn(t, a.Link(a.LastMail(login), "/reset-password"))
}

// TestLinksAtOnce: of many requests answered at the same moment three get a
// link, and one of these works.
func TestLinksAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	payload, err := json.Marshal(map[string]string{"practice_id": c.ID, "account_id": c.Administrator.ID})
	if err != nil {
		t.Fatal(err)
	}
	apptest.AtOnce(16, func(int) bool {
		if err := a.Recovery.Answer(context.Background(), job.Job{Attempt: 1, Payload: payload}); err != nil {
			t.Error(err)
		}
		return true
	})
	if n := apptest.Number(a, `SELECT count(*) FROM link WHERE purpose = 'reset'`); n != 3 {
		t.Errorf("%d links, want 3", n)
	}
	if n := apptest.Number(a, `SELECT count(*) FROM link WHERE purpose = 'reset' AND ended_at IS NULL`); n != 1 {
		t.Errorf("%d links work", n)
	}
}

// TestMailsAreRare: whoever asks in somebody's name does not fill their mailbox.
func TestMailsAreRare(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		other := a.Clinic("other")
		ken := guest(t, a, c, "ken", "ken@example.com")
		a.Hire(other, "Ken", "ken@example.com", role.Sitter, other.North.ID)
		for name, request := range map[string]func(){
			"login IDs": func() {
				a.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": "ken@example.com"}).Want(t, 202)
			},
			"sign-in pages": func() { a.Browser().Post("/", url.Values{"email": {"ken@example.com"}}).Want(t, 200) },
		} {
			before := len(a.Mailbox.Letters())
			for range 6 {
				request()
				a.Work()
			}
			if n := len(a.Mailbox.Letters()) - before; n != 3 {
				t.Errorf("%s: %d letters in an hour, want 3", name, n)
			}
			a.Clock.Advance(time.Hour + time.Minute)
			request()
			a.Work()
			if n := len(a.Mailbox.Letters()) - before; n != 4 {
				t.Errorf("%s: %d letters after the hour, want 4", name, n)
			}
		}
		if l := a.LastMail("ken@example.com"); strings.Contains(l.Text, ken) {
			t.Error("a letter about sign-in pages has the temporary password")
		}
	})
}

// TestResetAndOtherPeople: a link changes the password of the one it was made
// for, whoever is signed in in that browser; withdrawn, of another address or
// for an inactive account it is void.
func TestResetAndOtherPeople(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		dora := a.Hire(c, "Dora Desk", "dora@paws.example", role.Receptionist, c.North.ID)
		b := a.Enter("paws", dora, "")
		token, fresh := ask(t, a, vet.LoginID), apptest.Password()
		b.Get("/paws/reset-password?token="+token).Want(t, 200)
		b.Post("/paws/reset-password", url.Values{"token": {token}, "new_password": {fresh}, "repeat_password": {fresh}}).
			Want(t, 200, "Dora Desk is signed in in this browser")
		b.Get("/paws/account/sessions").Want(t, 200, "Where you are signed in", "Dora Desk")
		a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": dora.LoginID, "password": dora.Password}).Want(t, 200)

		reset := func(token string) int {
			return a.API("POST", "/password-reset", "", map[string]any{"token": token, "new_password": apptest.Password()}).Status
		}
		moved := ask(t, a, vet.LoginID)
		apptest.Exec(a, `UPDATE account SET recovery_email = 'new@paws.example', recovery_key = 'new@paws.example' WHERE id = $1`, vet.ID)
		if got := reset(moved); got != 410 {
			t.Errorf("a link to the former address: %d", got)
		}
		off := ask(t, a, dora.LoginID)
		apptest.Exec(a, `UPDATE account SET active = FALSE WHERE id = $1`, dora.ID)
		if got := reset(off); got != 410 {
			t.Errorf("a link of an inactive account: %d", got)
		}
		a.API("POST", "/activation", "", map[string]any{"token": off, "new_password": fresh}).Want(t, 410)
		a.API("POST", "/activation", "", map[string]any{"token": off}).Want(t, 410)
		b.Get("/paws/account/sessions").Want(t, 200, "Email or login ID")

		edge := ask(t, a, c.Administrator.LoginID)
		a.Clock.Advance(30 * time.Minute)
		if got := reset(edge); got != 410 {
			t.Errorf("a link at the end of its life: %d", got)
		}
		edge = ask(t, a, c.Administrator.LoginID)
		a.Clock.Advance(30*time.Minute - time.Microsecond)
		if got := reset(edge); got != 204 {
			t.Errorf("a link in its last moment: %d", got)
		}
	})
}

// TestNewPasswordIsNoName: the pet's name, which neighbours know, is no new
// password of a pet parent, and one typed letter is none either.
func TestNewPasswordIsNoName(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		temporary := guest(t, a, c, "ken@example.com", "ken@example.com")
		r := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "ken@example.com", "password": temporary}).Want(t, 200)
		pending := r.Text("sign_in")
		details := a.API("GET", "/sign-in/details", pending, nil).Want(t, 200).Body
		delete(details, "$schema")
		a.API("POST", "/sign-in/details", pending, details).Want(t, 200)
		a.API("POST", "/sign-in/new-password", pending, map[string]any{"new_password": apptest.Password()}).Want(t, 200)
		token := ask(t, a, "ken@example.com")
		for _, password := range []string{"Biscuit 2021", "ken@example.com", "\ufdfa"} {
			if r := a.API("POST", "/password-reset", "", map[string]any{"token": token, "new_password": password}); r.Status != 422 {
				t.Errorf("%q is answered %d", password, r.Status)
			}
		}
		a.API("POST", "/password-reset", "", map[string]any{"token": token, "new_password": "a beagle of mine"}).Want(t, 204)
	})
}

// guest is a pet parent with a login who was never in, and the temporary
// password from the mail.
func guest(t *testing.T, a *apptest.App, c apptest.Clinic, login, email string) string {
	t.Helper()
	ctx := context.Background()
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := a.PetParents.Upsert(ctx, tx, c.ID, petparent.HouseholdInput{
			System: "generic", ExternalID: "C1", Active: true,
			People: []petparent.PersonInput{{FirstName: "Ken", LastName: "Ito", Emails: []string{email}}},
			Pets:   []petparent.PetInput{{ExternalID: "P1", Name: "Biscuit", Species: "dog"}},
		})
		if err != nil {
			return err
		}
		people, err := a.PetParents.Sharing(ctx, tx, c.ID, []string{email})
		if err != nil {
			return err
		}
		_, err = a.Onboarding.CreateLogin(ctx, tx, c.Access(), people[petparent.Fold(email)][0].ID, login, true)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(a.LastMail(email).Text, "Temporary password: ")
	return strings.Fields(after)[0]
}
