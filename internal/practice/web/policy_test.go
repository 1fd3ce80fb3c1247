package practiceweb_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

const (
	policyPage   = "/paws/security/policy"
	policyChange = policyPage + "/change"
	policyStrict = policyPage + "/strict"
)

func TestPolicy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		a.Browser().Get(policyPage).Want(t, 200, "Forgot password?")
		desk := a.Enter("paws", a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID), "")
		desk.Get(policyPage).Want(t, 403)
		local := a.Enter("paws", a.Hire(c, "Lee Local", "lee@paws.example", role.SecurityManager, c.North.ID), "")
		local.Get(policyPage).Want(t, 403) // a Security Manager of one branch
		local.Get("/paws/").Want(t, 200).Without(t, "/security/policy")
		local.Post(policyChange, policyForm(t, a, c.ID, "idle_staff", "60")).Want(t, 403)
		stranger := a.Enter("other", other.Administrator, other.North.ID)
		stranger.Get(policyPage).Want(t, 200, "Forgot password?")

		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get("/paws/").Want(t, 200, "/paws/security/policy", "/paws/settings/practice", "/paws/settings/branches")
		b.Get(policyPage).Want(t, 200, "15 minutes", "Default: 15 minutes. Possible: 5 to 60 minutes. Never changed.", "Strict mode")
		b.Get(policyChange).Want(t, 200, "Save Changes")
		for field, values := range map[string][]string{
			"idle_staff": {"4", "61", "", "x", "5.5", "-15", "１５"}, "idle_shared": {"0", "16"}, "idle_client": {"4", "61"},
			"absolute_staff": {"0", "25"}, "absolute_client": {"0", "25"}, "temporary_life": {"0", "169"}, "temporary_tries": {"0", "11"},
			"temporary_style": {"", "long"}, "temporary_readable": {"perhaps"}, "password_minimum": {"11", "65"},
		} {
			for _, v := range values {
				if p := b.Post(policyChange, policyForm(t, a, c.ID, field, v)); p.Status != 422 {
					t.Errorf("%s %q was answered with %d", field, v, p.Status)
				}
			}
		}
		b.Post(policyChange, policyForm(t, a, c.ID, "idle_staff", strings.Repeat("9", 10<<20))).Want(t, 413)
		b.Get(policyChange).Want(t, 200)
		b.Post(policyChange, policyForm(t, a, c.ID)).Want(t, 200, "nothing was changed")
		if n := apptest.Number(a, `SELECT count(*) FROM policy_change`); n != 0 {
			t.Fatalf("%d changes by what was refused", n)
		}

		a.Clock.Advance(time.Minute)
		b.Get(policyChange).Want(t, 200)
		b.Post(policyChange, policyForm(t, a, c.ID, "idle_staff", "60", "temporary_style", "short", "accept_changes", "yes")).
			Want(t, 200, "3 settings changed", "60 minutes", "A code of eight characters", "by Ada Admin")
		if got := changed(record(t, a, c.ID, audit.PolicyChanged)); got != "idle_staff 15 > 60; temporary_style words > short; accept_changes no > yes" {
			t.Errorf("on record: %s", got)
		}
		if p, err := a.Practices.Policy(t.Context(), a.DB, other.ID); err != nil || p.IdleStaff != 15 {
			t.Errorf("the other practice has %d, %v", p.IdleStaff, err)
		}

		// Out of date, and without a fresh proof.
		stale := policyForm(t, a, c.ID, "idle_staff", "30")
		a.Clock.Advance(time.Second)
		setPolicy(t, a, c, map[string]string{"idle_staff": "45"})
		b.Get(policyChange)
		b.Post(policyChange, stale).Want(t, 409, "Somebody else changed the policy", `value="45"`)
		a.Clock.Advance(6 * time.Minute)
		b.Post(policyChange, policyForm(t, a, c.ID, "idle_staff", "30")).Want(t, 200, "Confirm that it is you")
		if p, err := a.Practices.Policy(t.Context(), a.DB, c.ID); err != nil || p.IdleStaff != 45 {
			t.Errorf("idle limit %d, %v", p.IdleStaff, err)
		}
	})
}

// TestPolicyOnce: of several who saved the same page one wins.
func TestPolicyOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		token := a.Token("paws", c.Administrator, c.North.ID)
		revision := a.API("GET", "/policy", token, nil).Want(t, 200).Text("revision")
		won := apptest.AtOnce(6, func(i int) bool {
			r := a.API("PUT", "/policy", token, map[string]any{"policy": map[string]any{"idle_staff": 20 + i}, "revision": revision})
			if r.Status != 200 && r.Status != 409 {
				t.Errorf("answered %d: %s", r.Status, r.Raw)
			}
			return r.Status == 200
		})
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE action = 'policy.changed'`); won != 1 || n != 1 {
			t.Errorf("%d won, %d on record", won, n)
		}
	})
}

func TestPolicyForPrograms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		desk := a.Token("paws", a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID), "")
		a.API("GET", "/policy", "", nil).Want(t, 401)
		a.API("GET", "/policy", desk, nil).Want(t, 403)
		token := a.Token("paws", c.Administrator, c.North.ID)
		put := func(policy any) apptest.Answer {
			return a.API("PUT", "/policy", token, map[string]any{"policy": policy})
		}
		for _, bad := range []map[string]any{
			{"idle_staff": 4}, {"idle_staff": "15"}, {"idle_staff": 15.5}, {"strict": "yes"}, {"temporary_style": "long"}, {"second_factor": true}, {"idle_staff": nil},
		} {
			if r := put(bad); r.Status != 422 {
				t.Errorf("%v: %d %s", bad, r.Status, r.Raw)
			}
		}
		r := put(map[string]any{"password_minimum": 16, "temporary_readable": false}).Want(t, 200)
		if !strings.Contains(r.Raw, `"password_minimum":16`) || !strings.Contains(r.Raw, `"changed_by":"Ada Admin"`) || !strings.Contains(r.Raw, `"idle_staff":15`) {
			t.Errorf("answer %s", r.Raw)
		}
		r = put(map[string]any{"strict": true}).Want(t, 200)
		if !strings.Contains(r.Raw, `"withdrawn":0`) {
			t.Errorf("answer %s", r.Raw)
		}
		record(t, a, c.ID, audit.StrictOn)
		a.Clock.Advance(6 * time.Minute)
		put(map[string]any{"strict": false}).Want(t, 403)
		a.API("GET", "/policy", token, nil).Want(t, 200)
	})
}

// TestLimits: shorter ones hold for open sessions at their next request, longer
// ones for the next sign-in; nobody else's session is touched.
func TestLimits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		b := a.Enter("paws", c.Administrator, c.North.ID)
		setPolicy(t, a, c, map[string]string{"idle_staff": "60"})
		a.Clock.Advance(16 * time.Minute)
		b.Get("/paws/").Want(t, 200, "nothing happened for a while")
		b = a.Enter("paws", c.Administrator, c.North.ID)
		stranger := a.Enter("other", other.Administrator, other.North.ID)
		a.Clock.Advance(10 * time.Minute)
		setPolicy(t, a, c, map[string]string{"idle_staff": "5"})
		b.Get("/paws/").Want(t, 200, "nothing happened for a while")
		stranger.Get("/other/").Want(t, 200, "Good to see you")

		setPolicy(t, a, c, map[string]string{"idle_staff": "60"})
		b = a.Enter("paws", c.Administrator, c.North.ID)
		later(a, 90*time.Minute, 30*time.Minute, func() { b.Get("/paws/").Want(t, 200, "Good to see you") })
		setPolicy(t, a, c, map[string]string{"absolute_staff": "1"})
		b.Get("/paws/").Want(t, 200, "signed in for a long time")

		// A session that was issued under the former policy while it was changed.
		b = a.Enter("paws", c.Administrator, c.North.ID)
		apptest.Exec(a, `UPDATE session SET idle_limit = 3600, expires_at = created_at + 43200000000 WHERE practice_id = $1 AND ended_at IS NULL`, c.ID)
		if err := a.Sessions.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := apptest.Number(a, `SELECT count(*) FROM session WHERE practice_id = $1 AND ended_at IS NULL AND expires_at > created_at + 3600000000`, c.ID); n != 0 {
			t.Errorf("%d sessions live by the former policy", n)
		}
	})
}

// TestPolicyReachesEveryLogin: tries, life, style, readable and the minimum, as
// pet parents and staff meet them.
func TestPolicyReachesEveryLogin(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		rita := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		setPolicy(t, a, c, map[string]string{"temporary_style": "short", "temporary_tries": "1", "temporary_life": "1"})
		client(t, a, c, "K1", "ken@example.com")
		_, line, _ := strings.Cut(a.LastMail("ken@example.com").Text, "Temporary password: ")
		code, _, _ := strings.Cut(line, "\n")
		if len(strings.TrimSpace(code)) != 8 {
			t.Errorf("the style gives %q", code)
		}
		a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "ken@example.com", "password": "not it"}).Want(t, 401)
		if n := apptest.Number(a, `SELECT count(*) FROM temporary_password WHERE burnt_at IS NOT NULL AND max_tries = 1`); n != 1 {
			t.Error("one wrong try did not use it up")
		}
		late := client(t, a, c, "K2", "late@example.com")
		a.Work()
		a.Clock.Advance(61 * time.Minute)
		desk := a.Enter("paws", rita, "")
		desk.Get("/paws/pet-parents/"+late).Want(t, 200, "Expired")

		// Readable no more: also what was issued before cannot be shown.
		setPolicy(t, a, c, map[string]string{"temporary_tries": "5", "temporary_life": "72"})
		shown, byHand := client(t, a, c, "K3", "shown@example.com"), client(t, a, c, "K4", "")
		a.Work()
		setPolicy(t, a, c, map[string]string{"temporary_readable": "no"})
		desk.Get("/paws/pet-parents/"+shown).Want(t, 200, "Nobody can read it", "Issue a new one").Without(t, ">Show<")
		desk.Post("/paws/pet-parents/"+shown+"/temporary-password/show", nil).Want(t, 410, "nobody can read temporary passwords")
		desk.Get("/paws/pet-parents/" + shown)
		desk.Post("/paws/pet-parents/"+shown+"/temporary-password", nil).Want(t, 200, "on its way")
		a.Link(a.LastMail("shown@example.com"), "/paws/activate")
		desk.Get("/paws/pet-parents/" + byHand)
		desk.Post("/paws/pet-parents/"+byHand+"/temporary-password", nil).Want(t, 200, `data-secret="30"`, "Nobody can read it")
		plain := regexp.MustCompile(`>([0-9a-z]{8})<`).FindStringSubmatch(desk.Page.Body)
		if plain == nil {
			t.Fatal("it is not shown to who hands it over")
		}
		record(t, a, c.ID, audit.TemporaryShown)
		desk.Get("/paws/pet-parents/"+byHand).Want(t, 200, "Nobody can read it").Without(t, `data-secret="30"`)
		if n := apptest.Number(a, `SELECT count(*) FROM temporary_password WHERE hash <> '' AND sealed IS NULL`); n != 1 {
			t.Errorf("%d kept as a hash only", n)
		}
		a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": "guest.k4", "password": plain[1]}).Want(t, 200)

		// Links only: nobody without an address gets anything.
		setPolicy(t, a, c, map[string]string{"temporary_passwords": "no"})
		desk.Get("/paws/pet-parents/" + byHand)
		desk.Post("/paws/pet-parents/"+byHand+"/temporary-password", nil).Want(t, 409, "by a mailed link only")
		desk.Get("/paws/pet-parents/logins").Want(t, 200)
		client(t, a, c, "K5", "link@example.com")
		link, err := url.Parse(a.Link(a.LastMail("link@example.com"), "/paws/activate"))
		if err != nil {
			t.Fatal(err)
		}

		// Strict mode asks pet parents for more than staff.
		setPolicy(t, a, c, map[string]string{"password_minimum": "13", "strict": "yes"})
		r := a.API("POST", "/activation", "", map[string]any{"token": link.Query().Get("token")}).Want(t, 200)
		pending := r.Text("sign_in")
		details := a.API("GET", "/sign-in/details", pending, nil).Want(t, 200)
		a.API("POST", "/sign-in/details", pending, details.Body).Want(t, 200)
		a.API("POST", "/sign-in/new-password", pending, map[string]any{"new_password": "wq7 zv2 pk4 m1"}).Want(t, 422)
		a.API("POST", "/sign-in/new-password", pending, map[string]any{"new_password": "wq7 zv2 pk4 m1x"}).Want(t, 200)
	})
}
