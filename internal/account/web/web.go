package accountweb

import (
	"embed"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/petparent"
	"catflap/internal/practice"
	"catflap/internal/session"
)

// Files are the pages and texts.
//
//go:embed *.html text.*.json said.*.json
var Files embed.FS

// Face answers for one's own account.
type Face struct {
	UI         *ui.UI
	Accounts   *account.Service
	Sessions   *session.Service
	Factors    *factor.Service
	Practices  *practice.Service
	PetParents *petparent.Service
	Audit      *audit.Log
	Desk       *Desk
}

// Routes registers the pages and the JSON operations.
func (f *Face) Routes(m *httpd.Mux) {
	m.Handle("GET /{practice}/{$}", access.Rule{Audience: access.Staff | access.Client}, f.home)
	for base, own := range map[string]access.Audience{"/{practice}": access.Staff | access.Client, "/platform": access.Platform} {
		rule := access.Rule{Audience: own, AnyBranch: true}
		m.Handle("GET "+base+"/account/sessions", rule, f.listSessions)
		m.Handle("POST "+base+"/account/sessions/{id}/end", rule, f.endSession)
		m.Handle("POST "+base+"/account/sessions/end-others", rule, f.endOthers)
		rule.StepUp = true
		m.Handle("GET "+base+"/account/password", rule, f.showPassword)
		m.Handle("POST "+base+"/account/password", rule, f.changePassword)
	}
	f.strengthRoutes(m)
	f.languageRoutes(m)
	f.languageAPI(m.API())
	f.passwordAPI(m.API())
	manage := access.Rule{Audience: access.Staff, Permission: access.SessionManage}
	m.Handle("GET /{practice}/security/sessions", manage, f.listPractice)
	m.Handle("POST /{practice}/security/sessions/{id}/end", manage, f.endOther)
	manage.StepUp = true
	m.Handle("POST /{practice}/security/sessions/end-person", manage, f.endPerson)
	f.api(m.API())
}
