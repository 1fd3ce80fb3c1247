package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
)

// View is what a page sees as its dot.
type View struct {
	Data      any
	Viewer    access.Viewer
	Practice  access.Practice // of the path, else the viewer's own; zero outside practices
	FormValue string          // for the hidden field "form"
	Return    string          // where the person wanted to go, as sent; checked when it is used
	Path      string
	Menu      []Entry
	Notice    string
	Now       time.Time
	Lang      string

	ui   *UI
	form Form
}

func (u *UI) view(r *http.Request, data any) View {
	ctx := r.Context()
	v := View{
		Data:      data,
		Viewer:    access.ViewerFrom(ctx),
		Practice:  access.PracticeFrom(ctx),
		FormValue: httpd.FormValue(ctx),
		Return:    r.PostForm.Get("return"),
		Path:      r.URL.Path,
		Now:       u.options.Clock.Now(),
		Lang:      "en",
		ui:        u,
		form:      formIn(data),
	}
	if v.Return == "" {
		v.Return = r.URL.Query().Get("return")
	}
	return v
}

// T is a text of the catalogue; kv are its values, name by name. An int named
// "Count" chooses the plural form.
func (v View) T(key string, kv ...any) (string, error) { return v.ui.texts.text(key, kv...) }

// URL is the address of a page below the practice of this page, or below
// /platform. Further parts are single path segments and are escaped.
func (v View) URL(path string, segments ...string) string {
	var b strings.Builder
	switch {
	case v.Practice.Slug != "":
		b.WriteString("/" + v.Practice.Slug)
	case v.Viewer.Kind == access.KindPlatform, v.Path == "/platform", strings.HasPrefix(v.Path, "/platform/"):
		b.WriteString("/platform")
	}
	b.WriteString(path)
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}

// framed is what a frame sees: the view and the rendered blocks of the page.
type framed struct {
	View
	Title, Content, Below template.HTML

	Search  Search
	Account []Entry
	current string // the address in the menu that this page belongs to
}

// Current reports whether the menu entry leads to the page being shown.
func (f framed) Current(href string) bool { return href != "" && href == f.current }

// Place is the name on top of the page: the practice's, or the product's.
func (f framed) Place() string {
	if f.Practice.Name != "" {
		return f.Practice.Name
	}
	return "Catflap"
}

// Home is where the mark leads: the landing page, or the sign-in page for
// whoever is not signed in.
func (f framed) Home() string {
	if f.Practice.Slug == "" && f.Viewer.Kind != access.KindPlatform {
		return "/"
	}
	return f.URL("/")
}

// dress adds to a page what its frame needs.
func (u *UI) dress(r *http.Request, f framed) framed {
	if !f.Viewer.SignedIn() {
		return f
	}
	if u.options.Search != nil {
		f.Search = u.options.Search(f.Viewer)
	}
	if u.options.Account != nil {
		f.Account = u.options.Account(f.Viewer)
	} else {
		f.Account = u.ownEntries(r)
	}
	f.current = f.longest(f.Menu, "")
	return f
}

func (u *UI) ownEntries(r *http.Request) []Entry {
	return []Entry{
		{Label: u.Text(r, "ui.menu.account"), Href: "/account/profile", Icon: "person"},
		{Label: u.Text(r, "ui.menu.sessions"), Href: "/account/sessions", Icon: "device"},
	}
}

// longest finds the entry whose address begins this page's path in the most
// letters, so that a page below an entry still marks it.
func (f framed) longest(entries []Entry, best string) string {
	for _, e := range entries {
		if e.Href != "" && len(e.Href) > len(best) && within(f.Path, f.URL(e.Href)) {
			best = e.Href
		}
		best = f.longest(e.Sub, best)
	}
	return best
}

// within reports whether path is the page at base or one below it. A landing
// page ("/x/") is only itself.
func within(path, base string) bool {
	return path == base || !strings.HasSuffix(base, "/") && strings.HasPrefix(path, base+"/")
}

// frameFor is the frame of a page that asks for none.
func frameFor(v access.Viewer) string {
	switch v.Audience() {
	case access.Staff:
		return "staff"
	case access.Client:
		return "client"
	case access.Platform:
		return "platform"
	}
	return "card"
}
