package app

import (
	"context"
	"encoding/base64"

	"catflap/internal/access"
	accountweb "catflap/internal/account/web"
	apikeyweb "catflap/internal/apikey/web"
	"catflap/internal/audit"
	auditweb "catflap/internal/audit/web"
	campaignweb "catflap/internal/campaign/web"
	deviceweb "catflap/internal/device/web"
	exportweb "catflap/internal/export/web"
	factorweb "catflap/internal/factor/web"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	mailweb "catflap/internal/mail/web"
	onboardingweb "catflap/internal/onboarding/web"
	petparentweb "catflap/internal/petparent/web"
	pimsweb "catflap/internal/pims/web"
	practiceweb "catflap/internal/practice/web"
	privacyweb "catflap/internal/privacy/web"
	recoveryweb "catflap/internal/recovery/web"
	roleweb "catflap/internal/role/web"
	signinweb "catflap/internal/signin/web"
	staffweb "catflap/internal/staff/web"
)

// faces builds the web side. A face that is added has two lines here: its
// pages and its routes.
func (a *App) faces() (err error) {
	desk := &accountweb.Desk{Clock: a.Clock, PetParents: a.PetParents, Staff: a.Staff, Factors: a.Factors, Imports: a.Imports, Roles: a.Roles}
	a.UI, err = ui.New(ui.Options{Clock: a.Clock, Log: a.Log, Menu: a.menu(desk), Account: a.own, Search: search, Frame: a.frame, Arrival: a.arrival(desk),
		Sentences: sentencesOfPetParents()},
		ui.Source{Name: "factor", FS: factorweb.Files},
		ui.Source{Name: "signin", FS: signinweb.Files, Borrows: []string{"factor"}},
		ui.Source{Name: "account", FS: accountweb.Files},
		ui.Source{Name: "role", FS: roleweb.Files},
		ui.Source{Name: "device", FS: deviceweb.Files},
		ui.Source{Name: "recovery", FS: recoveryweb.Files},
		ui.Source{Name: "onboarding", FS: onboardingweb.Files, Borrows: []string{"signin"}},
		ui.Source{Name: "practice", FS: practiceweb.Files},
		ui.Source{Name: "apikey", FS: apikeyweb.Files},
		ui.Source{Name: "staff", FS: staffweb.Files},
		ui.Source{Name: "pims", FS: pimsweb.Files},
		ui.Source{Name: "export", FS: exportweb.Files},
		ui.Source{Name: "privacy", FS: privacyweb.Files},
		ui.Source{Name: "mail", FS: mailweb.Files},
		ui.Source{Name: "campaign", FS: campaignweb.Files},
		ui.Source{Name: "audit", FS: auditweb.Files},
		ui.Source{Name: "petparent", FS: petparentweb.Files},
	)
	if err != nil {
		return err
	}
	m := httpd.New(httpd.Options{
		Log: a.Log, Clock: a.Clock, PublicURL: a.PublicURL, TrustedProxies: a.TrustedProxies,
		Sessions: a.Sessions, Pending: a.SignIn, Keys: a.Keys, Practices: a.Practices,
		ErrorPage: a.UI.ErrorPage, Said: a.UI.SaidTo, FormMAC: a.formMAC, FormMatches: a.formMatches, OnRefused: a.refused, Ready: a.Ready,
	})
	a.mux = m
	m.Static("/static/", ui.Static())
	record := &auditweb.Face{UI: a.UI, Log: a.Audit, Practices: a.Practices, Accounts: a.Accounts}
	for _, face := range []interface{ Routes(*httpd.Mux) }{
		&signinweb.Face{UI: a.UI, SignIn: a.SignIn, Sessions: a.Sessions, Onboarding: a.Onboarding, Practices: a.Practices, Cause: auditweb.Cause},
		&accountweb.Face{
			UI: a.UI, Accounts: a.Accounts, Sessions: a.Sessions, Factors: a.Factors, Practices: a.Practices, PetParents: a.PetParents,
			Audit: a.Audit, Desk: desk,
		},
		&factorweb.Face{UI: a.UI, Factors: a.Factors, Accounts: a.Accounts, Devices: a.Devices, Sessions: a.Sessions},
		&roleweb.Face{UI: a.UI, Menus: a.Menus},
		&deviceweb.Face{UI: a.UI, Devices: a.Devices, Practices: a.Practices},
		&recoveryweb.Face{UI: a.UI, Recovery: a.Recovery, Practices: a.Practices},
		&onboardingweb.Face{UI: a.UI, Onboarding: a.Onboarding, Practices: a.Practices, Factors: a.Factors, SignIn: a.SignIn},
		&practiceweb.Face{
			UI: a.UI, Practices: a.Practices, Roles: a.Roles, Sessions: a.Sessions, Onboarding: a.Onboarding, LoginURL: a.LoginURL,
		},
		&apikeyweb.Face{UI: a.UI, Keys: a.Keys},
		&staffweb.Face{UI: a.UI, Staff: a.Staff, Roles: a.Roles, Practices: a.Practices, Landings: landings},
		&pimsweb.Face{UI: a.UI, Imports: a.Imports, Practices: a.Practices},
		&exportweb.Face{UI: a.UI, Exports: a.Exports},
		&privacyweb.Face{UI: a.UI, Privacy: a.Privacy},
		record,
		&petparentweb.Face{
			UI: a.UI, Clock: a.Clock, PetParents: a.PetParents, Practices: a.Practices, Factors: a.Factors,
			Onboarding: a.Onboarding, Recovery: a.Recovery, Mail: a.Mail, Audit: a.Audit, Sentences: record.Sentences, Origin: a.PublicURL.Scheme + "://" + a.PublicURL.Host,
		},
		&campaignweb.Face{
			UI: a.UI, Campaigns: a.Campaigns, Mail: a.Mail, Origin: a.PublicURL.Scheme + "://" + a.PublicURL.Host,
		},
		&mailweb.Face{
			UI: a.UI, Mail: a.Mail, Mailbox: a.mailbox(), Practices: a.Practices, PetParents: a.PetParents, LoginURL: a.LoginURL,
			Origin: a.PublicURL.Scheme + "://" + a.PublicURL.Host,
		},
	} {
		face.Routes(m)
	}
	return nil
}

// mailbox is the built-in mailbox, nil where mail leaves.
func (a *App) mailbox() *mail.Mailbox {
	m, _ := a.Transport.(*mail.Mailbox)
	return m
}

func (a *App) formMAC(binding string) string {
	return base64.RawURLEncoding.EncodeToString(a.Ring.MAC("form", binding))
}

// formMatches also takes what was made under another key of the ring: forms that
// were opened before a rotation go on working.
func (a *App) formMatches(mark, binding string) bool {
	sum, err := base64.RawURLEncoding.DecodeString(mark)
	return err == nil && a.Ring.Matches(sum, "form", binding)
}

// refused writes down that somebody asked for what they may not do.
func (a *App) refused(ctx context.Context, rule access.Rule, pattern string) {
	v := access.ViewerFrom(ctx)
	cause := "permission-missing"
	if v.KeyID != "" {
		if rule.StepUp || rule.Permission == "" {
			cause = "not-for-programs"
		}
	} else if !rule.Audience.Has(v.Audience()) {
		cause = "not-for-this-account"
	}
	if err := a.Audit.Write(ctx, audit.Entry{
		Action: audit.AccessRefused, Outcome: audit.Refused, Cause: cause,
		PracticeID: v.PracticeID, OnPlatform: v.PracticeID == "", AccountID: v.AccountID, AccountName: v.Name,
		Detail:   map[string]string{"route": pattern, "permission": string(rule.Permission)},
		FloodKey: "refused:" + v.ActorID() + ":" + pattern,
	}); err != nil {
		a.Log.ErrorContext(ctx, "refusal not recorded", "error", err)
	}
}
