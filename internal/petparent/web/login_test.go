package petparentweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/role"
)

// login is what the editor's form sends.
func login(kv ...string) url.Values {
	form := url.Values{"active": {"yes"}, "recovery_email": {""}}
	for i := 0; i < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	return form
}

// account is the login of a pet parent as it is stored.
func (w *world) account(petParentID string) (loginID, recovery, pending string, active bool) {
	w.t.Helper()
	p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, petParentID)
	if err != nil {
		w.t.Fatal(err)
	}
	if p.AccountID == "" {
		return "", "", "", false
	}
	a, err := w.Accounts.Get(w.ctx(), w.DB, w.clinic.ID, p.AccountID)
	if err != nil {
		w.t.Fatal(err)
	}
	return a.LoginID, a.RecoveryEmail, a.PendingEmail, a.Active
}

// settled is Ken after the first sign-in, with a browser of his.
func (w *world) settled() (*apptest.Browser, string) {
	w.t.Helper()
	w.invite(w.ken, "ken@example.com", true)
	return w.settle("ken@example.com", w.temporary(w.ken), url.Values{
		"person.first_name": {"Ken"}, "person.last_name": {"Ito"}, "person.email": {"ken@example.com"}, "person.phones": {"+1 206-555-0152"},
	})
}

func TestLoginEditorIsGuarded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		editor := page(w.ken, "login")
		w.Browser().Get(editor).Want(t, 200, "Password")
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		vet.Get(page(w.ken)).Want(t, 200, "No login yet").Without(t, "open the System Login Editor")
		vet.Get(editor).Want(t, 403)
		vet.Get(page(w.ken))
		vet.Post(editor, login("login", "ken@example.com")).Want(t, 403)
		vet.Get(page(w.ken, "login", "available")+"?login=x").Want(t, 403)
		vet.Post(page(w.ken, "login", "reset-link"), nil).Want(t, 403)
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		stranger.Get("/other/pet-parents/"+w.ken+"/login").Want(t, 404)
		for _, more := range []string{"", "/reset-link", "/keep-recovery"} {
			stranger.Get("/other/pet-parents/pet-app")
			stranger.Post("/other/pet-parents/"+w.ken+"/login"+more, login("login", "ken@example.com")).Want(t, 404)
		}
		stranger.Get("/other/pet-parents/"+w.ken+"/login/available?login=free.one").Want(t, 404)

		rita := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		b := w.Enter("paws", rita, "")
		w.Clock.Advance(6 * time.Minute)
		b.Get(editor).Want(t, 200, "Confirm that it is you")
		b.Post(editor, login("login", "ken@example.com")).Want(t, 200, "Confirm that it is you")
		if got, _, _, _ := w.account(w.ken); got != "" {
			t.Errorf("the login %q was created by somebody who may not, or without proof", got)
		}
		// Another branch sees the same people: pet parents belong to the practice.
		south := w.Enter("paws", w.Hire(w.clinic, "Sue South", "sue@paws.example", role.Receptionist, w.clinic.South.ID), "")
		south.Get(editor).Want(t, 200, "There is no login yet")
	})
}

func TestLoginIsCreated(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		b.Get(page(w.ken)).Want(t, 200, ">No login yet<span", "open the System Login Editor")
		b.Get(page(w.ken, "login")).Want(t, 200, "System Login of Ken Ito", `value="ken@example.com"`, "ken.ito", "Save Changes")
		for _, row := range []struct {
			form  url.Values
			words string
		}{
			{login("login", ""), "their e-mail address, or a username"},
			{login("login", "a b"), "username of 3 to 100 letters"},
			{login("login", strings.Repeat("x", 101)), "username of 3 to 100 letters"},
			{login("login", "ken.ito", "recovery_email", "ken"), "whole e-mail address"},
			{login("login", "ken.ito", "temporary", "type", "temporary_password", "seven77"), "at least 8 characters"},
			{login("login", "ken.ito", "temporary", "generate", "temporary_password", "eight888"), "Choose one of the two"},
			{login("login", "ken.ito", "temporary", "whatever"), "Choose one of the list"},
			{login("login", "ken.ito", "welcome", "yes"), "Type a recovery address"},
			{login("login", "ken.ito", "welcome", "yes", "recovery_email", "ken@example.com", "active", ""), "switched off, so nothing can be sent"},
			{login("login", "RITA@paws.example"), "Rita Desk works here and signs in with this already"},
		} {
			if row.form.Get("active") == "" {
				row.form.Del("active")
			}
			words := row.words
			if strings.HasPrefix(words, "Rita Desk") { // who sees staff is told who
				words = "Somebody in this practice signs in with this already"
			}
			b.Post(page(w.ken, "login"), row.form).Want(t, 422, words).Without(t, "seven77", "eight888")
		}
		if got, _, _, _ := w.account(w.ken); got != "" {
			t.Fatalf("created with invalid input: %q", got)
		}

		b.Post(page(w.ken, "login"), login("login", " ken.ito ", "recovery_email", "ken@example.com", "welcome", "yes")).
			Want(t, 200, "The login ken.ito is created", "on its way to ken@example.com", ">ken.ito<")
		letter := w.LastMail("ken@example.com")
		if plain := w.temporary(w.ken); !strings.Contains(letter.Text, "ken.ito") || !strings.Contains(letter.Text, plain) {
			t.Errorf("the welcome e-mail says %q", letter.Text)
		}
		lines := w.audited(audit.LoginCreated)
		if len(lines) != 1 || lines[0].Personal.Actor != "Rita Desk" || lines[0].Personal.Account != "Ken Ito" || len(lines[0].Personal.Changes) != 2 {
			t.Errorf("audit: %+v", lines)
		}
		// A second one is no second login, and nobody else gets the same login ID.
		b.Post(page(w.aya, "login"), login("login", "Ken.Ito")).Want(t, 422, "Ken Ito signs in with this already")
		b.Post(page(w.aya, "login"), login("login", "aya.ito", "temporary", "type", "temporary_password", "mochi and clover")).
			Want(t, 200, "The login aya.ito is created", "pass it on", "Show")
		b.Post(page(w.aya, "temporary-password", "show"), nil).Want(t, 200, "mochi and clover")
		if lines := w.audited(audit.TemporaryIssued); len(lines) == 0 || strings.Contains(lines[0].Personal.Target, "mochi") {
			t.Errorf("audit: %+v", lines)
		}
		b.Post(page(w.bea, "login"), login("login", "bea.brown", "temporary", "generate")).Want(t, 200, "The login bea.brown is created", "Show")
		if _, recovery, _, _ := w.account(w.bea); recovery != "" {
			t.Errorf("a recovery address out of nothing: %q", recovery)
		}
		// Username logins work everywhere.
		fresh := w.Browser()
		fresh.Get("/paws/login")
		fresh.Post("/paws/login", url.Values{"login": {"BEA.Brown"}, "password": {w.temporary(w.bea)}}).Want(t, 200, "Is everything right?")
	})
}

func TestLoginIDIsChangedAndSuggested(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		b.Get(page(w.ken, "login", "available")+"?login=ken.ito").Want(t, 200, "Free")
		b.Get(page(w.ken, "login", "available")+"?login=k").Want(t, 200, "3 to 100 letters")
		w.invite(w.aya, "ken.ito", false)
		b.Get(page(w.ken, "login", "available")+"?login=KEN.ito").Want(t, 200, "Aya Ito signs in with this already", page(w.aya))
		b.Get(page(w.ken, "login")).Want(t, 200, "k.ito", "ito.ken").Without(t, `data-value="ken.ito"`)
		b.Get(page(w.ken, "login")+"?login=k.ito").Want(t, 200, `value="k.ito"`)

		_, pw := w.settled()
		b.Get(page(w.ken, "login")).Want(t, 200, "a password of their own").Without(t, "Send the welcome e-mail now", "Generate a readable one")
		b.Post(page(w.ken, "login"), login("login", "ken.ito", "recovery_email", "ken@example.com")).Want(t, 422, "Aya Ito signs in with this already")
		b.Post(page(w.ken, "login"), login("login", "kenji", "recovery_email", "ken@example.com")).Want(t, 200, "The login is saved", ">kenji<")
		lines := w.audited(audit.LoginChanged)
		if len(lines) != 1 || len(lines[0].Personal.Changes) != 1 || lines[0].Personal.Changes[0] != (audit.Change{Field: "login", Before: "ken@example.com", After: "kenji"}) {
			t.Errorf("audit: %+v", lines)
		}
		if letter := w.LastMail("ken@example.com"); !strings.Contains(letter.Text, "you sign in with kenji from now on") {
			t.Errorf("not told: %q", letter.Text)
		}
		fresh := w.Browser()
		fresh.Get("/paws/login")
		fresh.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {pw}}).Want(t, 401)
		fresh.Post("/paws/login", url.Values{"login": {"kenji"}, "password": {pw}}).Want(t, 200, "Hello, Ken")
		// Found by it, and a stale form changes nothing.
		if got := w.find(w.clinic, "kenji"); got != w.ken {
			t.Error("not found by the new login ID")
		}
		b.Post(page(w.ken, "login"), login("login", "late", "recovery_email", "ken@example.com", "revision", "0123456789abcdef")).
			Want(t, 409, "Somebody else changed this login", `value="kenji"`)
		b.Post(page(w.ken, "login"), login("login", "kenji", "recovery_email", "ken@example.com")).Want(t, 200, "Nothing was different")
	})
}

func TestLoginIsSwitchedOff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		client, pw := w.settled()
		b := w.desk()
		// What they could come back with: a session, a sign-in under way, a reset link.
		second := w.Browser()
		second.Post("/paws/forgot-password", url.Values{"login": {"ken@example.com"}}).Want(t, 200)
		reset := w.Link(w.LastMail("ken@example.com"), "/reset-password")
		off := login("login", "ken@example.com", "recovery_email", "ken@example.com")
		off.Del("active")
		b.Get(page(w.ken, "login"))
		b.Post(page(w.ken, "login"), off).Want(t, 200, "switched off", "ken@example.com (inactive)")
		client.Get("/paws/pet-app").Want(t, 200, "Password")
		second.Get("/paws/login")
		second.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {pw}}).Want(t, 401)
		second.Get(reset).Want(t, 410)
		b.Get(page(w.ken, "login")).Want(t, 200, "The login is switched off, so no link can be sent")
		b.Post(page(w.ken, "login", "reset-link"), nil).Want(t, 409, "switched off")
		b.Post(page(w.ken, "login"), login("login", "ken@example.com", "recovery_email", "ken@example.com")).Want(t, 200, "switched on again")
		client.Get("/paws/pet-app").Want(t, 200, "Password")
		second.Get(reset).Want(t, 410)
		second.Get("/paws/login")
		second.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {pw}}).Want(t, 200, "Hello, Ken")
		if off, on := w.audited(audit.LoginOff), w.audited(audit.LoginOn); len(off) != 1 || len(on) != 1 {
			t.Errorf("audit: %+v %+v", off, on)
		}

		// Before the first sign-in the temporary password goes, with the sign-in that it began.
		w.invite(w.aya, "aya@example.com", true)
		plain := w.temporary(w.aya)
		begun := w.Browser()
		begun.Get("/paws/login")
		begun.Post("/paws/login", url.Values{"login": {"aya@example.com"}, "password": {plain}}).Want(t, 200, "Is everything right?")
		off = login("login", "aya@example.com", "recovery_email", "aya@example.com")
		off.Del("active")
		b.Get(page(w.aya, "login"))
		b.Post(page(w.aya, "login"), off).Want(t, 200, "aya@example.com (inactive)").Without(t, ">Temporary password<")
		begun.Get("/paws/login/details").Want(t, 200, "Password")
		if n := apptest.Number(w.App, `SELECT count(*) FROM temporary_password`); n != 0 {
			t.Errorf("%d temporary passwords are left", n)
		}
		b.Post(page(w.aya, "login"), login("login", "aya@example.com", "recovery_email", "aya@example.com")).Want(t, 200, "switched on again", "Send a new welcome e-mail")
		begun.Get("/paws/login/details").Want(t, 200, "Password")
	})
}

func TestResetLinkIsSent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		b.Get(page(w.ken))
		b.Post(page(w.ken, "login", "reset-link"), nil).Want(t, 409, "has no login yet")
		w.invite(w.bea, "bea.brown", false)
		b.Post(page(w.bea, "login", "reset-link"), nil).Want(t, 409, "has not chosen a password yet")
		w.settled()
		b.Get(page(w.ken, "login")).Want(t, 200, "Send a reset link")
		b.Post(page(w.ken, "login"), login("login", "ken@example.com", "recovery_email", "ken@example.com", "temporary", "generate")).
			Want(t, 422, "Send them a reset link instead")
		b.Post(page(w.ken, "login"), login("login", "ken@example.com", "recovery_email", "ken@example.com", "welcome", "yes")).
			Want(t, 422, "Send them a reset link instead")
		b.Post(page(w.ken, "login", "reset-link"), nil).Want(t, 200, "on its way to ken@example.com", "30 minutes")
		link := w.Link(w.LastMail("ken@example.com"), "/reset-password")
		pw := apptest.Password()
		u, _ := url.Parse(link)
		k := w.Browser()
		k.Get(link).Want(t, 200)
		k.Post("/paws/reset-password", url.Values{"token": {u.Query().Get("token")}, "new_password": {pw}, "repeat_password": {pw}}).Want(t, 200)
		k.Get("/paws/login")
		k.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {pw}}).Want(t, 200, "Hello, Ken")
		b.Post(page(w.ken, "login", "reset-link"), nil).Want(t, 200, "on its way")
		b.Post(page(w.ken, "login", "reset-link"), nil).Want(t, 200, "on its way")
		b.Post(page(w.ken, "login", "reset-link"), nil).Want(t, 429, "Three links were sent")
		if n := len(w.audited(audit.ResetSent)); n != 3 {
			t.Errorf("%d lines in the record", n)
		}
	})
}
