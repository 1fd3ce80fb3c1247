package ui

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"catflap/internal/access"
)

// Frame is what the frame of signed-in people says besides their page.
type Frame struct {
	Branches []Choice   // the other branches that the viewer can switch to
	Notices  []Standing // what stands above every page until it is cured
}

// Standing is a notice that stands above every page.
type Standing struct{ Tone, Title, Text string }

// framed is what a frame sees: the view and the rendered blocks of the page.
type framed struct {
	View
	Title, Content, Below template.HTML

	Frame
	Search  Search
	Account []Entry
	Session *sessionData // nil on pages that do not belong to a session
	Arrived *Arrival     // on the first page after a sign-in
	current string       // the address in the menu that this page belongs to
}

// Current reports whether the menu entry leads to the page being shown.
func (f framed) Current(href string) bool { return href != "" && href == f.current }

// Place is the name on top of the page: the practice's, or the product's.
func (f framed) Place() string {
	if f.Practice.Name != "" {
		return f.Practice.Name
	}
	return "Catflap"
}

// Home is where the mark leads: the landing page, or the sign-in page for
// whoever is not signed in.
func (f framed) Home() string {
	if f.Practice.Slug == "" && f.Viewer.Kind != access.KindPlatform {
		return "/"
	}
	return f.URL("/")
}

// Lockable reports whether the session can be locked: that of staff can.
func (f framed) Lockable() bool { return f.Viewer.Kind == access.KindStaff && f.Viewer.SignedIn() }

// Standings are the notices above every page, also those that the session
// itself asks for.
func (f framed) Standings() ([]Standing, error) {
	all := f.Notices
	if !f.Viewer.OffNetwork {
		return all, nil
	}
	text, err := f.T("ui.off-network", "Branch", f.Viewer.Branch.Name)
	return append([]Standing{{Tone: "info", Text: text}}, all...), err
}

// dress adds to a page what its frame needs. The cards of the sign-in need
// little; what comes only once waits for a page with a desk around it.
func (u *UI) dress(w http.ResponseWriter, r *http.Request, f framed, frame string) (framed, error) {
	if !f.Viewer.SignedIn() {
		return f, nil
	}
	f.Session = newSession(f.View, r)
	if frame == "card" {
		return f, nil
	}
	var err error
	if u.options.Frame != nil {
		if f.Frame, err = u.options.Frame(r.Context(), f.Viewer); err != nil {
			return f, err
		}
		for i, n := range f.Notices {
			f.Notices[i].Title, f.Notices[i].Text = u.named(f.speech(), n.Title), u.named(f.speech(), n.Text)
		}
	}
	if u.takeArrival(w, r, f.Viewer) {
		a, err := u.options.Arrival(r.Context(), f.Viewer)
		if err != nil {
			return f, err
		}
		for i, n := range a.Notes {
			a.Notes[i].Text, a.Notes[i].Label = u.named(f.speech(), n.Text), u.named(f.speech(), n.Label)
		}
		f.Arrived = &a
	}
	if u.options.Search != nil {
		f.Search = u.options.Search(f.Viewer)
		f.Search.Label = u.named(f.speech(), f.Search.Label)
	}
	if u.options.Account != nil {
		f.Account = u.options.Account(f.Viewer)
	} else {
		f.Account = u.ownEntries(r)
	}
	f.current = f.longest(f.Menu, "")
	return f, nil
}

// Offers reports whether the viewer's menu has an entry that leads to href.
func (u *UI) Offers(ctx context.Context, v access.Viewer, href string) bool {
	return u.options.Menu != nil && offers(u.options.Menu(ctx, v), href)
}

func offers(entries []Entry, href string) bool {
	return slices.ContainsFunc(entries, func(e Entry) bool { return e.Href == href || offers(e.Sub, href) })
}

func (u *UI) ownEntries(r *http.Request) []Entry {
	return []Entry{
		{Label: u.Text(r, "ui.menu.account"), Href: "/account/profile", Icon: "person"},
		{Label: u.Text(r, "ui.menu.sessions"), Href: "/account/sessions", Icon: "device"},
	}
}

// longest finds the entry whose address begins this page's path in the most
// letters, so that a page below an entry still marks it.
func (f framed) longest(entries []Entry, best string) string {
	for _, e := range entries {
		if e.Href != "" && len(e.Href) > len(best) && within(f.Path, f.URL(e.Href)) {
			best = e.Href
		}
		best = f.longest(e.Sub, best)
	}
	return best
}

// within reports whether path is the page at base or one below it. A landing
// page ("/x/") is only itself.
func within(path, base string) bool {
	return path == base || !strings.HasSuffix(base, "/") && strings.HasPrefix(path, base+"/")
}

// frameFor is the frame of a page that asks for none.
func frameFor(v access.Viewer) string {
	switch v.Audience() {
	case access.Staff:
		return "staff"
	case access.Client:
		return "client"
	case access.Platform:
		return "platform"
	}
	return "card"
}
