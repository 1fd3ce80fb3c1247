package accountweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

func TestSessionsOfThePractice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		c, other := a.Clinic("paws"), a.Clinic("other")
		vet := a.Hire(c, "Vera Vet", "vera@paws.example", role.Veterinarian, c.North.ID)
		sid := a.Hire(c, "Sid South", "sid@paws.example", role.Sitter, c.South.ID)
		lead := a.Hire(c, "Nele North", "nele@paws.example", role.SecurityManager, c.North.ID)
		stranger := a.Hire(other, "Olga Other", "olga@other.example", role.Sitter, other.North.ID)
		vets, sids, strangers := tokenOf(t, a, "paws", vet), tokenOf(t, a, "paws", sid), tokenOf(t, a, "other", stranger)
		idOf := func(token string) string { return a.API("GET", "/session", token, nil).Want(t, 200).Text("id") }
		end := func(id string) string { return "/paws/security/sessions/" + id + "/end" }

		t.Run("not for everybody", func(t *testing.T) {
			a.Browser().Get("/paws/security/sessions").Want(t, 200, "Email or login ID")
			b := a.Enter("paws", vet, "")
			b.Get("/paws/security/sessions").Want(t, 403)
			b.Get("/paws/")
			b.Post(end(idOf(sids)), nil).Want(t, 403)
			a.API("GET", "/practice-sessions", vets, nil).Want(t, 403)
			a.API("DELETE", "/practice-sessions/"+idOf(sids), vets, nil).Want(t, 403)
		})
		t.Run("seen, searched and ended", func(t *testing.T) {
			b := a.Enter("paws", c.Administrator, c.North.ID)
			b.Get("/paws/security/sessions").Want(t, 200, "Vera Vet", "Sid South", "Ada Admin", "this one", "South").Without(t, "Olga Other")
			b.Get("/paws/security/sessions?q=SOUTH").Want(t, 200, "Sid South").Without(t, "Vera Vet")
			b.Get("/paws/security/sessions?kind=client").Want(t, 200, "No session matches")
			b.Get("/paws/security/sessions?branch="+c.North.ID).Want(t, 200, "Vera Vet").Without(t, "Sid South")
			b.Post(end(idOf(strangers)), nil).Want(t, 404)
			b.Get("/paws/security/sessions")
			b.Post(end("nonsense"), nil).Want(t, 404)
			b.Get("/paws/security/sessions")
			b.Post(end(idOf(sids)), nil).Want(t, 200, "The session is over")
			if r := a.API("GET", "/session", sids, nil).Want(t, 401); !strings.HasSuffix(r.Text("type"), "session-ended-by-administrator") {
				t.Errorf("type %s", r.Text("type"))
			}
			lines, err := a.Audit.List(t.Context(), c.ID, audit.Filter{Subject: "session", PersonID: sid.ID}, "", 5)
			if err != nil || len(lines) != 1 || lines[0].Cause != "by-administrator" || lines[0].ActorID != c.Administrator.ID {
				t.Errorf("on record: %+v, %v", lines, err)
			}
		})
		t.Run("only in the branches that one manages", func(t *testing.T) {
			sids = tokenOf(t, a, "paws", sid)
			b := a.Enter("paws", lead, "")
			b.Get("/paws/security/sessions").Want(t, 200, "Vera Vet", "Nele North").Without(t, "Sid South")
			b.Post(end(idOf(sids)), nil).Want(t, 404)
			b.Get("/paws/security/sessions")
			b.Post("/paws/security/sessions/end-person", url.Values{"person": {sid.ID}}).Want(t, 404)
			a.API("GET", "/session", sids, nil).Want(t, 200)
			// A session without a branch belongs to the whole practice.
			apptest.Exec(a, `UPDATE session SET branch_id = '' WHERE id = $1`, idOf(sids))
			apptest.Exec(a, `UPDATE account SET kind = 'client' WHERE id = $1`, sid.ID)
			b.Get("/paws/security/sessions").Want(t, 200).Without(t, "Sid South")
			a.Enter("paws", c.Administrator, c.South.ID).Get("/paws/security/sessions?kind=client").Want(t, 200, "Sid South", "Pet parent")
		})
		t.Run("all of one person, after a fresh proof", func(t *testing.T) {
			first, second := tokenOf(t, a, "paws", vet), tokenOf(t, a, "paws", vet)
			b := a.Enter("paws", c.Administrator, c.North.ID)
			b.Get("/paws/security/sessions?person="+vet.ID).Want(t, 200, "End all sessions of Vera Vet").Without(t, "Sid South")
			a.Clock.Advance(6 * time.Minute)
			b.Post("/paws/security/sessions/end-person", url.Values{"person": {vet.ID}}).Want(t, 200, "Confirm that it is you")
			a.API("GET", "/session", first, nil).Want(t, 200)
			b.Post("/paws/account/confirm", url.Values{"password": {c.Administrator.Password}}).Want(t, 200)
			b.Post("/paws/security/sessions/end-person", url.Values{"person": {vet.ID}}).Want(t, 200, "sessions are over")
			a.API("GET", "/session", first, nil).Want(t, 401)
			a.API("GET", "/session", second, nil).Want(t, 401)
			b.Post("/paws/security/sessions/end-person", url.Values{"person": {stranger.ID}}).Want(t, 404)
			a.API("GET", "/session", strangers, nil).Want(t, 200)
		})
		t.Run("page by page for programs", func(t *testing.T) {
			for range 5 {
				tokenOf(t, a, "paws", vet)
			}
			begun := a.API("POST", "/practices/paws/sign-in", "", map[string]any{"login": c.Administrator.LoginID, "password": c.Administrator.Password}).Want(t, 200)
			token := a.API("POST", "/sign-in/branch", begun.Text("sign_in"), map[string]any{"branch": c.North.ID}).Want(t, 200).Text("session", "token")
			seen, cursor := map[string]bool{}, ""
			for {
				r := a.API("GET", "/practice-sessions?limit=2&account="+vet.ID+"&cursor="+cursor, token, nil).Want(t, 200)
				items, _ := r.Body["items"].([]any)
				for _, item := range items {
					one, _ := item.(map[string]any)
					seen[one["id"].(string)] = true
				}
				if cursor = r.Text("next"); cursor == "" {
					break
				}
			}
			if len(seen) != 5 {
				t.Errorf("%d sessions, want 5", len(seen))
			}
			for id := range seen {
				a.API("DELETE", "/practice-sessions/"+id, token, nil).Want(t, 204)
				a.API("DELETE", "/practice-sessions/"+id, token, nil).Want(t, 404)
				break
			}
			a.API("DELETE", "/practice-sessions?account="+vet.ID, token, nil).Want(t, 204)
			a.API("DELETE", "/practice-sessions?account="+vet.ID, token, nil).Want(t, 404)
		})
	})
}
