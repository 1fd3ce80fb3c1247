package app

import (
	"context"

	"catflap/internal/access"
	"catflap/internal/foundation/ui"
)

// menu is the navigation of a viewer: what their permissions open.
func (a *App) menu(_ context.Context, v access.Viewer) []ui.Entry {
	switch v.Kind {
	case access.KindPlatform:
		entries := []ui.Entry{
			{Label: "Practices", Href: "/", Icon: "home"},
			{Label: "Audit", Href: "/audit", Icon: "history"},
		}
		if a.mailbox() != nil {
			entries = append(entries, ui.Entry{Label: "Mailbox", Href: "/mailbox", Icon: "mail"})
		}
		return entries
	case access.KindStaff:
		return staffMenu(v)
	}
	return nil
}

func staffMenu(v access.Viewer) []ui.Entry {
	entries := []ui.Entry{{Label: "Home", Href: "/", Icon: "home"}}
	var clients []ui.Entry
	if v.May(access.PetParentRead) {
		clients = append(clients, ui.Entry{Label: "Pet App", Href: "/pet-parents/pet-app"})
	}
	if v.May(access.OnboardingAccept) {
		clients = append(clients, ui.Entry{Label: "Corrections", Href: "/pet-parents/proposals"})
	}
	if v.May(access.LoginManage) {
		clients = append(clients, ui.Entry{Label: "Logins for all", Href: "/pet-parents/logins"})
	}
	if v.May(access.ImportRun) {
		clients = append(clients, ui.Entry{Label: "Import", Href: "/pet-parents/import"})
	}
	if len(clients) > 0 {
		entries = append(entries, ui.Entry{Label: "Pet Parents", Icon: "paw", Sub: clients})
	}
	if v.May(access.AuditRead) {
		entries = append(entries, ui.Entry{Label: "Security", Icon: "shield", Sub: []ui.Entry{{Label: "Audit", Href: "/security/audit"}}})
	}
	return entries
}

// own is the person's own menu.
func own(access.Viewer) []ui.Entry {
	return []ui.Entry{
		{Label: "Change password", Href: "/account/password", Icon: "key"},
		{Label: "Where you are signed in", Href: "/account/sessions", Icon: "device"},
	}
}

// search is the box in the header of staff pages.
func search(v access.Viewer) ui.Search {
	if !v.May(access.PetParentRead) {
		return ui.Search{}
	}
	return ui.Search{Label: "Search pet parents", Action: "/pet-parents/pet-app", Suggest: "/pet-parents/search"}
}
