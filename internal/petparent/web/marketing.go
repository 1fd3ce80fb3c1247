package petparentweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

func (f *Face) marketingRoutes(m *httpd.Mux) {
	read := access.Rule{Audience: access.Staff, Permission: access.MailRead, Feature: access.Marketing}
	m.Handle("GET /{practice}/marketing/email", read, f.listMarketing)
	m.Handle("GET /{practice}/marketing/email/{id}", read, f.showMarketing)
	m.Handle("POST /{practice}/marketing/email/{id}/temporary-password/show",
		access.Rule{Audience: access.Staff, Permission: access.TemporaryReveal, Feature: access.Marketing, StepUp: true}, f.showFullLogin)
}

type marketingPage struct {
	ui.Form
	Filter  petparent.Filter
	Chips   []filterChip
	Reasons []filterChip // why not mailable; only beside that chip
	Rows    []marketingRow
	Next    string
	Part    bool // only the rows are asked for
}

// Hidden are the parts of the filter that the chips choose, for the form.
func (p marketingPage) Hidden() []ui.Choice {
	return listPage{Filter: p.Filter}.Hidden("mail", "show", "reason")
}

// chips choose by the state of the newest message, or those who cannot be mailed.
func (p *marketingPage) chips(path string) {
	chip := func(label string, f petparent.Filter) filterChip {
		return filterChip{Label: label, Href: path + filterQuery(f), Current: f == p.Filter}
	}
	query := petparent.Filter{Query: p.Filter.Query}
	for _, state := range append([]petparent.Mailed{""}, petparent.MailedStates()...) {
		f := query
		f.Mailed = state
		p.Chips = append(p.Chips, chip(mailedLabel(state), f))
	}
	f := query
	f.Show = petparent.ShowNotMailable
	none := chip(showLabel(f.Show), f)
	if p.Filter.Show != f.Show {
		p.Chips = append(p.Chips, none)
		return
	}
	none.Current = true
	p.Chips = append(p.Chips, none)
	p.Reasons = []filterChip{chip("Any reason", f)}
	for _, reason := range petparent.Reasons() {
		f.Reason = reason
		p.Reasons = append(p.Reasons, chip(reason.Words(), f))
	}
}

// marketingRow is one client as e-mail sees them.
type marketingRow struct {
	petparent.Row
}

// MailMark is the state of the newest message to them; Tone is "" where nothing
// was ever sent.
func (r marketingRow) MailMark() mark {
	if r.MailState == "" {
		return mark{}
	}
	return mailMark(mail.State(r.MailState))
}

// LeftOut says why bulk mail leaves them out, "" when it does not.
func (r marketingRow) LeftOut() string { return reasonWords(r.NotMailable) }

func (f *Face) listMarketing(w http.ResponseWriter, r *http.Request) error {
	q, path := r.URL.Query(), base(r)+"/marketing/email"
	wanted := petparent.FilterFrom(q)
	page := marketingPage{Filter: petparent.Filter{Query: wanted.Query, Mailed: wanted.Mailed, Reason: wanted.Reason}}
	if wanted.Show == petparent.ShowNotMailable {
		page.Filter.Show = wanted.Show
	}
	part, err := f.PetParents.List(r.Context(), practiceOf(r), page.Filter, q.Get("cursor"), 0)
	status := http.StatusOK
	if fault.Is(err, fault.Invalid) { // an old or mistyped address: everybody, and what is wrong with it
		page, status = marketingPage{Form: ui.Form{}.With(err)}, http.StatusUnprocessableEntity
		part, err = f.PetParents.List(r.Context(), practiceOf(r), petparent.Filter{}, "", 0)
	}
	if err != nil {
		return err
	}
	page.chips(path)
	for _, row := range part.Rows {
		page.Rows = append(page.Rows, marketingRow{row})
	}
	if part.Next != "" {
		page.Next = path + filterQuery(page.Filter, "cursor", part.Next)
	}
	if httpd.WantsPart(r) {
		page.Part = true
		return f.UI.Part(w, r, status, "petparent/marketing", "marketing-rows", page)
	}
	return f.UI.Page(w, r, status, "petparent/marketing", page)
}

// marketingClient is one client's mail state and full login.
type marketingClient struct {
	basicPage
	Row      marketingRow
	Messages []messageLine
	Next     string // of the messages
}

// historySize is how many messages the page shows at once.
const historySize = 20

func (f *Face) marketingClient(r *http.Request) (marketingClient, error) {
	shared, err := f.basic(r)
	if err != nil {
		return marketingClient{}, err
	}
	page := marketingClient{basicPage: shared}
	page.Home = "/marketing/email"
	p := shared.Person
	row, err := f.PetParents.Row(r.Context(), f.PetParents.DB, p.PracticeID, p.ID)
	if err != nil {
		return page, err
	}
	page.Row = marketingRow{row}
	list, err := f.Mail.ForPetParent(r.Context(), p.PracticeID, p.ID, mail.Page{After: r.URL.Query().Get("after"), Limit: historySize})
	page.Messages = linesOf(p, list.Messages)
	if list.Next != "" {
		page.Next = base(r) + "/marketing/email/" + p.ID + "?after=" + list.Next
	}
	return page, err
}

func (f *Face) showMarketing(w http.ResponseWriter, r *http.Request) error {
	page, err := f.marketingClient(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/marketing_client", page)
}

// errNoPetApp answers where logins are switched off.
var errNoPetApp = fault.New(fault.Forbidden, "feature-off",
	"Logins for pet parents are switched off in this branch, so no temporary password can be shown here.")

// showFullLogin reveals the temporary password once, as Show on the profile does.
func (f *Face) showFullLogin(w http.ResponseWriter, r *http.Request) error {
	if !access.ViewerFrom(r.Context()).Has(access.PetApp) {
		return errNoPetApp
	}
	page, err := f.marketingClient(r)
	if err != nil {
		return err
	}
	status, err := f.revealOn(r.Context(), &page.basicPage)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "petparent/marketing_client", page)
}
