package signinweb_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/role"
)

// bearer signs a person in through the API, in a branch ("" without a choice).
func bearer(t *testing.T, a *apptest.App, p apptest.Person, branchID string) string {
	t.Helper()
	r := try(a, p.LoginID, p.Password).Want(t, 200)
	if branchID != "" {
		r = a.API("POST", "/sign-in/branch", r.Text("sign_in"), map[string]any{"branch": branchID}).Want(t, 200)
	}
	return r.Text("session", "token")
}

// TestReport: every outcome with its exact cause, to those who may read it, of
// the branches that are theirs.
func TestReport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		north := a.Hire(c, "Nora North", "nora@paws.example", role.Veterinarian, c.North.ID)
		south := a.Hire(c, "Sid South", "sid@paws.example", role.Veterinarian, c.South.ID)
		manager := a.Hire(c, "Mia Manager", "mia@paws.example", role.Manager, c.North.ID)
		guest(t, a, c, "gus@example.com")
		for _, login := range []string{north.LoginID, north.LoginID, north.LoginID, south.LoginID, "gus@example.com", "nobody@paws.example"} {
			try(a, login, "wrong").Want(t, 401)
		}
		bearer(t, a, north, "")
		typed(a.Browser(), c.Administrator.LoginID, c.Administrator.Password).Want(t, 200) // only begun
		page := "/paws/security/sign-ins"

		a.Browser().Get(page).Want(t, 200, "Email or login ID")
		a.Enter("other", other.Administrator, other.North.ID).Get(page).Want(t, 200, "Email or login ID")
		a.Enter("paws", south, "").Get(page).Want(t, 403)

		admin := a.Enter("paws", c.Administrator, c.South.ID)
		admin.Get(page).Want(t, 200, "Nora North", "The password was wrong.", "3 times</b> until 1 Jul 2026, 09:00 UTC", "Unknown login ID",
			"The temporary password was wrong.", "Sid South", "127.0.0.1", "Why?").Without(t, "nobody@paws.example", "Began</span>")
		admin.Get(page+"?outcome=begun").Want(t, 200, "Ada Admin", "Began").Without(t, "Nora North")
		admin.Get(page+"?outcome=done").Want(t, 200, "Signed in", "Nora North").Without(t, "The password was wrong.")
		admin.Get(page+"?cause=unknown-login").Want(t, 200, "Unknown login ID").Without(t, "Nora North")
		admin.Get(page+"?text=NORA&outcome=refused").Want(t, 200, "Nora North").Without(t, "Sid South")
		admin.Get(page+"?person="+south.ID).Want(t, 200, "Sid South", "Show everybody").Without(t, "Nora North")
		admin.Get(page+"?from=2026-07-02").Want(t, 200, "Nothing matches")
		admin.Get(page+"?from=2026-07-01&to=2026-07-01").Want(t, 200, "Nora North")
		for _, wrong := range []string{"outcome=maybe", "cause=moon", "person=me", "before=1", "from=1.7.2026", "from=2026-07-02&to=2026-07-01", "text=" + strings.Repeat("x", 201)} {
			admin.Get(page+"?"+wrong).Want(t, 422)
		}

		mine := a.Enter("paws", manager, "")
		mine.Get(page).Want(t, 200, "Nora North", "Gus Guest", "what happened in your branches").Without(t, "Sid South", `<th scope="row">Unknown login ID`)
		token := bearer(t, a, manager, "")
		if raw := a.API("GET", "/sign-ins", token, nil).Want(t, 200).Raw; strings.Contains(raw, south.ID) || !strings.Contains(raw, `"cause":"wrong-password"`) || !strings.Contains(raw, `"repeated":2`) {
			t.Errorf("the API says %s", raw)
		}
		a.API("GET", "/sign-ins", "", nil).Want(t, 401)
		a.API("GET", "/sign-ins", bearer(t, a, south, ""), nil).Want(t, 403)
		a.API("GET", "/sign-ins?cause=moon", token, nil).Want(t, 422)
	})
}

// TestReportLoadMore: the pages follow each other, nothing twice, also where
// most of the record is not the viewer's to see.
func TestReportLoadMore(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		manager := a.Hire(c, "Mia Manager", "mia@paws.example", role.Manager, c.North.ID)
		b := a.Enter("paws", manager, "")
		token := bearer(t, a, manager, "")
		apptest.Exec(a, `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2399)
			INSERT INTO audit (id, practice_id, at, action, outcome, cause, actor_kind, actor_id, account_id, branch_id,
				session_id, target_kind, target_id, detail, personal, search, personal_digest, flood_key, repeated, last_at)
			SELECT $1 || CAST(100000000000 + n.i AS TEXT), practice_id, at, action, outcome, cause, actor_kind, actor_id, account_id,
				CASE WHEN n.i % 20 = 0 THEN $2 ELSE $3 END,
				session_id, target_kind, target_id, detail, personal, search, personal_digest, '', 0, last_at
			FROM n JOIN audit ON audit.id = (SELECT min(id) FROM audit WHERE action = 'sign_in.done' AND account_id = $4)`,
			manager.ID[:13]+"-7000-8000-", c.North.ID, c.South.ID, manager.ID)
		seen, target := 0, "/paws/security/sign-ins"
		for target != "" {
			body := b.Get(target).Want(t, 200).Body
			seen += strings.Count(body, `<th scope="row">`)
			target = ""
			if m := regexp.MustCompile(`<p class="pager"><a class="button" href="([^"]*)"`).FindStringSubmatch(body); m != nil {
				target = html.UnescapeString(m[1])
			}
		}
		ids := map[string]bool{}
		for cursor := ""; ; {
			r := a.API("GET", "/sign-ins?limit=30&cursor="+url.QueryEscape(cursor), token, nil).Want(t, 200)
			for _, item := range r.Body["items"].([]any) {
				ids[item.(map[string]any)["id"].(string)] = true
			}
			if cursor = r.Text("next"); cursor == "" {
				break
			}
		}
		if seen != 122 || len(ids) != 122 {
			t.Errorf("%d on pages, %d through the API, want 122", seen, len(ids))
		}
	})
}
