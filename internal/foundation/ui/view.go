package ui

import (
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
	Here      string // path and query of a page that was only read, "" for the answer to a form

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
		Lang:      langOf(r),
		ui:        u,
		form:      formIn(data),
	}
	v.form.Complaints = u.complaintsIn(v.speech(), v.form.Complaints)
	if r.Method == http.MethodGet {
		v.Here = local(r.URL)
	}
	if v.Return == "" {
		v.Return = r.URL.Query().Get("return")
	}
	return v
}

// OwnPassword is the autocomplete of a field for the person's own password: on
// a shared computer browsers are told not to offer saving it.
func (v View) OwnPassword() string {
	if v.Viewer.SharedDevice {
		return "off"
	}
	return "current-password"
}

// Known reports whether the catalogue has a text, for keys that are not written
// in the page.
func (v View) Known(key string) bool { return v.ui.texts.knows(key) }

// T is a text of the catalogue; kv are its values, name by name. An int named
// "Count" chooses the plural form.
func (v View) T(key string, kv ...any) (string, error) { return v.ui.texts.text(v.Lang, key, kv...) }

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
