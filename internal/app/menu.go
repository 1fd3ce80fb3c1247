package app

import (
	"context"
	"slices"
	"strings"

	"catflap/internal/access"
	accountweb "catflap/internal/account/web"
	"catflap/internal/config"
	"catflap/internal/foundation/ui"
	"catflap/internal/role"
)

// catalogue is every entry of the menu, those of the configuration among them.
func catalogue(added []config.MenuEntry, mailbox bool) []role.MenuEntry {
	var own []role.MenuEntry
	for _, e := range added {
		entry := role.MenuEntry{
			Key: strings.Trim("added."+e.Group+"."+e.Label, "."), Label: e.Label, Group: e.Group, Icon: e.Icon, URL: e.URL,
			Audience: access.Staff, Feature: e.Feature,
		}
		if e.Permission != "" {
			entry.Permissions = []access.Permission{e.Permission}
		}
		own = append(own, entry)
	}
	return slices.DeleteFunc(role.Catalogue(own), func(e role.MenuEntry) bool { return e.Key == role.MailboxEntry && !mailbox })
}

// menu is what a viewer sees of the catalogue, with counts of what waits.
func (a *App) menu(desk *accountweb.Desk) func(context.Context, access.Viewer) []ui.Entry {
	return func(ctx context.Context, v access.Viewer) []ui.Entry {
		var counts map[string]int
		if v.Kind == access.KindStaff {
			var err error
			if counts, err = desk.Counts(ctx, v); err != nil {
				a.Log.ErrorContext(ctx, "nothing counted for the menu", "error", err)
			}
		}
		var entries []ui.Entry
		for _, e := range a.Menus.Visible(v) {
			line := ui.Entry{Label: e.Label, Href: e.Path, URL: e.Address(v), Icon: e.Icon, Count: counts[e.Key]}
			if e.Group == "" {
				entries = append(entries, line)
				continue
			}
			i := slices.IndexFunc(entries, func(g ui.Entry) bool { return g.Label == e.Group && g.Sub != nil })
			if i < 0 {
				i = len(entries)
				entries = append(entries, ui.Entry{Label: e.Group, Icon: e.Icon})
			}
			line.Icon = ""
			entries[i].Sub = append(entries[i].Sub, line)
		}
		return entries
	}
}

// landings are the pages that a role can begin with besides the usual one.
func landings() []ui.Choice {
	var all []ui.Choice
	for _, l := range role.Landings() {
		if l.Path != "/" {
			all = append(all, ui.Choice{Value: l.Path, Label: l.Label})
		}
	}
	return all
}

// own is the person's own menu.
func own(access.Viewer) []ui.Entry {
	return []ui.Entry{
		{Label: "Change password", Href: "/account/password", Icon: "key"},
		{Label: "Configure two-factor authentication", Href: "/account/two-factor", Icon: "shield"},
		{Label: "Where you are signed in", Href: "/account/sessions", Icon: "device"},
	}
}

// search is the box in the header of staff pages.
func search(v access.Viewer) ui.Search {
	if !v.May(access.PetParentRead) || !v.Has(access.PetApp) {
		return ui.Search{}
	}
	return ui.Search{Label: "Search pet parents", Action: "/pet-parents/pet-app", Suggest: "/pet-parents/search", Only: "open"}
}
