package staffweb_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
	"catflap/internal/role"
)

// TestDeactivate: who is switched off is out, with everything they could come
// back with, and nothing of it lives again later.
func TestDeactivate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, sam, nora, other := w.bearer(w.ada), w.bearer(w.sam), w.bearer(w.nora), w.bearer(w.other.Administrator)
		both := w.Hire(w.clinic, "Bo Both", "bo@paws.example", role.Receptionist, w.clinic.North.ID)
		w.Tries([]apptest.Try{{"PUT", "/staff/" + both.ID, ada, m{"name": "Bo Both", "grants": []m{
			grant(w.roles[role.Receptionist], w.clinic.North.ID), grant(w.roles[role.Receptionist], w.clinic.South.ID)}}, 200, ""}})
		off := func(p apptest.Person) string { return "/staff/" + p.ID + "/deactivate" }
		w.Tries([]apptest.Try{
			{"POST", off(w.rita), "", nil, 401, ""},
			{"POST", off(w.rita), w.bearer(w.vera), nil, 403, "permission-missing"},
			{"POST", off(w.rita), other, nil, 404, ""},
			{"POST", off(w.vera), nora, nil, 404, ""},
			{"POST", off(both), nora, nil, 403, "works-elsewhere-too"},
			{"POST", off(w.sam), nora, nil, 403, "works-elsewhere-too"},
			{"POST", off(w.ada), sam, nil, 409, "last-administrator"},
			{"POST", off(w.ada), ada, nil, 409, "not-oneself"},
			{"POST", "/staff/" + id.New() + "/deactivate", ada, nil, 404, ""},
			{"POST", off(w.rita), ada, m{"reason": strings.Repeat("x", 501)}, 422, ""},
			{"POST", "/staff/" + w.rita.ID + "/reactivate", ada, nil, 409, "account-active"},
		})

		in := w.Enter("paws", both, w.clinic.South.ID)
		half := w.Browser() // knows the password and still has to choose a branch
		half.Get("/paws/login")
		half.Post("/paws/login", url.Values{"login": {both.LoginID}, "password": {both.Password}}).Want(t, 200, "Where do you work today?")
		ask := w.Browser()
		ask.Get("/paws/forgot-password")
		ask.Post("/paws/forgot-password", url.Values{"login": {both.LoginID}}).Want(t, 200)
		reset := w.Link(w.LastMail(both.LoginID), "/reset-password")
		w.Browser().Get(reset).Want(t, 200)
		apptest.Exec(w.App, `INSERT INTO api_key (id, practice_id, name, token_hash, hint, permissions, created_at, created_by, expires_at)
			VALUES ($1, $2, 'Till', $3, '', '[]', $4, $5, $6)`, id.New(), w.clinic.ID, []byte("x"), w.Clock.Now(), both.ID, w.Clock.Now().Add(time.Hour))

		b := w.Enter("paws", w.ada, w.clinic.North.ID)
		b.Get("/paws/staff/"+both.ID+"/deactivate").Want(t, 200, "What they still hold", "Receptionist", "South", "1 session", "1 key")
		b.Post("/paws/staff/"+both.ID+"/deactivate", url.Values{"reason": {"Moved away"}}).Want(t, 200, "They are deactivated.", "Moved away", "by Ada Admin")

		w.out(in.Get("/paws/staff"))
		half.Post("/paws/login/branch", url.Values{"branch": {w.clinic.South.ID}}).Without(t, "Bo Both")
		w.Browser().Get(reset).Want(t, 410)
		w.API("POST", "/practices/paws/sign-in", "", m{"login": both.LoginID, "password": both.Password}).Want(t, 401)
		ask.Get("/paws/forgot-password")
		w.Work() // the notices of the sign-ins above are no answer to this
		ask.Post("/paws/forgot-password", url.Values{"login": {both.LoginID}}).Want(t, 200)
		letters := len(w.Mailbox.Letters())
		if w.Work(); len(w.Mailbox.Letters()) != letters {
			t.Error("somebody who is deactivated got a link")
		}
		line := w.audited(audit.StaffDeactivated)[0]
		if line.ActorID != w.ada.ID || line.AccountID != both.ID || line.Personal.Changes[0].After != "Moved away" {
			t.Errorf("record: %+v", line)
		}
		w.Tries([]apptest.Try{
			{"POST", off(both), ada, nil, 409, "account-already-inactive"},
			{"PUT", "/staff/" + both.ID + "/leaves", ada, m{"on": "2026-07-31"}, 409, "account-inactive"},
			{"POST", "/staff/" + both.ID + "/reactivate", nora, nil, 403, "works-elsewhere-too"},
			{"POST", "/staff/" + both.ID + "/reactivate", sam, nil, 403, "may-do-more"},
			{"POST", "/staff/" + both.ID + "/reactivate", other, nil, 404, ""},
		})
		if got := names(w.API("GET", "/staff?state=deactivated", ada, nil)); got != "Bo" {
			t.Errorf("listed: %q", got)
		}

		b.Post("/paws/staff/"+both.ID+"/reactivate", nil).Want(t, 200, "They are reactivated")
		if p := in.Get("/paws/pet-parents/pet-app"); !strings.HasPrefix(p.Path, "/paws/login") {
			t.Errorf("the former session came back: %s", p.Path)
		}
		half.Post("/paws/login/branch", url.Values{"branch": {w.clinic.South.ID}}).Without(t, "Bo Both")
		w.Enter("paws", both, w.clinic.South.ID)
		if len(w.audited(audit.StaffReactivated)) != 1 {
			t.Error("that they were switched on is not on record once")
		}
	})
}

// TestLastAdministrator: two who remove each other at once leave one of them,
// and whoever lost is nobody any more.
func TestLastAdministrator(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		bea := w.Hire(w.clinic, "Bea Boss", "bea@paws.example", role.Administrator, "")
		invited := w.API("POST", "/staff", w.bearer(w.ada), m{"name": "Ira Invited", "email": "ira@paws.example", "grants": []m{grant(w.roles[role.Administrator], "")}}).Want(t, 201)
		tokens := []string{w.bearer(w.ada), w.bearer(bea)}
		targets := []string{bea.ID, w.ada.ID}
		n := 2
		if w.DB.Dialect() == db.PostgreSQL {
			n = 16
		}
		wins := apptest.AtOnce(n, func(i int) bool {
			return w.API("POST", "/staff/"+targets[i%2]+"/deactivate", tokens[i%2], nil).Status == 200
		})
		if wins != 1 {
			t.Errorf("%d of %d won", wins, n)
		}
		left := apptest.Number(w.App, `SELECT count(*) FROM account WHERE practice_id = $1 AND active AND id IN ($2, $3)`, w.clinic.ID, w.ada.ID, bea.ID)
		if left != 1 || len(w.audited(audit.StaffDeactivated)) != 1 {
			t.Errorf("%d administrators left, %d on record", left, len(w.audited(audit.StaffDeactivated)))
		}
		// Somebody who is only invited does not count as one who is left.
		winner := targets[0]
		if apptest.Number(w.App, `SELECT count(*) FROM account WHERE id = $1 AND active`, winner) == 0 {
			winner = targets[1]
		}
		w.Tries([]apptest.Try{
			{"POST", "/staff/" + winner + "/deactivate", w.bearer(w.sam), nil, 409, "last-administrator"},
			{"PUT", "/staff/" + winner + "/leaves", w.bearer(w.sam), m{"on": "2026-07-31"}, 409, "last-administrator"},
			{"POST", "/staff/" + invited.Text("id") + "/deactivate", w.bearer(w.sam), nil, 200, ""},
		})
	})
}

// TestAtOnce: roles taken from each other at once, and one grant given sixteen
// times.
func TestAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		bea := w.Hire(w.clinic, "Bea Boss", "bea@paws.example", role.Administrator, "")
		tokens := []string{w.bearer(w.ada), w.bearer(bea)}
		people := []apptest.Person{bea, w.ada}
		all, desk := grant(w.roles[role.Administrator], ""), grant(w.roles[role.Receptionist], w.clinic.North.ID)
		for range 6 {
			statuses := make([]int, 2)
			apptest.AtOnce(2, func(i int) bool {
				statuses[i] = w.API("PUT", "/staff/"+people[i].ID, tokens[i], m{"name": people[i].Name, "grants": []m{desk}}).Status
				return true
			})
			winner := slices.Index(statuses, 200)
			if winner < 0 || statuses[1-winner] == 200 {
				t.Fatalf("answers %v", statuses)
			}
			loser := people[winner]
			w.Tries([]apptest.Try{{"PUT", "/staff/" + loser.ID, tokens[winner], m{"name": loser.Name, "grants": []m{all}}, 200, ""}})
		}
		sam := w.bearer(w.sam)
		apptest.AtOnce(16, func(i int) bool {
			return w.API("POST", "/staff/"+w.rita.ID+"/deactivate", sam, nil).Status == 200
		})
		if n := len(w.audited(audit.StaffDeactivated)); n != 1 {
			t.Errorf("switched off %d times", n)
		}
	})
}

func TestLeaves(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		// New York is four hours behind: 1 July ends there at 4 in the morning UTC.
		apptest.Exec(w.App, `UPDATE practice SET time_zone = 'America/New_York' WHERE id = $1`, w.clinic.ID)
		ada, nora := w.bearer(w.ada), w.bearer(w.nora)
		path := func(p apptest.Person) string { return "/staff/" + p.ID + "/leaves" }
		w.Tries([]apptest.Try{
			{"PUT", path(w.rita), "", m{"on": "2026-07-01"}, 401, ""},
			{"PUT", path(w.rita), w.bearer(w.vera), m{"on": "2026-07-01"}, 403, "permission-missing"},
			{"PUT", path(w.rita), w.bearer(w.other.Administrator), m{"on": "2026-07-01"}, 404, ""},
			{"PUT", path(w.vera), nora, m{"on": "2026-07-01"}, 404, ""},
			{"PUT", path(w.rita), nora, m{"on": "2026-06-30"}, 422, ""},
			{"PUT", path(w.rita), nora, m{"on": "tomorrow"}, 422, ""},
			{"PUT", path(w.rita), nora, m{"on": "2046-01-01"}, 422, ""},
			{"PUT", path(w.nora), nora, m{"on": "2026-07-01"}, 409, "not-oneself"},
			{"PUT", path(w.ada), w.bearer(w.sam), m{"on": "2026-07-01"}, 409, "last-administrator"},
			{"PUT", path(w.vera), ada, m{"on": "2026-07-01"}, 200, ""},
			{"PUT", path(w.vera), ada, m{"on": ""}, 200, ""},
		})
		got := w.API("PUT", path(w.rita), nora, m{"on": "2026-07-01"}).Want(t, 200)
		if got.Text("state") != "leaving" || got.Text("last_day") != "2026-07-01" || got.Text("leaves_at") != "2026-07-02T04:00:00Z" {
			t.Errorf("leaving: %s", got.Raw)
		}
		b := w.Enter("paws", w.nora, "")
		b.Get("/paws/staff?state=leaving").Want(t, 200, "Rita Desk", "Last day 1 July 2026").Without(t, "Nora Manager</a>")
		b.Get("/paws/staff/"+w.rita.ID+"/leaves").Want(t, 200, `value="2026-07-01"`, "They stay")
		b.Post("/paws/staff/"+w.rita.ID+"/leaves", url.Values{"on": {""}}).Want(t, 422, "Choose their last day.")
		b.Post("/paws/staff/"+w.rita.ID+"/leaves/cancel", nil).Want(t, 200, "They stay.").Without(t, "Leaving")
		b.Get("/paws/staff/" + w.rita.ID + "/leaves")
		b.Post("/paws/staff/"+w.rita.ID+"/leaves", url.Values{"on": {"2026-07-01"}}).Want(t, 200, "They are deactivated at the end of 1 July 2026.")

		w.Clock.Advance(time.Date(2026, 7, 2, 3, 58, 0, 0, time.UTC).Sub(w.Clock.Now()))
		desk := w.Enter("paws", w.rita, "")
		w.Work()
		desk.Get("/paws/pet-parents/pet-app").Want(t, 200, "Rita Desk")
		w.Clock.Advance(3 * time.Minute)
		w.Work()
		w.out(desk.Get("/paws/pet-parents/pet-app"))
		w.API("POST", "/practices/paws/sign-in", "", m{"login": w.rita.LoginID, "password": w.rita.Password}).Want(t, 401)
		off := w.audited(audit.StaffDeactivated)
		if len(off) != 1 || off[0].ActorKind != "system" || off[0].Personal.Changes[0].After != "Their last day was 1 July 2026." {
			t.Errorf("record: %+v", off)
		}
		if n := len(w.audited(audit.StaffLeaving)); n != 5 {
			t.Errorf("the last day is on record %d times", n)
		}
		w.API("GET", "/session", w.bearer(w.vera), nil).Want(t, 200) // taken back in time
	})
}

func TestEndSessions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, nora := w.bearer(w.ada), w.bearer(w.nora)
		rita, vera := w.bearer(w.rita), w.bearer(w.vera)
		guard := w.bearer(w.Hire(w.clinic, "Gus Guard", "gus@paws.example", role.SecurityManager, w.clinic.North.ID))
		w.Tries([]apptest.Try{
			{"DELETE", "/staff/" + w.rita.ID + "/sessions", "", nil, 401, ""},
			{"DELETE", "/staff/" + w.rita.ID + "/sessions", nora, nil, 403, "permission-missing"},
			{"DELETE", "/staff/" + w.rita.ID + "/sessions", w.bearer(w.other.Administrator), nil, 404, ""},
			{"DELETE", "/staff/" + w.vera.ID + "/sessions", guard, nil, 404, ""},
			{"DELETE", "/staff/" + w.ada.ID + "/sessions", ada, nil, 409, "own-sessions"},
			{"DELETE", "/staff/" + w.rita.ID + "/sessions", guard, nil, 200, ""},
			{"GET", "/session", rita, nil, 401, "session-ended-by-administrator"},
			{"GET", "/session", vera, nil, 200, ""},
		})
		w.bearer(w.vera)
		b := w.Enter("paws", w.ada, w.clinic.North.ID)
		b.Get("/paws/staff/"+w.vera.ID).Want(t, 200, "2 sessions", "End all sessions")
		b.Post("/paws/staff/"+w.vera.ID+"/end-sessions", nil).Want(t, 200, "2 sessions are over.")
		w.Tries([]apptest.Try{{"GET", "/session", vera, nil, 401, "session-ended-by-administrator"}})
		w.bearer(w.vera) // may sign in again
	})
}
