package onboardingweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// confirmAsShown confirms the details of a pending sign-in without a change.
func confirmAsShown(t testing.TB, a *apptest.App, pending string) {
	t.Helper()
	shown := a.API(http.MethodGet, "/sign-in/details", pending, nil).Want(t, 200)
	delete(shown.Body, "$schema")
	if r := a.API(http.MethodPost, "/sign-in/details", pending, shown.Body).Want(t, 200); r.Text("next") != "new_password" {
		t.Fatalf("next is %q", r.Text("next"))
	}
}

func newPassword(a *apptest.App, pending, password string) apptest.Answer {
	return a.API(http.MethodPost, "/sign-in/new-password", pending, map[string]any{"new_password": password})
}

// The path of a pet parent in a browser: temporary password, details
// corrected, broken off, resumed, a password of their own, the pet app.
func TestFirstSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		ken := invite(t, a, c, "C1", "Ken", "ken@example.com")
		desk := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		page := a.Enter("paws", desk, "")
		page.Get("/paws/pet-parents/"+ken.ID).Want(t, 200, "Temporary password")

		b := a.Browser()
		b.Get("/paws/login")
		b.Post("/paws/login", url.Values{"login": {"KEN@example.com"}, "password": {strings.ToUpper(ken.temporary)}}).
			Want(t, 200, "Is everything right?", "Step 1 of 2", `value="Guest"`, "Rex")
		for _, closed := range []string{"/paws/", "/paws/pet-app", "/paws/account/sessions", "/paws/pet-parents/pet-app"} {
			if p := b.Get(closed); p.Path == closed {
				t.Errorf("%s is open before the first sign-in is complete: %d", closed, p.Status)
			}
		}
		pet := person(t, a, c.ID, "C1").Pets[0]
		details := url.Values{
			"person.first_name": {"Kenji"}, "person.last_name": {"Guest"}, "person.email": {"not an address"},
			"person.phones": {"+1 206 555 0152"}, "pets[0].id": {pet.ID}, "pets[0].name": {"Rexy"}, "pets[0].species": {"dog"},
			"pets[0].sex": {""}, "pets[0].breed": {""}, "pets[0].born_on": {""},
		}
		b.Get("/paws/login/details").Want(t, 200)
		b.Post("/paws/login/details", details).Want(t, 422, "Type a whole e-mail address", `value="Kenji"`)
		details.Set("person.email", "ken@example.com")
		details.Del("form")
		b.Post("/paws/login/details", details).Want(t, 200, "Choose your password", "Step 2 of 2")
		if n := number(t, a, `SELECT count(*) FROM proposal`); n != 0 {
			t.Errorf("%d proposals before the first sign-in is complete", n)
		}

		// Broken off; the same temporary password goes on where it was.
		a.Clock.Advance(time.Hour)
		b = a.Browser()
		b.Get("/paws/login")
		b.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {ken.temporary}}).Want(t, 200, "Choose your password")
		b.Get("/paws/login/details").Want(t, 200, `value="Kenji"`, `value="Rexy"`)
		b.Get("/paws/login/new-password").Want(t, 200)
		own := apptest.Password()
		for _, row := range []struct{ first, second, says string }{
			{ken.temporary, ken.temporary, "This is the temporary password"},
			{"short", "short", "at least 12 characters"},
			{own, own + "x", "not the same"},
			{"Clinic paws 2026", "Clinic paws 2026", "name or login that others know"},
		} {
			b.Post("/paws/login/new-password", url.Values{"new_password": {row.first}, "repeat_password": {row.second}}).Want(t, 422, row.says)
		}
		b.Post("/paws/login/new-password", url.Values{"new_password": {own}, "repeat_password": {own}}).Want(t, 200, "Your password is saved", "Rex")
		if b.Page.Path != "/paws/pet-app" {
			t.Errorf("the first page is %s", b.Page.Path)
		}

		open, err := a.PetParents.Proposals(t.Context(), c.ID, ken.ID, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range open {
			got = append(got, p.Field+": "+p.Before+" > "+p.After)
		}
		if want := "first_name: Ken > Kenji, phones:  > +1 206-555-0152, name: Rex > Rexy"; strings.Join(got, ", ") != want {
			t.Errorf("proposals %q, want %q", got, want)
		}

		// The temporary password is gone, everywhere.
		if n := number(t, a, `SELECT count(*) FROM temporary_password`) + number(t, a, `SELECT count(*) FROM onboarding_draft`); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if strings.Contains(strings.ToLower(apptest.Everything(a)), ken.temporary) {
			t.Error("it stands in the database")
		}
		page = a.Enter("paws", desk, "")
		page.Get("/paws/pet-parents/"+ken.ID).Want(t, 200, "ken@example.com")
		page.Page.Without(t, "Temporary password</dt>", ken.temporary)
		page.Post("/paws/pet-parents/"+ken.ID+"/temporary-password/show", nil).Want(t, 410)
		page.Post("/paws/pet-parents/"+ken.ID+"/temporary-password", nil).Want(t, 409, "Forgot password?")
		bearer := token(t, a, "paws", desk, c.North.ID)
		a.API("POST", "/pet-parents/"+ken.ID+"/login/temporary-password/reveal", bearer, nil).Want(t, 410)
		a.API("POST", "/pet-parents/"+ken.ID+"/login/temporary-password", bearer, nil).Want(t, 409)
		signIn(a, "paws", "ken@example.com", ken.temporary).Want(t, 401)
		a.Clock.Advance(time.Minute)
		if r := signIn(a, "paws", "ken@example.com", own).Want(t, 200); r.Text("next") != "done" {
			t.Errorf("next is %q", r.Text("next"))
		}
	})
}

// A practice that accepts by itself has no proposals to look at.
func TestFirstSignInAcceptedAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		apptest.Exec(a, `UPDATE practice SET policy = '{"accept_changes": true}' WHERE id = $1`, c.ID)
		ken := invite(t, a, c, "C1", "Ken", "ken@example.com")
		b := a.Browser()
		b.Get("/paws/login")
		b.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {ken.temporary}}).
			Want(t, 200, "What you change counts as soon as").Without(t, "before they count")
		pending := signIn(a, "paws", "ken@example.com", ken.temporary).Want(t, 200).Text("sign_in")
		newPassword(a, pending, apptest.Password()).Want(t, 409) // the details come first
		shown := a.API(http.MethodGet, "/sign-in/details", pending, nil).Want(t, 200)
		delete(shown.Body, "$schema")
		shown.Body["person"].(map[string]any)["first_name"] = "Kenji"
		a.API(http.MethodPost, "/sign-in/details", pending, shown.Body).Want(t, 200)
		done := newPassword(a, pending, apptest.Password()).Want(t, 200)
		if p := person(t, a, c.ID, "C1"); p.FirstName != "Kenji" || p.OpenProposals != 0 || p.Status != petparent.Active {
			t.Errorf("%q, %d proposals, %s", p.FirstName, p.OpenProposals, p.Status)
		}
		a.API(http.MethodGet, "/session", done.Text("session", "token"), nil).Want(t, 200)
		a.API(http.MethodGet, "/sign-in", pending, nil).Want(t, 401)
	})
}

// Wrong tries burn it exactly at the count; what cannot be a generated one is
// no try, unless the practice allows a single one.
func TestWrongTriesBurn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		guess := invite(t, a, c, "C0", "Gus", "gus@example.com").temporary // as good as any guess
		for _, row := range []struct {
			name, policy, typed string
			wrong               int
			burnt               bool
		}{
			{"one short of the count", `{}`, guess, 4, false},
			{"the count", `{}`, guess, 5, true},
			{"typing errors", `{}`, "plumb-oter-canoe-lamp", 12, false},
			{"another count", `{"temporary_tries": 2}`, guess, 2, true},
			{"one use", `{"temporary_tries": 1}`, "plumb-oter-canoe-lamp", 1, true},
			{"short style", `{"temporary_style": "short", "temporary_tries": 3}`, guess, 3, true},
		} {
			apptest.Exec(a, `UPDATE practice SET policy = $2 WHERE id = $1`, c.ID, row.policy)
			email := strings.ReplaceAll(row.name, " ", ".") + "@example.com"
			p := invite(t, a, c, "C-"+row.name, "Tess", email)
			for range row.wrong {
				signIn(a, "paws", email, row.typed).Want(t, 401)
				a.Clock.Advance(10 * time.Minute) // beyond every delay
			}
			state, err := a.Factors.TemporaryOf(t.Context(), a.DB, c.ID, p.AccountID)
			if err != nil || state.BurntAt.IsZero() == row.burnt || state.Readable == row.burnt {
				t.Errorf("%s: %+v, %v", row.name, state, err)
			}
			want := 200
			if row.burnt {
				want = 401
			}
			if r := signIn(a, "paws", email, p.temporary); r.Status != want {
				t.Errorf("%s: then the right one is answered %d", row.name, r.Status)
			}
		}
		// The refusal says nothing of it.
		unknown := signIn(a, "paws", "nobody@example.com", "x").Want(t, 401)
		burnt := signIn(a, "paws", "the.count@example.com", "x").Want(t, 401)
		if unknown.Text("detail") != burnt.Text("detail") || !strings.Contains(burnt.Text("detail"), "Forgot password?") {
			t.Errorf("refusals differ: %s / %s", unknown.Raw, burnt.Raw)
		}
	})
}

func TestWrongTriesAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	guess := invite(t, a, c, "C0", "Gus", "gus@example.com").temporary
	for _, row := range []struct {
		policy string
		tries  int
	}{{`{}`, 5}, {`{"temporary_tries": 3}`, 3}} {
		apptest.Exec(a, `UPDATE practice SET policy = $2 WHERE id = $1`, c.ID, row.policy)
		email := "t" + strings.Repeat("x", row.tries) + "@example.com"
		p := invite(t, a, c, email, "Tess", email)
		apptest.AtOnce(16, func(int) bool { return signIn(a, "paws", email, guess).Status == 200 })
		state, err := a.Factors.TemporaryOf(t.Context(), a.DB, c.ID, p.AccountID)
		if err != nil || state.Tries != row.tries || state.BurntAt.IsZero() {
			t.Errorf("of 16 at once %d are counted, want %d; burnt at %v; %v", state.Tries, row.tries, state.BurntAt, err)
		}
	}
}

// Of many completions, from one sign-in or from several, one wins.
func TestCompletionsAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	ken := invite(t, a, c, "C1", "Ken", "ken@example.com")
	var pending []string
	for range 8 {
		pending = append(pending, signIn(a, "paws", "ken@example.com", ken.temporary).Want(t, 200).Text("sign_in"))
	}
	confirmAsShown(t, a, pending[0])
	passwords := make([]string, 16)
	for i := range passwords {
		passwords[i] = apptest.Password()
	}
	winner := -1
	if won := apptest.AtOnce(16, func(i int) bool {
		r := newPassword(a, pending[i%8], passwords[i])
		switch {
		case r.Status == 200 && r.Text("next") == "done":
			winner = i
			return true
		case r.Status != 409 && r.Status != 401:
			t.Errorf("a loser is answered %d: %s", r.Status, r.Raw)
		}
		return false
	}); won != 1 {
		t.Fatalf("%d first sign-ins", won)
	}
	if n := number(t, a, `SELECT count(*) FROM session WHERE account_id = $1`, ken.AccountID); n != 1 {
		t.Errorf("%d sessions", n)
	}
	if n := number(t, a, `SELECT count(*) FROM audit WHERE action = 'onboarding.finished'`); n != 1 {
		t.Errorf("%d completions on record", n)
	}
	signIn(a, "paws", "ken@example.com", passwords[winner]).Want(t, 200)
}

// Its life begins when the mail server takes the letter.
func TestExpiryFromHandOver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		fill(t, a, c.ID, one("C1", "Ken", "Ito", "ken@example.com"))
		if err := giveLogin(a, c, person(t, a, c.ID, "C1").ID, "ken@example.com", true); err != nil {
			t.Fatal(err)
		}
		a.Clock.Advance(100 * time.Hour) // the mail server was away
		temporary := temporaryIn(t, a.LastMail("ken@example.com"))
		a.Clock.Advance(72*time.Hour - time.Minute)
		a.Work()
		pending := signIn(a, "paws", "ken@example.com", temporary).Want(t, 200).Text("sign_in")
		confirmAsShown(t, a, pending)
		a.Clock.Advance(time.Minute)
		newPassword(a, pending, apptest.Password()).Want(t, 401) // began in time, ends too late
		signIn(a, "paws", "ken@example.com", temporary).Want(t, 401)
		a.Clock.Advance(5 * time.Minute) // until the next sweep
		a.Work()
		if p := person(t, a, c.ID, "C1"); p.Status != petparent.Expired {
			t.Errorf("status %s", p.Status)
		}
		if n := number(t, a, `SELECT count(*) FROM temporary_password WHERE sealed IS NOT NULL`); n != 0 {
			t.Error("the secret part outlived it")
		}
	})
}
