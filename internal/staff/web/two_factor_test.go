package staffweb_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/role"
	"catflap/internal/staff"
)

const overview = "/paws/security/two-factor"

// withApp gives somebody an authenticator app whose codes nobody needs.
func (w *world) withApp(p apptest.Person) { w.Authenticator(&p) }

func (w *world) second(p apptest.Person, column string, value any) {
	w.t.Helper()
	apptest.Exec(w.App, `INSERT INTO second_factor (account_id, practice_id, owed) VALUES ($2, $1, FALSE) ON CONFLICT (account_id) DO NOTHING`, p.PracticeID, p.ID)
	apptest.Exec(w.App, `UPDATE second_factor SET `+column+` = $3 WHERE practice_id = $1 AND account_id = $2`, p.PracticeID, p.ID, value)
}

// says sets what a role says about a second factor.
func (w *world) says(key, mode string, days int, email bool) {
	w.t.Helper()
	apptest.Exec(w.App, `UPDATE role SET second_factor = $2, second_factor_grace = $3, email_code = $4 WHERE id = $1`, w.roles[key], mode, days, email)
}

// local makes somebody a Security Manager of North only.
func (w *world) local() apptest.Person {
	return w.Hire(w.clinic, "Lee Local", "lee@paws.example", role.SecurityManager, w.clinic.North.ID)
}

func TestTwoFactorOverview(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Browser().Get(overview).Want(t, 200, "Forgot password?")
		desk := w.Enter("paws", w.rita, "")
		desk.Get(overview).Want(t, 403)
		desk.Get("/paws/").Without(t, overview)
		w.Enter("other", w.other.Administrator, w.other.North.ID).Get(overview).Want(t, 200, "Forgot password?")
		w.withApp(w.other.Administrator)
		w.withApp(w.vera)
		w.second(w.rita, "email_since", w.Clock.Now())

		b := w.Enter("paws", w.ada, w.clinic.North.ID)
		b.Get("/paws/").Want(t, 200, overview, "2 of 5")
		b.Get(overview).Want(t, 200, "Authenticator App since 1 July 2026", "Email Code since 1 July 2026", "10 of 10 left, perhaps not stored",
			"Required from 15 July 2026", "Required 14 days after the next sign-in", "No pet parent has a login yet", "2 of 5", "Remind all without one",
			"Until", "1 July<", "/paws/staff/"+w.vera.ID)
		b.Page.Without(t, "other.example")
		for show, want := range map[string]string{
			"": "Ada Nora Rita Sam Vera", "without": "Ada Nora Sam", "in_grace": "Ada Sam", "email_only": "Rita", "required_without": "Ada Sam",
		} {
			got := names(w.API("GET", "/two-factor?show="+show, w.bearer(w.sam), nil).Want(t, 200))
			if got != want {
				t.Errorf("%s: %s, want %s", show, got, want)
			}
		}
		b.Get(overview+"?show=email_only").Want(t, 200, "Rita").Without(t, "/paws/staff/"+w.vera.ID)
		b.Get(overview+"?q=vera").Want(t, 200, "/paws/staff/"+w.vera.ID).Without(t, "/paws/staff/"+w.rita.ID)
		b.Get(overview+"?show=perhaps").Want(t, 422, "Choose one of the filters", "Vera")
		b.Get(overview+"?cursor=perhaps").Want(t, 422, "Vera")
		b.Get(overview+"?q=nobody-is-called-so").Want(t, 200, "Nobody is in this list")

		// A Security Manager of one branch sees that branch, and no pet parents.
		lee := w.local()
		l := w.Enter("paws", lee, "")
		l.Get(overview).Want(t, 200, "Who of your branches", "Nora", "Ada").Without(t, "Vera", "Pet parents</h2>", `href="/paws/security/policy"`)
		r := w.API("GET", "/two-factor", w.bearer(lee), nil).Want(t, 200)
		if got := names(r); got != "Ada Lee Nora Rita Sam" || strings.Contains(r.Raw, "pet_parents") {
			t.Errorf("%s sees %s: %s", lee.Name, got, r.Raw)
		}

		// What stands in the way of somebody is told.
		w.second(w.nora, "owed", true)
		apptest.Exec(w.App, `INSERT INTO factor_skip (account_id, practice_id, id, granted_by, granter, reason, granted_at, expires_at)
			VALUES ($2, $1, 'skip', 'x', 'x', 'x', $3, $4)`, w.clinic.ID, w.vera.ID, w.Clock.Now(), w.Clock.Now().Add(time.Hour))
		b.Get(overview).Want(t, 200, "Reset: sets one up at the next sign-in", "One sign-in without it is granted until 1 July, 10:00")
		w.says(role.Receptionist, "optional", 0, false)
		b.Get(overview).Want(t, 200, "Needs an app at the next sign-in")
		w.second(w.nora, "owed", false)
		w.says(role.Manager, "off", 0, true)
		b.Get(overview).Want(t, 200, "Switched off for their roles")
		w.says(role.Manager, "required", 0, true)
		b.Get(overview).Want(t, 200, "Required: sets one up at the next sign-in")

		// Who is only invited, or not here any more, is not in the list.
		apptest.Exec(w.App, `UPDATE account SET active = FALSE WHERE id = $1`, w.vera.ID)
		apptest.Exec(w.App, `UPDATE account SET onboarded_at = NULL WHERE id = $1`, w.rita.ID)
		if got := names(w.API("GET", "/two-factor", w.bearer(w.sam), nil).Want(t, 200)); got != "Ada Lee Nora Sam" {
			t.Errorf("in the list: %s", got)
		}
	})
}

func TestTwoFactorForPrograms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.withApp(w.vera)
		token := w.bearer(w.sam)
		w.Tries([]apptest.Try{
			{"GET", "/two-factor", "", nil, 401, ""},
			{"GET", "/two-factor", w.bearer(w.rita), nil, 403, ""},
			{"GET", "/two-factor?show=all", token, nil, 422, ""},
			{"GET", "/two-factor?limit=0", token, nil, 422, ""},
			{"GET", "/two-factor?cursor=x", token, nil, 422, ""},
		})
		var got []string
		for cursor := ""; ; {
			r := w.API("GET", "/two-factor?limit=2&cursor="+url.QueryEscape(cursor), token, nil).Want(t, 200)
			got = append(got, names(r))
			if cursor = r.Text("next"); cursor == "" {
				break
			}
		}
		if all := strings.Join(got, " | "); all != "Ada Nora | Rita Sam | Vera" {
			t.Errorf("in parts: %s", all)
		}
		r := w.API("GET", "/two-factor?q=vera", token, nil).Want(t, 200)
		for _, part := range []string{
			`"methods":["totp"]`, `"totp_since":"2026-07-01T09:00:00Z"`, `"backup_codes_left":10`, `"mode":"optional"`, `"email_code":true`,
			`"counts":{"all":1,"email_only":0,"in_grace":0,"required_without":0,"without":0}`, `"pet_parents":{"logins":0,"with":0,"email_only":0}`,
		} {
			if !strings.Contains(r.Raw, part) {
				t.Errorf("%s is missing: %s", part, r.Raw)
			}
		}
	})
}

// TestFiltersAgree: what the database filters by is what the policy says of each
// person, whatever roles they have and whenever it is looked at.
func TestFiltersAgree(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := access.WithViewer(t.Context(), access.Viewer{Kind: access.KindStaff, AccountID: w.sam.ID, PracticeID: w.clinic.ID}.WithPermissions(access.Permissions()))
		begun := w.Clock.Now()
		w.says(role.Sitter, "off", 0, true)
		w.says(role.Trainer, "required", 3, false)
		w.says(role.Manager, "required", 0, true)
		w.says(role.SecurityManager, "required", 30, true)
		kinds := []string{role.Sitter, role.Trainer, role.Manager, role.SecurityManager, role.Administrator, role.Veterinarian}
		for i := range 1 << len(kinds) {
			p := apptest.Person{}
			p.PracticeID, p.ID = w.clinic.ID, fmt.Sprintf("person-%02d", i)
			apptest.Exec(w.App, `INSERT INTO account (id, practice_id, kind, name, name_key, login_id, login_key, recovery_email, recovery_key, lang, active, last_sign_in_on, last_branch_id, created_at, onboarded_at)
				VALUES ($2, $1, 'staff', $2, $2, $2, $2, '', '', 'en', TRUE, '', '', $3, $3)`, w.clinic.ID, p.ID, begun)
			for bit, key := range kinds {
				if i>>bit&1 == 1 {
					apptest.Exec(w.App, `INSERT INTO role_grant (practice_id, account_id, role_id, branch_id, granted_at, granted_by) VALUES ($1, $2, $3, '', $4, '')`,
						w.clinic.ID, p.ID, w.roles[key], begun)
				}
			}
			switch i % 4 {
			case 1:
				w.second(p, "grace_from", begun)
			case 2:
				w.second(p, "owed", true)
			}
			if i%8 == 3 {
				w.second(p, "email_since", begun)
			}
		}
		for _, later := range []time.Duration{0, 3*24*time.Hour - time.Second, 3 * 24 * time.Hour, 13 * 24 * time.Hour, 14 * 24 * time.Hour, 40 * 24 * time.Hour} {
			w.Clock.Advance(begun.Add(later).Sub(w.Clock.Now()))
			now := w.Clock.Now()
			all, err := w.Staff.TwoFactor(ctx, staff.TwoFactorFilter{}, "", 200)
			if err != nil {
				t.Fatal(err)
			}
			counts, err := w.Staff.TwoFactorCounts(ctx, staff.TwoFactorFilter{})
			if err != nil || counts[""] != len(all.Rows) || len(all.Rows) < 64 {
				t.Fatalf("%d of %d rows, %v", counts[""], len(all.Rows), err)
			}
			for _, p := range staff.Protections() {
				part, err := w.Staff.TwoFactor(ctx, staff.TwoFactorFilter{Protection: p}, "", 200)
				if err != nil {
					t.Fatal(err)
				}
				for _, row := range all.Rows {
					s, d := row.Second, row.Demand
					want := map[staff.Protection]bool{
						staff.Without:         !s.Any(),
						staff.EmailOnly:       s.EmailOnly(),
						staff.RequiredWithout: !s.Any() && d.Required(),
						staff.InGrace:         !s.Any() && d.Required() && !s.Lacks(d, now),
					}[p]
					got := slices.ContainsFunc(part.Rows, func(r staff.TwoFactorRow) bool { return r.ID == row.ID })
					if got != want {
						t.Errorf("after %s, %s is in %s: %v, want %v (%+v)", later, row.Name, p, got, want, d)
					}
				}
				if counts[p] != len(part.Rows) {
					t.Errorf("%s: %d counted, %d listed", p, counts[p], len(part.Rows))
				}
			}
		}
	})
}

// TestRemind: one e-mail each to those who have none and may have one, once a
// day, whoever asks and however often the job runs.
func TestRemind(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const page = overview + "/remind"
		w.withApp(w.sam)
		w.says(role.Manager, "off", 0, true)
		w.says(role.Veterinarian, "required", 5, true)
		w.second(w.vera, "grace_from", w.Clock.Now())
		r, err := w.Roles.ByKey(w.ctx(), w.DB, w.clinic.ID, role.Trainer)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.DB.Write(w.ctx(), func(tx *db.Tx) error {
			_, err := w.Staff.Invite(access.WithPractice(w.ctx(), w.clinic.Access()), tx, w.clinic.Access(), staff.Invitation{
				Name: "Ina Invited", Email: "ina@paws.example", Grants: []role.Grant{{RoleID: r.ID}},
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.Browser().Get(page).Want(t, 200, "Forgot password?")
		desk := w.Enter("paws", w.rita, "")
		desk.Get(page).Want(t, 403)
		desk.Post(page, nil).Want(t, 403)
		b := w.Enter("paws", w.ada, w.clinic.North.ID)
		b.Get(page).Want(t, 200, "3 people are written to", "Nobody was reminded before", "Send 3 e-mails")
		w.Work()
		before := len(w.Mailbox.Letters()) // sign-ins from new devices are told by mail
		b.Post(page, nil).Want(t, 200, "3 people are written to")
		if d := w.audited(audit.FactorReminded); len(d) != 1 || d[0].Detail["people"] != "3" {
			t.Errorf("on record: %+v", d)
		}
		w.Work()
		letters := map[string]string{}
		for _, l := range w.Mailbox.Letters() {
			if strings.HasPrefix(l.Subject, "Protect your login at Clinic paws") {
				letters[l.To.Address] = l.Text
			}
		}
		if n := len(w.Mailbox.Letters()) - before; n != 3 || len(letters) != 3 {
			t.Fatalf("%d letters, %d of them reminders", n, len(letters))
		}
		for to, words := range map[string]string{
			w.rita.LoginID: "Your login at Clinic paws", w.vera.LoginID: "It is required from 6 July 2026.", w.ada.LoginID: "It is required from 15 July 2026.",
		} {
			if !strings.Contains(letters[to], words) || !strings.Contains(letters[to], w.URL+"/paws/login") {
				t.Errorf("to %s: %s", to, letters[to])
			}
		}
		if strings.Contains(letters[w.rita.LoginID], "It is required") {
			t.Errorf("to Rita: %s", letters[w.rita.LoginID])
		}

		// Again, by anybody, only after a day.
		b.Get(page).Want(t, 200, "The next time is 2 July 2026, 09:00 UTC", "Back to the list").Without(t, "Send ")
		b.Get(overview)
		b.Post(page, nil).Want(t, 429, "less than a day ago")
		again := w.API("POST", "/two-factor/remind", w.bearer(w.ada), nil).Want(t, 429)
		if again.Header.Get("Retry-After") != "86400" {
			t.Errorf("to come back after %s", again.Header.Get("Retry-After"))
		}
		w.Clock.Advance(24*time.Hour - time.Second)
		w.API("POST", "/two-factor/remind", w.bearer(w.ada), nil).Want(t, 429)
		w.Clock.Advance(time.Second)

		// A Security Manager of North writes to North, by API; without a proof never.
		lee := w.local()
		token := w.bearer(lee)
		if n := w.API("POST", "/two-factor/remind", token, nil).Want(t, 202).Body["people"]; n != 3.0 { // Ada, Lee, Rita
			t.Errorf("%v people of North", n)
		}
		w.Work()
		w.Clock.Advance(6 * time.Minute)
		w.API("POST", "/two-factor/remind", token, nil).Want(t, 403)

		// A job that runs again writes to nobody twice.
		payload := fmt.Sprintf(`{"practice_id":%q,"asked_at":%q}`, w.clinic.ID, w.Clock.Now().Format(time.RFC3339Nano))
		count := func() int {
			w.Work()
			return apptest.Number(w.App, `SELECT count(*) FROM message WHERE template = 'two_factor_reminder'`)
		}
		first := count()
		for range 2 {
			apptest.Exec(w.App, `INSERT INTO job (id, kind, payload, state, attempt, claimable_at, lease, last_error, created_at)
				VALUES ($1, 'staff.remind_two_factor', $2, 'waiting', 0, $3, '', '', $3)`, fmt.Sprint("job", count()), payload, w.Clock.Now())
			if n := count() - first; n != 4 { // Ada, Lee, Rita, Vera
				t.Errorf("%d letters of one reminder", n)
			}
		}

		// Where everybody has one, there is nobody to write to.
		w.Clock.Advance(25 * time.Hour)
		fresh := w.bearer(w.ada)
		for _, p := range []apptest.Person{w.ada, w.rita, w.vera, lee} {
			w.withApp(p)
		}
		w.API("POST", "/two-factor/remind", fresh, nil).Want(t, 409)
	})
}

// TestRemindOnce: of several at once one reminds.
func TestRemindOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := access.WithViewer(t.Context(), access.Viewer{Kind: access.KindStaff, AccountID: w.sam.ID, PracticeID: w.clinic.ID}.WithPermissions(access.Permissions()))
		apptest.AtOnce(16, func(int) bool { // the connections are there, so that nobody is early
			return w.DB.Write(ctx, func(*db.Tx) error { time.Sleep(20 * time.Millisecond); return nil }) == nil
		})
		won := apptest.AtOnce(16, func(int) bool {
			_, err := w.Staff.Remind(ctx)
			if err != nil && !errors.Is(err, staff.ErrReminded) {
				t.Error(err)
			}
			return err == nil
		})
		if n := len(w.audited(audit.FactorReminded)); won != 1 || n != 1 {
			t.Errorf("%d won, %d on record", won, n)
		}
		w.Work()
		if n := apptest.Number(w.App, `SELECT count(*) FROM message WHERE template = 'two_factor_reminder'`); n != 5 {
			t.Errorf("%d letters", n)
		}
	})
}

// TestAdoption: the picture counts those who are here now, each from the day of
// what they have.
func TestAdoption(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := access.WithViewer(t.Context(), access.Viewer{Kind: access.KindStaff, AccountID: w.sam.ID, PracticeID: w.clinic.ID}.WithPermissions(access.Permissions()))
		w.withApp(w.vera)
		w.Clock.Advance(15 * 24 * time.Hour)
		w.second(w.rita, "email_since", w.Clock.Now())
		w.withApp(w.rita)
		late := w.Hire(w.clinic, "Lena Late", "lena@paws.example", role.Receptionist, w.clinic.South.ID)
		w.withApp(late)
		a, err := w.Staff.Adoption(ctx)
		if err != nil || len(a.Weeks) != 12 {
			t.Fatal(a, err)
		}
		var got []string
		for _, week := range a.Weeks[8:] {
			got = append(got, fmt.Sprint(week.With, "/", week.Of))
		}
		if all := strings.Join(got, " "); all != "0/0 1/5 1/5 3/6" {
			t.Errorf("the last weeks are %s", all)
		}
		for _, r := range a.Roles {
			if want := map[string]string{"Receptionist": "2/2", "Veterinarian": "1/1", "Manager": "0/1", "Practice administrator": "0/1", "Security Manager": "0/1"}[r.Name]; fmt.Sprint(r.With, "/", r.Of) != want {
				t.Errorf("%s: %d/%d, want %s", r.Name, r.With, r.Of, want)
			}
		}
		apptest.Exec(w.App, `UPDATE account SET active = FALSE WHERE id = $1`, w.vera.ID)
		if a, err = w.Staff.Adoption(ctx); err != nil || a.Weeks[11].With != 2 || a.Weeks[10].With != 0 {
			t.Errorf("after somebody left: %+v, %v", a.Weeks[10:], err)
		}
	})
}
