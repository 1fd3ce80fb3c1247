package deviceweb_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/role"
)

const page = "/paws/security/shared-computers"

func computer(name, branchID string) url.Values {
	return url.Values{"name": {name}, "branch": {branchID}}
}

func signIn(b *apptest.Browser, p apptest.Person) apptest.Page {
	b.T.Helper()
	b.Get("/paws/login")
	return b.Post("/paws/login", url.Values{"login": {p.LoginID}, "password": {p.Password}})
}

// removal is the address of the first Remove button.
func removal(t *testing.T, body string) string {
	t.Helper()
	m := regexp.MustCompile(`action="([^"]*/remove)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("nothing to remove")
	}
	return html.UnescapeString(m[1])
}

// TestSharedComputer: remembered by somebody who manages sessions in its branch,
// recognised from the next page on, forgotten at once.
func TestSharedComputer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		hanna := a.Hire(c, "Hanna Berg", "hanna@paws.example", role.Veterinarian, "")
		sam := a.Hire(c, "Sam South", "sam@paws.example", role.SecurityManager, c.South.ID)

		a.Browser().Get(page).Want(t, 200, "Email or login ID")
		a.Enter("paws", vet, "").Get(page).Want(t, 403)
		stranger := a.Enter("other", other.Administrator, other.North.ID)
		stranger.Get(page).Want(t, 200, "Email or login ID")
		stranger.Get("/other/security/shared-computers").Want(t, 200)
		stranger.Post("/other/security/shared-computers", computer("Theirs", c.North.ID)).Want(t, 404)
		south := a.Enter("paws", sam, "")
		south.Get(page).Want(t, 200).Without(t, c.North.ID)
		south.Post(page, computer("Not theirs", c.North.ID)).Want(t, 403)

		pc := a.Enter("paws", c.Administrator, c.North.ID)
		pc.Get(page).Want(t, 200, "Remember this computer as shared")
		for _, wrong := range []url.Values{computer(" ", c.South.ID), computer(strings.Repeat("x", 61), c.South.ID), computer("Desk", "nowhere")} {
			pc.Post(page, wrong).Want(t, 422)
		}
		pc.Post(page, computer("Desk <2>", c.South.ID)).Want(t, 200, "Desk <2>", "South", "This computer", "Last sign-in never", "sign out before you walk away")
		pc.Post(page, computer("Again", c.South.ID)).Want(t, 409, "remembered as a shared one already")
		pc.Post("/paws/sign-out", nil)

		pc.Get("/paws/login").Want(t, 200, "Shared computer: Desk <2>, South", "sign out before you walk away", `autocomplete="off"`)
		if !regexp.MustCompile(`<input[^>]*name="shared"[^>]*checked`).MatchString(pc.Page.Body) || strings.Contains(pc.Page.Body, "current-password") {
			t.Error("the page does not come marked as shared")
		}
		pc.Get("/other/login").Want(t, 200).Without(t, "Shared computer:")

		choice := signIn(pc, hanna).Want(t, 200, "Where do you work today?")
		if !regexp.MustCompile(`value="` + c.South.ID + `"[^>]*checked`).MatchString(choice.Body) {
			t.Error("the computer's branch is not selected")
		}
		pc.Post("/paws/login/branch", url.Values{"branch": {c.South.ID}}).Want(t, 200, "Hanna Berg")
		if n := apptest.Number(a, `SELECT count(*) FROM session WHERE account_id = $1 AND shared`, hanna.ID); n != 1 {
			t.Error("the session is not one on a shared computer")
		}
		signIn(pc, vet).Want(t, 200, "Vera Vet")
		a.Clock.Advance(5 * time.Minute)
		pc.Get("/paws/").Want(t, 200, "nothing happened for a while")
		told := func() (n int) {
			a.Work()
			for _, l := range a.Mailbox.Letters() {
				if l.To.Address == vet.LoginID && strings.Contains(l.Text, "had not signed in before") {
					n++
				}
			}
			return n
		}
		before := told()
		signIn(pc, vet).Want(t, 200, "Vera Vet")
		if told() != before || before != 1 {
			t.Errorf("told %d and then %d times about the shared computer", before, told())
		}

		south.Get(page).Want(t, 200, "Desk <2>").Without(t, "This computer</span>")
		south.Post(strings.Replace(removal(t, south.Page.Body), "paws", "other", 1), nil).Want(t, 200, "Email or login ID")
		south.Get(page)
		south.Post(removal(t, south.Page.Body), nil).Want(t, 200, "not remembered as a shared computer any more")
		pc.Get("/paws/login").Want(t, 200, "current-password").Without(t, "Shared computer:")
		signIn(pc, vet).Want(t, 200, "Vera Vet")
		if told() != before+1 {
			t.Error("a removed computer still knows people")
		}
		lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: "shared_computer"}, "", 9)
		if err != nil || len(lines) != 2 || lines[0].Action != audit.SharedRemoved || lines[1].BranchID != c.South.ID || lines[1].Personal.Target != "Desk <2>" {
			t.Errorf("on record: %+v, %v", lines, err)
		}
	})
}

// TestRemovedOnce: of sixteen at once one removes it.
func TestRemovedOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	c := a.Clinic("paws")
	b := a.Enter("paws", c.Administrator, c.North.ID)
	b.Get(page)
	path := removal(t, b.Post(page, computer("Desk", c.North.ID)).Want(t, 200).Body)
	shown := b.Page
	won := apptest.AtOnce(16, func(int) bool {
		one := &apptest.Browser{T: t, App: a, Client: b.Client, Page: shown}
		return one.Post(path, nil).Status == 200
	})
	if won != 1 {
		t.Errorf("%d removed it", won)
	}
}
