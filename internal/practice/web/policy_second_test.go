package practiceweb_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/role"
)

// withEmail makes codes by e-mail somebody's only second factor.
func withEmail(a *apptest.App, practiceID, accountID string) {
	apptest.Exec(a, `
		INSERT INTO second_factor (account_id, practice_id, email_since, owed) VALUES ($2, $1, $3, FALSE)
		ON CONFLICT (account_id) DO UPDATE SET email_since = $3, grace_from = NULL`, practiceID, accountID, a.Clock.Now())
}

// begun is when the grace of somebody began.
func begun(t *testing.T, a *apptest.App, p apptest.Person) time.Time {
	t.Helper()
	s, err := a.Factors.SecondOf(t.Context(), a.DB, p.PracticeID, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return s.GraceFrom
}

func roleID(t *testing.T, a *apptest.App, practiceID, key string) string {
	t.Helper()
	r, err := a.Roles.ByKey(t.Context(), a.DB, practiceID, key)
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// TestSecondFactorOfRoles: the page asks before it concerns anybody, tells whom,
// and what counts follows at the next sign-in.
func TestSecondFactorOfRoles(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		rita := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		rob := a.Hire(c, "Rob Desk", "rob@paws.example", role.Receptionist, c.South.ID)
		eve := a.Hire(c, "Eve Desk", "eve@paws.example", role.Receptionist, c.South.ID)
		far := a.Hire(other, "Far Desk", "far@other.example", role.Receptionist, other.North.ID)
		a.Authenticator(&rob)
		desk := roleID(t, a, c.ID, role.Receptionist)
		mode, grace, email := role.SecondField+desk, role.GraceField+desk, role.EmailField+desk
		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get(policyPage).Want(t, 200, "Two-factor authentication of staff", "Required after 14 days", "Default: optional. Possible: off, optional or required, with 0 to 30 days. Never changed.")
		b.Get(policyChange).Want(t, 200, "Days until it is required", `name="`+mode+`"`)
		with := func(more ...string) url.Values { return policyForm(t, a, c.ID, more...) }

		// What cannot be is said at the field, and nothing of the rest is saved.
		for _, bad := range [][]string{
			{mode, "perhaps"}, {mode, ""}, {mode, "required", grace, "31"}, {mode, "required", grace, "-1"}, {mode, "required", grace, "soon"},
			{mode, "required"}, {role.SecondField + roleID(t, a, other.ID, role.Receptionist), "off"}, {role.SecondField + "x", "off"},
		} {
			form := with(append(bad, "idle_staff", "44")...)
			form.Set(email, "yes")
			b.Post(policyChange, form).Want(t, 422)
		}
		b.Post(policyChange, with(mode, "required", grace, "31", "idle_staff", "4")).Want(t, 422, "Type a whole number, 0 to 30 days.", "Type a whole number, 5 to 60 minutes.")
		if n := apptest.Number(a, `SELECT count(*) FROM policy_change`); n != 0 {
			t.Fatalf("%d changes by what was refused", n)
		}

		// Nobody is concerned by what only allows less: it is saved at once.
		b.Get(policyChange)
		b.Post(policyChange, with(mode, "optional", email, "no")).Want(t, 200, "one setting changed", "Optional, no codes by e-mail")
		if got := changed(record(t, a, c.ID, audit.PolicyChanged)); got != "second_factor_of Receptionist optional > optional, no codes by e-mail" {
			t.Errorf("on record: %s", got)
		}

		// The question tells how many, and saves nothing.
		b.Get(policyChange)
		form := with(mode, "required", grace, "10", email, "yes", "idle_staff", "20")
		p := b.Post(policyChange, form).Want(t, 200, "Look at this first", "2 members of staff have no second factor and have 10 days to set one up")
		if strings.Contains(p.Body, "next sign-in and") {
			t.Error("it says more than there is")
		}
		if pol, _ := a.Practices.Policy(t.Context(), a.DB, c.ID); pol.IdleStaff != 15 {
			t.Error("it was saved before anybody confirmed")
		}
		a.Clock.Advance(time.Second)
		form.Set("confirmed", "yes")
		b.Post(policyChange, form).Want(t, 200, "2 settings changed", "Required after 10 days", "by Ada Admin")
		if got := changed(record(t, a, c.ID, audit.PolicyChanged)); got != "idle_staff 15 > 20; second_factor_of Receptionist optional, no codes by e-mail > required after 10 days" {
			t.Errorf("on record: %s", got)
		}
		// Out of date: the answer shows what is stored now.
		b.Get(policyChange)
		b.Post(policyChange, form).Want(t, 409, "Somebody else changed the policy")

		// It begins with the first sign-in that meets it, for those who have none.
		if at := begun(t, a, rita); !at.IsZero() {
			t.Errorf("grace began at %s without a sign-in", at)
		}
		met := a.Clock.Now()
		a.Enter("paws", rita, "")
		if at := begun(t, a, rita); !at.Equal(met) {
			t.Errorf("grace began at %s, want %s", at, met)
		}
		a.Clock.Advance(24 * time.Hour)
		a.Enter("paws", rita, "").Page.Want(t, 200, "Two-factor authentication is required from 11 July", "Configure two-factor authentication")
		if at := begun(t, a, rita); !at.Equal(met) {
			t.Errorf("a second sign-in moved it to %s", at)
		}
		a.Enter("other", far, "").Page.Without(t, "is required from")

		// Shortened so far that it is over for Rita; Eve has not met it yet.
		b = a.Enter("paws", c.Administrator, c.North.ID)
		b.Get(policyChange)
		b.Post(policyChange, with(mode, "required", grace, "1", email, "yes")).
			Want(t, 200, "1 member of staff has no second factor and sets one up at the next sign-in", "1 member of staff has no second factor and has 1 day")
		b.Get(policyChange)
		form = with(mode, "required", grace, "0", email, "yes", "confirmed", "yes")
		b.Post(policyChange, form).Want(t, 200, "Required at once")

		// Taken back: who has none is free, and later days begin anew.
		b.Get(policyChange)
		b.Post(policyChange, with(mode, "optional", email, "yes")).Want(t, 200, "2 members of staff have no second factor and need none any more")
		a.Clock.Advance(time.Second)
		b.Get(policyChange)
		b.Post(policyChange, with(mode, "optional", email, "yes", "confirmed", "yes")).Want(t, 200, "one setting changed")
		if at := begun(t, a, rita); !at.IsZero() {
			t.Errorf("the former grace of %s is remembered", at)
		}

		// Codes by e-mail, forbidden to who has nothing else.
		withEmail(a, c.ID, eve.ID)
		b.Get(policyChange)
		b.Post(policyChange, with(mode, "optional", email, "no")).Want(t, 200, "1 member of staff has nothing but codes by e-mail")

		// Pet parents.
		client(t, a, c, "K1", "ken@example.com")
		b.Get(policyChange)
		b.Post(policyChange, with("second_factor_clients", "required")).Want(t, 200, "1 pet parent has no second factor and sets one up at the next sign-in")
	})
}

// TestSecondFactorForPrograms: the same through the JSON API.
func TestSecondFactorForPrograms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		desk, foreign := roleID(t, a, c.ID, role.Receptionist), roleID(t, a, other.ID, role.Receptionist)
		token := a.Token("paws", c.Administrator, c.North.ID)
		first := a.API("GET", "/policy", token, nil).Want(t, 200)
		roles, _ := first.Body["second_factor_roles"].([]any)
		if len(roles) != len(role.ReadyMades()) {
			t.Fatalf("%d roles: %s", len(roles), first.Raw)
		}
		admin, _ := roles[0].(map[string]any)
		if admin["mode"] != "required" || admin["grace_days"] != 14.0 || admin["email_code"] != true {
			t.Errorf("the administrator's role says %v", admin)
		}
		put := func(one map[string]any) apptest.Answer {
			return a.API("PUT", "/policy", token, map[string]any{"second_factor_roles": []any{one}, "revision": a.API("GET", "/policy", token, nil).Text("revision")})
		}
		for _, bad := range []map[string]any{
			{"role": desk, "mode": "perhaps"}, {"role": desk, "grace_days": 31}, {"role": desk, "grace_days": -1}, {"role": desk, "grace": 3},
			{"role": foreign, "mode": "off"}, {"role": "", "mode": "off"}, {"mode": "off"}, {"role": desk, "email_code": "no"},
		} {
			if r := put(bad); r.Status != 422 {
				t.Errorf("%v: %d %s", bad, r.Status, r.Raw)
			}
		}
		r := put(map[string]any{"role": desk, "mode": "required"}).Want(t, 200)
		if !strings.Contains(r.Raw, `"mode":"required","grace_days":14,"email_code":true,"default":{"mode":"optional","grace_days":0,"email_code":true},"changed_at"`) {
			t.Errorf("answer %s", r.Raw)
		}
		put(map[string]any{"role": desk, "email_code": false}).Want(t, 200)
		held, err := a.Roles.Get(t.Context(), a.DB, c.ID, desk)
		if err != nil || held.Second.String() != "required after 14 days, no codes by e-mail" {
			t.Errorf("it says %s, %v", held.Second, err)
		}
		stale := first.Text("revision")
		a.API("PUT", "/policy", token, map[string]any{"second_factor_roles": []any{map[string]any{"role": desk, "mode": "off"}}, "revision": stale}).Want(t, 409)
		local := a.Token("paws", a.Hire(c, "Lee Local", "lee@paws.example", role.SecurityManager, c.North.ID), "")
		a.API("PUT", "/policy", local, map[string]any{"second_factor_roles": []any{map[string]any{"role": desk, "mode": "off"}}}).Want(t, 403)
		if foreignRole, err := a.Roles.Get(t.Context(), a.DB, other.ID, foreign); err != nil || foreignRole.Second.Mode != "optional" {
			t.Errorf("the other practice says %s, %v", foreignRole.Second, err)
		}
	})
}

// TestPolicyPreviewForPrograms: a program learns whom a change would concern, as
// the page asks, and changes nothing by asking.
func TestPolicyPreviewForPrograms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		eve := a.Hire(c, "Eve Desk", "eve@paws.example", role.Receptionist, c.South.ID)
		a.Hire(other, "Far Desk", "far@other.example", role.Receptionist, other.North.ID)
		withEmail(a, c.ID, eve.ID)
		client(t, a, c, "K1", "ken@example.com")
		desk, foreign := roleID(t, a, c.ID, role.Receptionist), roleID(t, a, other.ID, role.Receptionist)
		token := a.Token("paws", c.Administrator, c.North.ID)
		before := a.API("GET", "/policy", token, nil).Want(t, 200)
		preview := func(token string, body map[string]any) apptest.Answer {
			return a.API("POST", "/policy/preview", token, body)
		}
		of := func(one map[string]any) map[string]any { return map[string]any{"second_factor_roles": []any{one}} }
		const nobody = `{"staff_at_once":0,"staff_in_grace":[],"staff_email_only":0,"staff_freed":0,"clients_at_once":0,"clients_email_only":0,"concerns_anybody":false}`
		for want, body := range map[string]map[string]any{
			nobody: {"policy": map[string]any{"idle_staff": 20}},
			strings.NewReplacer(`"staff_at_once":0`, `"staff_at_once":1`, "false", "true").Replace(nobody): of(map[string]any{"role": desk, "mode": "required", "grace_days": 0}),
			strings.NewReplacer(`[]`, `[{"days":10,"people":1}]`, `"staff_email_only":0`, `"staff_email_only":1`, "false", "true").
				Replace(nobody): of(map[string]any{"role": desk, "mode": "required", "grace_days": 10, "email_code": false}),
			strings.NewReplacer(`"clients_at_once":0`, `"clients_at_once":1`, "false", "true").
				Replace(nobody): {"policy": map[string]any{"second_factor_clients": "required"}, "revision": before.Text("revision")},
		} {
			if r := preview(token, body).Want(t, 200); !strings.Contains(r.Raw, want[1:len(want)-1]) {
				t.Errorf("%v: %s, want %s", body, r.Raw, want)
			}
		}
		if after := a.API("GET", "/policy", token, nil).Want(t, 200); after.Raw != before.Raw {
			t.Errorf("asking changed it: %s", after.Raw)
		}
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE action = $1`, string(audit.PolicyChanged)); n != 0 {
			t.Errorf("%d changes on record", n)
		}

		// What a change would be refused for, the preview is.
		for _, bad := range []map[string]any{
			of(map[string]any{"role": desk, "grace_days": 31}), of(map[string]any{"role": foreign, "mode": "off"}),
			{"policy": map[string]any{"idle_staff": 4}}, {"confirmed": true},
		} {
			if r := preview(token, bad); r.Status != 422 {
				t.Errorf("%v: %d %s", bad, r.Status, r.Raw)
			}
		}
		preview(token, map[string]any{"revision": "old", "policy": map[string]any{"idle_staff": 20}}).Want(t, 409)
		preview("", nil).Want(t, 401)
		local := a.Token("paws", a.Hire(c, "Lee Local", "lee@paws.example", role.SecurityManager, c.North.ID), "")
		preview(local, map[string]any{}).Want(t, 403)
		a.Clock.Advance(6 * time.Minute)
		if r := preview(token, map[string]any{}).Want(t, 403); !strings.HasSuffix(r.Text("type"), "step-up-required") {
			t.Errorf("without a proof: %s", r.Raw)
		}
	})
}

// TestStrictModeOfFactors: it says whom it concerns, destroys the readable
// copies of backup codes and nothing else, and gives nothing back.
func TestStrictModeOfFactors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		rita := a.Hire(c, "Rita Desk", "rita@paws.example", role.Receptionist, c.North.ID)
		eve := a.Hire(c, "Eve Desk", "eve@paws.example", role.Receptionist, c.North.ID)
		far := a.Hire(other, "Far Desk", "far@other.example", role.Receptionist, other.North.ID)
		a.Authenticator(&rita)
		a.Authenticator(&far)
		withEmail(a, c.ID, eve.ID)
		codes, err := a.Factors.BackupCodes(access.WithPractice(t.Context(), c.Access()), c.Access(), rita.Account)
		if err != nil || len(codes) != 10 {
			t.Fatal(codes, err)
		}
		b := a.Enter("paws", c.Administrator, c.North.ID)
		b.Get(policyStrict).Want(t, 200, "The backup codes of 1 person cannot be shown any more", "1 person has nothing but codes by e-mail", "No codes by e-mail")
		b.Post(policyStrict, url.Values{"strict": {"yes"}, "revision": {"0"}}).Want(t, 200, "The backup codes of one person cannot be shown any more", "no codes by e-mail")
		if d := record(t, a, c.ID, audit.CodesHidden).Detail["people"]; d != "1" {
			t.Errorf("%s people on record", d)
		}
		if n := apptest.Number(a, `SELECT count(*) FROM backup_code WHERE practice_id = $1 AND sealed IS NOT NULL`, c.ID); n != 0 {
			t.Errorf("%d readable", n)
		}
		if n := apptest.Number(a, `SELECT count(*) FROM backup_code WHERE practice_id = $1 AND sealed IS NOT NULL`, other.ID); n != 10 {
			t.Errorf("the other practice has %d readable", n)
		}
		// They go on working; e-mail alone is not enough any more.
		take := func() (right bool) {
			t.Helper()
			if err := a.DB.Write(t.Context(), func(tx *db.Tx) (err error) {
				right, err = a.Factors.ProveSecond(t.Context(), tx, c.Access(), rita.Account, "test", factor.Proof{Method: factor.ByBackupCode, Code: codes[0].Code.Reveal()})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return right
		}
		if !take() || take() {
			t.Error("a backup code does not work once")
		}
		lacks := func() bool {
			t.Helper()
			second, err := a.Factors.SecondOf(t.Context(), a.DB, c.ID, eve.ID)
			if err != nil {
				t.Fatal(err)
			}
			d, err := a.Factors.DemandOf(t.Context(), a.DB, eve.Account)
			if err != nil {
				t.Fatal(err)
			}
			return second.Lacks(d, a.Clock.Now())
		}
		if !lacks() {
			t.Error("who has codes by e-mail only is not led into the wizard")
		}
		b.Get(policyStrict).Want(t, 200, "do not come back")
		a.Clock.Advance(time.Second)
		b.Post(policyStrict, url.Values{"strict": {"no"}}).Want(t, 200, "What you chose before counts again")
		if lacks() {
			t.Error("codes by e-mail do not count again")
		}
		if n := apptest.Number(a, `SELECT count(*) FROM backup_code WHERE practice_id = $1 AND sealed IS NOT NULL`, c.ID); n != 0 {
			t.Errorf("%d readable again", n)
		}
		for _, l := range lines(t, a, c.ID) {
			if l.Action == audit.CodesHidden && l.Detail["people"] != "1" {
				t.Error("it was recorded again")
			}
		}
	})
}

func lines(t *testing.T, a *apptest.App, practiceID string) []audit.Line {
	t.Helper()
	all, err := a.Audit.List(t.Context(), practiceID, audit.Filter{}, "", 200)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNoReadableCodeSlipsThrough: backup codes that are being made while strict
// mode is switched on come before it and are hidden, or after it and are hashes.
func TestNoReadableCodeSlipsThrough(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		var people []apptest.Person
		for _, name := range []string{"Ann", "Bob", "Cyd"} {
			p := a.Hire(c, name+" Desk", strings.ToLower(name)+"@paws.example", role.Receptionist, c.North.ID)
			a.Authenticator(&p)
			people = append(people, p)
		}
		ctx := access.WithPractice(context.Background(), c.Access())
		made := apptest.AtOnce(16, func(i int) bool {
			if i == 7 {
				setPolicy(t, a, c, map[string]string{"strict": "yes"})
				return false
			}
			_, err := a.Factors.NewBackupCodes(ctx, c.Access(), people[i%3].Account)
			if err != nil {
				t.Error(err)
			}
			return err == nil
		})
		if n := apptest.Number(a, `SELECT count(*) FROM backup_code WHERE sealed IS NOT NULL`); n != 0 || made != 15 {
			t.Errorf("%d readable after %d", n, made)
		}
		if n := apptest.Number(a, `SELECT count(*) FROM backup_code`); n != 30 {
			t.Errorf("%d codes of three people", n)
		}
	})
}

// TestStrictMinimum: in strict mode pet parents have long passwords where they
// have no second factor, and every page says the same as the check.
func TestStrictMinimum(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		client(t, a, c, "K1", "ken@example.com")
		ken, err := a.Accounts.ByLogin(t.Context(), a.DB, c.ID, "ken@example.com")
		if err != nil {
			t.Fatal(err)
		}
		minimum := func() int {
			t.Helper()
			rules, err := a.Factors.RulesFor(t.Context(), a.DB, ken)
			if err != nil {
				t.Fatal(err)
			}
			if said, err := a.Factors.MinimumFor(t.Context(), a.DB, ken); err != nil || said != rules.Minimum {
				t.Errorf("pages say %d, %v", said, err)
			}
			return rules.Minimum
		}
		for _, x := range []struct {
			strict string
			second bool
			want   int
		}{{"no", false, 13}, {"yes", false, 15}, {"yes", true, 13}} {
			setPolicy(t, a, c, map[string]string{"password_minimum": "13", "strict": x.strict})
			if x.second {
				withEmail(a, c.ID, ken.ID)
			}
			if got := minimum(); got != x.want {
				t.Errorf("strict %s, second factor %v: %d, want %d", x.strict, x.second, got, x.want)
			}
			if got, _ := a.Factors.RulesFor(t.Context(), a.DB, c.Administrator.Account); got.Minimum != 13 {
				t.Errorf("strict %s: %d for staff", x.strict, got.Minimum)
			}
		}
	})
}
