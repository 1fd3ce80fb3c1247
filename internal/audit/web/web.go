package auditweb

import (
	"embed"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/practice"
)

// Files are the pages.
//
//go:embed *.html
var Files embed.FS

// Face answers for the record.
type Face struct {
	UI        *ui.UI
	Log       *audit.Log
	Practices *practice.Service // for the names of branches
	Accounts  *account.Service  // for the names of people whom an entry knows by id only
}

// Routes registers the pages and the JSON operation.
func (f *Face) Routes(m *httpd.Mux) {
	m.Handle("GET /{practice}/security/audit", access.Rule{Audience: access.Staff, Permission: access.AuditRead}, f.list)
	m.Handle("GET /platform/audit", access.Rule{Audience: access.Platform}, f.list)
	f.api(m.API())
}
