package petparentweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// onboarded gives a pet parent a login and takes them through the first sign-in.
func (w *world) onboarded(petParentID, loginID string) apptest.Person {
	w.t.Helper()
	w.invite(petParentID, loginID, true)
	a, err := w.Accounts.ByLogin(w.ctx(), w.DB, w.clinic.ID, loginID)
	if err != nil {
		w.t.Fatal(err)
	}
	p := apptest.Person{Account: a, Password: apptest.Password()}
	slug := w.clinic.Slug
	began := w.API("POST", "/practices/"+slug+"/sign-in", "", map[string]any{"login": loginID, "password": w.temporary(petParentID)}).Want(w.t, 200)
	shown := w.API("GET", "/sign-in/details", began.Text("sign_in"), nil).Want(w.t, 200)
	delete(shown.Body, "$schema")
	w.API("POST", "/sign-in/details", began.Text("sign_in"), shown.Body).Want(w.t, 200)
	w.API("POST", "/sign-in/new-password", began.Text("sign_in"), map[string]any{"new_password": p.Password}).Want(w.t, 200)
	return p
}

func ownDetails() url.Values {
	return url.Values{
		"person.first_name": {"Ken"}, "person.last_name": {"Ito"}, "person.email": {"ken@example.com"},
		"person.phones": {"+1 206-555-0152"},
	}
}

func (w *world) petOf(petParentID, name string) string {
	w.t.Helper()
	p, err := w.PetParents.Profile(w.ctx(), w.DB, w.clinic.ID, petParentID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, pet := range p.Pets {
		if pet.Name == name {
			return pet.ID
		}
	}
	w.t.Fatalf("no pet %q", name)
	return ""
}

// A pet parent corrects what is on record at any time; the practice looks at
// it, and what is wished no more is taken back.
func TestOwnDetails(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ken := w.onboarded(w.ken, "ken@example.com")
		w.Browser().Get("/paws/pet-app/details").Want(t, 200, "Sign in") // signed out
		desk := w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID)
		w.Enter("paws", desk, "").Get("/paws/pet-app/details").Want(t, 403) // not theirs
		b := w.Enter("paws", ken, "")
		b.Get("/paws/pet-app").Want(t, 200, "Biscuit", "Clinic paws looks at your corrections", "+1 555 0100", "Mon to Fri 8 to 18")
		b.Get("/paws/pet-app/details").Want(t, 200, `value="Ken"`, "+1 206-555-0152", "Send to Clinic paws")

		send := func(change func(url.Values)) apptest.Page {
			b.Get("/paws/pet-app/details").Want(t, 200)
			form := ownDetails()
			form.Set("revision", hidden(t, b.Page, "revision"))
			change(form)
			return b.Post("/paws/pet-app/details", form)
		}
		send(func(f url.Values) { f.Set("person.email", "nonsense") }).Want(t, 422, "Type a whole e-mail address", `value="nonsense"`)
		send(func(url.Values) {}).Want(t, 200, "Nothing was different")
		send(func(f url.Values) { f.Set("person.first_name", "Kenji <b>") }).Want(t, 200, "has your correction", "Your corrections", "Kenji <b>")
		if p := w.profile(w.ken); p.FirstName != "Ken" || p.OpenProposals != 1 {
			t.Errorf("%q with %d proposals", p.FirstName, p.OpenProposals)
		}
		// The form shows what was wished; the same again changes nothing.
		b.Get("/paws/pet-app/details").Want(t, 200, `value="Kenji <b>"`)
		send(func(f url.Values) { f.Set("person.first_name", "Kenji <b>") }).Want(t, 200)
		if n := len(w.audited(audit.ProposalMade)); n != 1 && n != 2 {
			t.Errorf("%d wishes on record", n)
		}
		// A page that is out of date changes nothing.
		form := ownDetails()
		form.Set("revision", "stale")
		b.Get("/paws/pet-app/details")
		b.Post("/paws/pet-app/details", form).Want(t, 409, "have changed since you opened this page", `value="Kenji <b>"`)
		// What is on record again takes the wish back.
		send(func(url.Values) {}).Want(t, 200, "is taken back")
		if p := w.profile(w.ken); p.OpenProposals != 0 || len(w.audited(audit.ProposalWithdrawn)) != 1 {
			t.Errorf("%d proposals, %d taken back", p.OpenProposals, len(w.audited(audit.ProposalWithdrawn)))
		}

		biscuit, hops := w.petOf(w.ken, "Biscuit"), w.petOf(w.bea, "Hops")
		before := w.profile(w.ken).OpenProposals
		for _, foreign := range []string{hops, w.petOf(w.ken, "Clover"), "nothing"} { // another household's, a dead one, none
			b.Get("/paws/pet-app/pets/"+foreign).Want(t, 404)
			b.Get("/paws/pet-app")
			b.Post("/paws/pet-app/pets/"+foreign, url.Values{"pets[0].name": {"Mine"}}).Without(t, "Mine")
		}
		if n := w.profile(w.ken).OpenProposals + w.profile(w.bea).OpenProposals; n != before {
			t.Errorf("%d wishes about pets that are not theirs", n-before)
		}
		b.Get("/paws/pet-app/pets/"+biscuit).Want(t, 200, `value="Biscuit"`, "Beagle", "2021-03-05")
		pet := url.Values{
			"pets[0].name": {"Biscuit"}, "pets[0].species": {"dog"}, "pets[0].breed": {"Beagle"}, "pets[0].sex": {"male"},
			"pets[0].neutered": {"yes"}, "pets[0].born_on": {"2999-01-01"}, "revision": {hidden(t, b.Page, "revision")},
		}
		b.Post("/paws/pet-app/pets/"+biscuit, pet).Want(t, 422, "not in the future")
		pet.Set("pets[0].born_on", "2021-03-05")
		pet.Set("pets[0].deceased", "on")
		pet.Del("form")
		b.Post("/paws/pet-app/pets/"+biscuit, pet).Want(t, 200, "Biscuit: Has died", "Biscuit: Neutered or spayed")
		b.Get("/paws/pet-app/pets/"+biscuit).Want(t, 200, " checked")

		// Accepted at once where the practice decided so.
		apptest.Exec(w.App, `UPDATE practice SET policy = '{"accept_changes": true}' WHERE id = $1`, w.clinic.ID)
		b.Get("/paws/pet-app/details").Want(t, 200, "What you change counts at once", ">Save<")
		send(func(f url.Values) { f.Set("person.phones", "+1 206 555 0177") }).Want(t, 200, "Saved.", "+1 206-555-0177")
		if p := w.profile(w.ken); p.Phones[0].E164 != "+12065550177" || p.OpenProposals != 2 {
			t.Errorf("%v with %d proposals", p.Phones, p.OpenProposals)
		}
	})
}

func (w *world) profile(petParentID string) petparent.Profile {
	w.t.Helper()
	p, err := w.PetParents.Profile(w.ctx(), w.DB, w.clinic.ID, petParentID)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// hidden is the value of a hidden field on a page.
func hidden(t testing.TB, p apptest.Page, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(p.Body, `name="`+name+`" value="`)
	if !found {
		t.Fatalf("%s has no %s", p.Path, name)
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func TestOwnDetailsAPI(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ken := w.onboarded(w.ken, "ken@example.com")
		w.API("GET", "/pet-parents/me/details", "", nil).Want(t, 401)
		staff := w.Token("paws", w.clinic.Administrator, w.clinic.North.ID)
		w.API("GET", "/pet-parents/me/details", staff, nil).Want(t, 403)
		bearer := w.Token("paws", ken, "")
		shown := w.API("GET", "/pet-parents/me/details", bearer, nil).Want(t, 200)
		change := map[string]any{"revision": shown.Text("revision"), "person": map[string]any{
			"first_name": "Ken", "last_name": "Ito-Brown", "email": "ken@example.com", "phones": []string{"+1 206-555-0152"},
		}}
		if r := w.API("PUT", "/pet-parents/me/details", bearer, change).Want(t, 200); r.Text("outcome") != "sent" || r.Text("person", "last_name") != "Ito-Brown" {
			t.Errorf("%s", r.Raw)
		}
		w.API("PUT", "/pet-parents/me/details", bearer, change).Want(t, 409)
		w.API("PUT", "/pet-parents/me/details", bearer, map[string]any{"pets": []any{map[string]any{
			"id": w.petOf(w.bea, "Hops"), "name": "Mine", "species": "", "breed": "", "sex": "", "born_on": "",
		}}}).Want(t, 422)
		me := w.API("GET", "/pet-parents/me", bearer, nil).Want(t, 200)
		if me.Text("recovery_address") != "ken@example.com" || me.Text("home_branch", "name") != "North" {
			t.Errorf("%s", me.Raw)
		}
	})
}

// Of many corrections made over the same page one counts.
func TestOwnDetailsAtOnce(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.PostgreSQL))
	for _, policy := range []string{`{}`, `{"accept_changes": true}`} {
		t.Run(policy, func(t *testing.T) {
			slug := "race" + string(rune('0'+len(policy)%10))
			w := &world{App: a, t: t, clinic: a.Clinic(slug)}
			w.put(w.clinic, petparent.HouseholdInput{System: "generic", ExternalID: "C1", Active: true,
				People: []petparent.PersonInput{{FirstName: "Ken", LastName: "Ito", Emails: []string{"ken@example.com"}}}})
			w.ken = w.find(w.clinic, "ito")
			apptest.Exec(a, `UPDATE practice SET policy = $2 WHERE id = $1`, w.clinic.ID, policy)
			bearer := w.Token(slug, w.onboarded(w.ken, "ken@example.com"), "")
			revision := w.API(http.MethodGet, "/pet-parents/me/details", bearer, nil).Want(t, 200).Text("revision")
			won := apptest.AtOnce(16, func(i int) bool {
				r := w.API(http.MethodPut, "/pet-parents/me/details", bearer, map[string]any{"revision": revision, "person": map[string]any{
					"first_name": "Ken" + string(rune('a'+i)), "last_name": "Ito", "email": "ken@example.com", "phones": []string{},
				}})
				if r.Status != 200 && r.Status != 409 {
					t.Errorf("%d: %s", r.Status, r.Raw)
				}
				return r.Status == 200
			})
			if won != 1 {
				t.Errorf("%d of 16 counted", won)
			}
		})
	}
}

// What is said of a second factor follows the policy.
func TestPetAppSecurity(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ken := w.onboarded(w.ken, "ken@example.com")
		b := w.Enter("paws", ken, "")
		b.Get("/paws/pet-app").Want(t, 200, "Configure two-factor authentication</a>", "Change password</a>", "Links and codes go to")
		apptest.Exec(w.App, `UPDATE practice SET policy = '{"second_factor_clients": "off"}' WHERE id = $1`, w.clinic.ID)
		b.Get("/paws/pet-app").Want(t, 200, "Change password</a>")
		if strings.Contains(b.Page.Body, `<div class="actions"><a class="button" href="/paws/account/two-factor"`) ||
			strings.Contains(b.Page.Body, "Two-factor authentication</dt>") {
			t.Error("a second factor is offered where the practice has switched it off")
		}
		apptest.Exec(w.App, `UPDATE practice SET policy = '{}' WHERE id = $1`, w.clinic.ID)
		w.Authenticator(&ken)
		apptest.Exec(w.App, `UPDATE practice SET policy = '{"second_factor_clients": "off"}' WHERE id = $1`, w.clinic.ID)
		b.Get("/paws/pet-app").Want(t, 200, "Two-factor authentication</dt>")
	})
}

// The home branch says for itself when it is open; else the practice does.
func TestPetAppBranch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ken := w.onboarded(w.ken, "ken@example.com")
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		admin.Get("/paws/settings/branches/"+w.clinic.North.ID).Want(t, 200)
		form := url.Values{
			"name": {"North"}, "hue": {"0"}, "phone": {"+1 555 0199"}, "email": {"north"}, "hours": {"Mon 8 to 12\nTue closed"},
			"address": {"1 Main Street\n<Springfield>"}, "time_zone": {""}, "features": {"pet_app"},
		}
		admin.Post("/paws/settings/branches/"+w.clinic.North.ID, form).Want(t, 422, "Type a whole e-mail address")
		form.Set("email", "north@paws.example")
		form.Del("form")
		admin.Post("/paws/settings/branches/"+w.clinic.North.ID, form).Want(t, 200, "North is saved")
		page := w.Enter("paws", ken, "").Get("/paws/pet-app").Want(t, 200, "Tue closed", "1 Main Street\n<Springfield>", "mailto:north@paws.example", "tel:+15550199")
		page.Without(t, "Mon to Fri 8 to 18", "desk@paws.example")
		me := w.API("GET", "/pet-parents/me", w.Token("paws", ken, ""), nil).Want(t, 200)
		if me.Text("home_branch", "hours") != "Mon 8 to 12\nTue closed" {
			t.Errorf("%s", me.Raw)
		}
	})
}

// The address for links and codes is the pet parent's to change: the new mailbox
// confirms, the former one counts until then.
func TestOwnRecoveryPage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const own = "/paws/pet-app/recovery"
		ken := w.onboarded(w.ken, "ken@example.com")
		w.Browser().Get(own).Want(t, 200, "Forgot password?")
		w.desk().Get(own).Want(t, 403)
		b := w.Enter("paws", ken, "")
		b.Get(own).Want(t, 200, "ken@example.com", "Send the e-mail")
		for _, wrong := range []string{"", "nonsense", "ken@example.com", "a@b.example\nBcc: c@d.example"} {
			if p := b.Post(own, url.Values{"recovery_email": {wrong}}); p.Status != 422 {
				t.Errorf("%q is answered %d", wrong, p.Status)
			}
		}
		b.Get(own)
		b.Post(own, url.Values{"recovery_email": {"ito@example.org"}}).Want(t, 200, "on its way to ito@example.org", "Not confirmed yet")
		if p := w.profile(w.ken); p.Login.RecoveryEmail != "ken@example.com" {
			t.Errorf("links go to %s already", p.Login.RecoveryEmail)
		}
		b.Get(own).Want(t, 200, "Forget the new address")
		b.Post(own+"/keep", nil).Want(t, 200, "stays as it was")
		b.Page.Without(t, "Not confirmed yet")
		b.Get(own)
		b.Post(own, url.Values{"recovery_email": {"ito@example.org"}}).Want(t, 200)
		letter := w.LastMail("ito@example.org")
		link := w.Link(letter, "/confirm-recovery")
		k := w.Browser()
		k.Get(link).Want(t, 200, "ito@example.org")
		k.Post("/paws/confirm-recovery", url.Values{"token": {tokenOf(t, link)}}).Want(t, 200)
		if p := w.profile(w.ken); p.Login.RecoveryEmail != "ito@example.org" || p.Email != "ken@example.com" || p.Login.LoginID != "ken@example.com" {
			t.Errorf("%+v, %s", p.Login, p.Email)
		}
		bearer := w.Token("paws", ken, "")
		w.API("PUT", "/pet-parents/me/recovery-address", bearer, map[string]any{"recovery_email": "three@example.org"}).Want(t, 202)
		w.API("DELETE", "/pet-parents/me/recovery-address", bearer, nil).Want(t, 204)
		// Long after the last proof, it is asked for again.
		w.Clock.Advance(6 * time.Minute)
		b.Get(own).Want(t, 200, "Confirm that it is you")
		w.API("PUT", "/pet-parents/me/recovery-address", bearer, map[string]any{"recovery_email": "four@example.org"}).Want(t, 403)
	})
}
