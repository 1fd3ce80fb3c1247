package ui

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/fault"
)

const wordyPage = `{{define "title"}}Pet parents{{end}}{{define "content"}}<h1 title="Pet Parent">pet parents</h1>
<p>{{plural 1 "pet parent" "pet parents"}}, {{.Data.Name}}, <a href="/pet-parents/x">their pet parent's page</a></p>
<i>{{.T "x.wordy" "Name" .Data.Name}}</i><b>{{.Ours "Logins of pet parents"}}</b><u>{{.Said .Data.Said}}</u>{{template "errors" .}}{{end}}`

type wordyData struct {
	Form
	Name, Said string
}

// TestWordings: what the program says follows the practice, what somebody typed
// does not, whether it stands in a page, a text or a sentence.
func TestWordings(t *testing.T) {
	u, err := New(Options{Clock: clock.System{}, Sentences: []string{"This pet parent is not here.", "{} works here. Give the pet parent another."}},
		Source{Name: "x", FS: fstest.MapFS{
			"page.html":    {Data: []byte(wordyPage)},
			"text.en.json": {Data: []byte(`{"x.wordy": "The pet parent {{.Name}}"}`)},
		}})
	if err != nil {
		t.Fatal(err)
	}
	show := func(clients bool) string {
		r := request(access.KindStaff, "/lakeside/x")
		r = r.WithContext(access.WithPractice(r.Context(), access.Practice{ID: "p", Slug: "lakeside", Clients: clients}))
		w := httptest.NewRecorder()
		d := wordyData{Name: "pet parent Ken", Said: "Pet parent Aya works here. Give the pet parent another."}
		d.Form = Form{}.With(fault.New(fault.Conflict, "x", "This pet parent is not here.")).With(fault.New(fault.Conflict, "y", "pet parent Bo is unknown"))
		if err := u.Page(w, r, 200, "x/page", d); err != nil {
			t.Fatal(err)
		}
		return w.Body.String()
	}
	for clients, want := range map[bool][]string{
		false: {
			"<title>Pet parents", `title="Pet Parent">pet parents<`, "1 pet parent, pet parent Ken,", `href="/pet-parents/x">their pet parent&#39;s`, "The pet parent pet parent Ken",
			"<b>Logins of pet parents", "<u>Pet parent Aya works here. Give the pet parent another.", "This pet parent is not here.", "pet parent Bo is unknown",
		},
		true: {
			"<title>Clients", `title="Client">clients<`, "1 client, pet parent Ken,", `href="/pet-parents/x">their client`, "The client pet parent Ken",
			"<b>Logins of clients", "<u>Pet parent Aya works here. Give the client another.", "This client is not here.", "pet parent Bo is unknown",
		},
	} {
		page := strings.ReplaceAll(show(clients), "parent's", "parent&#39;s")
		for _, words := range want {
			if !strings.Contains(page, words) {
				t.Errorf("clients %v: %q is missing in %s", clients, words, page)
			}
		}
		if strings.Contains(page, u.words.mark) {
			t.Error("a mark left the program")
		}
	}
	if got := u.TextIn(t.Context(), "en", "x.wordy", "Name", "Ken"); got != "The pet parent Ken" {
		t.Errorf("outside of pages it says %q", got)
	}
}

// TestComparedWords: a page must not compare with words that a practice chooses.
func TestComparedWords(t *testing.T) {
	_, err := New(Options{Clock: clock.System{}}, source("x", `{{if eq .Data "Pet parents"}}x{{end}}`, ""))
	if err == nil || !strings.Contains(err.Error(), "can choose are compared") {
		t.Error(err)
	}
}
