package staffweb_test

import (
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

// TestEmail: whoever has the mailbox can have the account, so a new one is
// asked, the former one told, and nobody changes that of somebody who may more.
func TestEmail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, nora := w.bearer(w.ada), w.bearer(w.nora)
		gus := w.Hire(w.clinic, "Gus Guard", "gus@paws.example", role.SecurityManager, w.clinic.North.ID)
		path := func(p apptest.Person) string { return "/staff/" + p.ID + "/email" }
		w.Tries([]apptest.Try{
			{"PUT", path(w.rita), "", m{"email": "r@new.example"}, 401, ""},
			{"PUT", path(w.rita), w.bearer(w.vera), m{"email": "r@new.example"}, 403, "permission-missing"},
			{"PUT", path(w.rita), w.bearer(w.other.Administrator), m{"email": "r@new.example"}, 404, ""},
			{"PUT", path(w.vera), nora, m{"email": "r@new.example"}, 404, ""},
			{"PUT", path(w.sam), nora, m{"email": "r@new.example"}, 403, "works-elsewhere-too"},
			{"PUT", path(gus), nora, m{"email": "r@new.example"}, 403, "may-do-more"},
			{"PUT", path(w.rita), nora, m{"email": "no address"}, 422, ""},
			{"PUT", path(w.rita), nora, m{"email": "VERA@paws.example"}, 422, ""},
			{"PUT", path(w.rita), nora, m{"email": "rita@paws.example"}, 422, ""},
		})

		// Who has a password: the new mailbox is asked.
		asked := w.API("PUT", path(w.rita), nora, m{"email": "r@new.example"}).Want(t, 200)
		if asked.Text("login_id") != "rita@paws.example" || asked.Text("pending_email") != "r@new.example" {
			t.Errorf("asked: %s", asked.Raw)
		}
		if l := w.LastMail("rita@paws.example"); !strings.Contains(l.Text, "is to become r@new.example") {
			t.Errorf("the former mailbox was told: %s", l.Text)
		}
		link := w.Link(w.LastMail("r@new.example"), "/confirm-email")
		b := w.Browser()
		b.Get(link).Want(t, 200, "Confirm your e-mail", "r@new.example")
		w.Browser().Get(strings.Replace(link, "/paws/", "/other/", 1)).Want(t, 410)
		w.bearer(w.rita) // looking changes nothing
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		ask := w.Browser()
		ask.Get("/paws/forgot-password")
		ask.Post("/paws/forgot-password", url.Values{"login": {"rita@paws.example"}}).Want(t, 200)
		reset := w.Link(w.LastMail("rita@paws.example"), "/reset-password")

		rita := w.Enter("paws", w.rita, "")
		b.Post("/paws/confirm-email", url.Values{"token": {u.Query().Get("token")}}).Want(t, 200, "Your address is confirmed.")
		w.Browser().Get(link).Want(t, 410)
		w.Browser().Get(reset).Want(t, 410)
		w.API("POST", "/practices/paws/sign-in", "", m{"login": "rita@paws.example", "password": w.rita.Password}).Want(t, 401)
		w.API("POST", "/practices/paws/sign-in", "", m{"login": "R@new.example", "password": w.rita.Password}).Want(t, 200)
		rita.Get("/paws/pet-parents/pet-app").Want(t, 200, "Rita Desk")
		if l := w.LastMail("rita@paws.example"); !strings.Contains(l.Text, "is now r@new.example") {
			t.Errorf("the former mailbox was told: %s", l.Text)
		}
		line := w.audited(audit.StaffEmailChanged)[0]
		if c := line.Personal.Changes[0]; line.AccountID != w.rita.ID || c.Before != "rita@paws.example" || c.After != "r@new.example" {
			t.Errorf("record: %+v", line)
		}
		if by := w.audited(audit.StaffEmailAsked); len(by) != 1 || by[0].ActorID != w.nora.ID {
			t.Errorf("record of the request: %+v", by)
		}

		// Taken back, or taken by somebody else meanwhile.
		w.Tries([]apptest.Try{{"PUT", path(w.vera), ada, m{"email": "v@new.example"}, 200, ""}})
		first := w.Link(w.LastMail("v@new.example"), "/confirm-email")
		a := w.Enter("paws", w.ada, w.clinic.North.ID)
		a.Get("/paws/staff/"+w.vera.ID+"/email").Want(t, 200, "Not confirmed yet", "Keep vera@paws.example")
		a.Post("/paws/staff/"+w.vera.ID+"/email/cancel", nil).Want(t, 200, "The address stays as it was.")
		w.Browser().Get(first).Want(t, 410)
		a.Get("/paws/staff/" + w.vera.ID + "/email")
		a.Post("/paws/staff/"+w.vera.ID+"/email", url.Values{"email": {"sam@paws.example"}}).Want(t, 422, "Somebody in this practice signs in with this address")
		a.Post("/paws/staff/"+w.vera.ID+"/email", url.Values{"email": {"z@new.example"}}).Want(t, 200, "It counts once it is confirmed there.", "z@new.example")
		second := w.Link(w.LastMail("z@new.example"), "/confirm-email")
		w.Hire(w.clinic, "Zoe Zed", "z@new.example", role.Trainer, w.clinic.North.ID)
		c := w.Browser()
		c.Get(second).Want(t, 200)
		u, _ = url.Parse(second)
		c.Post("/paws/confirm-email", url.Values{"token": {u.Query().Get("token")}}).Want(t, 409, "Somebody in this practice signs in with this")
		w.bearer(w.vera)

		// Who was only invited: corrected at once, the first link ends.
		made := w.API("POST", "/staff", nora, m{"name": "Typo", "email": "tpyo@paws.example", "grants": []m{grant(w.roles[role.Receptionist], w.clinic.North.ID)}}).Want(t, 201)
		wrong := w.Link(w.LastMail("tpyo@paws.example"), "/activate")
		fixed := w.API("PUT", "/staff/"+made.Text("id")+"/email", nora, m{"email": "typo@paws.example"}).Want(t, 200)
		if fixed.Text("login_id") != "typo@paws.example" || fixed.Text("pending_email") != "" {
			t.Errorf("corrected: %s", fixed.Raw)
		}
		w.Browser().Get(wrong).Want(t, 410)
		w.Browser().Get(w.Link(w.LastMail("typo@paws.example"), "/activate")).Want(t, 200, "Typo")
	})
}

// TestEmailAndMoreRoles: who asked for an address may do all that the person
// may do, also what they were given before the new mailbox confirmed.
func TestEmailAndMoreRoles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, nora := w.bearer(w.ada), w.bearer(w.nora)
		w.Tries([]apptest.Try{{"PUT", "/staff/" + w.rita.ID + "/email", nora, m{"email": "nora.too@elsewhere.example"}, 200, ""}})
		link := w.Link(w.LastMail("nora.too@elsewhere.example"), "/confirm-email")
		w.Tries([]apptest.Try{{"PUT", "/staff/" + w.rita.ID, ada, m{"name": "Rita Desk", "grants": []m{
			grant(w.roles[role.Receptionist], w.clinic.North.ID), grant(w.roles[role.SecurityManager], ""),
		}}, 200, ""}})
		w.Browser().Get(link).Want(t, 410)
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		b := w.Browser()
		b.Get("/paws/login")
		b.Post("/paws/confirm-email", url.Values{"token": {u.Query().Get("token")}}).Want(t, 410)
		w.bearer(w.rita)
		if got := w.API("GET", "/staff/"+w.rita.ID, ada, nil).Want(t, 200); got.Text("pending_email") != "" {
			t.Errorf("it still waits: %s", got.Raw)
		}
		if lines := w.audited(audit.StaffEmailAsked); len(lines) != 2 || lines[0].ActorID != w.ada.ID {
			t.Errorf("record: %+v", lines)
		}
	})
}

// TestEmailAndEditedRoles: who asked for an address may still do all that the
// person may do when the new mailbox confirms; roles may have been edited.
func TestEmailAndEditedRoles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, nora := w.bearer(w.ada), w.bearer(w.nora)
		w.Tries([]apptest.Try{{"PUT", "/staff/" + w.rita.ID + "/email", nora, m{"email": "r@new.example"}, 200, ""}})
		link := w.Link(w.LastMail("r@new.example"), "/confirm-email")
		desk := w.API("GET", "/roles", ada, nil).Want(t, 200)
		var allowed []any
		for _, one := range desk.Body["items"].([]any) {
			if one.(m)["id"] == w.roles[role.Receptionist] {
				allowed = one.(m)["permissions"].([]any)
			}
		}
		edit := func(permissions []any) {
			t.Helper()
			w.Tries([]apptest.Try{{"PUT", "/roles/" + w.roles[role.Receptionist], ada, m{"name": "Receptionist", "permissions": permissions}, 200, ""}})
		}
		edit(append([]any{"apikey.manage"}, allowed...))
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		b := w.Browser()
		b.Get(link).Want(t, 200)
		b.Post("/paws/confirm-email", url.Values{"token": {u.Query().Get("token")}}).Want(t, 409, "may do less than you by now")
		w.bearer(w.rita)
		edit(allowed)
		b.Get(link).Want(t, 200)
		b.Post("/paws/confirm-email", url.Values{"token": {u.Query().Get("token")}}).Want(t, 200, "Your address is confirmed.")

		// Who asked and was deactivated may do nothing any more.
		w.Tries([]apptest.Try{
			{"PUT", "/staff/" + w.rita.ID + "/email", nora, m{"email": "r2@new.example"}, 200, ""},
			{"POST", "/staff/" + w.nora.ID + "/deactivate", ada, nil, 200, ""},
		})
		link = w.Link(w.LastMail("r2@new.example"), "/confirm-email")
		u, _ = url.Parse(link)
		b.Get(link).Want(t, 200)
		b.Post("/paws/confirm-email", url.Values{"token": {u.Query().Get("token")}}).Want(t, 409, "may do less than you by now")
	})
}
