package petparentweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/audit"
	"catflap/internal/foundation/id"
	"catflap/internal/role"
)

func TestAPI(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		plain := w.temporary(w.ken)
		desk := w.Token("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
		security := w.Token("paws", w.Hire(w.clinic, "Sam Secure", "sam@paws.example", role.SecurityManager, w.clinic.North.ID), "")
		vet := w.Token("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		other := w.Token("other", w.other.Administrator, w.other.North.ID)
		contact := map[string]any{"first_name": "Kenji", "last_name": "Ito", "email": "ken@example.com", "phones": []string{"+1 206 555 0152"}}
		own := "/pet-parents/" + w.ken
		for _, row := range []struct {
			method, path, token string
			body                any
			status              int
		}{
			{"GET", "/pet-parents", "", nil, 401},
			{"GET", "/pet-parents", security, nil, 403},
			{"GET", own, other, nil, 404},
			{"GET", own + "/pets", other, nil, 404},
			{"GET", own + "/messages", other, nil, 404},
			{"GET", own + "/messages", vet, nil, 403},
			{"PUT", own + "/contact", other, contact, 404},
			{"PUT", own + "/contact", security, contact, 403},
			{"PUT", own + "/contact", desk, map[string]any{"first_name": "", "last_name": "", "email": "x", "phones": []string{}}, 422},
			{"GET", "/pet-parents/" + id.New(), desk, nil, 404},
			{"GET", "/pet-parents/x", desk, nil, 404},
			{"GET", "/pet-parents?show=all", desk, nil, 422},
			{"GET", "/pet-parents?cursor=x", desk, nil, 422},
			{"GET", "/pet-parents/me", desk, nil, 403},
			{"POST", own + "/login/temporary-password", other, nil, 404},
			{"POST", own + "/login/temporary-password", vet, nil, 403},
			{"POST", own + "/login/temporary-password/reveal", other, nil, 404},
			{"POST", own + "/login/temporary-password/reveal", vet, nil, 403},
			{"POST", own + "/login/temporary-password/reveal", "", nil, 401},
			{"POST", "/pet-parents/" + w.bea + "/login/temporary-password", desk, nil, 409},
			{"POST", "/pet-parents/" + w.bea + "/login/temporary-password/reveal", desk, nil, 410},
			{"GET", "/proposals", vet, nil, 403},
			{"POST", "/proposals/" + id.New() + "/accept", desk, nil, 404},
			{"POST", "/proposals/x/reject", desk, nil, 404},
		} {
			if got := w.API(row.method, row.path, row.token, row.body); got.Status != row.status || strings.Contains(got.Raw, plain) {
				t.Errorf("%s %s: %d, want %d: %s", row.method, row.path, got.Status, row.status, got.Raw)
			}
		}

		// The list, by parts.
		first := w.API("GET", "/pet-parents?limit=2", desk, nil).Want(t, 200)
		rest := w.API("GET", "/pet-parents?limit=2&cursor="+url.QueryEscape(first.Text("next")), desk, nil).Want(t, 200)
		if len(first.Body["items"].([]any)) != 2 || len(rest.Body["items"].([]any)) != 1 || rest.Text("next") != "" {
			t.Errorf("parts: %s then %s", first.Raw, rest.Raw)
		}
		found := w.API("GET", "/pet-parents?q=mochi+ken&show=invited", desk, nil).Want(t, 200)
		if !strings.Contains(found.Raw, w.ken) || strings.Contains(found.Raw, w.aya) {
			t.Errorf("search: %s", found.Raw)
		}

		profile := w.API("GET", own, desk, nil).Want(t, 200)
		if profile.Text("login", "login_id") != "ken@example.com" || profile.Text("temporary_password", "state") != "usable" ||
			profile.Text("home_branch", "name") != "North" || strings.Contains(profile.Raw, plain) {
			t.Errorf("profile: %s", profile.Raw)
		}
		if pets := w.API("GET", own+"/pets", desk, nil).Want(t, 200); len(pets.Body["items"].([]any)) != 3 {
			t.Errorf("pets: %s", pets.Raw)
		}
		messages := w.API("GET", own+"/messages", desk, nil).Want(t, 200)
		if !strings.Contains(messages.Raw, `"state":"sent"`) || strings.Contains(messages.Raw, plain) {
			t.Errorf("messages: %s", messages.Raw)
		}
		if changed := w.API("PUT", own+"/contact", desk, contact).Want(t, 200); changed.Text("name") != "Kenji Ito" {
			t.Errorf("changed: %s", changed.Raw)
		}

		// Show and issue.
		revealed := w.API("POST", own+"/login/temporary-password/reveal", desk, nil).Want(t, 200)
		if revealed.Text("temporary_password") != plain || len(w.audited(audit.TemporaryShown)) != 1 {
			t.Error("not revealed, or not recorded once")
		}
		issued := w.API("POST", own+"/login/temporary-password", desk, nil).Want(t, 200)
		fresh := w.temporary(w.ken)
		if issued.Text("temporary_password", "state") != "waiting" || strings.Contains(issued.Raw, fresh) || fresh == plain {
			t.Errorf("issued: %s", issued.Raw)
		}
		w.Clock.Advance(6 * time.Minute)
		for _, path := range []string{"/login/temporary-password", "/login/temporary-password/reveal"} {
			got := w.API("POST", own+path, desk, nil).Want(t, 403)
			if !strings.HasSuffix(got.Text("type"), "step-up-required") {
				t.Errorf("%s: %s", path, got.Raw)
			}
		}
		if n := len(w.audited(audit.TemporaryShown)); n != 1 {
			t.Errorf("recorded %d times", n)
		}
	})
}

func TestAPIClientAndProposals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite(w.ken, "ken@example.com", true)
		_, password := w.settle("ken@example.com", w.temporary(w.ken), url.Values{
			"person.first_name": {"Kenji"}, "person.last_name": {"Ito"}, "person.email": {""}, "person.phones": {"+1 206-555-0152"},
		})
		in := w.API("POST", "/practices/paws/sign-in", "", map[string]string{"login": "ken@example.com", "password": password}).Want(t, 200)
		token := in.Text("session", "token")
		me := w.API("GET", "/pet-parents/me", token, nil).Want(t, 200)
		if me.Text("name") != "Ken Ito" || me.Text("practice", "phone") != "+1 555 0100" || me.Text("home_branch", "name") != "North" ||
			me.Body["open_proposals"] != 2.0 || len(me.Body["pets"].([]any)) != 3 {
			t.Errorf("me: %s", me.Raw)
		}
		w.API("GET", "/pet-parents/"+w.ken, token, nil).Want(t, 403)
		w.API("GET", "/proposals", token, nil).Want(t, 403)

		other := w.Token("other", w.other.Administrator, w.other.North.ID)
		desk := w.Token("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
		items := w.API("GET", "/proposals?pet_parent="+w.ken, desk, nil).Want(t, 200).Body["items"].([]any)
		if len(items) != 2 {
			t.Fatalf("%d proposals", len(items))
		}
		one, two := items[0].(map[string]any)["id"].(string), items[1].(map[string]any)["id"].(string)
		w.API("POST", "/proposals/"+one+"/accept", other, nil).Want(t, 404)
		w.API("POST", "/proposals/"+one+"/accept", desk, nil).Want(t, 204)
		w.API("POST", "/proposals/"+one+"/accept", desk, nil).Want(t, 410)
		w.API("POST", "/proposals/"+two+"/reject", desk, nil).Want(t, 204)
		if left := w.API("GET", "/proposals", desk, nil).Want(t, 200); len(left.Body["items"].([]any)) != 0 {
			t.Errorf("left: %s", left.Raw)
		}
		if p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, w.ken); err != nil || p.Name("") != "Kenji Ito" || p.Email == "" {
			t.Errorf("stored %+v, %v", p, err)
		}
	})
}
