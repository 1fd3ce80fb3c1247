package accountweb_test

import (
	"context"
	"net/url"
	"regexp"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

// tokenOf signs a person in through the JSON API.
func tokenOf(t *testing.T, a *apptest.App, slug string, p apptest.Person) string {
	t.Helper()
	return a.API("POST", "/practices/"+slug+"/sign-in", "", map[string]any{"login": p.LoginID, "password": p.Password}).
		Want(t, 200).Text("session", "token")
}

func TestSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		desk := a.Hire(c, "Dora Desk", "dora@paws.example", role.Receptionist, c.North.ID)

		t.Run("listed, ended one by one and all others", func(t *testing.T) {
			b := a.Enter("paws", vet, "")
			first, second := tokenOf(t, a, "paws", vet), tokenOf(t, a, "paws", vet)
			b.Get("/paws/account/sessions").Want(t, 200, "Where you are signed in", "Firefox on Windows", "this one", "North", "127.0.0.1")
			firstID := a.API("GET", "/session", first, nil).Want(t, 200).Text("id")
			b.Post("/paws/account/sessions/"+firstID+"/end", nil).Want(t, 200, "The session is over")
			a.API("GET", "/session", first, nil).Want(t, 401)
			b.Post("/paws/account/sessions/"+firstID+"/end", nil).Want(t, 404, "ended already")
			b.Get("/paws/account/sessions")
			b.Post("/paws/account/sessions/end-others", nil).Want(t, 200, "One other session is over")
			a.API("GET", "/session", second, nil).Want(t, 401)
			b.Get("/paws/").Want(t, 200, "Vera Vet")
		})
		t.Run("nobody ends the session of somebody else", func(t *testing.T) {
			mine, theirs := tokenOf(t, a, "paws", desk), tokenOf(t, a, "paws", vet)
			id := a.API("GET", "/session", theirs, nil).Want(t, 200).Text("id")
			a.API("DELETE", "/sessions/"+id, mine, nil).Want(t, 404)
			a.API("DELETE", "/sessions/not-an-id", mine, nil).Want(t, 404)
			a.API("GET", "/session", theirs, nil).Want(t, 200)
		})
		t.Run("sign-out ends it on the server and says so", func(t *testing.T) {
			b := a.Enter("paws", vet, "")
			token := tokenOf(t, a, "paws", vet)
			b.Post("/paws/sign-out", nil).Want(t, 200, "You are signed out")
			b.Get("/paws/account/sessions").Want(t, 200, "Sign in")
			a.API("DELETE", "/session", token, nil).Want(t, 204)
			a.API("GET", "/session", token, nil).Want(t, 401)
		})
		t.Run("who it is, for other programs", func(t *testing.T) {
			r := a.API("GET", "/session", tokenOf(t, a, "paws", desk), nil).Want(t, 200)
			if r.Text("account", "name") != "Dora Desk" || r.Text("practice", "slug") != "paws" || r.Text("branch", "name") != "North" || r.Text("kind") != "staff" {
				t.Errorf("unexpected: %s", r.Raw)
			}
		})
	})
}

func TestSessionLimits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)

		t.Run("idle", func(t *testing.T) {
			b := a.Enter("paws", vet, "")
			a.Clock.Advance(14 * time.Minute)
			b.Get("/paws/account/sessions").Want(t, 200, "Where you are signed in")
			a.Clock.Advance(14 * time.Minute)
			b.Get("/paws/account/sessions").Want(t, 200, "Where you are signed in")
			a.Clock.Advance(15 * time.Minute)
			page := b.Get("/paws/account/sessions")
			page.Want(t, 200, "nothing happened for a while")
			b.Post("/paws/login", url.Values{"login": {vet.LoginID}, "password": {vet.Password}, "return": {returnOf(page.Body)}}).
				Want(t, 200, "Where you are signed in")
		})
		t.Run("asking who it is does not count as use", func(t *testing.T) {
			token := tokenOf(t, a, "paws", vet)
			for range 14 {
				a.Clock.Advance(time.Minute)
				a.API("GET", "/session", token, nil).Want(t, 200)
			}
			a.Clock.Advance(time.Minute)
			if r := a.API("GET", "/session", token, nil).Want(t, 401); r.Text("type") != "urn:catflap:problem:session-idle" {
				t.Errorf("type %q", r.Text("type"))
			}
		})
		t.Run("absolute", func(t *testing.T) {
			token := tokenOf(t, a, "paws", vet)
			for range 71 {
				a.Clock.Advance(10 * time.Minute)
				a.API("GET", "/sessions", token, nil).Want(t, 200)
			}
			a.Clock.Advance(10 * time.Minute)
			if r := a.API("GET", "/sessions", token, nil).Want(t, 401); r.Text("type") != "urn:catflap:problem:session-expired" {
				t.Errorf("type %q", r.Text("type"))
			}
		})
		t.Run("a shared computer is left sooner", func(t *testing.T) {
			token := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": vet.LoginID, "password": vet.Password, "shared_device": true}).
				Want(t, 200).Text("session", "token")
			a.Clock.Advance(5 * time.Minute)
			a.API("GET", "/session", token, nil).Want(t, 401)
		})
		t.Run("time-outs are on record without anybody coming back", func(t *testing.T) {
			tokenOf(t, a, "paws", vet)
			a.Clock.Advance(16 * time.Minute)
			if err := a.Sessions.Sweep(context.Background()); err != nil {
				t.Fatal(err)
			}
			lines, err := a.Audit.List(context.Background(), c.ID, audit.Filter{Subject: "session", PersonID: vet.ID}, "", 1)
			if err != nil || len(lines) != 1 || lines[0].Action != audit.SessionTimedOut || lines[0].Cause != "idle" {
				t.Errorf("%v %v", lines, err)
			}
		})
	})
}

func TestSessionEndsOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		mine, other := tokenOf(t, a, "paws", vet), tokenOf(t, a, "paws", vet)
		id := a.API("GET", "/session", other, nil).Text("id")
		if won := apptest.AtOnce(16, func(int) bool { return a.API("DELETE", "/sessions/"+id, mine, nil).Status == 204 }); won != 1 {
			t.Errorf("%d ended the same session", won)
		}
		lines, err := a.Audit.List(context.Background(), c.ID, audit.Filter{Subject: "session"}, "", 50)
		if err != nil || len(lines) != 1 {
			t.Errorf("%d entries, want one: %v", len(lines), err)
		}
	})
}

// TestRoleLossActsAtOnce: a session whose last role in its branch is gone
// answers nobody.
func TestRoleLossActsAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c := a.Clinic("paws")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		token := tokenOf(t, a, "paws", vet)
		apptest.Exec(a, `DELETE FROM role_grant WHERE practice_id = $1 AND account_id = $2`, c.ID, vet.ID)
		a.API("GET", "/session", token, nil).Want(t, 401)
	})
}

func returnOf(body string) string {
	m := regexp.MustCompile(`name="return" value="([^"]*)"`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return m[1]
}
