package campaignweb

import (
	"embed"

	"catflap/internal/access"
	"catflap/internal/campaign"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
)

// Files are the pages.
//
//go:embed *.html
var Files embed.FS

// Face answers for writing to pet parents.
type Face struct {
	UI        *ui.UI
	Campaigns *campaign.Service
	Mail      *mail.Service
	Origin    string // scheme and host of the public URL
}

// Routes registers the pages and the JSON operations.
func (f *Face) Routes(m *httpd.Mux) {
	f.composeRoutes(m)
	f.alertRoutes(m)
	f.api(m.API())
}

func (f *Face) composeRoutes(m *httpd.Mux) {
	send := access.Rule{Audience: access.Staff, Permission: access.MailSend}
	const compose = " /{practice}/pet-parents/{id}/communication/compose"
	m.Handle("GET"+compose, send, f.show)
	m.Handle("POST"+compose, send, f.act)
	m.Handle("GET"+compose+"/letter", send, f.showLetter)
	// The same form where it is known to bring credentials: a page with scripts
	// asks here for the proof before it is left. The core asks for it anyway.
	m.Handle("POST"+compose+"/credentials",
		access.Rule{Audience: access.Staff, Permission: access.LoginManage, Feature: access.PetApp, StepUp: true}, f.actProven)
}
