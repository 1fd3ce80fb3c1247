package campaignweb_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
)

// login gives the person with a client number a login; nothing is mailed.
func (w *world) login(number, loginID string) {
	w.t.Helper()
	if err := w.DB.Write(w.ctx(), func(tx *db.Tx) error {
		id, err := db.One(w.ctx(), tx, func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }, `
			SELECT p.id FROM pet_parent p JOIN household h ON h.id = p.household_id WHERE h.practice_id = $1 AND h.external_id = $2`, w.clinic.ID, number)
		if err != nil {
			return err
		}
		_, err = w.Onboarding.CreateLogin(w.ctx(), tx, w.clinic.Access(), id, loginID, false)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

var temporaryForm = regexp.MustCompile(`Temporary password: (\S+)`)

// Credentials go to those who never signed in, each with a password of their own,
// which stands in the letter and nowhere else.
func TestCredentials(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, name := range []string{"Ann", "Bob", "Cid", "Dot"} {
			w.put(fmt.Sprintf("C%d", i+1), name, "Guest", strings.ToLower(name)+"@example.com")
		}
		w.login("C1", "ann@example.com")
		w.login("C2", "bob@example.com")
		w.login("C3", "cid@example.com")
		apptest.Exec(w.App, `UPDATE account SET onboarded_at = 1 WHERE login_id = 'bob@example.com'`)
		apptest.Exec(w.App, `UPDATE account SET active = FALSE WHERE login_id = 'cid@example.com'`)
		id := w.started("welcome", nil)
		w.Work()
		got := w.stands(id, "done", 0, 1, 0, 0, 3)
		for _, reason := range []string{"signed_in", "login_inactive", "no_login"} {
			if !strings.Contains(got.Raw, `"`+reason+`":1`) {
				t.Errorf("%s is missing: %s", reason, got.Raw)
			}
		}
		l := w.LastMail("ann@example.com")
		m := temporaryForm.FindStringSubmatch(l.Text)
		if m == nil {
			t.Fatalf("no temporary password in %q", l.Text)
		}
		report := w.API("GET", "/campaigns/"+id+"/recipients", w.token, nil).Want(t, 200).Raw
		for what, text := range map[string]string{"database": apptest.Everything(w.App), "log": w.Logged(), "report": report} {
			if strings.Contains(text, m[1]) {
				t.Errorf("the temporary password stands in the %s", what)
			}
		}
		// Reminding those of this one who never signed in: a draft with that audience.
		again := w.draft("welcome", map[string]any{"campaign": id, "show": "never_signed_in"})
		plan := w.API("GET", "/campaigns/"+again+"/plan", w.token, nil).Want(t, 200)
		if plan.Body["people"] != 1.0 || plan.Body["write"] != 1.0 || plan.Body["credentials"] != true {
			t.Errorf("plan: %s", plan.Raw)
		}
		// A test message shows dots, issues nothing and is not in anybody's list.
		w.API("POST", "/campaigns/"+again+"/test", w.token, nil).Want(t, 204)
		test := w.LastMail(w.clinic.Administrator.LoginID)
		if !strings.Contains(test.Text, "••••") || !strings.Contains(test.Text, "Ann Guest") || temporaryForm.FindStringSubmatch(test.Text)[1] != "••••" {
			t.Errorf("the test message says %q", test.Text)
		}
		if now := temporaryForm.FindStringSubmatch(w.LastMail("ann@example.com").Text); now == nil || now[1] != m[1] {
			t.Error("the test message issued another password")
		}
		person := apptest.Number(w.App, `SELECT count(*) FROM message WHERE template = 'sample' AND petparent_id <> ''`)
		if person != 1 {
			t.Errorf("%d samples name whose values they show", person)
		}
		// Cancelled before it left: the password is void with its message.
		cancelled := w.started("welcome", map[string]any{"q": "ann"})
		if err := w.Jobs.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.steer(cancelled, "cancel")
		w.Work()
		w.stands(cancelled, "cancelled", 0, 0, 0, 1, 0)
		if n := apptest.Number(w.App, `SELECT count(*) FROM temporary_password WHERE expires_at IS NULL`); n != 0 {
			t.Errorf("%d temporary passwords live for ever", n)
		}
	})
}

// Words of the practice's own that need a temporary password bring one too.
func TestOwnCredentials(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put("C1", "Ann", "Guest", "ann@example.com")
		w.login("C1", "ann@example.com")
		own := w.write("Come in", "Your login, {{first_name}}", "<p>{{login_id}}: Temporary password: {{temporary_password}} for {{pets}}</p>")
		plain := w.write("Plain", "For {{login_id}}", "<p>Hello {{login_id}}</p>")
		maybe := w.write("Maybe", "For {{login_id}}", "<p>{{#temporary_password}}Temporary password: {{temporary_password}} for Rex{{/temporary_password}}</p>")
		for _, template := range []string{own, maybe} {
			id := w.started(template, nil)
			w.Work()
			w.stands(id, "done", 0, 1, 0, 0, 0)
			if l := w.LastMail("ann@example.com"); temporaryForm.FindStringSubmatch(l.Text) == nil || !strings.Contains(l.Text, "for Rex") {
				t.Errorf("the letter says %q", l.Text)
			}
		}
		id := w.started(plain, nil)
		w.Work()
		got := w.stands(id, "done", 0, 1, 0, 0, 0)
		if strings.Contains(got.Raw, `"credentials":true`) {
			t.Error("words without a secret bring one")
		}
		// A policy that mails links only: words with a temporary password cannot go out.
		apptest.Exec(w.App, `UPDATE practice SET policy = '{"temporary_readable": false}' WHERE id = $1`, w.clinic.ID)
		w.Clock.Advance(time.Minute)
		id = w.started(own, nil)
		w.Work()
		if got := w.stands(id, "failed", 0, 0, 0, 0, 0); !strings.Contains(got.Text("campaign", "failure"), "{{link}}") {
			t.Errorf("it says %q", got.Text("campaign", "failure"))
		}
	})
}
