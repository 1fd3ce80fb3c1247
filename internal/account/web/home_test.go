package accountweb_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
	"catflap/internal/role"
	"catflap/internal/staff"
)

// middle is what stands in the middle of a page, on one line.
func middle(p apptest.Page) string {
	_, after, _ := strings.Cut(p.Body, "<main")
	return strings.Join(strings.Fields(after), " ")
}

func wantIn(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing", w)
		}
	}
}

func wantNot(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(text, w) {
			t.Errorf("%q must not be here", w)
		}
	}
}

// client stores a pet parent who can be mailed.
func client(t *testing.T, a *apptest.App, practiceID, name string) petparent.Row {
	t.Helper()
	ctx := access.WithViewer(t.Context(), access.System("test"))
	if err := a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := a.PetParents.Upsert(ctx, tx, practiceID, petparent.HouseholdInput{
			System: "generic", ExternalID: name, Active: true,
			People: []petparent.PersonInput{{FirstName: name, LastName: "Client", Emails: []string{strings.ToLower(name) + "@example.com"}}},
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	page, err := a.PetParents.List(ctx, practiceID, petparent.Filter{Query: name}, "", 0)
	if err != nil || len(page.Rows) != 1 {
		t.Fatal(page, err)
	}
	return page.Rows[0]
}

// invite makes a login whose welcome mail is in the queue.
func invite(t *testing.T, a *apptest.App, c apptest.Clinic, p petparent.Row) {
	t.Helper()
	if err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := a.Onboarding.CreateLogin(t.Context(), tx, c.Access(), p.ID, p.Email, true)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// confirm begins the first sign-in, corrects the first name, and returns the
// sign-in token for the next step.
func confirm(t *testing.T, a *apptest.App, c apptest.Clinic, p petparent.Row) string {
	t.Helper()
	person, err := a.PetParents.Get(t.Context(), a.DB, c.ID, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	temporary, err := a.Factors.TemporaryOf(t.Context(), a.DB, c.ID, person.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := a.Factors.OpenTemporary(t.Context(), c.ID, temporary.ID)
	if err != nil {
		t.Fatal(err)
	}
	token := a.API("POST", "/practices/"+c.Slug+"/sign-in", "", map[string]any{"login": p.Email, "password": plain.Reveal()}).Want(t, 200).Text("sign_in")
	details := a.API("GET", "/sign-in/details", token, nil).Want(t, 200).Body
	delete(details, "$schema")
	details["person"].(map[string]any)["first_name"] = "Corrected"
	a.API("POST", "/sign-in/details", token, details).Want(t, 200)
	return token
}

// TestHome: everybody sees what waits for them, as a list and as numbers in the
// menu, and nothing that is not theirs to see.
func TestHome(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		here, there := a.Clinic("here"), a.Clinic("there")
		if p := a.Browser().Get("/here/"); !strings.HasPrefix(p.Path, "/here/login") {
			t.Errorf("nobody got to %s", p.Path)
		}
		b := a.Enter("here", here.Administrator, here.North.ID)
		wantIn(t, middle(b.Get("/here/").Want(t, 200)), "What waits for you", "No pet parents yet", "<b>0 of 1</b> member of staff")
		wantNot(t, b.Page.Body, `class="count"`)

		people := map[string]petparent.Row{}
		for _, name := range []string{"Ann", "Bob", "Cyd", "Dan", "Eve", "Fay"} {
			people[name] = client(t, a, here.ID, name)
		}
		for _, name := range []string{"Cyd", "Dan", "Eve", "Fay"} { // Ann is not invited, Cyd never comes
			invite(t, a, here, people[name])
		}
		a.Work()
		confirm(t, a, here, people["Dan"])
		a.API("POST", "/sign-in/new-password", confirm(t, a, here, people["Eve"]), map[string]any{"new_password": apptest.Password()}).Want(t, 200)
		apptest.Exec(a, `UPDATE temporary_password SET burnt_at = $2 WHERE practice_id = $1 AND account_id IN (
			SELECT id FROM account WHERE practice_id = $1 AND login_id = 'fay@example.com')`, here.ID, a.Clock.Now())
		for i, state := range []string{"failed", "done", "failed", "failed", "cancelled"} {
			apptest.Exec(a, `INSERT INTO import (id, practice_id, system, state, home_branch_id, actor_kind, actor_id, actor_name, files, counts, preview,
				total, done, added, changed, unchanged, held, problem, created_at)
				VALUES ($1, $2, 'generic', $3, '', 'staff', '', '', '[]', '{}', '', 0, 0, 0, 0, 0, 0, '', $4)`,
				fmt.Sprint("0000", i), here.ID, state, a.Clock.Now())
		}
		manager := a.Hire(here, "Mia Manager", "mia@here.example", role.Manager, here.North.ID)
		desk := a.Hire(here, "Rita Desk", "rita@here.example", role.Receptionist, here.South.ID)
		sitter := a.Hire(here, "Sid Sitter", "sid@here.example", role.Sitter, here.North.ID)
		apptest.Exec(a, `UPDATE account SET leaves_at = $2 WHERE id = $1`, desk.ID, a.Clock.Now().Add(13*24*time.Hour))
		apptest.Exec(a, `UPDATE account SET leaves_at = $2 WHERE id = $1`, sitter.ID, a.Clock.Now().Add(15*24*time.Hour))
		for email, branch := range map[string]string{"new-north@here.example": here.North.ID, "new-south@here.example": here.South.ID} {
			r, err := a.Roles.ByKey(t.Context(), a.DB, here.ID, role.Sitter)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := a.Staff.Invite(t.Context(), tx, here.Access(), staff.Invitation{
					Name: "New Person", Email: email, Grants: []role.Grant{{RoleID: r.ID, BranchID: branch}},
				})
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}

		invite(t, a, here, people["Bob"]) // stays in the queue

		b = a.Enter("here", here.Administrator, here.North.ID)
		text := middle(b.Get("/here/").Want(t, 200))
		wantIn(t, text, "2 imports failed", "1 correction from pet parents", "1 temporary password can no longer be used",
			"2 invitations are not accepted yet", "1 person leaves within two weeks", "<b>0 of 4</b> members of staff", "Sign-ins of the last 14 days")
		for i, step := range []string{"Imported", "Invited", "Delivered", "Signed in", "Finished"} {
			_, row, _ := strings.Cut(text, `<th scope="row">`+step+"<")
			row, _, _ = strings.Cut(row, "</tr>")
			wantIn(t, row, fmt.Sprintf(`<td class="number">%d</td>`, []int{6, 5, 4, 2, 1}[i]))
		}
		for state, words := range map[string]string{
			"not_invited": "1 not invited", "queued": "1 e-mail waits", "sent": "2 have not opened it", "signed_in": "1 has not finished", "finished": "1 is in",
		} {
			wantIn(t, text, `<a href="/here/pet-parents/pet-app?invitation=`+state+`">`+words+`</a>`)
		}
		wantNot(t, text, "invitation=failed", "invitation=opened")
		_, menu, _ := strings.Cut(b.Page.Body, `id="menu"`)
		menu, _, _ = strings.Cut(menu, "</nav>")
		if got := strings.Count(menu, `class="count"`); got != 3 {
			t.Errorf("%d entries of the menu have a number", got)
		}
		wantIn(t, menu, `Corrections</span><b class="count" aria-hidden="true">1</b>`, `Import</span><b class="count" aria-hidden="true">2</b>`,
			`People</span><b class="count" aria-hidden="true">3</b>`)

		// A manager of one branch: the people of that branch only; no second factors.
		text = middle(a.Enter("here", manager, "").Get("/here/").Want(t, 200))
		wantIn(t, text, "1 invitation is not accepted yet", "Pet parents on their way in", "Sign-ins of the last 14 days")
		wantNot(t, text, "leaves within", "Second factor")
		// Reception has work and no pictures; a sitter neither.
		text = middle(a.Enter("here", desk, "").Get("/here/").Want(t, 200))
		wantIn(t, text, "1 correction from pet parents", "1 temporary password")
		wantNot(t, text, "failed", "invitation", "on their way in", "Sign-ins of", "Second factor")
		wantIn(t, middle(a.Enter("here", sitter, "").Get("/here/").Want(t, 200)), "Nothing right now")
		// What is switched off does not wait.
		apptest.Exec(a, `UPDATE branch SET features_off = '["import","pet_app"]' WHERE practice_id = $1`, here.ID)
		text = middle(a.Enter("here", here.Administrator, here.North.ID).Get("/here/").Want(t, 200))
		wantIn(t, text, "2 invitations are not accepted yet")
		wantNot(t, text, "failed", "correction", "temporary password", "on their way in", `href="/here/pet-parents`)

		b = a.Enter("there", there.Administrator, there.North.ID)
		wantIn(t, middle(b.Get("/there/").Want(t, 200)), "No pet parents yet", `<th scope="row">Imported<small>on record</small></th><td class="number">0</td>`)
		if p := b.Get("/here/"); !strings.HasPrefix(p.Path, "/here/login") {
			t.Errorf("somebody of another practice got to %s", p.Path)
		}
	})
}

// TestSignInPicture: the numbers are those of the record, by days of the
// practice's time zone, and repetitions count.
func TestSignInPicture(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		here, there := a.Clinic("here"), a.Clinic("there")
		apptest.Exec(a, `UPDATE practice SET time_zone = 'Pacific/Auckland' WHERE id = $1`, here.ID)
		write := func(practiceID string, action audit.Action, floodKey string) {
			t.Helper()
			if err := a.Audit.Write(t.Context(), audit.Entry{Action: action, PracticeID: practiceID, FloodKey: floodKey}); err != nil {
				t.Fatal(err)
			}
		}
		// 1 July 2026, 9:00 UTC is 21:00 in Auckland; three hours later it is the 2nd.
		write(here.ID, audit.SignInDone, "")
		write(here.ID, audit.SignInDone, "")
		write(there.ID, audit.SignInDone, "")
		a.Clock.Advance(2*time.Hour + 59*time.Minute)
		for range 4 {
			write(here.ID, audit.SignInRefused, "same")
		}
		write(here.ID, audit.SignInBegun, "")
		a.Clock.Advance(time.Minute)
		write(here.ID, audit.SignInDone, "")
		write(here.ID, audit.SignInRefused, "other")
		a.Clock.Advance(12 * 24 * time.Hour) // the 14th: 1 July is the first of the 14 days
		b := a.Enter("here", here.Administrator, here.North.ID)
		b.Post("/here/sign-out", nil)
		b.Get("/here/login")
		b.Post("/here/login", url.Values{"login": {here.Administrator.LoginID}, "password": {"not the password"}}).Want(t, 401)
		b = a.Enter("here", here.Administrator, here.North.ID)
		text := middle(b.Get("/here/").Want(t, 200))
		row := func(day string, done, refused int) string {
			return fmt.Sprintf(`<tr><th scope="row">%s</th><td class="number">%d</td><td class="number">%d</td></tr>`, day, done, refused)
		}
		wantIn(t, text, row("Wednesday, 1 July", 2, 4), row("Thursday, 2 July", 1, 1), row("Friday, 3 July", 0, 0), row("Tuesday, 14 July", 2, 1),
			"5 signed in", "6 refused", "Pacific/Auckland", "<svg", `height="100"`)
		if got := strings.Count(text, `<tr><th scope="row">`); got < 14 {
			t.Errorf("%d rows", got)
		}
		wantNot(t, text, "style=", "30 June", "15 July")
	})
}

// TestSignInPictureOfOneBranch: who watches one branch counts what happened there
// and who was refused who works there.
func TestSignInPictureOfOneBranch(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("here")
		mia := a.Hire(c, "Mia Manager", "mia@here.example", role.Manager, c.North.ID)
		nora := a.Hire(c, "Nora North", "nora@here.example", role.Receptionist, c.North.ID)
		sid := a.Hire(c, "Sid South", "sid@here.example", role.Sitter, c.South.ID)
		for _, p := range []apptest.Person{nora, sid, sid} {
			a.Enter("here", p, "")
		}
		for _, login := range []string{nora.LoginID, sid.LoginID, sid.LoginID, c.Administrator.LoginID, "nobody@here.example"} {
			a.API("POST", "/practices/here/sign-in", "", map[string]any{"login": login, "password": "wrong"}).Want(t, 401)
		}
		wantIn(t, middle(a.Enter("here", mia, "").Get("/here/").Want(t, 200)), "2 signed in", "2 refused")
		wantIn(t, middle(a.Enter("here", c.Administrator, c.South.ID).Get("/here/").Want(t, 200)), "5 signed in", "5 refused")
	})
}
