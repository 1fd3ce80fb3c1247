package practiceweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/staff"
)

// lineOf is the newest line about practices in a record.
func lineOf(t *testing.T, a *apptest.App, practiceID string) audit.Line {
	t.Helper()
	lines, err := a.Audit.List(t.Context(), practiceID, audit.Filter{Subject: "practice"}, "", 1)
	if err != nil || len(lines) == 0 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	return lines[0]
}

// recorded insists on the same entry with the platform and with the practice.
func recorded(t *testing.T, a *apptest.App, c apptest.Clinic, by apptest.Person, action audit.Action, change audit.Change) {
	t.Helper()
	for _, record := range []string{"", c.ID} {
		l := lineOf(t, a, record)
		if l.Action != action || l.ActorID != by.ID || l.TargetID != c.ID || len(l.Personal.Changes) == 0 || l.Personal.Changes[0] != change {
			t.Errorf("in the record of %q: %+v", record, l)
		}
	}
}

// signedOut insists on the sign-in page, which knows why.
func signedOut(t *testing.T, p apptest.Page) {
	t.Helper()
	p.Want(t, 200, "Sign in")
	if !strings.HasSuffix(p.Path, "why=session-practice-closed") {
		t.Errorf("led to %s", p.Path)
	}
}

func TestPlatformPagesOfAPractice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c := a.Administrator(), a.Clinic("paws")
		one := "/platform/practices/" + c.ID
		t.Run("signed out, not allowed, nobody there, without a proof", func(t *testing.T) {
			out, admin := a.Browser(), a.Enter("paws", c.Administrator, c.North.ID)
			for _, path := range []string{"", "/plan", "/suspend", "/close"} {
				out.Get(one+path).Want(t, 200, "Sign in")
				admin.Get(one+path).Want(t, 403, "not meant for your kind of account")
			}
			for _, path := range []string{"/plan", "/suspend", "/close", "/reopen", "/export"} {
				admin.Get("/paws/")
				admin.Post(one+path, nil).Want(t, 403)
			}
			b := a.Enter("platform", host, "")
			b.Get("/platform/practices/"+host.ID+"/plan").Want(t, 404)
			b.Get(one)
			a.Clock.Advance(6 * time.Minute)
			for _, path := range []string{"/plan", "/suspend", "/close", "/reopen", "/export"} {
				b.Post(one+path, nil).Want(t, 200, "Confirm that it is you")
				b.Get(one).Want(t, 200, "Open")
			}
		})
		b := a.Enter("platform", host, "")
		t.Run("plan", func(t *testing.T) {
			admin := a.Enter("paws", c.Administrator, c.North.ID)
			b.Get(one+"/plan").Want(t, 200, "No more: Import, Marketing.", "This is the plan they have")
			b.Post(one+"/plan", url.Values{"plan": {"free"}}).Want(t, 422, "Choose one of the plans")
			b.Post(one+"/plan", url.Values{"plan": {"basic"}}).Want(t, 200, "The plan is changed", "Basic")
			recorded(t, a, c, host, audit.PlanChanged, audit.Change{Field: "plan", Before: "complete", After: "basic"})
			admin.Get("/paws/").Want(t, 200, "Ada Admin")
			before := lineOf(t, a, "").ID
			b.Get(one + "/plan")
			b.Post(one+"/plan", url.Values{"plan": {"basic"}}).Want(t, 200)
			if lineOf(t, a, "").ID != before {
				t.Error("the same plan again is on record")
			}
		})
		t.Run("suspend", func(t *testing.T) {
			admin, pending := a.Enter("paws", c.Administrator, c.North.ID), a.Browser()
			pending.Get("/paws/login")
			in := url.Values{"login": {c.Administrator.LoginID}, "password": {c.Administrator.Password}}
			pending.Post("/paws/login", in).Want(t, 200, "Where do you work today?")
			half := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password}).Text("sign_in")

			b.Get(one+"/suspend").Want(t, 200, "Suspend Clinic paws")
			b.Post(one+"/suspend", url.Values{"reason": {"  "}}).Want(t, 422, "Type the reason")
			b.Post(one+"/suspend", url.Values{"reason": {"Invoice <i>12</i>"}}).Want(t, 200, "This practice is suspended", "Invoice <i>12</i>")
			if strings.Contains(b.Page.Body, "<i>12") {
				t.Error("the reason was not escaped")
			}
			recorded(t, a, c, host, audit.PracticeSuspended, audit.Change{Field: "status", Before: "active", After: "suspended"})
			if n := lineOf(t, a, c.ID).Detail["sessions"]; n == "0" || n == "" {
				t.Errorf("%q sessions ended", n)
			}

			signedOut(t, admin.Get("/paws/security/audit"))
			pending.Post("/paws/login/branch", url.Values{"branch": {c.North.ID}}).Without(t, "Ada Admin")
			a.API("GET", "/sign-in", half, nil).Want(t, 401)
			a.API("POST", "/sign-in/branch", half, map[string]any{"branch": c.North.ID}).Want(t, 401)
			out := a.Browser()
			out.Get("/paws/login").Want(t, 200)
			right := out.Post("/paws/login", in).Want(t, 401, "don't match an account here")
			in.Set("password", "wrong "+in.Get("password"))
			out.Get("/paws/login")
			if wrong := out.Post("/paws/login", in); wrong.Status != right.Status || wrong.Body != right.Body {
				t.Error("a suspended practice answers otherwise")
			}
			b.Post(one+"/suspend", url.Values{"reason": {"again"}}).Want(t, 409, "not in the state")
			b.Get("/platform/").Want(t, 200, "Suspended")
		})
		t.Run("open again", func(t *testing.T) {
			b.Get(one)
			b.Post(one+"/reopen", nil).Want(t, 200, "open again")
			recorded(t, a, c, host, audit.PracticeReopened, audit.Change{Field: "status", Before: "suspended", After: "active"})
			a.Enter("paws", c.Administrator, c.North.ID)
			b.Post(one+"/reopen", nil).Want(t, 409)
		})
		t.Run("close", func(t *testing.T) {
			admin := a.Enter("paws", c.Administrator, c.North.ID)
			b.Get(one+"/close").Want(t, 200, "First: take the data along", "Type paws to confirm", "kept until it is erased")
			b.Post(one+"/close", url.Values{"reason": {"left"}, "slug": {"claws"}}).Want(t, 422, "Type paws to confirm")
			b.Post(one+"/close", url.Values{"reason": {""}, "slug": {"paws"}}).Want(t, 422, "Type the reason")
			admin.Get("/paws/").Want(t, 200, "Ada Admin")
			b.Post(one+"/close", url.Values{"reason": {"left"}, "slug": {"paws"}}).Want(t, 200, "This practice is closed")
			recorded(t, a, c, host, audit.PracticeClosed, audit.Change{Field: "status", Before: "active", After: "closed"})
			signedOut(t, admin.Get("/paws/"))
			b.Post("/platform/practices/"+c.ID+"/invite", nil).Want(t, 409, "suspended or closed")
		})
	})
}

// TestStatusForPrograms: plan and status in one call, or neither.
func TestStatusForPrograms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c := a.Administrator(), a.Clinic("paws")
		token := a.Token("platform", host, "")
		path := "/platform/practices/" + c.ID
		a.API("PUT", path, "", map[string]any{"plan": "basic"}).Want(t, 401)
		a.API("PUT", path, token, map[string]any{}).Want(t, 422)
		a.API("PUT", path, token, map[string]any{"status": "gone"}).Want(t, 422)
		a.API("PUT", "/platform/practices/none", token, map[string]any{"plan": "basic"}).Want(t, 404)
		a.API("PUT", path, token, map[string]any{"plan": "basic", "status": "suspended"}).Want(t, 422)
		if r := a.API("GET", path, token, nil).Want(t, 200); r.Text("plan") != "complete" || r.Text("status") != "active" {
			t.Errorf("half of it was done: %s", r.Raw)
		}
		r := a.API("PUT", path, token, map[string]any{"plan": "basic", "status": "suspended", "reason": "unpaid"}).Want(t, 200)
		if r.Text("plan") != "basic" || r.Text("status") != "suspended" || r.Text("reason") != "unpaid" || r.Text("status_at") == "" {
			t.Errorf("unexpected: %s", r.Raw)
		}
		a.Clock.Advance(6 * time.Minute)
		a.API("PUT", path, token, map[string]any{"status": "active"}).Want(t, 403)
	})
}

// TestSuspendOnce: of several at once one wins, and it is on record once.
func TestSuspendOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c := a.Administrator(), a.Clinic("paws")
		token := a.Token("platform", host, "")
		apptest.AtOnce(16, func(int) bool {
			status := a.API("PUT", "/platform/practices/"+c.ID, token, map[string]any{"status": "suspended", "reason": "unpaid"}).Status
			if status != 200 && status != 409 {
				t.Errorf("answered %d", status)
			}
			return status == 200
		})
		if n := apptest.Number(a, `SELECT count(*) FROM audit WHERE action = 'practice.suspended'`); n != 2 {
			t.Errorf("%d entries, want one in each record", n)
		}
	})
}

// TestMailOfAPracticeThatIsNotOpen waits while it is suspended, is dropped when
// it is closed, and nothing new is started.
func TestMailOfAPracticeThatIsNotOpen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c := a.Administrator(), a.Clinic("paws")
		token := a.Token("platform", host, "")
		put := func(status string) {
			t.Helper()
			a.API("PUT", "/platform/practices/"+c.ID, token, map[string]any{"status": status, "reason": "unpaid"}).Want(t, 200)
		}
		write := func(email string) {
			t.Helper()
			r, err := a.Roles.ByKey(t.Context(), a.DB, c.ID, role.Sitter)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := a.Staff.Invite(t.Context(), tx, c.Access(), staff.Invitation{Name: "Sid", Email: email, Grants: []role.Grant{{RoleID: r.ID}}})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		arrived := func(email string) bool {
			a.Work()
			for _, l := range a.Mailbox.Letters() {
				if l.To.Address == email {
					return true
				}
			}
			return false
		}
		write("one@paws.example")
		put(practice.Suspended)
		if arrived("one@paws.example") {
			t.Error("mail left a suspended practice")
		}
		if _, err := a.Onboarding.StartLogins(t.Context(), c.ID, petparent.Scope{}); err != practice.ErrNotOpen {
			t.Errorf("logins for all: %v", err)
		}
		put(practice.Active)
		if !arrived("one@paws.example") {
			t.Error("mail that waited did not leave")
		}
		write("two@paws.example")
		put(practice.Closed)
		write("three@paws.example")
		if arrived("two@paws.example") || arrived("three@paws.example") {
			t.Error("mail left a closed practice")
		}
		put(practice.Active)
		if arrived("two@paws.example") || arrived("three@paws.example") {
			t.Error("what was dropped came back")
		}
		if n := apptest.Number(a, `SELECT count(*) FROM message WHERE state = 'dropped' AND last_error = 'Not sent: the practice was closed.'`); n != 2 {
			t.Errorf("%d dropped with the reason", n)
		}
	})
}

// TestSignInsWhileItIsSuspended: whatever a sign-in on its way leaves behind
// opens nothing, neither then nor when the practice is open again.
func TestSignInsWhileItIsSuspended(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		host, c := a.Administrator(), a.Clinic("paws")
		sitter := a.Hire(c, "Sid Sitter", "sid@paws.example", role.Sitter, c.North.ID)
		token := a.Token("platform", host, "")
		tokens := make([]string, 4)
		apptest.AtOnce(len(tokens)+1, func(i int) bool {
			if i == len(tokens) {
				return a.API("PUT", "/platform/practices/"+c.ID, token, map[string]any{"status": "suspended", "reason": "unpaid"}).Status == 200
			}
			r := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": sitter.LoginID, "password": sitter.Password})
			if r.Status != 200 && r.Status != 401 && r.Status != 429 {
				t.Errorf("answered %d: %s", r.Status, r.Raw)
			}
			tokens[i] = r.Text("session", "token")
			return false
		})
		none := func(when string) {
			for _, s := range tokens {
				if s != "" && a.API("GET", "/session", s, nil).Status != 401 {
					t.Errorf("a session answers %s", when)
				}
			}
		}
		none("while the practice is suspended")
		a.API("PUT", "/platform/practices/"+c.ID, token, map[string]any{"status": "active"}).Want(t, 200)
		none("after it was opened again")
	})
}
