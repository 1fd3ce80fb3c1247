package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"catflap/internal/account"
	"catflap/internal/apikey"
	"catflap/internal/audit"
	"catflap/internal/campaign"
	"catflap/internal/config"
	"catflap/internal/device"
	"catflap/internal/export"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/job"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/pims"
	"catflap/internal/practice"
	"catflap/internal/privacy"
	"catflap/internal/recovery"
	"catflap/internal/role"
	"catflap/internal/session"
	"catflap/internal/signin"
	"catflap/internal/staff"
)

// patience leaves time for the refusal to arrive within a second.
const patience = 900 * time.Millisecond

// Options is everything that App gets from outside.
type Options struct {
	DB             *db.DB
	Ring           *secret.Ring
	Clock          clock.Clock
	Log            *slog.Logger
	PublicURL      *url.URL
	TrustedProxies []netip.Prefix
	Transport      mail.Transport
	MailFrom       *netmail.Address // nil: made from the public URL
	MailLimits     mail.Limits      // the zero value limits nothing
	Country        string           // of phone numbers without a country code
	Hashing        secret.Options
	Menu           []config.MenuEntry // entries of other applications
	Patience       time.Duration      // with the database, when it is asked who is asking; 0: 900 ms
}

// App is Catflap, built.
type App struct {
	Options
	Jobs       *job.Queue
	Audit      *audit.Log
	Mail       *mail.Service
	Practices  *practice.Service
	Roles      *role.Service
	Menus      *role.Menus
	Accounts   *account.Service
	Keys       *apikey.Service
	Sessions   *session.Service
	Devices    *device.Service
	Factors    *factor.Service
	Staff      *staff.Service
	PetParents *petparent.Service
	Onboarding *onboarding.Service
	Campaigns  *campaign.Service
	Recovery   *recovery.Service
	Imports    *pims.Service
	Exports    *export.Service
	Privacy    *privacy.Service
	SignIn     *signin.Service
	UI         *ui.UI
	mux        *httpd.Mux
}

// New builds the cores, the faces and the workers. Nothing runs yet.
func New(o Options) (*App, error) {
	a := &App{Options: o, Jobs: job.New(o.DB, o.Clock, o.Log)}
	if err := a.cores(); err != nil {
		return nil, err
	}
	a.jobs()
	o.Ring.OnRead(a.ringRead)
	return a, a.faces()
}

func (a *App) cores() (err error) {
	o := a.Options
	limiter := &throttle.Limiter{Clock: o.Clock}
	a.Audit = &audit.Log{DB: o.DB, Clock: o.Clock}
	a.Practices = &practice.Service{DB: o.DB, Clock: o.Clock, Audit: a.Audit, Reserved: httpd.Reserved()}
	a.Roles = &role.Service{DB: o.DB, Clock: o.Clock, Audit: a.Audit, Practices: a.Practices}
	a.Menus = &role.Menus{DB: o.DB, Practices: a.Practices, Entries: catalogue(o.Menu, a.mailbox() != nil)}
	a.Accounts = &account.Service{DB: o.DB, Clock: o.Clock, Audit: a.Audit}
	a.Keys = &apikey.Service{DB: o.DB, Clock: o.Clock, Audit: a.Audit}
	a.Sessions = &session.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Practices: a.Practices, Roles: a.Roles, Patience: cmp.Or(o.Patience, patience),
	}
	a.Devices = &device.Service{DB: o.DB, Clock: o.Clock, Audit: a.Audit, Ring: o.Ring, Throttle: limiter, Practices: a.Practices}
	a.Factors = &factor.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Ring: o.Ring, Hasher: secret.NewHasher(o.Ring, o.Hashing), Throttle: limiter,
	}
	if a.Mail, err = mail.New(mail.Options{
		DB: o.DB, Clock: o.Clock, Log: o.Log, Transport: o.Transport, From: o.MailFrom, PublicURL: o.PublicURL,
		Secrets: &mailSecrets{factors: a.Factors, practices: a.Practices, url: a.URL},
		Gate:    a.mailGate, Halts: a.mailHalts, Bounces: a.mailBounces, Limits: o.MailLimits, Audit: a.Audit, House: a.mailHouse,
	}); err != nil {
		return err
	}
	a.Factors.Mail = a.Mail
	a.Factors.Practices, a.Factors.Roles, a.Factors.Accounts, a.Factors.Sessions = a.Practices, a.Roles, a.Accounts, a.Sessions
	a.Factors.ForgetDevices = a.Devices.ForgetOthers
	a.Staff = &staff.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Practices: a.Practices, Accounts: a.Accounts, Roles: a.Roles,
		Sessions: a.Sessions, Devices: a.Devices, Factors: a.Factors, Mail: a.Mail, Jobs: a.Jobs, LoginURL: a.LoginURL,
	}
	a.PetParents = &petparent.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Region: o.Country, Ring: o.Ring, Accounts: a.Accounts, Sessions: a.Sessions,
		Devices: a.Devices, Factors: a.Factors, Mail: a.Mail, ForgetLogin: a.forgetLogin,
	}
	a.Factors.Known = a.PetParents
	a.Onboarding = &onboarding.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Practices: a.Practices, Roles: a.Roles, Accounts: a.Accounts,
		Factors: a.Factors, Staff: a.Staff, PetParents: a.PetParents, Mail: a.Mail, Jobs: a.Jobs, LoginURL: a.LoginURL,
		Keys: a.Keys, Sessions: a.Sessions, Devices: a.Devices,
	}
	a.Campaigns = &campaign.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Practices: a.Practices, PetParents: a.PetParents,
		Onboarding: a.Onboarding, Mail: a.Mail, Jobs: a.Jobs, LoginURL: a.LoginURL,
	}
	a.Recovery = &recovery.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Jobs: a.Jobs, Practices: a.Practices, Accounts: a.Accounts,
		Factors: a.Factors, Sessions: a.Sessions, Devices: a.Devices, Mail: a.Mail, LoginURL: a.LoginURL,
		Roles: a.Roles, Staff: a.Staff, PetParents: a.PetParents, URL: a.URL,
	}
	a.Imports = &pims.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Jobs: a.Jobs, Practices: a.Practices, PetParents: a.PetParents, Ring: o.Ring, Country: o.Country,
		Onboarding: a.Onboarding,
	}
	a.Exports = &export.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Practices: a.Practices, Roles: a.Roles, Accounts: a.Accounts,
		PetParents: a.PetParents, Onboarding: a.Onboarding, Keys: a.Keys, Mail: a.Mail,
	}
	a.Privacy = &privacy.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Jobs: a.Jobs, Practices: a.Practices, Accounts: a.Accounts, Sessions: a.Sessions,
		Factors: a.Factors, Mail: a.Mail, PetParents: a.PetParents, Onboarding: a.Onboarding, Imports: a.Imports, Devices: a.Devices,
		Campaigns: a.Campaigns,
	}
	a.SignIn = &signin.Service{
		DB: o.DB, Clock: o.Clock, Audit: a.Audit, Throttle: limiter, Practices: a.Practices, Roles: a.Roles,
		Accounts: a.Accounts, Sessions: a.Sessions, Factors: a.Factors, Onboarding: a.Onboarding,
		Devices: a.Devices,
	}
	a.Staff.EndPending, a.Recovery.EndPending, a.Onboarding.EndPending = a.SignIn.EndPending, a.SignIn.EndPending, a.SignIn.EndPending
	return nil
}

// forgetLogin deletes what the capabilities above pet parents keep of a login
// that is deleted.
func (a *App) forgetLogin(ctx context.Context, tx *db.Tx, practiceID, accountID string) error {
	if err := a.SignIn.Forget(ctx, tx, practiceID, accountID); err != nil {
		return err
	}
	return a.Onboarding.Forget(ctx, tx, practiceID, accountID)
}

// URL is an absolute address below the public URL; links in mail never come
// from request headers.
func (a *App) URL(path string) string {
	return strings.TrimSuffix(a.PublicURL.String(), "/") + path
}

// LoginURL is the sign-in page of a practice; of the platform for "".
func (a *App) LoginURL(slug string) string {
	if slug == "" {
		slug = "platform"
	}
	return a.URL("/" + slug + "/login")
}

// SetupURL opens the set-up of this server, or is "" once it is closed.
func (a *App) SetupURL(ctx context.Context) (string, error) {
	token, err := a.Onboarding.OpenSetup(ctx)
	if err != nil || token == "" {
		return "", err
	}
	return a.URL("/setup?token=" + token.Reveal()), nil
}

// Handler is the whole of the web side.
func (a *App) Handler() http.Handler { return a.mux.Handler() }

// Mux lists the routes, for tests that walk all of them.
func (a *App) Mux() *httpd.Mux { return a.mux }

// Ready reports why this process cannot serve.
func (a *App) Ready(ctx context.Context) error {
	return errors.Join(a.DB.Ping(ctx), a.DB.Migrated(ctx))
}
