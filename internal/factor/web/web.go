package factorweb

import (
	"context"
	"embed"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/device"
	"catflap/internal/factor"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/session"
)

// Files are the pages and texts.
//
//go:embed *.html text.*.json said.*.json
var Files embed.FS

// Face answers for one's own second factors.
type Face struct {
	UI       *ui.UI
	Factors  *factor.Service
	Accounts *account.Service
	Devices  *device.Service
	Sessions *session.Service
}

// path is where the pages are, below the practice or the platform.
const path = "/account/two-factor"

// Routes registers the pages and the JSON operations. What shows or changes a
// factor asks for a proof first. The steps between do not: they belong to a
// set-up that the same session began with one and that counts for nothing until
// it is verified, and whoever installs an app meanwhile needs longer than a
// proof lasts. The one that ends it asks again where it would change a factor
// that is there: mayChange.
func (f *Face) Routes(m *httpd.Mux) {
	for base, own := range map[string]access.Audience{"/{practice}": access.Staff | access.Client, "/platform": access.Platform} {
		rule := access.Rule{Audience: own, AnyBranch: true}
		proven := access.Rule{Audience: own, AnyBranch: true, StepUp: true}
		base += path
		m.Handle("GET "+base, rule, f.show)
		m.Handle("GET "+base+"/new", rule, f.showNew)
		m.Handle("POST "+base+"/setup", proven, f.begin)
		m.Handle("GET "+base+"/scan", rule, f.showScan)
		m.Handle("GET "+base+"/verify", rule, f.showVerify)
		m.Handle("POST "+base+"/verify", rule, f.verify)
		m.Handle("POST "+base+"/stored", rule, f.stored)
		m.Handle("POST "+base+"/cancel", rule, f.cancel)
		m.Handle("GET "+base+"/incomplete", rule, f.showIncomplete)

		m.Handle("POST "+base+"/backup-codes", proven, f.showCodes)
		m.Handle("POST "+base+"/backup-codes/new", proven, f.newCodes)
		m.Handle("POST "+base+"/backup-codes/file", rule, f.codesFile)
		m.Handle("POST "+base+"/key", proven, f.showKey)
		m.Handle("GET "+base+"/deactivate", rule, f.showDeactivate)
		m.Handle("POST "+base+"/deactivate", proven, f.deactivate)

		m.Handle("GET "+base+"/email", rule, f.showEmail)
		m.Handle("POST "+base+"/email/send", proven, f.sendEmailCode)
		m.Handle("POST "+base+"/email", rule, f.chooseEmail)
		m.Handle("POST "+base+"/email/drop", proven, f.dropEmail)
	}
	f.api(m.API())
}

// home is where the viewer's pages begin.
func home(v access.Viewer) string {
	if v.Practice.Slug != "" {
		return "/" + v.Practice.Slug
	}
	return "/platform"
}

// account is the viewer's own.
func (f *Face) account(ctx context.Context) (account.Account, error) {
	v := access.ViewerFrom(ctx)
	return f.Accounts.Get(ctx, f.Accounts.DB, v.PracticeID, v.AccountID)
}
