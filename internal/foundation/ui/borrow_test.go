package ui

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"catflap/internal/foundation/clock"
)

func source(name, page, shared string, borrows ...string) Source {
	files := fstest.MapFS{"page.html": &fstest.MapFile{Data: []byte(`{{define "title"}}x{{end}}{{define "content"}}` + page + `{{end}}`)}}
	if shared != "" {
		files["_shared.html"] = &fstest.MapFile{Data: []byte(shared)}
	}
	return Source{Name: name, FS: files, Borrows: borrows}
}

// TestBorrowedBlocks: a page calls the shared blocks of another source that its
// own names, and of no other.
func TestBorrowedBlocks(t *testing.T) {
	lender := source("lender", `{{template "greeting" .}}`, `{{define "greeting"}}<p>hello, {{template "who" .}}</p>{{end}}{{define "who"}}{{.Data}}{{end}}`)
	u := newUI(t, lender, source("borrower", `<h1>{{template "greeting" .}}</h1>`, `{{define "own"}}{{template "who" .}}{{end}}`, "lender"))
	w := httptest.NewRecorder()
	if err := u.Page(w, httptest.NewRequest("GET", "/", nil), 200, "borrower/page", "<b>Ken"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.Body.String(), "<h1><p>hello, &lt;b&gt;Ken</p></h1>") {
		t.Error(w.Body.String())
	}
	for name, c := range map[string]struct {
		sources []Source
		want    string
	}{
		"not named":      {[]Source{lender, source("other", `{{template "greeting" .}}`, "")}, `nobody defines the template "greeting"`},
		"comes later":    {[]Source{source("other", "", "", "lender"), lender}, `other borrows from "lender"`},
		"a name of both": {[]Source{lender, source("other", "", `{{define "who"}}{{end}}`, "lender")}, `"who" is defined already`},
		"a page's name":  {[]Source{lender, source("other", `x{{end}}{{define "who"}}`, "", "lender")}, `"who" is the name of a component`},
	} {
		if _, err := New(Options{Clock: clock.System{}}, c.sources...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestLinksIntoApps: addresses of authenticator apps are let through, and
// nothing else that begins in an unusual way.
func TestLinksIntoApps(t *testing.T) {
	u := newUI(t, source("x", `<a href="{{otpauth .Data}}">open</a>`, ""))
	show := func(address string) (string, error) {
		w := httptest.NewRecorder()
		err := u.Page(w, httptest.NewRequest("GET", "/", nil), 200, "x/page", address)
		return w.Body.String(), err
	}
	if body, err := show(`otpauth://totp/Paws:a?secret=AB&issuer="Paws"`); err != nil || !strings.Contains(body, `href="otpauth://totp/Paws:a?secret=AB&amp;issuer=%22Paws%22"`) {
		t.Errorf("%v: %s", err, body)
	}
	for _, address := range []string{"javascript:alert(1)", "https://elsewhere.example/", "otpauth://hotp/x", ""} {
		if _, err := show(address); err == nil {
			t.Errorf("%q is let through", address)
		}
	}
}
