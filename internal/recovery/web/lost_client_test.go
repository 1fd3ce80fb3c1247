package recoveryweb_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/petparent"
	"catflap/internal/role"
	"catflap/internal/signin"
)

// petParent is a pet parent with a login, who has been in unless new says so; the
// id is that of the pet parent.
func (w *lostWorld) petParent(c apptest.Clinic, first, email string, login, new bool) (string, apptest.Person) {
	w.t.Helper()
	ctx := access.WithViewer(context.Background(), access.System("test"))
	p := apptest.Person{Password: apptest.Password()}
	petParentID := ""
	if err := w.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := w.PetParents.Upsert(ctx, tx, c.ID, petparent.HouseholdInput{
			System: "generic", ExternalID: email, Active: true,
			People: []petparent.PersonInput{{FirstName: first, LastName: "Ito", Emails: []string{email}}},
			Pets:   []petparent.PetInput{{ExternalID: "P" + email, Name: "Biscuit", Species: "dog"}},
		}); err != nil {
			return err
		}
		people, err := w.PetParents.Sharing(ctx, tx, c.ID, []string{email})
		if err != nil {
			return err
		}
		petParentID = people[petparent.Fold(email)][0].ID
		if !login {
			return nil
		}
		_, err = w.Onboarding.CreateLogin(ctx, tx, c.Access(), petParentID, email, true)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	if !login {
		return petParentID, p
	}
	var err error
	if p.Account, err = w.Accounts.ByLogin(ctx, w.DB, c.ID, email); err != nil || new {
		return petParentID, p
	}
	hash, err := w.Factors.Hasher.Hash(ctx, p.Password)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := w.Accounts.MarkOnboarded(ctx, tx, c.ID, p.ID); err != nil {
			return err
		}
		return w.Factors.SetPassword(ctx, tx, c.ID, p.ID, hash)
	}); err != nil {
		w.t.Fatal(err)
	}
	if p.Account, err = w.Accounts.Get(ctx, w.DB, c.ID, p.ID); err != nil {
		w.t.Fatal(err)
	}
	return petParentID, p
}

// TestReceptionHelps: the reception helps pet parents with a note how it checked
// who asks; those without the permission do not.
func TestReceptionHelps(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		ken, login := w.petParent(w.clinic, "Ken", "ken@example.com", true, false)
		nina, _ := w.petParent(w.clinic, "Nina", "nina@example.com", true, true)
		lea, _ := w.petParent(w.clinic, "Lea", "lea@example.com", false, true)
		w.Authenticator(&login)
		vera := w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID)
		rita, sam, other := w.bearer(w.rita), w.bearer(w.sam), w.bearer(w.other.Administrator)
		said := object{"reason": "New phone, app not moved", "identity": "Came to the desk with an ID"}
		of := func(id string) string { return "/pet-parents/" + id + "/login/two-factor" }
		for _, way := range []string{"/skip", "/reset"} {
			w.Tries([]apptest.Try{
				{"POST", of(ken) + way, "", said, 401, ""},
				{"POST", of(ken) + way, w.bearer(vera), said, 403, "permission-missing"},
				{"POST", of(ken) + way, other, said, 404, ""},
				{"POST", of(ken) + way, rita, reason("New phone, app not moved"), 422, ""},
				{"POST", of(ken) + way, rita, object{"reason": "bus", "identity": "Came to the desk"}, 422, ""},
				{"POST", of(ken) + way, rita, object{"reason": "New phone", "identity": "      "}, 422, ""},
				{"POST", of(nina) + way, rita, said, 409, "never-signed-in"},
				{"POST", of(lea) + way, rita, said, 409, "login-missing"},
				{"POST", of(w.rita.ID) + way, rita, said, 404, ""},
				{"POST", "/staff/" + login.ID + "/two-factor" + way, sam, reason("New phone, app not moved"), 404, ""},
			})
		}
		if n := w.count(w.clinic.ID, audit.FactorSkipped) + w.count(w.clinic.ID, audit.FactorReset); n != 0 {
			t.Fatalf("%d times on record as helped", n)
		}

		b := w.Enter("paws", w.rita, "")
		profile := "/paws/pet-parents/" + ken
		b.Get("/paws/pet-parents/"+nina).Want(t, 200).Without(t, "Lost their second factor?")
		b.Get(profile).Want(t, 200, "Lost their second factor?")
		b.Get(profile+"/login/two-factor").Want(t, 200, "Two-factor authentication of Ken Ito", "Skip once")
		b.Get(profile+"/login/two-factor/skip").Want(t, 200, "How did you check that it is really them?")
		b.Post(profile+"/login/two-factor/skip", url.Values{"reason": {"New phone, app not moved"}}).
			Want(t, 422, "how you checked that it is really them", "New phone, app not moved")
		b.Post(profile+"/login/two-factor/skip", url.Values{"reason": {"New phone, app not moved"}, "identity": {"Came to the desk with an ID"}}).
			Want(t, 200, "One sign-in without the second factor waits", "by Rita Desk")
		if got := changesOf(w.recorded(w.clinic.ID, audit.FactorSkipped)); got != "reason=New phone, app not moved identity=Came to the desk with an ID" {
			t.Errorf("record: %s", got)
		}
		w.told("ken@example.com", "Rita Desk lets you sign in once")
		for _, one := range []string{w.ada.LoginID, "sam@paws.example", "sue@paws.example"} {
			w.told(one, "Rita Desk lets Ken Ito sign in once", "Came to the desk with an ID", "/pet-parents/"+ken)
		}
		out, ctx := w.begin(w.clinic, login)
		if out.Step != signin.SetUpSecond {
			t.Fatalf("the sign-in waits for %s", out.Step)
		}
		if done, _, err := w.finish(ctx); err != nil || done.Step != signin.Done {
			t.Fatal(done.Step, err)
		}

		// A Security Manager may, too; and who changed the address may not.
		w.API("POST", of(ken)+"/reset", sam, said).Want(t, 200)
		if s := w.second(login.Account); s.Any() || !s.Owed {
			t.Errorf("left: %+v", s)
		}
		login.Key = nil
		w.equip(login)
		ritas := access.WithViewer(context.Background(), access.Viewer{Kind: access.KindStaff, AccountID: w.rita.ID, PracticeID: w.clinic.ID})
		if err := w.DB.Write(ritas, func(tx *db.Tx) error {
			a, err := w.Accounts.Hold(ritas, tx, w.clinic.ID, login.ID)
			if err != nil {
				return err
			}
			return w.Accounts.ChangeRecovery(ritas, tx, a, "ken.new@example.com")
		}); err != nil {
			t.Fatal(err)
		}
		w.Tries([]apptest.Try{{"POST", of(ken) + "/skip", rita, said, 409, "recovery-address-changed"}, {"POST", of(ken) + "/skip", sam, said, 200, ""}})
		// Nor may who handed over a temporary password in place of a forgotten one.
		apptest.Exec(w.App, `UPDATE account SET recovery_changed_at = NULL, recovery_changed_by = '' WHERE id = $1`, login.ID)
		if err := w.DB.Write(ritas, func(tx *db.Tx) error { return w.Accounts.NoteHanded(ritas, tx, login.Account) }); err != nil {
			t.Fatal(err)
		}
		w.Tries([]apptest.Try{{"POST", of(ken) + "/reset", rita, said, 409, "temporary-password-handed"}})

		apptest.Exec(w.App, `UPDATE account SET active = FALSE WHERE id = $1`, login.ID)
		w.Tries([]apptest.Try{{"POST", of(ken) + "/skip", sam, said, 409, "account-inactive"}})

		w.Clock.Advance(6 * time.Minute)
		w.Tries([]apptest.Try{
			{"POST", of(ken) + "/skip", rita, said, 403, "step-up-required"},
			{"POST", of(ken) + "/reset", rita, said, 403, "step-up-required"},
			{"DELETE", of(ken) + "/skip", rita, nil, 403, "step-up-required"},
		})
		if w.API("GET", of(ken), rita, nil).Want(t, 200).Text("cannot_help") == "" {
			t.Error("nobody says that the login is switched off")
		}
	})
}

// TestReadyMadesThatHelp: which ready-made roles help pet parents.
func TestReadyMadesThatHelp(t *testing.T) {
	for _, m := range role.ReadyMades() {
		may := false
		for _, p := range m.Permissions {
			may = may || p == access.FactorHelp
		}
		if want := strings.Contains("practice_administrator manager receptionist", m.Key); may != want {
			t.Errorf("%s: %v", m.Key, may)
		}
	}
}

// TestPlatformHelps: administrators of the platform help each other.
func TestPlatformHelps(t *testing.T) {
	lose(t, func(t *testing.T, w *lostWorld) {
		pat := w.Administrator()
		b := w.Enter("platform", pat, "")
		b.Get("/platform/administrators").Want(t, 200, "Pat Host", "pat@host.example", "This is you", "You are the only administrator")
		quinn, rob := w.host("Quinn Host", "quinn@host.example"), w.host("Rob Host", "rob@host.example")
		token := w.bearer(pat)
		w.Authenticator(&quinn)
		b.Get("/platform/administrators").Want(t, 200, "Quinn Host", "Set up", "Administrators").Without(t, "You are the only administrator")
		of := func(p account.Account) string { return "/platform/administrators/" + p.ID + "/two-factor" }
		why := reason("Fell into the sea")
		for _, way := range []string{"/skip", "/reset"} {
			w.Tries([]apptest.Try{
				{"POST", of(quinn.Account) + way, "", why, 401, ""},
				{"POST", of(quinn.Account) + way, w.bearer(w.ada), why, 403, ""},
				{"POST", of(pat.Account) + way, token, why, 409, "own-factor"},
				{"POST", of(rob.Account) + way, token, why, 409, "no-second-factor"},
				{"POST", of(w.ada.Account) + way, token, why, 404, ""},
				{"POST", of(quinn.Account) + way, token, reason("sea"), 422, ""},
			})
		}
		w.Tries([]apptest.Try{{"GET", "/platform/administrators", w.bearer(w.ada), nil, 403, ""}, {"GET", "/platform/administrators", "", nil, 401, ""}})
		b.Get(of(quinn.Account)).Want(t, 200, "Two-factor authentication of Quinn Host", "All administrators")
		b.Post(of(quinn.Account)+"/skip", url.Values{"reason": {"Fell into the sea"}}).Want(t, 200, "waits", "by Pat Host")
		l := w.recorded("", audit.FactorSkipped)
		if l.ActorID != pat.ID || l.AccountID != quinn.ID || changesOf(l) != "reason=Fell into the sea" {
			t.Errorf("record: %+v", l)
		}
		w.told("quinn@host.example", "Pat Host lets you sign in once")
		w.told("rob@host.example", "Pat Host lets Quinn Host sign in once", "Fell into the sea", "/platform/administrators/")
		if w.letters("pat@host.example") > 2 { // that they signed in on other devices
			t.Errorf("%d letters to who did it", w.letters("pat@host.example"))
		}
		if out, _ := w.begin(apptest.Clinic{}, quinn); out.Step != signin.SetUpSecond {
			t.Errorf("the sign-in waits for %s", out.Step)
		}
		w.Authenticator(&rob)
		robs := w.bearer(rob)
		w.API("POST", of(quinn.Account)+"/reset", robs, why).Want(t, 200)
		if s := w.second(quinn.Account); s.Any() || !s.Owed {
			t.Errorf("left: %+v", s)
		}
		items, _ := w.API("GET", "/platform/administrators", token, nil).Want(t, 200).Body["items"].([]any)
		if len(items) != 3 {
			t.Errorf("%d administrators", len(items))
		}
		w.Clock.Advance(6 * time.Minute)
		w.Tries([]apptest.Try{
			{"POST", of(quinn.Account) + "/skip", robs, why, 403, "step-up-required"},
			{"POST", of(quinn.Account) + "/reset", robs, why, 403, "step-up-required"},
		})
	})
}

// host is another administrator of the platform.
func (w *lostWorld) host(name, email string) apptest.Person {
	w.t.Helper()
	ctx := context.Background()
	token, err := w.Onboarding.CreateAdministrator(ctx, name, email)
	if err != nil {
		w.t.Fatal(err)
	}
	p := apptest.Person{Password: apptest.Password()}
	b := w.Browser()
	b.Get("/platform/activate?token="+token.Reveal()).Want(w.t, 200)
	b.Post("/platform/activate", url.Values{"token": {token.Reveal()}, "new_password": {p.Password}, "repeat_password": {p.Password}}).Want(w.t, 200)
	if p.Account, err = w.Accounts.ByLogin(ctx, w.DB, "", email); err != nil {
		w.t.Fatal(err)
	}
	return p
}
