package app_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"catflap/internal/access"
	"catflap/internal/app/apptest"
	"catflap/internal/config"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/db/dbtest"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/role"
)

// TestMenuAgreesWithRoutes: every entry leads to a page, and what it asks for is
// what the rule of that page asks for.
func TestMenuAgreesWithRoutes(t *testing.T) {
	a := apptest.On(t, dbtest.New(t, db.SQLite))
	routes := a.Mux().Routes()
	for _, e := range role.Catalogue(nil) {
		base := "/{practice}"
		if e.Audience == access.Platform {
			base = "/platform"
		}
		pattern := "GET " + base + e.Path
		if e.Path == "/" {
			pattern += "{$}"
		}
		i := slices.IndexFunc(routes, func(r httpd.Route) bool { return r.Pattern == pattern })
		if i < 0 {
			t.Errorf("%s leads to %s, which is no page", e.Key, pattern)
			continue
		}
		rule := routes[i].Rule
		var asked []access.Permission
		for _, p := range []access.Permission{rule.Permission, rule.Or} {
			if p != "" {
				asked = append(asked, p)
			}
		}
		if !rule.Audience.Has(e.Audience) || !slices.Equal(asked, e.Permissions) || rule.AllBranches != e.AllBranches || rule.Feature != e.Feature {
			t.Errorf("%s asks for %v, all branches %v, %q; its page for %+v", e.Key, e.Permissions, e.AllBranches, e.Feature, rule)
		}
	}
}

// TestMenuIcons: every icon that an entry has or may have is drawn.
func TestMenuIcons(t *testing.T) {
	icons := config.MenuIcons()
	for _, e := range role.Catalogue(nil) {
		icons = append(icons, e.Icon)
	}
	page := `{{define "title"}}x{{end}}{{define "content"}}{{icon "` + strings.Join(icons, `"}}{{icon "`) + `"}}{{end}}`
	u, err := ui.New(ui.Options{Clock: clock.System{}}, ui.Source{Name: "x", FS: fstest.MapFS{
		"x.html": {Data: []byte(page)}, "text.en.json": {Data: []byte("{}")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Page(httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil), 200, "x/x", nil); err != nil {
		t.Error(err)
	}
}
