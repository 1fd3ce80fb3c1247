package staffweb_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/id"
	"catflap/internal/role"
)

func TestList(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, nora, other := w.bearer(w.ada), w.bearer(w.nora), w.bearer(w.other.Administrator)
		w.Hire(w.clinic, "Ödön Percent_", "odon@paws.example", role.Trainer, w.clinic.South.ID)
		for path, want := range map[string]string{
			"/staff":                               "Ada Nora Ödön Rita Sam Vera",
			"/staff?q=odon":                        "Ödön",
			"/staff?q=ÖDÖN+paws":                   "Ödön",
			"/staff?q=t_":                          "Ödön",
			"/staff?q=%25":                         "",
			"/staff?q=VERA@paws":                   "Vera",
			"/staff?branch=" + w.clinic.South.ID:   "Ada Ödön Sam Vera",
			"/staff?role=" + w.roles[role.Trainer]: "Ödön",
			"/staff?state=invited":                 "",
			"/staff?branch=" + w.other.North.ID:    "Ada Sam", // who works everywhere; nobody of there
			"/staff?role=" + w.roles[role.Trainer] + "&branch=" + w.clinic.North.ID: "",
		} {
			if got := names(w.API("GET", path, ada, nil).Want(t, 200)); got != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
		if got := names(w.API("GET", "/staff", nora, nil).Want(t, 200)); got != "Ada Nora Rita Sam" {
			t.Errorf("from North: %q", got)
		}
		if got := names(w.API("GET", "/staff", other, nil).Want(t, 200)); got != "Ada" {
			t.Errorf("from the other practice: %q", got)
		}
		first := w.API("GET", "/staff?limit=4", ada, nil).Want(t, 200)
		rest := w.API("GET", "/staff?limit=4&cursor="+url.QueryEscape(first.Text("next")), ada, nil).Want(t, 200)
		if names(first)+" "+names(rest) != "Ada Nora Ödön Rita Sam Vera" || rest.Text("next") != "" {
			t.Errorf("parts: %q then %q", names(first), names(rest))
		}
		w.Tries([]apptest.Try{
			{"GET", "/staff", "", nil, 401, ""},
			{"GET", "/staff", w.bearer(w.rita), nil, 403, "permission-missing"},
			{"GET", "/staff?state=gone", ada, nil, 422, ""},
			{"GET", "/staff?cursor=x", ada, nil, 422, ""},
			{"GET", "/staff/" + w.vera.ID, nora, nil, 404, ""},
			{"GET", "/staff/" + w.vera.ID, other, nil, 404, ""},
			{"GET", "/staff/" + w.vera.ID, ada, nil, 200, ""},
			{"GET", "/staff/" + id.New(), ada, nil, 404, ""},
			{"GET", "/staff/x", ada, nil, 404, ""},
		})

		b := w.Enter("paws", w.nora, "")
		b.Get("/paws/staff").Want(t, 200, "People", "Rita Desk", "in all branches").Without(t, "Vera Vet")
		b.Get("/paws/staff?q=rita").Want(t, 200, "Rita Desk").Without(t, "Sam Secure")
		b.Get("/paws/staff?state=gone").Want(t, 422, "Choose one of the filters")
		b.Get("/paws/staff/"+w.rita.ID).Want(t, 200, "Rita Desk", "Receptionist", "Deactivate").Without(t, "Why can't this person sign in?")
		b.Get("/paws/staff/"+w.sam.ID).Want(t, 200, "Security Manager").Without(t, "Deactivate")
		b.Get("/paws/staff/"+w.sam.ID+"/deactivate").Want(t, 403)
		b.Get("/paws/staff/"+w.vera.ID).Want(t, 404)
		w.Enter("paws", w.rita, "").Get("/paws/staff").Want(t, 403)
		if p := w.Browser().Get("/paws/staff"); !strings.HasPrefix(p.Path, "/paws/login") {
			t.Errorf("signed out: %s", p.Path)
		}
	})
}

func TestInvite(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, nora, other := w.bearer(w.ada), w.bearer(w.nora), w.bearer(w.other.Administrator)
		north, south := w.clinic.North.ID, w.clinic.South.ID
		desk := w.roles[role.Receptionist]
		foreign, err := w.Roles.ByKey(w.ctx(), w.DB, w.other.ID, role.Receptionist)
		if err != nil {
			t.Fatal(err)
		}
		invite := func(email string, grants ...m) m { return m{"name": "New Person", "email": email, "grants": grants} }
		w.Tries([]apptest.Try{
			{"POST", "/staff", "", invite("new@paws.example", grant(desk, north)), 401, ""},
			{"POST", "/staff", w.bearer(w.rita), invite("new@paws.example", grant(desk, north)), 403, "permission-missing"},
			{"POST", "/staff", nora, invite("new@paws.example", grant(desk, south)), 403, "not-in-that-branch"},
			{"POST", "/staff", nora, invite("new@paws.example", grant(desk, "")), 403, "not-in-that-branch"},
			{"POST", "/staff", nora, invite("new@paws.example", grant(w.roles[role.Administrator], north)), 403, "beyond-own-permissions"},
			{"POST", "/staff", nora, invite("new@paws.example", grant(desk, north), grant(w.roles[role.SecurityManager], north)), 403, "beyond-own-permissions"},
			{"POST", "/staff", ada, invite("new@paws.example", grant(foreign.ID, north)), 404, ""},
			{"POST", "/staff", ada, invite("new@paws.example", grant(desk, w.other.North.ID)), 404, ""},
			{"POST", "/staff", other, invite("new@paws.example", grant(desk, north)), 404, ""},
			{"POST", "/staff", nora, invite("new@paws.example"), 422, ""},
			{"POST", "/staff", nora, invite("no address", grant(desk, north)), 422, ""},
			{"POST", "/staff", nora, invite("rita@paws.example", grant(desk, north)), 422, ""},
			{"POST", "/staff", nora, m{"name": "", "email": "new@paws.example", "grants": []m{grant(desk, north)}}, 422, ""},
		})
		if n := apptest.Number(w.App, `SELECT count(*) FROM account WHERE login_key = 'new@paws.example'`); n != 0 {
			t.Fatalf("%d accounts of refused invitations", n)
		}
		made := w.API("POST", "/staff", nora, invite("new@paws.example", grant(desk, north))).Want(t, 201)
		if made.Text("state") != "invited" || made.Text("invited_until") == "" {
			t.Errorf("made: %s", made.Raw)
		}
		line := w.audited(audit.StaffInvited)[0]
		if line.ActorID != w.nora.ID || len(line.Personal.Changes) != 2 || line.Personal.Changes[1].After != "Receptionist in North" {
			t.Errorf("record: %+v", line)
		}
		first := w.Link(w.LastMail("new@paws.example"), "/activate")

		// A fresh link ends the earlier one.
		own := "/staff/" + made.Text("id")
		w.Tries([]apptest.Try{
			{"POST", own + "/invite-again", "", nil, 401, ""},
			{"POST", own + "/invite-again", w.bearer(w.rita), nil, 403, ""},
			{"POST", own + "/invite-again", other, nil, 404, ""},
			{"POST", "/staff/" + w.rita.ID + "/invite-again", nora, nil, 409, "already-onboarded"},
			{"POST", "/staff/" + w.sam.ID + "/invite-again", nora, nil, 403, "works-elsewhere-too"},
			{"POST", own + "/invite-again", nora, nil, 200, ""},
		})
		w.Browser().Get(first).Want(t, 410)
		w.Browser().Get(w.Link(w.LastMail("new@paws.example"), "/activate")).Want(t, 200, "New Person")
		if len(w.audited(audit.StaffReinvited)) != 1 {
			t.Error("the fresh invitation is not on record once")
		}

		// By hand, with a second role.
		b := w.Enter("paws", w.ada, north)
		b.Get("/paws/staff/invite").Want(t, 200, "Invite a person")
		b.Post("/paws/staff/invite", url.Values{"rows": {"1"}, "name": {"Tom Two"}, "email": {"tom@paws.example"}, "role_1": {desk}, "branch_1": {north}, "more": {"yes"}}).
			Want(t, 200, "Another role", "Tom Two")
		form := url.Values{
			"rows": {"2"}, "name": {"Tom Two"}, "email": {"tom@paws.example"},
			"role_1": {desk}, "branch_1": {north}, "role_2": {w.roles[role.Veterinarian]}, "branch_2": {""},
		}
		b.Post("/paws/staff/invite", form).Want(t, 422, "Choose where it counts.")
		form.Set("branch_2", "all")
		b.Post("/paws/staff/invite", form).Want(t, 200, "The invitation to Tom Two is on its way.", "Tom Two")
		if got := w.audited(audit.StaffInvited)[0].Personal.Changes[1].After; got != "Veterinarian in all branches; Receptionist in North" {
			t.Errorf("roles on record: %s", got)
		}
		// Nora sees no role that she cannot give and no branch that is not hers.
		n := w.Enter("paws", w.nora, "")
		n.Get("/paws/staff/invite").Want(t, 200, "Receptionist", "North").Without(t, ">Practice administrator<", ">South<", ">All branches<")

		w.Clock.Advance(6 * time.Minute)
		w.Tries([]apptest.Try{{"POST", "/staff", ada, invite("late@paws.example", grant(desk, north)), 403, "step-up-required"}})
	})
}

func TestGrants(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, sam, nora, other := w.bearer(w.ada), w.bearer(w.sam), w.bearer(w.nora), w.bearer(w.other.Administrator)
		north, south := w.clinic.North.ID, w.clinic.South.ID
		desk, vet, admin := w.roles[role.Receptionist], w.roles[role.Veterinarian], w.roles[role.Administrator]
		put := func(name string, grants ...m) m {
			if grants == nil {
				grants = []m{}
			}
			return m{"name": name, "grants": grants}
		}
		w.Tries([]apptest.Try{
			{"PUT", "/staff/" + w.rita.ID, "", put("Rita Desk", grant(vet, north)), 401, ""},
			{"PUT", "/staff/" + w.rita.ID, other, put("Rita Desk", grant(vet, north)), 404, ""},
			{"PUT", "/staff/" + w.rita.ID, w.bearer(w.vera), put("Rita Desk", grant(vet, north)), 403, "permission-missing"},
			{"PUT", "/staff/" + w.vera.ID, nora, put("Vera Vet", grant(vet, south), grant(vet, north)), 404, ""},
			{"PUT", "/staff/" + w.sam.ID, nora, put("Sam Secure"), 403, "works-elsewhere-too"},
			{"PUT", "/staff/" + w.sam.ID, nora, put("Sam Weak", grant(w.roles[role.SecurityManager], "")), 403, "works-elsewhere-too"},
			{"PUT", "/staff/" + w.rita.ID, nora, put("Rita Desk", grant(desk, north), grant(admin, north)), 403, "beyond-own-permissions"},
			{"PUT", "/staff/" + w.nora.ID, nora, put("Nora Manager", grant(w.roles[role.Manager], north), grant(w.roles[role.Manager], "")), 403, "not-in-that-branch"},
			{"PUT", "/staff/" + w.nora.ID, nora, put("Nora Manager"), 409, "not-oneself"},
			{"PUT", "/staff/" + w.ada.ID, ada, put("Ada Admin", grant(desk, north)), 409, "not-oneself"},
			{"PUT", "/staff/" + w.ada.ID, sam, put("Ada Admin", grant(w.roles[role.SecurityManager], "")), 409, "last-administrator"},
			{"PUT", "/staff/" + w.sam.ID, sam, put("Sam Secure", grant(w.roles[role.SecurityManager], ""), grant(admin, "")), 403, "beyond-own-permissions"},
			{"PUT", "/staff/" + w.rita.ID, ada, put("Rita Desk", grant("nonsense", north)), 404, ""},
			{"PUT", "/staff/" + w.rita.ID, ada, put("Rita Desk", grant(desk, w.other.North.ID)), 404, ""},
			{"PUT", "/staff/" + w.rita.ID, ada, put("", grant(desk, north)), 422, ""},
			{"PUT", "/staff/" + w.rita.ID, ada, put("Changed", grant(admin, w.other.North.ID)), 404, ""}, // the name with it
		})
		if got := w.API("GET", "/staff/"+w.rita.ID, ada, nil).Want(t, 200); got.Text("name") != "Rita Desk" || len(got.Body["grants"].([]any)) != 1 {
			t.Errorf("a refused change left something: %s", got.Raw)
		}
		if len(w.audited(audit.StaffRolesChanged)) != 0 || len(w.audited(audit.StaffRenamed)) != 0 {
			t.Error("a refused change is on record as done")
		}

		// What is given counts on the next request, what is taken ends the session there.
		b := w.Enter("paws", w.vera, "")
		b.Get("/paws/staff").Want(t, 403)
		w.Tries([]apptest.Try{{"PUT", "/staff/" + w.vera.ID, ada, put("Vera Vetter", grant(vet, south), grant(w.roles[role.Manager], south)), 200, ""}})
		b.Get("/paws/staff").Want(t, 200, "Vera Vetter")
		w.Tries([]apptest.Try{{"PUT", "/staff/" + w.vera.ID, ada, put("Vera Vetter", grant(vet, north)), 200, ""}})
		if p := b.Get("/paws/staff"); !strings.HasPrefix(p.Path, "/paws/login") {
			t.Errorf("the session lives on in a branch that is lost: %s", p.Path)
		}
		line := w.audited(audit.StaffRolesChanged)[0]
		if c := line.Personal.Changes[0]; line.AccountID != w.vera.ID || c.Before != "Veterinarian in South; Manager in South" || c.After != "Veterinarian in North" {
			t.Errorf("record: %+v", line.Personal.Changes)
		}

		// Who holds nothing any more is seen by everybody, changed by those who
		// manage everywhere, and given back what one may give.
		w.Tries([]apptest.Try{
			{"PUT", "/staff/" + w.rita.ID, nora, put("Rita Desk"), 200, ""},
			{"PUT", "/staff/" + w.rita.ID, nora, put("Rita Dusk"), 403, "works-elsewhere-too"},
			{"PUT", "/staff/" + w.rita.ID, nora, put("Rita Desk", grant(desk, south)), 403, "not-in-that-branch"},
			{"PUT", "/staff/" + w.rita.ID, nora, put("Rita Desk", grant(desk, north)), 200, ""},
		})
		if got := w.API("POST", "/practices/paws/sign-in", "", m{"login": w.rita.LoginID, "password": w.rita.Password}); got.Text("next") != "done" {
			t.Errorf("given back: %s", got.Raw)
		}

		// The same by hand.
		a := w.Enter("paws", w.ada, north)
		path := "/paws/staff/" + w.rita.ID + "/grants"
		a.Get(path).Want(t, 200, "Roles of Rita Desk", "Remove")
		a.Post(path, url.Values{"role": {vet}, "branch": {""}}).Want(t, 422, "Choose where it counts.")
		a.Post(path, url.Values{"role": {vet}, "branch": {"all"}}).Want(t, 200, "The role is given", "All branches")
		a.Post(path+"/take", url.Values{"role": {vet}, "branch": {"all"}}).Want(t, 200, "The role is removed").Without(t, ">Remove<span class=\"sr-only\"> Veterinarian")
		a.Get("/paws/staff/"+w.ada.ID+"/grants").Want(t, 200, "Nobody removes their own roles")
		a.Post("/paws/staff/"+w.ada.ID+"/grants/take", url.Values{"role": {admin}, "branch": {"all"}}).Want(t, 409, "You cannot remove your own roles")
		a.Get("/paws/staff/"+w.rita.ID+"/name").Want(t, 200, "Name of Rita Desk")
		a.Post("/paws/staff/"+w.rita.ID+"/name", url.Values{"name": {" "}}).Want(t, 422, "Type a name")
		a.Post("/paws/staff/"+w.rita.ID+"/name", url.Values{"name": {"Rita Reception"}}).Want(t, 200, "The name is saved.", "Rita Reception")
		if c := w.audited(audit.StaffRenamed)[0].Personal.Changes[0]; c.Before != "Rita Desk" || c.After != "Rita Reception" {
			t.Errorf("record of the name: %+v", c)
		}
	})
}
