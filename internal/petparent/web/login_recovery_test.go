package petparentweb_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/onboarding"
	"catflap/internal/role"
)

func tokenOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("no token in %q: %v", link, err)
	}
	return u.Query().Get("token")
}

// TestRecoveryBeforeFirstSignIn: another address counts at once, and ends what
// went to the former one.
func TestRecoveryBeforeFirstSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		former := w.temporary(w.ken)
		b := w.desk()
		b.Get(page(w.ken, "login")).Want(t, 200, "The welcome e-mail goes there")
		b.Post(page(w.ken, "login"), login("login", "ken@example.com", "recovery_email", "right@example.com")).
			Want(t, 200, "The login is saved", "send the welcome e-mail again", "Send a new welcome e-mail").Without(t, ">Temporary password<")
		if _, recovery, pending, _ := w.account(w.ken); recovery != "right@example.com" || pending != "" {
			t.Errorf("recovery %q, pending %q", recovery, pending)
		}
		k := w.Browser()
		k.Get("/paws/login")
		k.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {former}}).Want(t, 401)
		if n := apptest.Number(w.App, `SELECT count(*) FROM temporary_password`); n != 0 {
			t.Errorf("%d temporary passwords are left", n)
		}
		lines := w.audited(audit.LoginChanged)
		if len(lines) != 1 || lines[0].Personal.Changes[0].Field != "recovery_email" {
			t.Errorf("audit: %+v", lines)
		}
		b.Post(page(w.ken, "login"), login("login", "ken@example.com", "recovery_email", "right@example.com", "welcome", "yes")).
			Want(t, 200, "on its way to right@example.com")
		if letter := w.LastMail("right@example.com"); !strings.Contains(letter.Text, w.temporary(w.ken)) {
			t.Errorf("the welcome e-mail says %q", letter.Text)
		}
	})
}

// TestRecoveryAfterFirstSignIn: the new mailbox is asked, the former one is told,
// and what it was sent ends with the change.
func TestRecoveryAfterFirstSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, pw := w.settled()
		b := w.desk()
		w.Browser().Post("/paws/forgot-password", url.Values{"login": {"ken@example.com"}}).Want(t, 200)
		reset := w.Link(w.LastMail("ken@example.com"), "/reset-password")
		change := func(email string) apptest.Page {
			b.Get(page(w.ken, "login"))
			return b.Post(page(w.ken, "login"), login("login", "ken@example.com", "recovery_email", email))
		}
		change("new@example.com").Want(t, 200, "A message asks new@example.com to confirm")
		if _, recovery, pending, _ := w.account(w.ken); recovery != "ken@example.com" || pending != "new@example.com" {
			t.Errorf("recovery %q, pending %q", recovery, pending)
		}
		if letter := w.LastMail("ken@example.com"); !strings.Contains(letter.Text, "is to become n•••@example.com") {
			t.Errorf("the former address is told %q", letter.Text)
		}
		first := w.Link(w.LastMail("new@example.com"), "/confirm-recovery")
		b.Get(page(w.ken, "login")).Want(t, 200, "Not confirmed yet", "Keep ken@example.com")
		b.Post(page(w.ken, "login", "keep-recovery"), nil).Want(t, 200, "stays as it is").Without(t, "Not confirmed yet")
		k := w.Browser()
		k.Get(first).Want(t, 410)
		k.Post("/paws/confirm-recovery", url.Values{"token": {tokenOf(t, first)}}).Want(t, 410)

		change("new@example.com").Want(t, 200, "A message asks")
		second := w.Link(w.LastMail("new@example.com"), "/confirm-recovery")
		k.Get(second).Want(t, 200, "Confirm your recovery address", "new@example.com", "You still sign in with ken@example.com")
		k.Get("/other"+strings.TrimPrefix(second, "/paws")).Want(t, 410)
		k.Get(reset).Want(t, 200)
		k.Post("/paws/confirm-recovery", url.Values{"token": {tokenOf(t, second)}}).Want(t, 200, "Your recovery address is confirmed: new@example.com")
		k.Post("/paws/confirm-recovery", url.Values{"token": {tokenOf(t, second)}}).Want(t, 410)
		k.Get(reset).Want(t, 410)
		if loginID, recovery, pending, _ := w.account(w.ken); loginID != "ken@example.com" || recovery != "new@example.com" || pending != "" {
			t.Errorf("login %q, recovery %q, pending %q", loginID, recovery, pending)
		}
		if letter := w.LastMail("ken@example.com"); !strings.Contains(letter.Text, "is now n•••@example.com") {
			t.Errorf("the former address is told %q", letter.Text)
		}
		k.Get("/paws/login")
		k.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {pw}}).Want(t, 200, "Hello, Ken")
		if asked, changed := w.audited(audit.RecoveryAsked), w.audited(audit.RecoveryChanged); len(asked) != 3 || len(changed) != 1 {
			t.Errorf("audit: %d asked, %d changed", len(asked), len(changed))
		}
		// The third within the hour is the last.
		change("x1@example.com").Want(t, 200, "A message asks")
		change("x2@example.com").Want(t, 429, "Three new addresses")
		last := w.Link(w.LastMail("x1@example.com"), "/confirm-recovery")
		// Switched off, the question is void.
		off := login("login", "ken@example.com", "recovery_email", "new@example.com")
		off.Del("active")
		b.Get(page(w.ken, "login"))
		b.Post(page(w.ken, "login"), off).Want(t, 200, "switched off")
		k.Get(last).Want(t, 410)
	})
}

// TestRecoveryAndHelp: nobody lets somebody in without the second factor and
// changes where their mail goes, whichever comes first.
func TestRecoveryAndHelp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.settled()
		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, w.ken)
		if err != nil {
			t.Fatal(err)
		}
		w.write(func(tx *db.Tx) error {
			a, err := w.Accounts.Hold(w.ctx(), tx, w.clinic.ID, p.AccountID)
			if err != nil {
				return err
			}
			ctx := access.WithViewer(w.ctx(), access.Viewer{Kind: access.KindStaff, AccountID: rita.ID, PracticeID: w.clinic.ID})
			return w.Accounts.NoteHelp(ctx, tx, a)
		})
		b := w.Enter("paws", rita, "")
		b.Get(page(w.ken, "login"))
		b.Post(page(w.ken, "login"), login("login", "ken@example.com", "recovery_email", "new@example.com")).Want(t, 409, "less than 7 days ago")
		w.Clock.Advance(7*24*time.Hour + time.Minute)
		b = w.Enter("paws", rita, "")
		b.Get(page(w.ken, "login"))
		b.Post(page(w.ken, "login"), login("login", "ken@example.com", "recovery_email", "new@example.com")).Want(t, 200, "A message asks")
	})
}

func TestOwnRecovery(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.settled()
		p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, w.ken)
		if err != nil {
			t.Fatal(err)
		}
		ken := access.WithViewer(w.ctx(), access.Viewer{Kind: access.KindClient, AccountID: p.AccountID, PracticeID: w.clinic.ID, Practice: w.clinic.Access()})
		for _, bad := range []string{"", "ken", "ken@example.com"} {
			if err := w.Onboarding.AskOwnRecovery(ken, bad); err == nil {
				t.Errorf("%q is taken", bad)
			}
		}
		if err := w.Onboarding.AskOwnRecovery(ken, " own@example.com "); err != nil {
			t.Fatal(err)
		}
		link := w.Link(w.LastMail("own@example.com"), "/confirm-recovery")
		if err := w.Onboarding.KeepOwnRecovery(ken); err != nil {
			t.Fatal(err)
		}
		w.Browser().Get(link).Want(t, 410)
		if err := w.Onboarding.AskOwnRecovery(ken, "own@example.com"); err != nil {
			t.Fatal(err)
		}
		link = w.Link(w.LastMail("own@example.com"), "/confirm-recovery")
		w.Browser().Post("/paws/confirm-recovery", url.Values{"token": {tokenOf(t, link)}}).Want(t, 200, "confirmed")
		if _, recovery, _, _ := w.account(w.ken); recovery != "own@example.com" {
			t.Errorf("recovery %q", recovery)
		}
		staff := access.WithViewer(w.ctx(), access.Viewer{Kind: access.KindStaff, AccountID: w.clinic.Administrator.ID, PracticeID: w.clinic.ID, Practice: w.clinic.Access()})
		if err := w.Onboarding.AskOwnRecovery(staff, "more@example.com"); err == nil {
			t.Error("staff change theirs elsewhere")
		}
	})
}

// TestRecoveryIsConfirmedOnce: of sixteen at once one wins.
func TestRecoveryIsConfirmedOnce(t *testing.T) {
	w := newWorld(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)))
	w.settled()
	b := w.desk()
	b.Get(page(w.ken, "login"))
	b.Post(page(w.ken, "login"), login("login", "ken@example.com", "recovery_email", "new@example.com")).Want(t, 200)
	token := tokenOf(t, w.Link(w.LastMail("new@example.com"), "/confirm-recovery"))
	if won := apptest.AtOnce(16, func(int) bool {
		_, err := w.Onboarding.ConfirmRecovery(w.ctx(), w.clinic.Access(), token)
		return err == nil
	}); won != 1 {
		t.Errorf("%d confirmed it", won)
	}
}

// TestResetAgainstConfirmation: a link to a new password that is sent while the
// recovery address changes goes to the new mailbox, or ends.
func TestResetAgainstConfirmation(t *testing.T) {
	w := newWorld(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)))
	w.settled()
	p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, w.ken)
	if err != nil {
		t.Fatal(err)
	}
	ken := access.WithViewer(w.ctx(), access.Viewer{Kind: access.KindClient, AccountID: p.AccountID, PracticeID: w.clinic.ID, Practice: w.clinic.Access()})
	for round := range 4 {
		email := fmt.Sprintf("new%d@example.com", round)
		if err := w.Onboarding.AskOwnRecovery(ken, email); err != nil {
			t.Fatal(err)
		}
		token := tokenOf(t, w.Link(w.LastMail(email), "/confirm-recovery"))
		var sent, confirmed atomic.Int32
		apptest.AtOnce(16, func(i int) bool {
			if i%2 == 0 {
				_, err := w.Onboarding.ConfirmRecovery(w.ctx(), w.clinic.Access(), token)
				if err == nil {
					confirmed.Add(1)
				}
				return err == nil
			}
			_, err := w.Recovery.SendReset(w.ctx(), w.clinic.Access(), w.ken)
			if err == nil {
				sent.Add(1)
			} else if !fault.Is(err, fault.TooMany) {
				t.Error(err)
			}
			return err == nil
		})
		if confirmed.Load() != 1 || sent.Load() == 0 {
			t.Errorf("%d confirmed, %d links sent", confirmed.Load(), sent.Load())
		}
		if n := apptest.Number(w.App, `
			SELECT count(*) FROM link l JOIN account a ON a.id = l.account_id
			WHERE l.purpose = 'reset' AND l.used_at IS NULL AND l.ended_at IS NULL AND l.address <> a.recovery_email`); n != 0 {
			t.Errorf("%d links still work from the former mailbox", n)
		}
		if n := apptest.Number(w.App, `SELECT count(*) FROM link WHERE purpose = 'reset' AND used_at IS NULL AND ended_at IS NULL`); n > 1 {
			t.Errorf("%d links work", n)
		}
		w.Work()
		w.Clock.Advance(2 * time.Hour)
	}
}

// TestSwitchedOffAgainstSignIns: nobody stays in who signs in while the login is
// switched off, not even when it is switched on again.
func TestSwitchedOffAgainstSignIns(t *testing.T) {
	w := newWorld(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)))
	_, pw := w.settled()
	save := func(active bool) {
		if _, err := w.Onboarding.SaveLogin(w.ctx(), w.clinic.Access(), w.ken, onboarding.LoginInput{Active: &active}); err != nil {
			t.Error(err)
		}
	}
	tokens := make([]string, 16)
	apptest.AtOnce(16, func(i int) bool {
		if i%4 == 0 {
			save(false)
			return true
		}
		r := w.API("POST", "/practices/paws/sign-in", "", map[string]string{"login": "ken@example.com", "password": pw})
		if r.Status != 200 && r.Status != 401 && r.Status != 429 { // of many at once some wait
			t.Errorf("status %d: %s", r.Status, r.Raw)
		}
		tokens[i] = r.Text("session", "token")
		return r.Status == 200
	})
	for _, active := range []bool{false, true} {
		save(active)
		for _, token := range tokens {
			if token == "" {
				continue
			}
			if r := w.API("GET", "/session", token, nil); r.Status != 401 {
				t.Errorf("active %t: a session is answered %d", active, r.Status)
			}
		}
	}
}
