package privacyweb_test

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/audit"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/id"
	"catflap/internal/petparent"
	"catflap/internal/role"
)

// world is a practice whose only client is Xanthippe, with everything that can
// be stored of somebody, and her housemate; and another practice.
type world struct {
	*apptest.App
	t             *testing.T
	clinic, other apptest.Clinic
	xan, mate     string
	accountID     string
	password      string
	client        *apptest.Browser
	text          string // of the last export, for people
}

// planted are words that stand nowhere but in what is stored of Xanthippe.
var planted = []string{"Xanthippe", "Quodlibet", "xanthippe@quodlibet.example", "quodlibet2", "2065550152", "206-555-0152", "CX-4711", "Zwiebel", "QuodFarm"}

func household() petparent.HouseholdInput {
	return petparent.HouseholdInput{
		System: "cornerstone", ExternalID: "CX-4711", Company: "QuodFarm", Active: true, AllPets: true,
		People: []petparent.PersonInput{
			{FirstName: "Xanthippe", LastName: "Quodlibet", Emails: []string{"xanthippe@quodlibet.example", "quodlibet2@example.org"}, Phones: []petparent.Phone{{Kind: "home", E164: "+12065550152"}}},
			{FirstName: "Mate", LastName: "Miller", Emails: []string{"mate@example.com"}},
		},
		Pets: []petparent.PetInput{{ExternalID: "PX-1", Name: "Zwiebel", Species: "dog", Breed: "Beagle"}},
	}
}

func alone() petparent.HouseholdInput {
	h := household()
	h.People = h.People[:1]
	return h
}

// twice is the first person once more, under another number and address.
func twice() petparent.HouseholdInput {
	h := alone()
	h.ExternalID, h.Pets[0].ExternalID, h.People[0].Emails = "CX-4711-B", "PX-2", []string{"old@quodlibet2.example"}
	return h
}

// double takes them over so.
func (w *world) double() string {
	w.put(twice())
	return w.find("cx-4711-b")
}

func newWorld(t *testing.T, a *apptest.App, in petparent.HouseholdInput) *world {
	w := &world{App: a, t: t, clinic: a.Clinic("paws"), other: a.Clinic("other")}
	w.put(in)
	w.xan = w.find("xanthippe")
	if len(in.People) > 1 {
		w.mate = w.find("mate")
	}
	w.write(func(tx *db.Tx) error {
		_, err := w.Onboarding.CreateLogin(w.ctx(), tx, w.clinic.Access(), w.xan, "xanthippe@quodlibet.example", true)
		return err
	})
	w.Work()
	p, err := w.PetParents.Get(w.ctx(), w.DB, w.clinic.ID, w.xan)
	if err != nil {
		t.Fatal(err)
	}
	w.accountID = p.AccountID
	temporary, err := w.Factors.TemporaryOf(w.ctx(), w.DB, w.clinic.ID, p.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := w.Factors.OpenTemporary(w.ctx(), w.clinic.ID, temporary.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.client = w.Browser()
	w.client.Get("/paws/login")
	w.client.Post("/paws/login", url.Values{"login": {"xanthippe@quodlibet.example"}, "password": {plain.Reveal()}}).Want(t, 200, "Is everything right?")
	w.client.Post("/paws/login/details", url.Values{
		"person.first_name": {"Xanthippe"}, "person.last_name": {"Quodlibet"}, "person.email": {"xanthippe@quodlibet.example"}, "person.phones": {"+1 206 555 0152\n+1 206 555 0199"},
	}).Want(t, 200, "Choose your password")
	w.password = apptest.Password()
	w.client.Post("/paws/login/new-password", url.Values{"new_password": {w.password}, "repeat_password": {w.password}}).Want(t, 200, "Hello, Xanthippe")
	return w
}

func (w *world) ctx() context.Context {
	return access.WithViewer(context.Background(), access.System("test"))
}

func (w *world) write(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Write(w.ctx(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) put(in petparent.HouseholdInput) (result petparent.Result) {
	w.t.Helper()
	w.write(func(tx *db.Tx) (err error) {
		result, err = w.PetParents.Upsert(w.ctx(), tx, w.clinic.ID, in)
		return err
	})
	return result
}

func (w *world) find(query string) string {
	w.t.Helper()
	page, err := w.PetParents.List(w.ctx(), w.clinic.ID, petparent.Filter{Query: query}, "", 0)
	if err != nil || len(page.Rows) != 1 {
		w.t.Fatalf("%q finds %d people: %v", query, len(page.Rows), err)
	}
	return page.Rows[0].ID
}

func (w *world) path(more string) string { return "/paws/pet-parents/" + w.xan + more }

var seenValue = regexp.MustCompile(`name="seen" value="([^"]+)"`)

func (w *world) eraseWith(b *apptest.Browser) apptest.Page {
	w.t.Helper()
	b.Get(w.path("/erase")).Want(w.t, 200, "What goes")
	return b.Post(w.path("/erase"), url.Values{"sure": {"yes"}, "seen": {seenValue.FindStringSubmatch(b.Page.Body)[1]}})
}

// leftovers fails for every row of every table that still names the person.
func (w *world) leftovers() {
	w.t.Helper()
	w.Clock.Advance(6 * 60e9)
	w.Work() // what looks once more after it
	everything := strings.ToLower(apptest.Everything(w.App))
	for _, word := range planted {
		if at := strings.Index(everything, strings.ToLower(word)); at >= 0 {
			w.t.Errorf("%q is still there: %.300s", word, everything[max(0, at-200):])
		}
	}
	table := ""
	for line := range strings.Lines(everything) {
		if tableName.MatchString(line) {
			table = strings.TrimSpace(line)
		}
		if table == "audit" || table == "message" {
			continue // that something was done, and written, stays
		}
		for _, what := range []string{w.accountID, w.xan} {
			if strings.Contains(line, what) {
				w.t.Errorf("the table %s still knows %s", table, what)
			}
		}
	}
}

var tableName = regexp.MustCompile(`^[a-z_]+\n$`)

func TestDoors(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, household())
		desk := w.Enter("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		stranger := w.Enter("other", w.other.Administrator, w.other.North.ID)
		desk.Get(w.path("/household")).Want(t, 200, "Mate Miller").Without(t, "Personal data")
		admin.Get(w.path("/household")).Want(t, 200, "Personal data")
		out := w.Browser()
		for _, path := range []string{"/personal-data", "/erase"} {
			out.Get(w.path(path)).Want(t, 200, "Password")
			w.client.Get(w.path(path)).Want(t, 403)
			desk.Get(w.path(path)).Want(t, 403)
			desk.Get(w.path(""))
			desk.Post(w.path(path), url.Values{"sure": {"yes"}}).Want(t, 403)
			stranger.Get("/other/pet-parents/"+w.xan+path).Want(t, 404).Without(t, "Quodlibet")
			stranger.Get("/other/pet-parents/pet-app")
			stranger.Post("/other/pet-parents/"+w.xan+path, url.Values{"sure": {"yes"}}).Want(t, 404)
			admin.Get("/paws/pet-parents/"+id.New()+path).Want(t, 404)
			admin.Get(w.path(path)).Want(t, 200, "Xanthippe Quodlibet")
		}
		admin.Post(w.path("/erase"), url.Values{"sure": {""}}).Want(t, 422, "Tick the box")
		w.Clock.Advance(6 * 60e9)
		admin.Get(w.path("/erase")).Want(t, 200, "Confirm that it is you")
		admin.Get(w.path("/household"))
		admin.Post(w.path("/erase"), url.Values{"sure": {"yes"}}).Want(t, 200, "Confirm that it is you")
		if w.find("xanthippe") != w.xan {
			t.Error("erased by somebody who may not")
		}
	})
}

func TestErase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, alone())
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		admin.Get(w.path("/edit"))
		admin.Post(w.path("/edit"), url.Values{"first_name": {"Xanthippe"}, "last_name": {"Quodlibet"}, "email": {"xanthippe@quodlibet.example"}}).Want(t, 200)
		w.write(func(tx *db.Tx) error { // what waits to be sent
			_, err := w.Onboarding.CreateLogin(w.ctx(), tx, w.clinic.Access(), w.xan, "again", true)
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("a second login: %v", err)
			}
			return nil
		})
		admin.Get(w.path("/erase")).Want(t, 200, "The household, because nobody else is in it", "Zwiebel", "CX-4711", "xanthippe@")
		w.eraseWith(admin).Want(t, 200, "The personal data are erased.")
		w.leftovers()
		w.client.Get("/paws/pet-app").Without(t, "Hello")
		admin.Get(w.path("")).Want(t, 404)

		// The record says what was done and by whom of the staff, and not to whom.
		lines, err := w.Audit.List(w.ctx(), w.clinic.ID, audit.Filter{}, "", 1000)
		if err != nil || lines[0].Action != audit.PetParentErased || lines[0].Personal.Actor != "Ada Admin" || lines[0].Personal.Target != "" {
			t.Errorf("on record: %+v, %v", lines[0], err)
		}
		changed := 0
		for _, l := range lines {
			if l.Action == audit.PetParentChanged && l.TargetID == w.xan {
				changed++
				if l.Personal.Actor != "Ada Admin" || l.Personal.Salt != "" || len(l.Personal.Changes) != 0 {
					t.Errorf("line: %+v", l)
				}
			}
		}
		if changed != 1 {
			t.Errorf("%d lines about the change", changed)
		}
		admin.Get("/paws/security/audit").Want(t, 200, "erased the personal data of a pet parent", "somebody whose details were erased").Without(t, "Xanthippe")

		// No import brings anybody back, whatever it says, and a new login is free.
		next := household()
		for range 2 {
			if got := w.put(next); got != petparent.ResultUnchanged {
				t.Errorf("import: %s", got)
			}
			next.People[0].LastName = "Quodlibet-Smith"
		}
		if n := apptest.Number(w.App, `SELECT count(*) FROM pet_parent WHERE practice_id = $1`, w.clinic.ID); n != 0 {
			t.Errorf("%d people after the import", n)
		}
		w.leftovers()
		// The same number at another practice is somebody else.
		w.write(func(tx *db.Tx) error {
			got, err := w.PetParents.Upsert(w.ctx(), tx, w.other.ID, household())
			if got != petparent.ResultNew {
				t.Errorf("at the other practice: %s", got)
			}
			return err
		})
	})
}

// Somebody else lives in the household: it stays, with the pets.
func TestEraseOneOfTwo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, household())
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		admin.Get(w.path("/erase")).Want(t, 200, "The household with", "Mate Miller", "Zwiebel")
		w.eraseWith(admin).Want(t, 200, "The personal data are erased.")
		mate, err := w.PetParents.Profile(w.ctx(), w.DB, w.clinic.ID, w.mate)
		if err != nil || len(mate.Others) != 0 || len(mate.Pets) != 1 {
			t.Fatalf("the household: %+v, %v", mate, err)
		}
		for _, word := range planted[:6] {
			if strings.Contains(apptest.Everything(w.App), word) {
				t.Errorf("%q is still there", word)
			}
		}
		// Imports go on to update the other one, and bring nobody back.
		next := household()
		if got := w.put(next); got != petparent.ResultUnchanged {
			t.Errorf("the same again: %s", got)
		}
		next.People[1].LastName, next.People[0].FirstName = "Miller-Jones", "Xanthi"
		if got := w.put(next); got != petparent.ResultChanged {
			t.Errorf("news: %s", got)
		}
		mate, err = w.PetParents.Profile(w.ctx(), w.DB, w.clinic.ID, w.mate)
		if err != nil || mate.LastName != "Miller-Jones" || len(mate.Others) != 0 || strings.Contains(apptest.Everything(w.App), "Xanthi") {
			t.Errorf("after the import: %+v, %v", mate, err)
		}
	})
}

func TestEraseMergedAndRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, household())
		double := w.double()
		if err := w.PetParents.Merge(w.ctx(), w.clinic.ID, petparent.MergeInput{Stays: w.xan, Goes: double, Same: true}); err != nil {
			t.Fatal(err)
		}
		if err := w.PetParents.Merge(w.ctx(), w.clinic.ID, petparent.MergeInput{Stays: w.xan, Goes: w.mate, Same: true}); err != nil {
			t.Fatal(err)
		}
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		apptest.Exec(w.App, `INSERT INTO import (id, practice_id, system, state, home_branch_id, actor_kind, actor_id, actor_name, files, counts, preview,
			total, done, added, changed, unchanged, held, problem, created_at)
			VALUES ('i', $1, 'generic', 'previewed', '', 'staff', '', '', '[]', '{}', '', 0, 0, 0, 0, 0, 0, '', $2)`, w.clinic.ID, w.Clock.Now())
		admin.Get(w.path("/erase")).Want(t, 200, "An import is running or waits").Without(t, "Erase for good")
		admin.Post(w.path("/erase"), url.Values{"sure": {"yes"}}).Want(t, 409, "An import is running or waits")
		apptest.Exec(w.App, `DELETE FROM import WHERE id = 'i' AND practice_id = $1`, w.clinic.ID)
		admin.Get(w.path("/erase")).Want(t, 200)
		admin.Post(w.path("/erase"), url.Values{"sure": {"yes"}, "seen": {"older"}}).Want(t, 409, "Look at them again")
		w.eraseWith(admin).Want(t, 200, "The personal data are erased.")
		w.leftovers()
		for _, in := range []petparent.HouseholdInput{household(), twice()} {
			if got := w.put(in); got != petparent.ResultUnchanged {
				t.Errorf("import of %s: %s", in.ExternalID, got)
			}
		}
	})
}

func TestEraseAtOnce(t *testing.T) {
	w := newWorld(t, apptest.On(t, dbtest.New(t, db.PostgreSQL)), household())
	wins := apptest.AtOnce(16, func(i int) bool {
		if i%4 == 0 { // imports and sign-ins at the same moment
			err := w.DB.Write(w.ctx(), func(tx *db.Tx) error {
				_, err := w.PetParents.Upsert(w.ctx(), tx, w.clinic.ID, household())
				return err
			})
			if err != nil {
				t.Error(err)
			}
			w.API("POST", "/practices/paws/sign-in", "", map[string]string{"login": "xanthippe@quodlibet.example", "password": w.password})
			return false
		}
		err := w.Privacy.Erase(w.ctx(), w.clinic.ID, w.xan, "")
		if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		return err == nil
	})
	if wins != 1 {
		t.Errorf("%d erasures won", wins)
	}
	w.Clock.Advance(6 * 60e9) // what was under way at that moment is cleared away
	w.Work()
	for _, word := range planted[:2] {
		if all := apptest.Everything(w.App); strings.Contains(all, word) {
			t.Errorf("%q is still there: %.600s", word, all[max(0, strings.Index(all, word)-300):])
		}
	}
}

func TestExport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, household())
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		admin.Get(w.path("/personal-data")).Want(t, 200, "Export personal data")
		got := admin.Post(w.path("/personal-data"), nil).Want(t, 200)
		if got.Header.Get("Content-Disposition") != `attachment; filename="personal-data-2026-07-01.zip"` || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers: %v", got.Header)
		}
		files := apptest.Unzip(t, got.Body)
		for name, body := range files {
			for _, word := range []string{"Xanthippe", "Quodlibet", "xanthippe@quodlibet.example", "CX-4711", "Zwiebel", "Firefox", "206-555-0199", "QuodFarm"} {
				if !strings.Contains(body, word) {
					t.Errorf("%s: %q is missing", name, word)
				}
			}
			for _, word := range []string{"Mate", "Miller", "Ada Admin", w.password, "argon2", w.accountID} {
				if strings.Contains(body, word) {
					t.Errorf("%s: %q must not be here", name, word)
				}
			}
		}
		var data struct {
			Login struct {
				LoginID string `json:"login_id"`
			}
			Record []any
		}
		if err := json.Unmarshal([]byte(files["personal-data.json"]), &data); err != nil || data.Login.LoginID == "" || len(data.Record) < 4 || len(files) != 2 {
			t.Errorf("%d files, %+v, %v", len(files), data, err)
		}
		lines, err := w.Audit.List(w.ctx(), w.clinic.ID, audit.Filter{Action: audit.PetParentExported}, "", 10)
		if err != nil || len(lines) != 1 || lines[0].TargetID != w.xan || lines[0].Personal.Actor != "Ada Admin" {
			t.Errorf("on record: %+v, %v", lines, err)
		}
	})
}

func TestAPI(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a, household())
		admin, other := w.Token("paws", w.clinic.Administrator, w.clinic.North.ID), w.Token("other", w.other.Administrator, w.other.North.ID)
		desk := w.Token("paws", w.Hire(w.clinic, "Rita Desk", "rita@paws.example", role.Receptionist, w.clinic.North.ID), "")
		own := "/pet-parents/" + w.xan
		for _, row := range []struct {
			method, path, token string
			body                any
			status              int
		}{
			{"GET", "/personal-data", "", nil, 401}, {"GET", "/personal-data", desk, nil, 403}, {"GET", "/personal-data", other, nil, 404},
			{"GET", "/erase", "", nil, 401}, {"GET", "/erase", desk, nil, 403}, {"GET", "/erase", other, nil, 404},
			{"POST", "/erase", "", map[string]string{"seen": "x"}, 401}, {"POST", "/erase", desk, map[string]string{"seen": "x"}, 403},
			{"POST", "/erase", other, map[string]string{"seen": "x"}, 404}, {"POST", "/erase", admin, map[string]string{"seen": "x"}, 409},
			{"POST", "/erase", admin, map[string]string{}, 422},
		} {
			if got := w.API(row.method, own+row.path, row.token, row.body); got.Status != row.status {
				t.Errorf("%s %s: %d, want %d: %s", row.method, row.path, got.Status, row.status, got.Raw)
			}
		}
		if files := apptest.Unzip(t, w.API("GET", own+"/personal-data", admin, nil).Want(t, 200).Raw); len(files) != 2 {
			t.Errorf("%d files", len(files))
		}
		preview := w.API("GET", own+"/erase", admin, nil).Want(t, 200)
		w.API("POST", own+"/erase", admin, map[string]string{"seen": preview.Text("seen")}).Want(t, 204)
		w.API("GET", own, admin, nil).Want(t, 404)
	})
}
