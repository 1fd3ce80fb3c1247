package petparentweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
)

// shown is what stands in the box of a revealed secret.
func shown(t *testing.T, p apptest.Page) string {
	t.Helper()
	_, rest, found := strings.Cut(p.Body, `<output class="mono value"`)
	_, rest, _ = strings.Cut(rest, ">")
	plain, _, closed := strings.Cut(rest, "<")
	if !found || !closed || plain == "" {
		t.Fatalf("%s shows no secret", p.Path)
	}
	return plain
}

// bea is through the first sign-in and has no e-mail address at all.
func (w *world) settledWithoutEmail() (*apptest.Browser, string) {
	w.t.Helper()
	w.invite(w.bea, "bea.brown", false)
	return w.settle("bea.brown", w.temporary(w.bea), url.Values{"person.first_name": {"Bea"}, "person.last_name": {"Brown"}})
}

// TestTemporaryAgain: only somebody without any e-mail can be handed one after
// the first sign-in. It is shown once, takes the place of the password they
// forgot, and leads to a new one and nowhere else.
func TestTemporaryAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		former, pw := w.settledWithoutEmail()
		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		b := w.Enter("paws", rita, "")
		form := login("login", "bea.brown", "temporary", "generate")
		b.Get(page(w.bea, "login")).Want(t, 200, "has no e-mail address, so no link can be sent")
		plain := shown(t, b.Post(page(w.bea, "login"), form).Want(t, 200, "nobody can look at it again", "choice of a new password"))
		if issued, seen := w.audited(audit.TemporaryIssued), w.audited(audit.TemporaryShown); len(issued) != 2 || len(seen) != 1 || seen[0].Personal.Actor != "Rita Desk" {
			t.Errorf("audit: %d issued, shown %+v", len(issued), seen)
		}
		// Gone from everywhere but her hand; the line on the profile stays away.
		b.Get(page(w.bea)).Want(t, 200, "Active").Without(t, plain, ">Temporary password<", ">Show<")
		b.Post(page(w.bea, "temporary-password", "show"), nil).Want(t, 410).Without(t, plain)
		b.Get(page(w.bea, "login")).Want(t, 200, "One is out, not used yet").Without(t, plain)
		if strings.Contains(apptest.Everything(w.App), plain) || strings.Contains(w.Logged(), plain) {
			t.Error("it is written down")
		}
		k := w.Browser()
		k.Get("/paws/login")
		k.Post("/paws/login", url.Values{"login": {"bea.brown"}, "password": {pw}}).Want(t, 401)
		k.Post("/paws/login", url.Values{"login": {"bea.brown"}, "password": {plain}}).Want(t, 200, "Choose your password").Without(t, "Step ")
		k.Get("/paws/login/details").Want(t, 200, "Choose your password")
		k.Get("/paws/pet-app").Want(t, 200, "Your sign-in is not finished yet")
		k.Get("/paws/login/new-password").Want(t, 200, "Choose your password")
		k.Post("/paws/login/new-password", url.Values{"new_password": {plain}, "repeat_password": {plain}}).Want(t, 422, "This is the temporary password")
		own := apptest.Password()
		k.Post("/paws/login/new-password", url.Values{"new_password": {own}, "repeat_password": {own}}).Want(t, 200, "Hello, Bea")
		former.Get("/paws/pet-app").Want(t, 200, "Password")
		k.Get("/paws/pet-app").Want(t, 200, "Hello, Bea")
		if n := apptest.Number(w.App, `SELECT count(*) FROM temporary_password`); n != 0 {
			t.Errorf("%d temporary passwords are left", n)
		}
		if n := len(w.audited(audit.PasswordChosen)); n != 1 {
			t.Errorf("%d lines say that a password was chosen again", n)
		}
		k = w.Browser()
		k.Get("/paws/login")
		k.Post("/paws/login", url.Values{"login": {"bea.brown"}, "password": {plain}}).Want(t, 401)
		k.Post("/paws/login", url.Values{"login": {"bea.brown"}, "password": {own}}).Want(t, 200, "Hello, Bea")

		// A typed one too; burnt or expired it opens nothing, and another one helps.
		b.Get(page(w.bea, "login"))
		b.Post(page(w.bea, "login"), login("login", "bea.brown", "temporary", "type", "temporary_password", "hops the goat")).Want(t, 200, "opens the choice of a new password")
		k = w.Browser()
		k.Get("/paws/login")
		for range 5 {
			k.Post("/paws/login", url.Values{"login": {"bea.brown"}, "password": {"hops the boat"}})
			w.Clock.Advance(time.Hour)
		}
		b = w.Enter("paws", rita, "")
		b.Get(page(w.bea, "login")).Want(t, 200, "Used up by wrong tries")
		k.Get("/paws/login")
		k.Post("/paws/login", url.Values{"login": {"bea.brown"}, "password": {"hops the goat"}}).Want(t, 401)
		b.Post(page(w.bea, "login"), login("login", "bea.brown", "temporary", "type", "temporary_password", "goat the hops")).Want(t, 200)
		w.Clock.Advance(2 * time.Hour) // wrong tries make her wait as before
		k.Post("/paws/login", url.Values{"login": {"bea.brown"}, "password": {"goat the hops"}}).Want(t, 200, "Choose your password")
	})
}

func TestTemporaryAgainIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.settledWithoutEmail()
		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		as := func(p apptest.Person) apptest.Page {
			b := w.Enter("paws", p, "")
			b.Get(page(w.bea, "login"))
			return b.Post(page(w.bea, "login"), login("login", "bea.brown", "temporary", "generate"))
		}
		beas := func(change func(tx *db.Tx) error) { w.write(change) }
		p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, w.bea)
		if err != nil {
			t.Fatal(err)
		}
		rights := access.WithViewer(w.ctx(), access.Viewer{Kind: access.KindStaff, AccountID: rita.ID, PracticeID: w.clinic.ID})
		// Who let her in without the second factor does not hand her a password too.
		beas(func(tx *db.Tx) error {
			a, err := w.Accounts.Hold(rights, tx, w.clinic.ID, p.AccountID)
			if err != nil {
				return err
			}
			return w.Accounts.NoteHelp(rights, tx, a)
		})
		as(rita).Want(t, 409, "somebody else has to issue")
		w.Clock.Advance(7*24*time.Hour + time.Minute)
		// Nor who took her recovery address away.
		beas(func(tx *db.Tx) error {
			a, err := w.Accounts.Hold(rights, tx, w.clinic.ID, p.AccountID)
			if err != nil {
				return err
			}
			return w.Accounts.ChangeRecovery(rights, tx, a, "")
		})
		as(rita).Want(t, 409, "changed the recovery address")
		w.Clock.Advance(7*24*time.Hour + time.Minute)
		// Nor who took away the only e-mail address that was on record.
		edit := func(email string) apptest.Page {
			b := w.Enter("paws", rita, "")
			b.Get(page(w.bea, "edit"))
			return b.Post(page(w.bea, "edit"), url.Values{"first_name": {"Bea"}, "last_name": {"Brown"}, "email": {email}})
		}
		edit("bea@example.com").Want(t, 200)
		edit("").Want(t, 200)
		as(rita).Want(t, 409, "took their e-mail address away")
		w.Clock.Advance(7*24*time.Hour + time.Minute)
		shown(t, as(rita).Want(t, 200))
		// And who did cannot help with the second factor.
		a, err := w.Accounts.Get(w.ctx(), w.DB, w.clinic.ID, p.AccountID)
		if err != nil || !a.HandedBy(rita.ID, w.Clock.Now()) {
			t.Errorf("not remembered: %+v, %v", a, err)
		}
		// Links only: nobody is let in with a temporary password.
		apptest.Exec(w.App, `UPDATE practice SET policy = '{"temporary_passwords": false}' WHERE id = $1`, w.clinic.ID)
		as(rita).Want(t, 422, "by a mailed link only")
		apptest.Exec(w.App, `UPDATE practice SET policy = '{}' WHERE id = $1`, w.clinic.ID)
		// With an e-mail on record a link is sent instead.
		b := w.Enter("paws", rita, "")
		b.Get(page(w.bea, "edit"))
		b.Post(page(w.bea, "edit"), url.Values{"first_name": {"Bea"}, "last_name": {"Brown"}, "email": {"bea@example.com"}, "phones": {""}}).Want(t, 200)
		as(rita).Want(t, 422, "Send them a reset link instead")
	})
}

// TestTemporaryAgainAtOnce: of sixteen who use one at once, one chooses the
// password; a re-issue comes before it or after it.
func TestTemporaryAgainAtOnce(t *testing.T) {
	w := newWorld(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)))
	w.settledWithoutEmail()
	b := w.desk()
	b.Get(page(w.bea, "login"))
	plain := shown(t, b.Post(page(w.bea, "login"), login("login", "bea.brown", "temporary", "generate")))
	tokens := make([]string, 16)
	for i := range tokens {
		tokens[i] = w.API("POST", "/practices/paws/sign-in", "", map[string]string{"login": "bea.brown", "password": plain}).Want(t, 200).Text("sign_in")
	}
	if won := apptest.AtOnce(16, func(i int) bool {
		r := w.API("POST", "/sign-in/new-password", tokens[i], map[string]string{"new_password": apptest.Password()})
		if r.Status != 200 && r.Status != 401 && r.Status != 409 {
			t.Errorf("status %d: %s", r.Status, r.Raw)
		}
		return r.Status == 200
	}); won != 1 {
		t.Errorf("%d chose a password", won)
	}
}

// TestTemporaryAgainAsksTheFactor: the second factor is asked for as ever, before
// anything can be chosen.
func TestTemporaryAgainAsksTheFactor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.settledWithoutEmail()
		p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, w.bea)
		if err != nil {
			t.Fatal(err)
		}
		bea := apptest.Person{}
		if bea.Account, err = w.Accounts.Get(w.ctx(), w.DB, w.clinic.ID, p.AccountID); err != nil {
			t.Fatal(err)
		}
		w.Authenticator(&bea)
		b := w.desk()
		b.Get(page(w.bea, "login"))
		plain := shown(t, b.Post(page(w.bea, "login"), login("login", "bea.brown", "temporary", "generate")).Want(t, 200))
		k := w.Browser()
		k.Get("/paws/login")
		k.Post("/paws/login", url.Values{"login": {"bea.brown"}, "password": {plain}}).Want(t, 200, "Type your code")
		k.Get("/paws/login/new-password").Want(t, 200, "Type your code")
		k.Post("/paws/login/second-factor", url.Values{"method": {"totp"}, "code": {w.Code(bea)}}).Want(t, 200, "Choose your password")
		own := apptest.Password()
		k.Post("/paws/login/new-password", url.Values{"new_password": {own}, "repeat_password": {own}}).Want(t, 200, "Hello, Bea")
	})
}
