package petparentweb_test

import (
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/role"
)

func TestLoginAPI(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		desk := w.Token("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
		vet := w.Token("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		other := w.Token("other", w.other.Administrator, w.other.North.ID)
		at := "/pet-parents/" + w.ken + "/login"
		valid := map[string]any{"login_id": "ken.ito"}
		for _, row := range []struct {
			method, path, token string
			body                any
			status              int
		}{
			{"GET", at, "", nil, 401},
			{"GET", at, vet, nil, 403},
			{"GET", at, other, nil, 404},
			{"GET", "/pet-parents/x/login", desk, nil, 404},
			{"GET", at + "/available?login=ken.ito", vet, nil, 403},
			{"GET", at + "/available?login=ken.ito", other, nil, 404},
			{"GET", at + "/available", desk, nil, 422},
			{"PUT", at, "", valid, 401},
			{"PUT", at, vet, valid, 403},
			{"PUT", at, other, valid, 404},
			{"PUT", at, desk, map[string]any{}, 422},
			{"PUT", at, desk, map[string]any{"login_id": "x"}, 422},
			{"PUT", at, desk, map[string]any{"login_id": "rita@paws.example"}, 409},
			{"PUT", at, desk, map[string]any{"login_id": "ken.ito", "temporary_password": map[string]any{}}, 422},
			{"PUT", at, desk, map[string]any{"login_id": "ken.ito", "temporary_password": map[string]any{"generate": true, "typed": "both of them"}}, 422},
			{"PUT", at, desk, map[string]any{"login_id": "ken.ito", "unknown": 1}, 422},
			{"POST", at + "/reset-link", vet, nil, 403},
			{"POST", at + "/reset-link", other, nil, 404},
			{"POST", at + "/reset-link", desk, nil, 409},
			{"DELETE", at + "/pending-recovery-email", vet, nil, 403},
			{"DELETE", at + "/pending-recovery-email", other, nil, 404},
			{"DELETE", at + "/pending-recovery-email", desk, nil, 409},
		} {
			if r := w.API(row.method, row.path, row.token, row.body); r.Status != row.status {
				t.Errorf("%s %s: %d, want %d: %s", row.method, row.path, r.Status, row.status, r.Raw)
			}
		}
		none := w.API("GET", at, desk, nil).Want(t, 200)
		if none.Body["exists"] != false || !strings.Contains(none.Raw, `"ken@example.com"`) {
			t.Errorf("nobody's login is %s", none.Raw)
		}
		made := w.API("PUT", at, desk, map[string]any{"login_id": "ken.ito", "welcome": true, "revision": none.Text("revision")}).Want(t, 200)
		if made.Text("saved", "mailed_to") != "ken@example.com" || made.Text("recovery_email") != "ken@example.com" || made.Text("temporary_password", "plain") != "" {
			t.Errorf("created: %s", made.Raw)
		}
		if r := w.API("GET", at+"/available?login=ken.ito", desk, nil).Want(t, 200); r.Body["available"] != true {
			t.Errorf("their own login ID: %s", r.Raw)
		}
		if r := w.API("GET", "/pet-parents/"+w.aya+"/login/available?login=KEN.ITO", desk, nil).Want(t, 200); r.Body["available"] != false || r.Text("held_by") != w.ken {
			t.Errorf("somebody else's login ID: %s", r.Raw)
		}
		w.API("PUT", at, desk, map[string]any{"active": false, "revision": none.Text("revision")}).Want(t, 409)
		off := w.API("PUT", at, desk, map[string]any{"active": false, "revision": made.Text("revision")}).Want(t, 200)
		if off.Body["active"] != false || off.Body["temporary_password"] != nil {
			t.Errorf("switched off: %s", off.Raw)
		}
		// What is left out stays.
		again := w.API("PUT", at, desk, map[string]any{"active": true}).Want(t, 200)
		if again.Text("login_id") != "ken.ito" || again.Text("recovery_email") != "ken@example.com" {
			t.Errorf("switched on: %s", again.Raw)
		}
	})
}

// TestNamesInTheEditor: names as people and attackers have them are shown as they
// are, and suggested as usernames can be.
func TestNamesInTheEditor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		for _, row := range []struct{ first, last, suggested string }{
			{"Mary-Jane", "O'Hara", "maryjane.ohara"},
			{"X", "Y", "x.y"},
			{"", strings.Repeat("long", 50), strings.Repeat("long", 10)},
			{"שרה", "לוי", "שרה.לוי"},
			{"🐈", "Katz", "katz"},
			{"<b>Bob</b>", "<script>alert(1)</script>", "bbobb.scriptalert1script"},
			{"=cmd|' /C calc'!A0", "Excel", "cmdccalca0.excel"},
			{"Łukasz", "Żółć", "lukasz.zolc"},
		} {
			w.put(w.clinic, many(len(row.last)*1000+len(row.first)))
			id := w.find(w.clinic, "Person")
			form := map[string][]string{"first_name": {row.first}, "last_name": {row.last}, "email": {""}, "phones": {""}}
			b.Get(page(id, "edit"))
			b.Post(page(id, "edit"), form).Want(t, 200)
			name := strings.TrimSpace(row.first + " " + row.last)
			b.Get(page(id, "login")).Want(t, 200, "System Login of "+name)
			if strings.Contains(b.Page.Body, "<script>alert(1)") {
				t.Error("the name is part of the page")
			}
			if !strings.Contains(b.Page.Body, `data-value="`+row.suggested+`"`) {
				t.Errorf("%s is not suggested for %s", row.suggested, name)
			}
			b.Get("/paws/marketing/email/"+id).Want(t, 200, name)
		}
		if n := apptest.Number(w.App, `SELECT count(*) FROM account WHERE kind = 'client'`); n != 0 {
			t.Errorf("looking creates %d logins", n)
		}
	})
}
