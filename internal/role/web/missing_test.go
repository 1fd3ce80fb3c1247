package roleweb_test

import (
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app"
	"catflap/internal/app/apptest"
	"catflap/internal/config"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
)

// each runs a test on both databases, with a vendor's entries in the menu.
func each(t *testing.T, f func(t *testing.T, a *apptest.App)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f(t, apptest.On(t, d, func(o *app.Options) {
			o.Menu = []config.MenuEntry{
				{Label: "Kennel board", URL: "https://kennel.example.org/{practice}/board", Group: "Boarding", Icon: "dog", Permission: "petparent.read"},
				{Label: "Prices", URL: "https://kennel.example.org/secret-prices", Group: "Boarding", Permission: "branch.write"},
			}
		}))
	})
}

// text is a page without markup.
func text(p apptest.Page) string {
	_, main, _ := strings.Cut(p.Body, "<main")
	return strings.Join(strings.Fields(main), " ")
}

// entry is what the page says about one entry.
func entry(t *testing.T, p apptest.Page, name string) string {
	t.Helper()
	_, after, found := strings.Cut(text(p), "<h2>"+name+"</h2>")
	if !found {
		t.Fatalf("%s is not listed", name)
	}
	words, _, _ := strings.Cut(after, "</li>")
	return words
}

func TestMissing(t *testing.T) {
	each(t, func(t *testing.T, a *apptest.App) {
		here, there := a.Clinic("here"), a.Clinic("there")
		if p := a.Browser().Get("/here/missing"); !strings.HasPrefix(p.Path, "/here/login") {
			t.Errorf("nobody got to %s", p.Path)
		}
		foreign := a.Enter("there", there.Administrator, there.North.ID)
		if p := foreign.Get("/here/missing"); !strings.HasPrefix(p.Path, "/here/login") {
			t.Errorf("somebody of another practice got to %s", p.Path)
		}

		admin := a.Enter("here", here.Administrator, here.North.ID)
		admin.Get("/here/").Want(t, 200, "Import", "Prices", "Missing something?", `href="https://kennel.example.org/here/board"`)
		admin.Get("/here/missing").Want(t, 200, "Nothing is hidden from you", "in North")

		// A receptionist in one branch, a manager in the other.
		rita := a.Hire(here, "Rita Reception", "rita@here.example", role.Receptionist, here.North.ID)
		grant(t, a, here, rita, role.Manager, here.South.ID)
		b := a.Enter("here", rita, here.North.ID)
		b.Get("/here/").Want(t, 200, "Kennel board").Without(t, "Prices", `href="/here/pet-parents/import"`, "/here/security/audit")
		p := b.Get("/here/missing").Want(t, 200, "<h1>Missing something?</h1>")
		if got := entry(t, p, "Pet Parents › Import"); !strings.Contains(got, "<b>Role.</b> Your role in North does not allow it. In South it does: switch the branch") ||
			!strings.Contains(got, "Somebody with the role Practice administrator can give you a role that has it.") {
			t.Errorf("Import: %s", got)
		}
		if got := entry(t, p, "Security › Policy"); !strings.Contains(got, "It concerns all branches, and your role does not allow it.") {
			t.Errorf("Policy: %s", got)
		}
		if got := entry(t, p, "Boarding › Prices"); !strings.Contains(got, "Your role in North") {
			t.Errorf("Prices: %s", got)
		}
		// Who may not see who works here is told no names, and no address that is hidden.
		p.Without(t, "Ada Admin", "secret-prices", "Clinic there", "<h2>Home</h2>", "<h2>Pet Parents › Pet App</h2>")

		found := b.Get("/here/missing?q=pri+board").Want(t, 200, "Boarding › Prices")
		found.Without(t, "Security › Policy")
		b.Get("/here/missing?q=%3Cscript%3E").Want(t, 200, "Nothing that is hidden from you is called that").Without(t, "<script>alert")

		// In South she is a manager, who sees who works there.
		b = a.Enter("here", rita, here.South.ID)
		p = b.Get("/here/missing").Want(t, 200)
		if got := entry(t, p, "Security › API keys"); !strings.Contains(got, "Ada Admin can give you a role that has it.") {
			t.Errorf("API keys: %s", got)
		}
		if got := entry(t, p, "Settings › Practice"); strings.Contains(got, "only") {
			t.Errorf("Practice: %s", got)
		}

		// Switched off in one branch, not in the other.
		apptest.Exec(a, `UPDATE branch SET features_off = '["import"]' WHERE practice_id = $1 AND id = $2`, here.ID, here.South.ID)
		b = a.Enter("here", rita, here.South.ID)
		p = b.Get("/here/missing").Want(t, 200)
		if got := entry(t, p, "Pet Parents › Import"); !strings.Contains(got, "<b>Branch.</b> It is switched off in South") ||
			!strings.Contains(got, "You can switch it on under Settings, Branches.") || strings.Contains(got, "Role.") {
			t.Errorf("Import, off: %s", got)
		}
		b.Get("/here/pet-parents/import").Want(t, 403, "not switched on in this branch")
		a.Enter("here", here.Administrator, here.North.ID).Get("/here/pet-parents/import").Want(t, 200)

		// Pages that stay open offer nothing that is switched off.
		apptest.Exec(a, `UPDATE branch SET features_off = '["pet_app"]' WHERE practice_id = $1 AND id = $2`, here.ID, here.South.ID)
		b = a.Enter("here", rita, here.South.ID)
		b.Get("/here/").Want(t, 200, `href="/here/pet-parents/import"`).Without(t, "Pet App", "Search pet parents")
		b.Get("/here/pet-parents/pet-app").Want(t, 403, "not switched on in this branch")
		b.Get("/here/pet-parents/import").Want(t, 200)

		// Not bought.
		apptest.Exec(a, `UPDATE practice SET plan = 'basic' WHERE id = $1`, here.ID)
		b = a.Enter("here", rita, here.North.ID)
		got := entry(t, b.Get("/here/missing"), "Pet Parents › Import")
		for _, want := range []string{"<b>Role.</b>", "<b>Plan.</b> The plan of Clinic here does not include it", "Whoever provides Catflap"} {
			if !strings.Contains(got, want) {
				t.Errorf("Import, not bought: %s", got)
			}
		}
		admin = a.Enter("here", here.Administrator, here.North.ID)
		got = entry(t, admin.Get("/here/missing"), "Pet Parents › Import")
		if !strings.Contains(got, "<b>Plan.</b>") || strings.Contains(got, "<b>Role.</b>") || strings.Contains(got, "<b>Branch.</b>") {
			t.Errorf("Import for the administrator: %s", got)
		}
	})
}

// grant gives a further role.
func grant(t *testing.T, a *apptest.App, c apptest.Clinic, p apptest.Person, key, branchID string) {
	t.Helper()
	r, err := a.Roles.ByKey(t.Context(), a.DB, c.ID, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
		return a.Roles.Give(t.Context(), tx, c.ID, p.ID, []role.Grant{{RoleID: r.ID, BranchID: branchID}})
	}); err != nil {
		t.Fatal(err)
	}
}

// signIn is the session of a program in which the person works in the branch.
func signIn(t *testing.T, a *apptest.App, slug string, p apptest.Person, branchID string) string {
	t.Helper()
	r := a.API("POST", "/practices/"+url.PathEscape(slug)+"/sign-in", "", map[string]any{"login": p.LoginID, "password": p.Password}).Want(t, 200)
	if branchID != "" {
		r = a.API("POST", "/sign-in/branch", r.Text("sign_in"), map[string]any{"branch": branchID}).Want(t, 200)
	}
	return r.Text("session", "token")
}
