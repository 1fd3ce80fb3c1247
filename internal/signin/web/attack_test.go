package signinweb_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/secret"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/practice"
	"catflap/internal/role"
)

func try(a *apptest.App, login, password string) apptest.Answer {
	return a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": login, "password": password})
}

// resetToken asks for a link and takes it out of the mail.
func resetToken(t *testing.T, a *apptest.App, login string) string {
	t.Helper()
	a.API("POST", "/practices/paws/password-reset", "", map[string]any{"login": login}).Want(t, 202)
	link, err := url.Parse(a.Link(a.LastMail(login), "/paws/reset-password"))
	if err != nil {
		t.Fatal(err)
	}
	return link.Query().Get("token")
}

// guest is a pet parent with a login who was never in, and the temporary
// password from the mail.
func guest(t *testing.T, a *apptest.App, c apptest.Clinic, email string) string {
	t.Helper()
	ctx := context.Background()
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := a.PetParents.Upsert(ctx, tx, c.ID, petparent.HouseholdInput{
			System: "generic", ExternalID: email, Active: true,
			People: []petparent.PersonInput{{FirstName: "Gus", LastName: "Guest", Emails: []string{email}}},
			Pets:   []petparent.PetInput{{ExternalID: email, Name: "Rex", Species: "dog"}},
		})
		if err != nil {
			return err
		}
		people, err := a.PetParents.Sharing(ctx, tx, c.ID, []string{email})
		if err != nil {
			return err
		}
		_, err = a.Onboarding.CreateLogin(ctx, tx, c.Access(), people[petparent.Fold(email)][0].ID, email, true)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(a.LastMail(email).Text, "Temporary password: ")
	return strings.Fields(after)[0]
}

// TestRefusalsAreAlike: whoever stands behind a login ID, a wrong try reads the
// same on the page and in JSON, and leaves as much behind.
func TestRefusalsAreAlike(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		hire := func(email string) apptest.Person {
			return a.Hire(c, "Somebody", email, role.Sitter, c.North.ID)
		}
		known, off, gone := hire("known@paws.example"), hire("off@paws.example"), hire("gone@paws.example")
		apptest.Exec(a, `UPDATE account SET active = FALSE WHERE id = $1`, off.ID)
		apptest.Exec(a, `DELETE FROM password WHERE account_id = $1`, gone.ID)
		temporary, burnt := guest(t, a, c, "new@example.com"), guest(t, a, c, "burnt@example.com")
		apptest.Exec(a, `UPDATE temporary_password SET burnt_at = issued_at, sealed = NULL
			WHERE account_id = (SELECT id FROM account WHERE login_id = 'burnt@example.com')`)

		rows := []struct{ login, password, cause string }{
			{"nobody@paws.example", "whatever it is", "unknown-login"},
			{known.LoginID, "whatever it is", "wrong-password"},
			{known.LoginID, temporary, "wrong-password"},
			{off.LoginID, off.Password, "account-inactive"},
			{off.LoginID, "whatever it is", "wrong-password"},
			{gone.LoginID, "whatever it is", "no-password-yet"},
			{"new@example.com", "whatever it is", "wrong-temporary-password"},
			{"new@example.com", burnt, "wrong-temporary-password"},
			{"burnt@example.com", burnt, "temporary-password-burnt"},
		}
		var pages, answers []string
		look := func(login, password, cause string) {
			t.Helper()
			apptest.Exec(a, `DELETE FROM attempt`)
			apptest.Exec(a, `UPDATE audit SET flood_key = ''`)
			lines, tries := apptest.Number(a, `SELECT count(*) FROM audit`), 0
			answer := try(a, login, password).Want(t, 401)
			b := a.Browser()
			b.Get("/paws/login")
			page := b.Post("/paws/login", url.Values{"login": {login}, "password": {password}}).Want(t, 401)
			answers = append(answers, strings.ReplaceAll(answer.Raw, answer.Text("request_id"), ""))
			pages = append(pages, strings.ReplaceAll(page.Body, login, ""))
			last, err := a.Audit.List(context.Background(), c.ID, audit.Filter{}, "", 1)
			if err != nil || last[0].Cause != cause || last[0].Repeated != 1 {
				t.Errorf("%s is on record as %+v, want %s twice (%v)", login, last, cause, err)
			}
			lines = apptest.Number(a, `SELECT count(*) FROM audit`) - lines
			tries = apptest.Number(a, `SELECT sum(failures) FROM attempt WHERE factor = 'password'`)
			if lines != 1 || tries != 2 {
				t.Errorf("%s (%s) left %d lines and %d tries behind", login, cause, lines, tries)
			}
		}
		for _, r := range rows {
			look(r.login, r.password, r.cause)
		}
		apptest.Exec(a, `UPDATE practice SET status = $1 WHERE id = $2`, practice.Suspended, c.ID)
		look(known.LoginID, known.Password, "practice-closed")
		for i := range pages {
			if pages[i] != pages[0] || answers[i] != answers[0] {
				t.Errorf("answer %d differs: %s", i, answers[i])
			}
		}
	})
}

// TestJunk: what cannot be a login ID is refused like any other, never with
// words of its own.
func TestJunk(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		long := strings.Repeat("x", 400_000)
		for name, junk := range map[string]string{
			"NUL": "a\x00b", "bad UTF-8": "caf\xe9", "cut in a letter": strings.Repeat("x", 253) + "é@paws.example",
			"long": long, "blank": "  \t", "unfolding": strings.Repeat("ﷺ", 85),
			"something after it": c.Administrator.LoginID + strings.Repeat(" ", 300) + "x",
		} {
			b := a.Browser()
			b.Get("/paws/login")
			b.Post("/paws/login", url.Values{"login": {junk}, "password": {junk}}).Want(t, 401, "don't match an account here")
			b.Get("/paws/forgot-password")
			if p := b.Post("/paws/forgot-password", url.Values{"login": {junk}}); p.Status != 200 || !strings.Contains(p.Body, "an e-mail is on its way") {
				t.Errorf("%s: forgotten password answers %d", name, p.Status)
			}
			if p := b.Post("/", url.Values{"email": {junk}}); p.Status != 200 {
				t.Errorf("%s: the front page answers %d", name, p.Status)
			}
		}
		b := a.Browser()
		b.Get("/paws/login")
		b.Post("/paws/login", url.Values{"login": {c.Administrator.LoginID}, "password": {long}}).Want(t, 401)
		b.Post("/paws/login", url.Values{"login": {"x"}, "password": {strings.Repeat("x", 10<<20)}}).Want(t, 413)
		try(a, "a\x00b", "p\x00w").Want(t, 401)
		try(a, long, "p").Want(t, 422)
		a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "x", "password": strings.Repeat("x", 10<<20)}).Want(t, 413)
		for _, more := range []string{"new_password", "new_password\x00"} {
			a.API("POST", "/password-reset", "", map[string]any{"token": "\x00", more: "a whole new password"})
		}
		b.Get("/paws/reset-password?token=%00%ff").Want(t, 410)
		b.Get("/paws/activate?token=%00%ff").Want(t, 410)
		b.Get("/setup?token=%00%ff").Want(t, 410)
		a.Work()
		if n := len(a.Mailbox.Letters()); n != 1 { // the invitation
			t.Errorf("%d letters", n)
		}
	})
}

// TestLookAlikes: one login ID however a keyboard writes it, and no other.
func TestLookAlikes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		kim := a.Hire(c, "Kim", "kim@paws.example", role.Sitter, c.North.ID)
		for login, want := range map[string]int{
			" KIM@Paws.Example\u00a0": 200, "\u212aim@paws.example": 200, "ｋｉｍ＠paws.example": 200,
			"k\u0131m@paws.example": 401, "кim@paws.example": 401, "kim@paws.example.": 401, "kim@paws\u2024example": 200,
			"k\u200bim@paws.example": 401, "kim": 401, "%": 401, "kim@paws.exampl_": 401,
		} {
			if r := try(a, login, kim.Password); r.Status != want {
				t.Errorf("%q is answered %d, want %d", login, r.Status, want)
			}
		}
		if _, err := a.Accounts.ByLogin(t.Context(), a.DB, a.Clinic("other").ID, kim.LoginID); err == nil {
			t.Error("known at another practice")
		}
	})
}

// TestNewPasswordEndsWhatTheOldOneBegan: a sign-in under way is worth nothing
// once its password was replaced.
func TestNewPasswordEndsWhatTheOldOneBegan(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		admin := c.Administrator
		begun := try(a, admin.LoginID, admin.Password).Want(t, 200).Text("sign_in")
		b := a.Browser()
		b.Get("/paws/login")
		b.Post("/paws/login", form(admin)).Want(t, 200, "Where do you work today?")
		a.Clock.Advance(time.Minute)
		fresh := apptest.Password()
		a.API("POST", "/password-reset", "", map[string]any{"token": resetToken(t, a, admin.LoginID), "new_password": fresh}).Want(t, 204)

		if r := a.API("POST", "/sign-in/branch", begun, map[string]any{"branch": c.North.ID}).Want(t, 401); r.Text("type") != "urn:catflap:problem:sign-in-over" {
			t.Errorf("type %q", r.Text("type"))
		}
		a.API("GET", "/sign-in", begun, nil).Want(t, 401)
		b.Post("/paws/login/branch", url.Values{"branch": {c.North.ID}}).Want(t, 200, "Email or login ID")
		if n := apptest.Number(a, `SELECT count(*) FROM session WHERE account_id = $1 AND ended_at IS NULL`, admin.ID); n != 0 {
			t.Errorf("%d sessions", n)
		}
		try(a, admin.LoginID, fresh).Want(t, 200)
	})
}

// TestResetMeetsSignIns: whoever signs in with the old password at the very
// moment of its replacement is out again, or never in.
func TestResetMeetsSignIns(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
	for range 4 {
		a.Clock.Advance(2 * time.Hour)
		token, fresh := resetToken(t, a, vet.LoginID), apptest.Password()
		sessions := make([]string, 9)
		apptest.AtOnce(len(sessions), func(i int) bool {
			if i == 4 {
				a.API("POST", "/password-reset", "", map[string]any{"token": token, "new_password": fresh}).Want(t, 204)
				return true
			}
			r := try(a, vet.LoginID, vet.Password)
			if r.Status != 200 && r.Status != 401 && r.Status != 429 {
				t.Errorf("answered %d: %s", r.Status, r.Raw)
			}
			sessions[i] = r.Text("session", "token")
			return true
		})
		for _, s := range sessions {
			if s != "" && a.API("GET", "/session", s, nil).Status != http.StatusUnauthorized {
				t.Error("a session of the old password outlived it")
			}
		}
		vet.Password = fresh
	}
}

// TestClosedAccountOpens: after a hundred wrong tries a mailed link opens the
// account again, for signing in and for step-up.
func TestClosedAccountOpens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		session := try(a, vet.LoginID, vet.Password).Want(t, 200).Text("session", "token")
		try(a, vet.LoginID, "wrong").Want(t, 401)
		a.API("POST", "/session/step-up", session, map[string]any{"password": "wrong"}).Want(t, 422)
		apptest.Exec(a, `UPDATE attempt SET failures = 99`)
		try(a, vet.LoginID, "wrong").Want(t, 401)
		a.API("POST", "/session/step-up", session, map[string]any{"password": "wrong"}).Want(t, 422)
		a.Clock.Advance(10 * time.Minute)
		try(a, vet.LoginID, vet.Password).Want(t, 429)
		a.API("POST", "/session/step-up", session, map[string]any{"password": vet.Password}).Want(t, 429)

		fresh := apptest.Password()
		a.API("POST", "/password-reset", "", map[string]any{"token": resetToken(t, a, vet.LoginID), "new_password": fresh}).Want(t, 204)
		session = try(a, vet.LoginID, fresh).Want(t, 200).Text("session", "token")
		a.API("POST", "/session/step-up", session, map[string]any{"password": fresh}).Want(t, 200)

		// The same for somebody who never had a password.
		if _, err := a.Onboarding.OpenPractice(t.Context(), onboarding.PracticeInput{
			Input:             practice.Input{Slug: "late", Name: "Late", Kind: practice.Clinic, Plan: "basic", Branches: []string{"Main"}},
			AdministratorName: "Ada", AdministratorEmail: "ada@late.example",
		}); err != nil {
			t.Fatal(err)
		}
		in := func(password string) apptest.Answer {
			return a.API("POST", "/practices/late/sign-in", "", map[string]any{"login": "ada@late.example", "password": password})
		}
		in("wrong").Want(t, 401)
		apptest.Exec(a, `UPDATE attempt SET failures = 100`)
		in("wrong").Want(t, 429)
		link, err := url.Parse(a.Link(a.LastMail("ada@late.example"), "/activate"))
		if err != nil {
			t.Fatal(err)
		}
		a.API("POST", "/activation", "", map[string]any{"token": link.Query().Get("token"), "new_password": fresh}).Want(t, 204)
		in(fresh).Want(t, 200)
	})
}

// TestBusyIsNoTry: what the full queue turned away was never looked at, so it
// is counted for nobody.
func TestBusyIsNoTry(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	guess := guest(t, a, c, "gus@example.com")
	guest(t, a, c, "tess@example.com")
	a.Factors.Hasher = secret.NewHasher(a.Ring, secret.Options{Workers: 1, Queue: 1})
	looked, busy := make([]bool, 24), make([]bool, 24)
	apptest.AtOnce(len(looked), func(i int) bool {
		login := "tess@example.com"
		if i >= 3 {
			login = "x" + strings.Repeat("y", i) + "@paws.example"
		}
		r := try(a, login, guess)
		looked[i], busy[i] = r.Status == 401, r.Status == 503
		if busy[i] && r.Header.Get("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
		return true
	})
	count := func(of []bool) (n int) {
		for _, yes := range of {
			if yes {
				n++
			}
		}
		return n
	}
	if count(busy) == 0 || count(looked)+count(busy) != len(looked) {
		t.Fatalf("%d looked at, %d busy", count(looked), count(busy))
	}
	if n := apptest.Number(a, `SELECT sum(failures) FROM attempt WHERE factor = 'password'`); n != count(looked) {
		t.Errorf("%d tries are counted, %d were looked at", n, count(looked))
	}
	if n := apptest.Number(a, `SELECT sum(tries) FROM temporary_password`); n != count(looked[:3]) {
		t.Errorf("%d tries of the temporary password are counted, %d were looked at", n, count(looked[:3]))
	}
}

// TestRightPasswordWithoutBranch is no wrong try, however often.
func TestRightPasswordWithoutBranch(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		nora := a.Hire(c, "Nora", "nora@paws.example", role.Sitter, c.North.ID)
		apptest.Exec(a, `DELETE FROM role_grant WHERE account_id = $1`, nora.ID)
		for range 8 {
			try(a, nora.LoginID, nora.Password).Want(t, 403)
		}
		lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: "sign_in", Outcome: audit.Refused}, "", 5)
		if err != nil || len(lines) != 1 || lines[0].Cause != "no-branch" || lines[0].Repeated != 7 {
			t.Errorf("on record: %+v, %v", lines, err)
		}
	})
}

// TestBranchesChangeMeanwhile: what a waiting sign-in may choose is what the
// person may do now.
func TestBranchesChangeMeanwhile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera", "vera@paws.example", role.Veterinarian, "")
		begun := try(a, vet.LoginID, vet.Password).Want(t, 200).Text("sign_in")
		apptest.Exec(a, `UPDATE role_grant SET branch_id = $2 WHERE account_id = $1`, vet.ID, c.South.ID)
		if r := a.API("GET", "/sign-in", begun, nil).Want(t, 200); r.Text("next") != "choose_branch" {
			t.Errorf("next is %q", r.Text("next"))
		}
		a.API("POST", "/sign-in/branch", begun, map[string]any{"branch": c.North.ID}).Want(t, 422)
		apptest.Exec(a, `DELETE FROM role_grant WHERE account_id = $1`, vet.ID)
		a.API("GET", "/sign-in", begun, nil).Want(t, 403)
		a.API("POST", "/sign-in/branch", begun, map[string]any{"branch": c.South.ID}).Want(t, 403)
	})
}
