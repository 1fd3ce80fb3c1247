package roleweb

import (
	"embed"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/role"
)

// Files are the pages and texts.
//
//go:embed *.html text.*.json
var Files embed.FS

// Face answers for the menu.
type Face struct {
	UI    *ui.UI
	Menus *role.Menus
}

// Routes registers the pages and the JSON operations.
func (f *Face) Routes(m *httpd.Mux) {
	m.Handle("GET /{practice}/missing", access.Rule{Audience: access.Staff}, f.missing)
	f.api(m.API())
}
