package app_test

import (
	"context"
	"html"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// typedName is how a person is called who must be called so whatever the
// practice chose.
const typedName = "Pet Parents pet parent"

var named = regexp.MustCompile(`(?i)pet\s+parent`)

// chosen are the values of the setting itself, which say what there is to choose.
var chosen = regexp.MustCompile(`<b>Pet parents</b>|>Pet parents<|Default: Pet parents|Possible: pet parents or clients`)

// halves are the typed name where a form has a field for each half.
var halves = regexp.MustCompile(`value="(Pet Parents|pet parent)"`)

// wordings are two practices with the same people, of which one speaks of clients.
type wordings struct {
	*apptest.App
	t      *testing.T
	clinic map[string]apptest.Clinic
	person map[string]string
	pet    map[string]string
}

func newWordings(t *testing.T, a *apptest.App) *wordings {
	w := &wordings{App: a, t: t, clinic: map[string]apptest.Clinic{}, person: map[string]string{}, pet: map[string]string{}}
	ctx := access.WithViewer(context.Background(), access.System("test"))
	for _, slug := range []string{"here", "there"} {
		c := a.Clinic(slug)
		err := a.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := a.PetParents.Upsert(ctx, tx, c.ID, petparent.HouseholdInput{
				System: "generic", ExternalID: "C1", Active: true, HomeBranchID: c.North.ID,
				People: []petparent.PersonInput{{FirstName: "Pet Parents", LastName: "pet parent", Emails: []string{"pp@example.com"}}},
				Pets:   []petparent.PetInput{{ExternalID: "P1", Name: "Rex", Species: "dog"}},
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		found, err := a.PetParents.List(ctx, c.ID, petparent.Filter{}, "", 0)
		if err != nil || len(found.Rows) != 1 {
			t.Fatalf("%d people, %v", len(found.Rows), err)
		}
		one, err := a.PetParents.Profile(ctx, a.DB, c.ID, found.Rows[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		w.clinic[slug], w.person[slug], w.pet[slug] = c, one.ID, one.Pets[0].ID
	}
	boss := token(t, a, "here", w.clinic["here"].Administrator, w.clinic["here"].North.ID)
	a.API("PUT", "/policy", boss, map[string]any{"policy": map[string]any{"pet_parents_called": "clients"}}).Want(t, 200)
	return w
}

func (w *wordings) enter(slug string) *apptest.Browser {
	c := w.clinic[slug]
	return w.Enter(slug, c.Administrator, c.North.ID)
}

// page is what a page says besides the name that somebody typed.
func (w *wordings) page(p apptest.Page) string {
	body := strings.ReplaceAll(html.UnescapeString(p.Body), typedName, "")
	return halves.ReplaceAllString(chosen.ReplaceAllString(body, ""), "")
}

// staffPages lists the address of every page that staff can open, with the
// people of the test.
func (w *wordings) staffPages(slug string) []string {
	c := w.clinic[slug]
	var all []string
	for _, r := range w.Mux().Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method != "GET" || r.API || !r.Rule.Audience.Has(access.Staff) || !strings.HasPrefix(path, "/{practice}") ||
			strings.Contains(path, "/runs/") || strings.Contains(path, "/api-keys/{") {
			continue
		}
		of := c.Administrator.ID
		switch {
		case strings.Contains(path, "/pet-parents/"), strings.Contains(path, "/marketing/"):
			of = w.person[slug]
		case strings.Contains(path, "/templates/"):
			of = mail.RecoveryChange
		case strings.Contains(path, "/branches/"):
			of = c.North.ID
		case strings.Contains(path, "/roles/"):
			roles, err := w.Roles.List(context.Background(), w.DB, c.ID)
			if err != nil {
				w.t.Fatal(err)
			}
			of = roles[0].ID
		}
		path = strings.NewReplacer("{practice}", slug, "{id}", of, "{pet}", w.pet[slug], "{$}", "").Replace(path)
		all = append(all, path)
	}
	return append(all, "/"+slug+"/pet-parents/search?q=pet", "/"+slug+"/pet-parents/search?q=nobody", "/"+slug+"/pet-parents/pet-app?q=nobody",
		"/"+slug+"/missing?q=import", "/"+slug+"/pet-parents/"+c.ID, "/"+slug+"/pet-parents/"+w.person[slug]+"/login/available?login=pp@example.com")
}

// TestWordingOfClients opens every page of staff of a practice that speaks of
// clients: none says anything of pet parents but what somebody typed.
func TestWordingOfClients(t *testing.T) {
	w := newWordings(t, apptest.On(t, dbtest.New(t, db.SQLite)))
	w.say("here")
	b, opened, typed, clients := w.enter("here"), 0, 0, 0
	for _, path := range w.staffPages("here") {
		p := b.Get(path)
		if p.Status == 200 {
			opened++
		}
		if strings.Contains(html.UnescapeString(p.Body), typedName) {
			typed++
		}
		body := w.page(p)
		if strings.Contains(body, "lient") {
			clients++
		}
		for _, at := range named.FindAllStringIndex(body, -1) {
			t.Errorf("%s (%d) says …%s…", path, p.Status, body[max(0, at[0]-80):min(len(body), at[1]+60)])
		}
	}
	if opened < 60 || typed < 15 || clients < 50 {
		t.Errorf("%d pages opened, %d with the name, %d with clients: the walk is broken", opened, typed, clients)
	}
	b.Get("/here/pet-parents/pet-app").Want(t, 200, "The clients of Clinic here", "Search clients", "2 clients")
	b.Get("/here/pet-parents/"+w.clinic["here"].ID).Want(t, 404, "This client is not here.")
	b.Get("/here/security/audit").Want(t, 200, "added the client ", "changed the policy")
	w.enter("there").Get("/there/pet-parents/pet-app").Want(t, 200, "The pet parents of Clinic there", "Search pet parents", "1 pet parent")
}

// say does some things that are told afterwards, in notices and on record.
func (w *wordings) say(slug string) {
	w.t.Helper()
	b := w.enter(slug)
	at := "/" + slug + "/pet-parents/" + w.person[slug]
	none := func(p apptest.Page) {
		w.t.Helper()
		if body := w.page(p); named.MatchString(body) {
			w.t.Errorf("it says %s", body[named.FindStringIndex(body)[0]:][:80])
		}
	}
	b.Get("/" + slug + "/settings/terms")
	none(b.Post("/"+slug+"/settings/terms", url.Values{"version": {"0"}, "terms_title": {"T"}, "terms_text": {"Text"}, "privacy_title": {"P"}, "privacy_text": {"Text"}}).
		Want(w.t, 200, "is published. Clients accept it at their next sign-in."))
	b.Get("/" + slug + "/pet-parents/new")
	none(b.Post("/"+slug+"/pet-parents/new", url.Values{"first_name": {"Zoe"}, "last_name": {"Zimmer"}}))
	none(b.Post("/"+slug+"/pet-parents/new", url.Values{}))
	b.Get(at + "/login")
	none(b.Post(at+"/login", url.Values{"login": {""}, "temporary": {"leave"}}).Want(w.t, 422))
	none(b.Post(at+"/login/reset-link", url.Values{}))
}

// TestTwoWordingsAtOnce: two practices are answered at the same moment, each in
// its own words.
func TestTwoWordingsAtOnce(t *testing.T) {
	w := newWordings(t, apptest.On(t, dbtest.New(t, db.SQLite)))
	wants := map[string][2]string{"here": {"The clients of", "The pet parents of"}, "there": {"The pet parents of", "The clients of"}}
	var all sync.WaitGroup
	for slug, says := range wants {
		for range 4 {
			b := w.enter(slug)
			all.Go(func() {
				for range 10 {
					p := b.Get("/" + slug + "/pet-parents/pet-app")
					if p.Status != 200 || !strings.Contains(p.Body, says[0]) || strings.Contains(p.Body, says[1]) || !strings.Contains(p.Body, typedName) {
						t.Errorf("%s: %d, not in its words", slug, p.Status)
					}
				}
			})
		}
	}
	all.Wait()
}

// TestWordingOfPrograms: what programs read does not follow the pages.
func TestWordingOfPrograms(t *testing.T) {
	w := newWordings(t, apptest.On(t, dbtest.New(t, db.SQLite)))
	ask := func(slug, path string, status int) string {
		c := w.clinic[slug]
		return w.API("GET", path, token(t, w.App, slug, c.Administrator, c.North.ID), nil).Want(t, status).Raw
	}
	if got := ask("here", "/pet-parents/"+w.clinic["here"].ID, 404); !strings.Contains(got, "This pet parent is not here.") {
		t.Error(got)
	}
	if here, there := ask("here", "/context", 200), ask("there", "/context", 200); !strings.Contains(here, `"Pet Parents`) ||
		strings.Count(here, "Pet Parents") != strings.Count(there, "Pet Parents") {
		t.Errorf("the menu is not the same for programs: %s", here)
	}
	if got := ask("here", "/policy", 200); !strings.Contains(got, `"pet_parents_called":"clients"`) {
		t.Error(got)
	}
}
