package petparentweb_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"catflap/internal/app/apptest"
	"catflap/internal/petparent"
)

// difficult are names that somebody has, or tries.
var difficult = []string{
	"D'Angelo-O’Brien", "Q", strings.Repeat("W", 200), "יוסף בן־דוד", "محمد", "🐾 Paws 👩‍👧", "<b>Bold</b> & \"co\"",
	"=cmd|'/c calc'!A1", "{{.Secret}}", "Nguyễn Thị Ánh",
}

// TestDifficultNames: every page of a household shows them as they are, and so
// do the API and the export.
func TestDifficultNames(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		token := w.Token("paws", w.clinic.Administrator, w.clinic.North.ID)
		for _, name := range difficult {
			admin.Get("/paws/pet-parents/new")
			admin.Post("/paws/pet-parents/new", url.Values{"first_name": {name}, "last_name": {"Zyx"}}).Want(t, 200, name)
			path := strings.SplitN(admin.Page.Path, "?", 2)[0]
			admin.Get(path+"/people/new").Want(t, 200, name)
			admin.Post(path+"/people/new", url.Values{"first_name": {"Second"}, "last_name": {name}, "known": {"yes"}}).Want(t, 200, name)
			admin.Get(path + "/pets/new")
			admin.Post(path+"/pets/new", url.Values{"name": {name}, "breed": {name}}).Want(t, 200, name)
			admin.Get(path + "/edit")
			admin.Post(path+"/edit", url.Values{"first_name": {name}, "last_name": {name}}).Want(t, 200, name)
			id := path[strings.LastIndex(path, "/")+1:]
			pet := w.pets(id)[0]
			for _, more := range []string{
				"", "/pets", "/pets/" + pet + "/edit", "/household", "/household/edit", "/edit", "/history", "/history?pet=" + pet, "/merge",
				"/merge?with=" + w.ken, "/merge?with=" + w.ken + "&same=yes&along=yes", "/merge?with=" + w.ken + "&same=no", "/move?with=new",
				"/move?with=" + w.ken, "/activity", "/communication", "/personal-data", "/erase",
			} {
				got := admin.Get(path+more).Want(t, 200, name)
				if strings.ContainsAny(name, "<") && strings.Contains(got.Body, name) {
					t.Errorf("%s shows %q as it is typed", more, name)
				}
			}
			if got := w.API("GET", "/pet-parents/"+id, token, nil).Want(t, 200); got.Text("first_name") != name {
				t.Errorf("the API says %q", got.Text("first_name"))
			}
			raw := w.API("GET", "/pet-parents/"+id+"/personal-data", token, nil).Want(t, 200).Raw
			for file, content := range apptest.Unzip(t, raw) {
				var data struct {
					Person petparent.Contact
				}
				if err := json.Unmarshal([]byte(content), &data); err == nil && data.Person.FirstName != name {
					t.Errorf("%s says %q", file, data.Person.FirstName)
				} else if err != nil && !strings.Contains(content, "First name: "+name) {
					t.Errorf("%s lacks %q: %v", file, name, err)
				}
			}
		}
	})
}

// TestDifficultNamesOnTheWayIn: so do the pages that lead to a login and the
// letter, up to the pet app.
func TestDifficultNamesOnTheWayIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.Enter("paws", w.clinic.Administrator, w.clinic.North.ID)
		for i, name := range difficult {
			own, shared := fmt.Sprintf("own%d@example.com", i), fmt.Sprintf("shared%d@example.com", i)
			for j, email := range []string{own, shared, shared} {
				w.put(w.clinic, petparent.HouseholdInput{
					System: "generic", ExternalID: fmt.Sprint("D", i, "-", j), Active: true,
					People: []petparent.PersonInput{{FirstName: name, LastName: fmt.Sprint("Zyx", j), Emails: []string{email}}},
					Pets:   []petparent.PetInput{{ExternalID: fmt.Sprint("P", i, "-", j), Name: name, Species: "dog"}},
				})
			}
			whole := name + " Zyx0"
			id, other := w.find(w.clinic, own), w.find(w.clinic, shared+" zyx1")
			w.invite(id, own, true)
			letter := w.LastMail(own)
			if !strings.Contains(letter.Text, name) || letter.To.Name == "" || !strings.HasPrefix(whole, strings.TrimSuffix(letter.To.Name, "…")) || strings.Contains(letter.HTML, "<b>Bold") {
				t.Errorf("the letter to %q is to %q and says\n%s\n%s", name, letter.To.Name, letter.Text, letter.HTML)
			}
			client := w.Browser()
			client.Get("/paws/login")
			client.Post("/paws/login", url.Values{"login": {own}, "password": {w.temporary(id)}}).Want(t, 200, "Is everything right?", name)
			client, _ = w.settle(own, w.temporary(id), url.Values{
				"person.first_name": {name}, "person.last_name": {"Zyx0!"}, "person.email": {own}, "person.phones": {""},
				"pets[0].id": {w.pets(id)[0]}, "pets[0].name": {name}, "pets[0].species": {"dog"},
			})
			client.Get("/paws/pet-app").Want(t, 200, name)
			for path, want := range map[string]string{
				"/pet-parents/pet-app?q=" + url.QueryEscape(own):                     whole,
				"/pet-parents/search?q=" + url.QueryEscape(own):                      whole,
				"/pet-parents/" + id + "/login":                                      whole,
				"/marketing/email?q=" + url.QueryEscape(own):                         whole,
				"/marketing/email/" + id:                                             whole,
				"/security/why/" + w.profile(id).AccountID:                           name,
				"/pet-parents/logins":                                                name + " Zyx1",
				"/pet-parents/logins/decide/" + other:                                name + " Zyx1",
				"/pet-parents/proposals":                                             whole,
				"/pet-parents/pet-app?show=not_invited&q=" + url.QueryEscape(shared): name + " Zyx2",
			} {
				got := admin.Get("/paws"+path).Want(t, 200, want)
				if strings.Contains(name, "<") && strings.Contains(got.Body, name) {
					t.Errorf("%s shows %q as it is typed", path, name)
				}
			}
		}
	})
}
