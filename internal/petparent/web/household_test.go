package petparentweb_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/id"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// kenny is Ken Ito once more under another number, with a login of his own.
func (w *world) kenny() string {
	w.t.Helper()
	w.put(w.clinic, petparent.HouseholdInput{
		System: "cornerstone", ExternalID: "C9", HomeBranchID: w.clinic.South.ID, Active: true,
		People: []petparent.PersonInput{{FirstName: "Kenny", LastName: "Ito", Emails: []string{"kenny@example.com"}}, {FirstName: "Zed", LastName: "Ito"}},
		Pets:   []petparent.PetInput{{ExternalID: "P8", Name: "Biscuit", Species: "dog"}, {ExternalID: "P9", Name: "Tofu", Species: "cat"}},
	})
	return w.find(w.clinic, "kenny")
}

var seenValue = regexp.MustCompile(`name="seen" value="([^"]+)"`)

func (w *world) only(field, table, where string, args ...any) int {
	w.t.Helper()
	return apptest.Number(w.App, `SELECT `+field+` FROM `+table+` WHERE `+where, args...)
}

// The rows that every page of staff has: signed out, not allowed, other practice.
func TestHouseholdDoors(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sitter := w.Enter("paws", w.Hire(w.clinic, "Sid Sitter", "sid@paws.example", role.Sitter, w.clinic.North.ID), "")
		b, out := w.desk(), w.Browser()
		pet := w.pets(w.ken)[0]
		for _, path := range []string{"/household/edit", "/people/new", "/pets/new", "/pets/" + pet + "/edit", "/move", "/merge"} {
			out.Get("/paws/login")
			out.Post(page(w.ken)+path, url.Values{"first_name": {"X"}, "name": {"X"}}).Want(t, 200, "Password")
			sitter.Get(page(w.ken))
			sitter.Post(page(w.ken)+path, nil).Want(t, 403)
			sitter.Get(page(w.ken)+path).Want(t, 403)
			b.Get(page(w.foreign)+path).Want(t, 404).Without(t, "Fay")
			b.Get(page(w.ken))
			b.Post(page(w.foreign)+path, url.Values{"first_name": {"X"}, "name": {"X"}, "with": {w.ken}}).Want(t, 404)
			b.Get(page(w.ken)+path).Want(t, 200)
		}
		sitter.Get(page(w.ken, "household")).Want(t, 200, "Aya Ito").Without(t, "Merge", "Move", "Add a person", "History")
		sitter.Get(page(w.ken, "pets")).Want(t, 200).Without(t, "Edit", "Add a pet")
		sitter.Get(page(w.ken, "history")).Want(t, 403)
		sitter.Get("/paws/pet-parents/new").Want(t, 403)
		b.Get(page(w.foreign, "household")).Want(t, 404)
		b.Get(page(w.foreign, "history")).Want(t, 404)
		b.Get(page(w.ken, "merge")+"?with="+w.foreign).Want(t, 404).Without(t, "Fay")
		b.Get(page(w.ken, "move")+"?with="+w.foreign).Want(t, 404).Without(t, "Fay")
		b.Get(page(w.ken, "pets", w.pets(w.bea)[0], "edit")).Want(t, 404)
		b.Get(page(w.ken, "pets", "x", "edit")).Want(t, 404)
	})
}

func (w *world) pets(petParentID string) []string {
	w.t.Helper()
	p, err := w.PetParents.Profile(w.ctx(), w.DB, w.clinic.ID, petParentID)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, pet := range p.Pets {
		all = append(all, pet.ID)
	}
	return all
}

func TestPetsByHand(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		b.Get(page(w.ken, "pets")).Want(t, 200, "Add a pet")
		b.Get(page(w.ken, "pets", "new"))
		b.Post(page(w.ken, "pets", "new"), url.Values{"name": {""}, "born_on": {"2999-01-01"}}).Want(t, 422, "Type the pet's name.", "not in the future")
		b.Post(page(w.ken, "pets", "new"), url.Values{"name": {"Pip"}, "species": {"ferret"}, "neutered": {"yes"}}).Want(t, 200, "Pip is saved.", "Ferret")
		biscuit := w.pets(w.ken)[0]
		b.Get(page(w.ken, "pets", biscuit, "edit")).Want(t, 200, `value="Biscuit"`, `value="2021-03-05"`)
		b.Post(page(w.ken, "pets", biscuit, "edit"), url.Values{
			"name": {"Biscuit"}, "species": {"dog"}, "sex": {"male"}, "born_on": {"2021-03-05"}, "deceased": {"yes"}, "died_on": {"2026-06-30"},
		}).Want(t, 200, "Biscuit is saved.", "died 30 June 2026")
		b.Get(page(w.ken, "history")+"?pet="+biscuit).Want(t, 200, "History of <bdi>Biscuit", "Deceased", "Died on", "30 June 2026", "Breed", "Beagle", "Rita Desk")
		b.Get(page(w.ken, "history")+"?pet="+biscuit+"&field=breed").Want(t, 200, "Beagle").Without(t, "30 June 2026")
		b.Get(page(w.ken, "history")+"?pet="+w.pets(w.bea)[0]).Want(t, 404)
	})
}

func TestHistory(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		b.Get(page(w.ken, "history")).Want(t, 200, "Nothing was changed")
		b.Get(page(w.ken, "edit"))
		b.Post(page(w.ken, "edit"), url.Values{"first_name": {"Kenji"}, "last_name": {"Ito"}, "email": {"kenji@example.com"}, "phones": {"+1 206 555 0152"}})
		b.Get(page(w.ken, "household", "edit"))
		b.Post(page(w.ken, "household", "edit"), url.Values{"home_branch": {"nowhere"}}).Want(t, 422, "Choose one of the branches")
		b.Post(page(w.ken, "household", "edit"), url.Values{"home_branch": {w.clinic.South.ID}, "opt_out": {"yes"}}).Want(t, 200, "The household is saved.", "Opted out", "South")
		b.Get(page(w.ken, "household", "edit")).Want(t, 200, "checked")
		w.put(w.clinic, petparent.HouseholdInput{
			System: "cornerstone", ExternalID: "C1", HomeBranchID: w.clinic.North.ID, Active: true,
			People: []petparent.PersonInput{{FirstName: "Ken", LastName: "Ito-Brown", Emails: []string{"ken@example.com"}}},
		})
		b.Get(page(w.ken)).Want(t, 200, "/history?field=email")
		b.Get(page(w.ken, "history")).Want(t, 200, "Kenji", "ken@example.com", "kenji@example.com", "Home branch", "North", "South", "Opted out of bulk e-mail", "Ito-Brown", "Import", "Rita Desk")
		b.Get(page(w.ken, "history")+"?field=last_name").Want(t, 200, "Ito-Brown").Without(t, "kenji@example.com")
		b.Get(page(w.aya, "history")).Want(t, 200, "South").Without(t, "Kenji")
	})
}

func TestNewPeople(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		b.Get("/paws/pet-parents/pet-app").Want(t, 200, "New pet parent")
		b.Get("/paws/pet-parents/new").Want(t, 200, "Home branch")
		b.Post("/paws/pet-parents/new", url.Values{"email": {"x"}}).Want(t, 422, "Type a first name or a last name.", "whole e-mail address")
		b.Post("/paws/pet-parents/new", url.Values{"first_name": {"Kenneth"}, "email": {"KEN@example.com"}}).Want(t, 409, "Is it one of these?", "Ken Ito", "No, it is another person")
		b.Post("/paws/pet-parents/new", url.Values{"first_name": {"Kenneth"}, "email": {"KEN@example.com"}, "known": {"yes"}, "home_branch": {w.clinic.North.ID}}).
			Want(t, 200, "Kenneth is added.", "added here", "North")
		b.Get(page(w.bea, "people", "new")).Want(t, 200, "household of <bdi>Bea Brown")
		b.Post(page(w.bea, "people", "new"), url.Values{"first_name": {"Ned"}, "last_name": {"Brown"}, "email": {"ned@example.com"}}).Want(t, 200, "Ned Brown is added.", "Hops", "Bea Brown")
		ned := w.find(w.clinic, "ned brown")

		// The second person has a login of their own, and sees the same pet.
		w.invite(ned, "ned@example.com", true)
		in, _ := w.settle("ned@example.com", w.temporary(ned), url.Values{"person.first_name": {"Ned"}, "person.last_name": {"Brown"}, "person.email": {"ned@example.com"}})
		in.Get("/paws/pet-app").Want(t, 200, "Hello, Ned", "Hops")
		b.Get(page(w.bea, "household")).Want(t, 200, "Signs in with ned@", "No login yet")
	})
}

func TestMerge(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kenny := w.kenny()
		w.invite(w.ken, "ken@example.com", true)
		w.invite(kenny, "kenny@example.com", true)
		theirs, password := w.settle("kenny@example.com", w.temporary(kenny), url.Values{
			"person.first_name": {"Kenny"}, "person.last_name": {"Ito"}, "person.email": {"kenny@example.com"}, "person.phones": {"+1 206 555 0177"},
		})
		temporary := w.temporary(w.ken)
		b := w.desk()
		b.Get(page(w.ken, "merge")+"?q=kenny").Want(t, 200, "Kenny Ito", "Choose")
		b.Get(page(w.ken, "merge")+"?with="+kenny).Want(t, 200, "One and the same person", "Two people of one household", "bring the rest", "Zed Ito")
		b.Get(page(w.ken, "merge")+"?with="+w.ken).Want(t, 409, "one and the same record")
		b.Get(page(w.ken, "merge")+"?with="+w.aya+"&same=no").Want(t, 409, "in one household already")
		b.Get(page(w.ken, "merge")+"?with="+kenny+"&same=yes&along=yes").Want(t, 200, "was in use first", "kenny@example.com", "Biscuit of both", "Zed Ito</bdi></b> joins",
			"1 pet comes along", "Tofu", "C9", "cannot be undone")
		form := url.Values{
			"with": {kenny}, "same": {"yes"}, "along": {"yes"}, "login": {"goes"}, "take.first_name": {"goes"},
			"twin": {w.pets(kenny)[0] + ":" + w.pets(w.ken)[0]}, "seen": {seenValue.FindStringSubmatch(b.Page.Body)[1]},
		}
		// Somebody else changes a record meanwhile: look again.
		other := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		other.Get(page(kenny, "edit"))
		w.Clock.Advance(1e9)
		other.Post(page(kenny, "edit"), url.Values{"first_name": {"Kenny"}, "last_name": {"Ito"}, "email": {"kenny@example.com"}, "phones": {"+1 206 555 0178"}}).Want(t, 200)
		b.Post(page(w.ken, "merge"), form).Want(t, 409, "Somebody changed one of these records", "What happens")
		form.Set("seen", seenValue.FindStringSubmatch(b.Page.Body)[1])

		// Who may not change logins cannot end one by merging.
		vet := w.Enter("paws", w.Hire(w.clinic, "Vera Vet", "vera@paws.example", role.Veterinarian, w.clinic.North.ID), "")
		vet.Get(page(w.ken, "merge") + "?with=" + kenny + "&same=yes&along=yes")
		vet.Post(page(w.ken, "merge"), url.Values{"with": {kenny}, "same": {"yes"}}).Want(t, 403, "Ask a colleague")

		b.Post(page(w.ken, "merge"), form).Want(t, 200, "The records are merged.", "Kenny Ito", "Zed Ito", "Aya Ito", "C1", "C9", "Signs in with kenny@")
		p, err := w.PetParents.Profile(w.ctx(), w.DB, w.clinic.ID, w.ken)
		if err != nil || p.FirstName != "Kenny" || len(p.Emails) != 2 || len(p.Phones) != 2 || len(p.Pets) != 4 || p.Login.LoginID != "kenny@example.com" {
			t.Errorf("stored %+v, %v", p, err)
		}
		// The old address leads here, and what was known of it stands here.
		b.Get(page(kenny)).Want(t, 200, "Kenny Ito")
		if b.Page.Path != page(w.ken) {
			t.Errorf("the old address leads to %s", b.Page.Path)
		}
		b.Get(page(w.ken, "communication")).Want(t, 200, "kenny@example.com", "ken@example.com")
		b.Get(page(w.ken, "history")).Want(t, 200, "+1 206-555-0178", "Login ID")
		other.Get(page(w.ken, "activity")).Want(t, 200, "merged another record into that of", "Kenny Ito finished their first sign-in")

		// One login goes on, the other is nowhere any more.
		theirs.Get("/paws/pet-app").Want(t, 200, "Hello, Kenny", "Mochi", "Tofu")
		gone := w.Browser()
		gone.Get("/paws/login")
		gone.Post("/paws/login", url.Values{"login": {"ken@example.com"}, "password": {temporary}}).Want(t, 401)
		gone.Post("/paws/login", url.Values{"login": {"kenny@example.com"}, "password": {password}}).Want(t, 200, "Hello, Kenny")
		if n := w.only("count(*)", "account", "login_id = $1", "ken@example.com"); n != 0 {
			t.Error("the login that ended is still there")
		}
		if lines := w.audited(audit.PetParentMerged); len(lines) != 1 || lines[0].Detail["merged"] != kenny || lines[0].Personal.Actor != "Rita Desk" {
			t.Errorf("audit: %+v", lines)
		}
		if lines := w.audited(audit.PetParentMoved); len(lines) != 1 || lines[0].Personal.Target != "Zed Ito" {
			t.Errorf("who came along: %+v", lines)
		}
		if lines := w.audited(audit.PetMerged); len(lines) != 1 || lines[0].TargetID != w.pets(w.ken)[0] && lines[0].Detail["merged"] == "" {
			t.Errorf("which pets were one: %+v", lines)
		}
		if lines := w.audited(audit.HouseholdMerged); len(lines) != 1 || lines[0].Detail["pets"] != "1" || lines[0].Detail["pets_joined"] != "1" {
			t.Errorf("the household: %+v", lines)
		}
	})
}

func TestMove(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		b := w.desk()
		b.Get(page(w.aya, "move")).Want(t, 200, "household of their own")
		b.Get(page(w.aya, "move")+"?q=brown").Want(t, 200, "Bea Brown", "Choose")
		b.Get(page(w.aya, "move")+"?with="+w.bea).Want(t, 200, "household of <bdi>Bea Brown", "Biscuit", "Belong to both households")
		b.Post(page(w.aya, "move"), url.Values{"with": {w.bea}, "pet": {w.pets(w.aya)[0]}, "pets": {"shared"}}).Want(t, 200, "The household is changed.", "Bea Brown")
		b.Get(page(w.aya, "pets")).Want(t, 200, "Hops", "Biscuit").Without(t, "Mochi")
		b.Get(page(w.ken, "move") + "?with=new")
		b.Post(page(w.ken, "move"), url.Values{"with": {"new"}}).Want(t, 409, "Merge the two households instead")
		b.Get(page(w.aya, "move") + "?with=new")
		b.Post(page(w.aya, "move"), url.Values{"with": {"new"}}).Want(t, 200, "The household is changed.", "added here")
		if n := len(w.audited(audit.PetParentMoved)); n != 2 {
			t.Errorf("%d moves on record", n)
		}
	})
}

func TestHouseholdAPI(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kenny := w.kenny()
		desk := w.Token("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
		sitter := w.Token("paws", w.Hire(w.clinic, "Sid Sitter", "sid@paws.example", role.Sitter, w.clinic.North.ID), "")
		other := w.Token("other", w.other.Administrator, w.other.North.ID)
		own, pet := "/pet-parents/"+w.ken, w.pets(w.ken)[0]
		type m = map[string]any
		person := m{"first_name": "Ned", "last_name": "Ito", "email": "", "phones": []string{}}
		household := m{"company": "", "home_branch": w.clinic.South.ID, "active": true, "opt_out": true}
		for _, row := range []struct {
			method, path string
			body         any
			invalid      any // nil: none
		}{
			{"POST", own + "/people", person, m{"first_name": "", "last_name": "", "email": "", "phones": []string{}}},
			{"POST", own + "/pets", m{"name": "Pip"}, m{"name": ""}},
			{"PUT", own + "/pets/" + pet, m{"name": "Biscuit", "species": "dog"}, m{"name": "X", "species": "dragon"}},
			{"PUT", own + "/household", household, m{"company": "", "home_branch": "x", "active": true, "opt_out": true}},
			{"GET", own + "/merge?with=" + kenny, nil, nil},
			{"POST", own + "/merge", m{"with": kenny, "same": true, "along": true}, nil},
			{"GET", own + "/history", nil, nil},
			{"POST", own + "/move", m{}, m{"too": 1}},
		} {
			for _, try := range []struct {
				token  string
				status int
			}{{"", 401}, {sitter, 403}, {other, 404}} {
				if got := w.API(row.method, row.path, try.token, row.body); got.Status != try.status {
					t.Errorf("%s %s: %d, want %d: %s", row.method, row.path, got.Status, try.status, got.Raw)
				}
			}
			if row.invalid != nil {
				w.API(row.method, row.path, desk, row.invalid).Want(t, 422)
			}
			missing := strings.Replace(row.path, w.ken, id.New(), 1)
			w.API(row.method, missing, desk, row.body).Want(t, 404)
			got := w.API(row.method, row.path, desk, row.body)
			if got.Status/100 != 2 {
				t.Errorf("%s %s: %d: %s", row.method, row.path, got.Status, got.Raw)
			}
		}
		w.API("POST", "/pet-parents", desk, person).Want(t, 409)
		person["confirm_similar"] = true
		if added := w.API("POST", "/pet-parents", desk, person).Want(t, 201); added.Text("household", "system") != "catflap" {
			t.Errorf("added: %s", added.Raw)
		}
		profile := w.API("GET", "/pet-parents/"+kenny, desk, nil).Want(t, 200)
		if profile.Text("id") != w.ken || profile.Text("household", "system") != "catflap" {
			t.Errorf("the old id: %s", profile.Raw)
		}
		history := w.API("GET", own+"/history?field=phones&limit=1", desk, nil).Want(t, 200)
		if len(history.Body["items"].([]any)) > 1 {
			t.Errorf("history: %s", history.Raw)
		}
		w.API("GET", own+"/history?pet="+id.New(), desk, nil).Want(t, 404)
	})
}
