package petparentweb_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"testing"

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
			z, err := zip.NewReader(bytes.NewReader([]byte(raw)), int64(len(raw)))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range z.File {
				r, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				content, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				var data struct {
					Person petparent.Contact
				}
				if err := json.Unmarshal(content, &data); err == nil && data.Person.FirstName != name {
					t.Errorf("%s says %q", f.Name, data.Person.FirstName)
				} else if err != nil && !strings.Contains(string(content), "First name: "+name) {
					t.Errorf("%s lacks %q: %v", f.Name, name, err)
				}
			}
		}
	})
}
