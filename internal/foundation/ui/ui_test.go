package ui

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/fault"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// hostile is typed where people may type; it must come out as words.
const hostile = `"'><script>alert(1)</script><b onclick=x>{{.}}&amp;`

func newUI(t testing.TB, sources ...Source) *UI {
	t.Helper()
	u, err := New(Options{
		Clock: clock.NewManual(noon),
		Menu: func(_ context.Context, v access.Viewer) []Entry {
			return []Entry{
				{Label: "Home", Href: "/", Icon: "home"},
				{Label: "Pet Parents", Icon: "paw", Sub: []Entry{
					{Label: "Pet App", Href: "/pet-parents/pet-app", Count: 3},
					{Label: hostile, Href: "/pet-parents"},
				}},
			}
		},
		Search: func(access.Viewer) Search {
			return Search{Label: "Find a pet parent", Action: "/pet-parents/pet-app", Suggest: "/pet-parents/suggest"}
		},
	}, sources...)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func gallery() Source { return Source{Name: "gallery", FS: os.DirFS("testdata/gallery")} }

type galleryPerson struct {
	ID, Name, Login, Tone, Status string
	Pets                          int
	Seen                          time.Time
}

type galleryData struct {
	Form
	Branches      []Choice
	People        []galleryPerson
	Expires, Past time.Time
	Note          string
	Codes         []string
	Icons, Tones  []string
	Hues          []int
}

func galleryOf(u *UI, form Form) galleryData {
	d := galleryData{
		Form:     form,
		Branches: []Choice{{Value: "north", Label: "North", Hue: 3, Branch: true, Note: hostile}, {Value: "south", Label: "South"}},
		People: []galleryPerson{
			{"1", hostile, hostile, "good", "Active", 1, noon.Add(-time.Minute)},
			{"2/../x", "Ruth Abel", "", "off", "Not invited", 2, time.Time{}},
		},
		Expires: noon.Add(70 * time.Hour), Past: noon.Add(-time.Hour), Note: "</textarea>" + hostile,
		Codes: []string{"ABCDEFGH2345J"}, Tones: append([]string{"off"}, tones...), Hues: []int{-1, 0, 7, 8},
	}
	for name := range u.icons {
		d.Icons = append(d.Icons, name)
	}
	return d
}

func viewer(kind access.Kind) access.Viewer {
	v := access.Viewer{Kind: kind, Name: "Maria " + hostile, LoginID: "maria@lakeside.example", SessionID: "s"}
	if kind == access.KindStaff {
		v.Branch = access.Branch{ID: "b", Name: "North " + hostile, Hue: 2}
	}
	return v
}

// request is a request for path by somebody of the kind; "" is nobody.
func request(kind access.Kind, path string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	ctx := r.Context()
	if kind != "" {
		ctx = access.WithViewer(ctx, viewer(kind))
	}
	if kind != access.KindPlatform {
		ctx = access.WithPractice(ctx, access.Practice{ID: "p", Slug: "lakeside", Name: "Lakeside " + hostile})
	}
	return r.WithContext(ctx)
}

func render(t *testing.T, u *UI, r *http.Request, name string, data any) string {
	t.Helper()
	w := httptest.NewRecorder()
	if err := u.Page(w, r, http.StatusOK, name, data); err != nil {
		t.Fatal(err)
	}
	return w.Body.String()
}

// TestEveryPageIsSound renders every component in every frame, with and
// without complaints, with hostile words wherever people may type.
func TestEveryPageIsSound(t *testing.T) {
	u := newUI(t, gallery())
	var wrong fault.Complaints
	for _, name := range []string{"login", "password", "new_password", "again", "code", "branch", "file", "system", "note", "columns", "stored", "confirm"} {
		wrong.Add(name, "Look at "+name+" "+hostile)
	}
	typed := url.Values{"login": {hostile}, "note": {"</textarea>" + hostile}, "password": {"hunter2-hunter2"}, "code": {"123456"}}
	forms := map[string]Form{"clean": {}, "refused": Form{Values: typed}.With(fault.New(fault.Refused, "x", hostile))}
	for name := range u.pages {
		for _, kind := range []access.Kind{"", access.KindStaff, access.KindClient, access.KindPlatform} {
			for form, f := range forms {
				t.Run(name+"/"+string(kind)+"/"+form, func(t *testing.T) {
					page := render(t, u, request(kind, "/lakeside/pet-parents/pet-app?return=%22%3E%3Cscript%3Ex"), name, galleryOf(u, f))
					checkMarkup(t, page)
					if strings.Contains(page, "<script>") || strings.Contains(page, "<b onclick") {
						t.Error("something hostile came through")
					}
					if strings.Contains(page, "hunter2") || strings.Contains(page, "123456") {
						t.Error("a secret was sent back")
					}
				})
			}
		}
	}
	for _, name := range []string{"gallery/signin", "gallery/newpassword", "gallery/code", "gallery/import"} {
		t.Run("complaints/"+name, func(t *testing.T) {
			form := Form{Values: typed}.With(wrong.Err())
			form.Complaints = slices.DeleteFunc(form.Complaints, func(c fault.Field) bool {
				return !strings.Contains(render(t, u, request("", "/lakeside/x"), name, galleryOf(u, Form{})), `id="`+fieldID(c.Name)+`"`)
			})
			if len(form.Complaints) == 0 {
				t.Fatal("no field of this page was complained about")
			}
			page := render(t, u, request("", "/lakeside/x"), name, galleryOf(u, form))
			all := checkMarkup(t, page)
			for _, c := range form.Complaints {
				if len(find(all, "p", "id", fieldID(c.Name)+"-error")) != 1 || len(find(all, "a", "href", "#"+fieldID(c.Name))) != 1 {
					t.Errorf("the complaint about %s is missing at the field or in the box", c.Name)
				}
			}
		})
	}
}

func TestFrames(t *testing.T) {
	u := newUI(t, gallery())
	staff := render(t, u, request(access.KindStaff, "/lakeside/pet-parents/7/login"), "gallery/petapp", galleryOf(u, Form{}))
	all := checkMarkup(t, staff)
	current := find(all, "a", "aria-current", "page")
	if len(current) != 1 || current[0].attrs["href"] != "/lakeside/pet-parents" {
		t.Errorf("the menu marks %v", current)
	}
	if out := find(all, "form", "action", "/lakeside/sign-out"); len(out) != 1 || out[0].attrs["method"] != "post" {
		t.Error("signing out must be a posted form")
	}
	for _, want := range []string{"Where you are signed in", "Your account", "Sign out", "3 waiting", "hue-2", html.EscapeString("North " + hostile)} {
		if !strings.Contains(staff, want) {
			t.Errorf("the staff frame lacks %q", want)
		}
	}
	platform := render(t, u, request(access.KindPlatform, "/platform/practices"), "gallery/petapp", galleryOf(u, Form{}))
	if all := checkMarkup(t, platform); len(find(all, "form", "action", "/platform/sign-out")) != 1 {
		t.Error("platform pages must lead to /platform")
	}
	if !strings.Contains(platform, "Platform support") {
		t.Error("the platform frame does not say what it is")
	}
	nobody := render(t, u, request("", "/lakeside/x"), "gallery/petapp", galleryOf(u, Form{}))
	if strings.Contains(nobody, "sign-out") || strings.Contains(nobody, "pet-parents/suggest") {
		t.Error("nobody sees the frame of staff")
	}
}

func TestURL(t *testing.T) {
	practice := View{Practice: access.Practice{Slug: "lakeside"}}
	platform := View{Viewer: access.Viewer{Kind: access.KindPlatform}}
	for _, c := range []struct {
		v        View
		path     string
		segments []string
		want     string
	}{
		{practice, "/", nil, "/lakeside/"},
		{practice, "/pet-parents", []string{"a/b", "login"}, "/lakeside/pet-parents/a%2Fb/login"},
		{platform, "/practices", nil, "/platform/practices"},
		{View{Path: "/platform/login"}, "/login", nil, "/platform/login"},
		{View{Path: "/platformer"}, "/x", nil, "/x"},
		{View{Path: "/setup"}, "/setup", nil, "/setup"},
	} {
		if got := c.v.URL(c.path, c.segments...); got != c.want {
			t.Errorf("URL(%q, %v) = %q, want %q", c.path, c.segments, got, c.want)
		}
	}
}

func TestNothingIsWrittenWhenAPageFails(t *testing.T) {
	u := newUI(t, Source{Name: "x", FS: fstest.MapFS{"broken.html": {Data: []byte(
		`{{define "title"}}x{{end}}{{define "content"}}<h1>half of it</h1>{{.Data.Missing}}{{end}}`)}}})
	w := httptest.NewRecorder()
	if err := u.Page(w, request("", "/x"), http.StatusOK, "x/broken", struct{}{}); err == nil {
		t.Error("no error")
	}
	if w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("written: %q %v", w.Body, w.Header())
	}
	if err := u.Page(w, request("", "/x"), http.StatusOK, "x/other", nil); err == nil {
		t.Error("a page that does not exist was rendered")
	}
}

func TestPart(t *testing.T) {
	u := newUI(t, Source{Name: "x", FS: fstest.MapFS{"list.html": {Data: []byte(
		`{{define "title"}}x{{end}}{{define "content"}}<h1>x</h1>{{template "rows" .}}{{end}}{{define "rows"}}<li>{{.Data}}</li>{{end}}`)}}})
	w := httptest.NewRecorder()
	if err := u.Part(w, request("", "/x"), http.StatusOK, "x/list", "rows", "<one>"); err != nil {
		t.Fatal(err)
	}
	if got := w.Body.String(); got != "<li>&lt;one&gt;</li>" {
		t.Errorf("got %q", got)
	}
	if err := u.Part(w, request("", "/x"), http.StatusOK, "x/list", "field", nil); err == nil {
		t.Error("a block that is not the page's own was rendered")
	}
}
