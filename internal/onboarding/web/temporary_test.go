package onboardingweb_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/secret"
	"catflap/internal/onboarding"
)

// TestOneUseAtOnce: where one wrong try uses it up, one of sixteen is looked at as
// a try of it, and the right one is void afterwards.
func TestOneUseAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	apptest.Exec(a, `UPDATE practice SET policy = '{"temporary_tries": 1}' WHERE id = $1`, c.ID)
	p := invite(t, a, c, "C1", "Tess", "tess@example.com")
	if in := apptest.AtOnce(16, func(int) bool { return signIn(a, "paws", "tess@example.com", "plumb-oter-canoe-lamp").Status == 200 }); in != 0 {
		t.Errorf("%d got in", in)
	}
	state, err := a.Factors.TemporaryOf(t.Context(), a.DB, c.ID, p.AccountID)
	if err != nil || state.Tries != 1 || state.BurntAt.IsZero() || state.Readable {
		t.Errorf("%+v, %v", state, err)
	}
	if n := number(t, a, `SELECT count(*) FROM audit WHERE action = 'temporary_password.burnt'`); n != 1 {
		t.Errorf("burnt %d times", n)
	}
	a.Clock.Advance(time.Hour)
	signIn(a, "paws", "tess@example.com", p.temporary).Want(t, 401)
	// A new one after the mistype.
	if _, err := a.Onboarding.Reissue(t.Context(), c.Access(), p.ID); err != nil {
		t.Fatal(err)
	}
	a.Clock.Advance(24 * time.Hour) // whoever tried sixteen times waits
	signIn(a, "paws", "tess@example.com", temporaryIn(t, a.LastMail("tess@example.com"))).Want(t, 200)
}

// TestReissueAgainstSignIn: a first sign-in that is being completed comes before
// a re-issue or after it; nothing half-done stays behind.
func TestReissueAgainstSignIn(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	for round := range 4 {
		email := "round" + strings.Repeat("x", round) + "@example.com"
		ken := invite(t, a, c, "C"+email, "Ken", email)
		pending := signIn(a, "paws", email, ken.temporary).Want(t, 200).Text("sign_in")
		confirmAsShown(t, a, pending)
		reissued, done := make([]bool, 16), make([]bool, 16)
		apptest.AtOnce(16, func(i int) bool {
			if i%2 == 0 {
				r := newPassword(a, pending, apptest.Password())
				done[i] = r.Status == 200
				return done[i]
			}
			_, err := a.Onboarding.Reissue(context.Background(), c.Access(), ken.ID)
			if err != nil && !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
			reissued[i] = err == nil
			return err == nil
		})
		count := func(of []bool) (n int) {
			for _, yes := range of {
				if yes {
					n++
				}
			}
			return n
		}
		left := number(t, a, `SELECT count(*) FROM temporary_password WHERE account_id = $1`, ken.AccountID)
		in := number(t, a, `SELECT count(*) FROM account WHERE id = $1 AND onboarded_at IS NOT NULL`, ken.AccountID)
		switch {
		case count(done) > 1 || count(done) != in:
			t.Errorf("%d first sign-ins, %d on record", count(done), in)
		case in == 1 && (left != 0 || count(reissued) != 0):
			t.Errorf("signed in with a password of their own, and %d temporary passwords are left, %d re-issues", left, count(reissued))
		case in == 0 && (left != 1 || count(reissued) == 0):
			t.Errorf("not signed in, and %d temporary passwords, %d re-issues", left, count(reissued))
		}
	}
}

// TestLoginsSavedAtOnce: of sixteen who create a login for one person one wins,
// and of two people one gets a login ID.
func TestLoginsSavedAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	fill(t, a, c.ID, one("C1", "Ken", "Ito", "ken@example.com"), one("C2", "Aya", "Ito", "aya@example.com"))
	ken, aya := person(t, a, c.ID, "C1").ID, person(t, a, c.ID, "C2").ID
	save := func(petParentID, login string) error {
		_, err := a.Onboarding.SaveLogin(context.Background(), c.Access(), petParentID, onboarding.LoginInput{Login: &login})
		if err != nil && !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		return err
	}
	made := apptest.AtOnce(16, func(i int) bool {
		return save([]string{ken, aya}[i%2], "ito") == nil
	})
	if n := number(t, a, `SELECT count(*) FROM account WHERE login_key = 'ito'`); n != 1 || made < 1 {
		t.Errorf("%d accounts, %d saves", n, made)
	}
	if n := number(t, a, `SELECT count(*) FROM pet_parent WHERE account_id IS NOT NULL`); n != 1 {
		t.Errorf("%d people have it", n)
	}
}

// TestBothInOneWelcome: where the practice wants both, the welcome e-mail carries
// a temporary password and a link, and the first of the two that is used ends the
// other.
func TestBothInOneWelcome(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		apptest.Exec(a, `UPDATE practice SET policy = '{"activation_link": true}' WHERE id = $1`, c.ID)
		ken := invite(t, a, c, "C1", "Ken", "ken@example.com")
		letter := a.LastMail("ken@example.com")
		link := a.Link(letter, "/paws/activate")
		token := func(link string) string {
			u, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			return u.Query().Get("token")
		}
		if strings.Contains(apptest.Everything(a), token(link)) || strings.Contains(a.Logged(), token(link)) {
			t.Error("the link is written down")
		}
		if n := number(t, a, `SELECT count(*) FROM message WHERE template = 'welcome' AND data LIKE '%"link":"••••"%'`); n != 1 {
			t.Errorf("%d messages show that they carried a link", n)
		}
		// By the link: the temporary password is gone.
		pending := a.API("POST", "/activation", "", map[string]any{"token": token(link)}).Want(t, 200).Text("sign_in")
		confirmAsShown(t, a, pending)
		newPassword(a, pending, apptest.Password()).Want(t, 200)
		signIn(a, "paws", "ken@example.com", ken.temporary).Want(t, 401)
		if n := number(t, a, `SELECT count(*) FROM temporary_password`); n != 0 {
			t.Errorf("%d temporary passwords are left", n)
		}
		// By the temporary password: the link is void.
		aya := invite(t, a, c, "C2", "Aya", "aya@example.com")
		link = a.Link(a.LastMail("aya@example.com"), "/paws/activate")
		pending = signIn(a, "paws", "aya@example.com", aya.temporary).Want(t, 200).Text("sign_in")
		confirmAsShown(t, a, pending)
		newPassword(a, pending, apptest.Password()).Want(t, 200)
		a.API("POST", "/activation", "", map[string]any{"token": token(link)}).Want(t, 410)
		// A new one ends both of the former ones.
		bob := invite(t, a, c, "C3", "Bob", "bob@example.com")
		link = a.Link(a.LastMail("bob@example.com"), "/paws/activate")
		if _, err := a.Onboarding.Reissue(t.Context(), c.Access(), bob.ID); err != nil {
			t.Fatal(err)
		}
		a.API("POST", "/activation", "", map[string]any{"token": token(link)}).Want(t, 410)
		signIn(a, "paws", "bob@example.com", bob.temporary).Want(t, 401)
		again := a.Link(a.LastMail("bob@example.com"), "/paws/activate")
		a.API("POST", "/activation", "", map[string]any{"token": token(again)}).Want(t, 200)

		// A link that was replaced before the message left is left out of it.
		fill(t, a, c.ID, one("C4", "Sue", "Slow", "sue@example.com"))
		if err := giveLogin(a, c, person(t, a, c.ID, "C4").ID, "sue@example.com", true); err != nil {
			t.Fatal(err)
		}
		apptest.Exec(a, `UPDATE link SET ended_at = 1 WHERE account_id = $1`, person(t, a, c.ID, "C4").AccountID)
		letter = a.LastMail("sue@example.com")
		if strings.Contains(letter.Text, "/paws/activate") || strings.Contains(letter.Text, "••••") || temporaryIn(t, letter) == "" {
			t.Errorf("the letter says %q", letter.Text)
		}
		// Where nothing readable may leave, the link goes alone.
		apptest.Exec(a, `UPDATE practice SET policy = '{"activation_link": true, "strict": true}' WHERE id = $1`, c.ID)
		fill(t, a, c.ID, one("C5", "Stu", "Strict", "stu@example.com"))
		if err := giveLogin(a, c, person(t, a, c.ID, "C5").ID, "stu@example.com", true); err != nil {
			t.Fatal(err)
		}
		letter = a.LastMail("stu@example.com")
		if a.Link(letter, "/paws/activate") == "" || strings.Contains(letter.Text, "Temporary password") {
			t.Errorf("the letter says %q", letter.Text)
		}
	})
}

// TestUnreadableIsShownOnce: where nobody may look one up, who issues it sees it,
// and only then.
func TestUnreadableIsShownOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		apptest.Exec(a, `UPDATE practice SET policy = '{"temporary_readable": false}' WHERE id = $1`, c.ID)
		fill(t, a, c.ID, one("C1", "Nan", "None", ""))
		nan := person(t, a, c.ID, "C1").ID
		login := "nan.none"
		blind := access.WithViewer(t.Context(), access.Viewer{Kind: access.KindStaff, PracticeID: c.ID, AccountID: "x"})
		in := onboarding.LoginInput{Login: &login, Temporary: onboarding.MakeTemporary}
		if _, err := a.Onboarding.SaveLogin(blind, c.Access(), nan, in); !errors.Is(err, onboarding.ErrHandOver) {
			t.Fatalf("who may not see it issues it: %v", err)
		}
		if n := number(t, a, `SELECT count(*) FROM account WHERE kind = 'client'`); n != 0 {
			t.Error("half of it was saved")
		}
		bearer := token(t, a, "paws", c.Administrator, c.North.ID)
		r := a.API("PUT", "/pet-parents/"+nan+"/login", bearer, map[string]any{
			"login_id": login, "temporary_password": map[string]any{"generate": true},
		}).Want(t, 200)
		plain := r.Text("temporary_password", "plain")
		if plain == "" || r.Text("temporary_password", "state") != "usable" {
			t.Fatalf("the answer is %s", r.Raw)
		}
		if again := a.API("GET", "/pet-parents/"+nan+"/login", bearer, nil).Want(t, 200); strings.Contains(again.Raw, plain) {
			t.Error("shown twice")
		}
		a.API("POST", "/pet-parents/"+nan+"/login/temporary-password/reveal", bearer, nil).Want(t, 410)
		signIn(a, "paws", login, plain).Want(t, 200)
		_, err := a.Onboarding.SaveLogin(t.Context(), c.Access(), nan, onboarding.LoginInput{
			Temporary: onboarding.TypeTemporary, Typed: secret.Text("typed by staff"),
		})
		if err != nil {
			t.Fatal(err)
		}
		signIn(a, "paws", login, plain).Want(t, 401)
		signIn(a, "paws", login, "typed by staff").Want(t, 200)
	})
}
