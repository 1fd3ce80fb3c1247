package onboardingweb_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/job"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
)

func TestCreateLogin(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("claws")
		fill(t, a, c.ID, one("C1", "Ken", "Ito", "ken@example.com"), one("C2", "Nan", "None", ""), one("C3", "Stu", "Style", "stu@example.com"))
		ken, nan, stu := person(t, a, c.ID, "C1").ID, person(t, a, c.ID, "C2").ID, person(t, a, c.ID, "C3").ID
		for _, row := range []struct {
			name   string
			clinic apptest.Clinic
			id     string
			login  string
			mailed bool
			want   error
		}{
			{"taken by staff", c, ken, strings.ToUpper(c.Administrator.LoginID), true, account.ErrLoginTaken},
			{"nowhere to write to", c, nan, "nan.none", true, onboarding.ErrNoAddress},
			{"other practice", other, ken, "ken@example.com", true, nil},
			{"a username, by hand", c, nan, "nan.none", false, nil},
			{"by mail", c, ken, "ken@example.com", true, nil},
			{"a second login", c, ken, "ken.ito", true, onboarding.ErrHasLogin},
			{"taken by a client", c, stu, "Nan.None", true, account.ErrLoginTaken},
		} {
			err := giveLogin(a, row.clinic, row.id, row.login, row.mailed)
			if row.clinic.ID == other.ID {
				if err == nil {
					t.Errorf("%s: a login for somebody else's client", row.name)
				}
				continue
			}
			if !errors.Is(err, row.want) {
				t.Errorf("%s: %v", row.name, err)
			}
		}
		if n := number(t, a, `SELECT count(*) FROM account WHERE kind = 'client'`); n != 2 {
			t.Errorf("%d accounts", n)
		}
		a.Work()
		p := person(t, a, c.ID, "C1")
		if p.Login.LoginID != "ken@example.com" || p.Login.RecoveryEmail != "ken@example.com" || p.MailState != "sent" {
			t.Errorf("login %+v, mail %q", p.Login, p.MailState)
		}
		// Handed over by staff: it runs from the moment of issue.
		byHand, err := a.Factors.TemporaryOf(t.Context(), a.DB, c.ID, person(t, a, c.ID, "C2").AccountID)
		if err != nil || !byHand.ExpiresAt.Equal(byHand.IssuedAt.Add(72*time.Hour)) {
			t.Errorf("by hand: %+v, %v", byHand, err)
		}

		// What nobody may read cannot be mailed: a link goes out instead.
		apptest.Exec(a, `UPDATE practice SET policy = '{"temporary_readable": false}' WHERE id = $1`, c.ID)
		if err := giveLogin(a, c, stu, "stu@example.com", true); err != nil {
			t.Fatal(err)
		}
		link, err := url.Parse(a.Link(a.LastMail("stu@example.com"), "/paws/activate"))
		if err != nil {
			t.Fatal(err)
		}
		r := a.API("POST", "/activation", "", map[string]any{"token": link.Query().Get("token")}).Want(t, 200)
		if r.Text("next") != "confirm_details" {
			t.Errorf("next is %q", r.Text("next"))
		}
		if n := number(t, a, `SELECT count(*) FROM temporary_password WHERE account_id = $1`, person(t, a, c.ID, "C3").AccountID); n != 0 {
			t.Error("a temporary password that nobody can know")
		}
	})
}

// TestReissueTakesASkipBack: a skip was granted to whom reception knew at the
// former address; who reads the new one does not get in by it.
func TestReissueTakesASkipBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		ken := invite(t, a, c, "C1", "Ken", "ken@example.com")
		guest, err := a.Accounts.Get(t.Context(), a.DB, c.ID, ken.AccountID)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := a.Factors.GrantSkip(t.Context(), tx, guest, "lost the phone")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		skips := func() int {
			return number(t, a, `SELECT count(*) FROM factor_skip WHERE account_id = $1`, ken.AccountID)
		}
		reissue := func() error {
			_, err := a.Onboarding.Reissue(t.Context(), c.Access(), ken.ID)
			return err
		}
		if err := reissue(); err != nil || skips() != 1 {
			t.Errorf("to the same address: %d skips, %v", skips(), err)
		}
		contact := ken.Contact()
		contact.Email = "new@example.com"
		if err := a.PetParents.UpdateContact(t.Context(), c.ID, ken.ID, contact); err != nil {
			t.Fatal(err)
		}
		apptest.Exec(a, `UPDATE account SET active = FALSE WHERE id = $1`, ken.AccountID)
		if err := reissue(); !errors.Is(err, onboarding.ErrLoginInactive) || skips() != 1 {
			t.Errorf("refused: %d skips, %v", skips(), err)
		}
		apptest.Exec(a, `UPDATE account SET active = TRUE WHERE id = $1`, ken.AccountID)
		if err := reissue(); err != nil || skips() != 0 {
			t.Errorf("to a new address: %d skips, %v", skips(), err)
		}
	})
}

func TestReissue(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		ken := invite(t, a, c, "C1", "Ken", "ken@example.com")
		again := func(p access.Practice, petParentID string) error {
			once, err := a.Onboarding.Reissue(t.Context(), p, petParentID)
			if once != "" {
				t.Error("shown where it can be read later")
			}
			return err
		}
		reissue := func() error { return again(c.Access(), ken.ID) }

		// The address was wrong: corrected, the new mail goes to the right one.
		contact := ken.Contact()
		contact.Email = "right@example.com"
		if err := a.PetParents.UpdateContact(t.Context(), c.ID, ken.ID, contact); err != nil {
			t.Fatal(err)
		}
		if err := reissue(); err != nil {
			t.Fatal(err)
		}
		fresh := temporaryIn(t, a.LastMail("right@example.com"))
		signIn(a, "paws", "ken@example.com", ken.temporary).Want(t, 401)
		pending := signIn(a, "paws", "ken@example.com", fresh).Want(t, 200).Text("sign_in")
		if p := person(t, a, c.ID, "C1"); p.Login.RecoveryEmail != "right@example.com" || p.Login.LoginID != "ken@example.com" {
			t.Errorf("login %+v", p.Login)
		}
		// What was begun with the one before cannot be completed.
		confirmAsShown(t, a, pending)
		if err := reissue(); err != nil {
			t.Fatal(err)
		}
		newPassword(a, pending, apptest.Password()).Want(t, 401)

		apptest.Exec(a, `UPDATE account SET active = FALSE WHERE id = $1`, ken.AccountID)
		if err := reissue(); !errors.Is(err, onboarding.ErrLoginInactive) {
			t.Errorf("inactive: %v", err)
		}
		apptest.Exec(a, `UPDATE account SET active = TRUE WHERE id = $1`, ken.AccountID)
		pending = signIn(a, "paws", "ken@example.com", temporaryIn(t, a.LastMail("right@example.com"))).Want(t, 200).Text("sign_in")
		newPassword(a, pending, apptest.Password()).Want(t, 200)
		if err := reissue(); !errors.Is(err, onboarding.ErrSignedInBefore) || !strings.Contains(err.Error(), "Forgot password?") {
			t.Errorf("after the first sign-in: %v", err)
		}

		fill(t, a, c.ID, one("C2", "Nan", "None", ""))
		nan := person(t, a, c.ID, "C2")
		if err := again(c.Access(), nan.ID); !errors.Is(err, petparent.ErrNoLogin) {
			t.Errorf("without a login: %v", err)
		}
		if err := giveLogin(a, c, nan.ID, "nan.none", false); err != nil {
			t.Fatal(err)
		}
		if err := again(c.Access(), nan.ID); err != nil {
			t.Errorf("without an address: %v", err)
		}
		if err := again(a.Clinic("claws").Access(), nan.ID); err == nil {
			t.Error("from another practice")
		}
	})
}

// Of many at once one run goes on, one worker does each batch, and one login
// is made for a person, whoever else makes one by hand.
func TestLoginsAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	fillWithSample(t, a, c.ID, "cornerstone", "client_patient_report.csv")
	if won := apptest.AtOnce(16, func(int) bool {
		_, err := a.Onboarding.StartLogins(context.Background(), c.ID, petparent.Scope{})
		if err != nil && !errors.Is(err, onboarding.ErrRunUnderWay) {
			t.Error(err)
		}
		return err == nil
	}); won != 1 {
		t.Errorf("%d runs began", won)
	}
	if n := number(t, a, `SELECT count(*) FROM job WHERE kind = $1`, onboarding.LoginsJob); n != 1 {
		t.Errorf("%d jobs", n)
	}
	runs, err := a.Onboarding.Runs(t.Context(), c.ID, 2)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs: %v", len(runs), err)
	}
	work := job.Job{Attempt: 1, Payload: []byte(`{"practice_id":"` + c.ID + `","run_id":"` + runs[0].ID + `"}`)}
	people, err := a.PetParents.WithoutLogin(t.Context(), a.DB, c.ID, petparent.Scope{}, "", 300)
	if err != nil {
		t.Fatal(err)
	}
	apptest.AtOnce(16, func(i int) bool {
		if i%4 == 0 {
			if err := a.Onboarding.RunLogins(context.Background(), work); err != nil {
				t.Error(err)
			}
			return true
		}
		p := people[i] // of the first batch
		if p.Email == "" {
			return false
		}
		err := giveLogin(a, c, p.ID, p.Email, true)
		if err != nil && !errors.Is(err, onboarding.ErrHasLogin) && !errors.Is(err, account.ErrLoginTaken) {
			t.Error(err)
		}
		return err == nil
	})
	if err := a.Onboarding.RunLogins(t.Context(), work); err != nil {
		t.Fatal(err)
	}
	accounts := number(t, a, `SELECT count(*) FROM account WHERE kind = 'client'`)
	attached := number(t, a, `SELECT count(*) FROM pet_parent WHERE account_id IS NOT NULL`)
	mails := number(t, a, `SELECT count(*) FROM message WHERE template = 'welcome'`)
	passwords := number(t, a, `SELECT count(*) FROM temporary_password`)
	if accounts < 174 || accounts != attached || accounts != mails || accounts != passwords {
		t.Errorf("%d accounts, %d attached, %d mails, %d temporary passwords", accounts, attached, mails, passwords)
	}
}

// tripping ends a context after so many looks at the time: a kill in the
// middle of the work.
type tripping struct {
	clock.Clock
	left int
	trip context.CancelFunc
}

func (c *tripping) Now() time.Time {
	if c.left--; c.left == 0 {
		c.trip()
	}
	return c.Clock.Now()
}

func TestKilledRunGoesOn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		// Two batches.
		fillWithSample(t, a, c.ID, "generic", "clients.csv")
		fillWithSample(t, a, c.ID, "cornerstone", "client_patient_report.csv")
		run, err := a.Onboarding.StartLogins(t.Context(), c.ID, petparent.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		a.Accounts.Clock = &tripping{Clock: a.Clock, left: 2, trip: cancel} // in the middle of the second one
		work := job.Job{Attempt: 1, Payload: []byte(`{"practice_id":"` + c.ID + `","run_id":"` + run.ID + `"}`)}
		if err := a.Onboarding.RunLogins(ctx, work); !errors.Is(err, context.Canceled) {
			t.Fatalf("killed: %v", err)
		}
		a.Accounts.Clock = a.Clock
		run, err = a.Onboarding.Run(t.Context(), c.ID, run.ID)
		if err != nil || run.Done != 250 || run.Create == 0 || !run.UnderWay() {
			t.Fatalf("after the kill: %d of %d, %s, %v", run.Done, run.Total, run.State, err)
		}
		if n := number(t, a, `SELECT count(*) FROM account WHERE kind = 'client'`); n != run.Create {
			t.Errorf("%d logins, the run knows of %d", n, run.Create)
		}
		a.Work()
		run, err = a.Onboarding.Run(t.Context(), c.ID, run.ID)
		if err != nil || run.State != onboarding.RunDone || run.Done != 500 || run.Create < 300 {
			t.Errorf("in the end: %d of %d, %d created, %s, %v", run.Done, run.Total, run.Create, run.State, err)
		}
		for what, query := range map[string]string{
			"logins": `SELECT count(*) FROM account WHERE kind = 'client'`, "mails": `SELECT count(*) FROM message WHERE template = 'welcome'`,
			"people written to": `SELECT count(DISTINCT to_address) FROM message WHERE template = 'welcome' AND state = 'sent'`,
			"passwords":         `SELECT count(*) FROM temporary_password`,
			"entries":           `SELECT count(*) FROM audit WHERE action = 'login.created'`,
			"lines":             `SELECT count(*) FROM login_run_person WHERE outcome = 'sent'`,
		} {
			if n := number(t, a, query); n != run.Create {
				t.Errorf("%d %s, want %d", n, what, run.Create)
			}
		}
		if n := number(t, a, `SELECT count(*) FROM login_run_person`); n != 500 {
			t.Errorf("%d lines of the report", n)
		}
	})
}
