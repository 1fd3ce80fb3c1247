package campaignweb

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/campaign"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

func (f *Face) alertRoutes(m *httpd.Mux) {
	const alerts = "/{practice}/clients/email-alerts"
	rule := alertRule()
	m.Handle("GET "+alerts, rule, f.listAlerts)
	m.Handle("GET "+alerts+"/new", rule, f.newAlert)
	m.Handle("POST "+alerts+"/new", rule, f.createAlert)
	m.Handle("GET "+alerts+"/{id}", rule, f.showAlert)
	m.Handle("GET "+alerts+"/{id}/edit", rule, f.editAlert)
	m.Handle("POST "+alerts+"/{id}/edit", rule, f.changeAlert)
	m.Handle("POST "+alerts+"/{id}/delete", rule, f.deleteAlert)
	m.Handle("GET "+alerts+"/{id}/letter", rule, f.showSample)
	m.Handle("POST "+alerts+"/{id}/test", rule, f.sendTest)
	m.Handle("POST "+alerts+"/{id}/start", rule, f.startAlert)
	for _, to := range []campaign.Steer{campaign.Pause, campaign.Resume, campaign.Cancel, campaign.Again} {
		m.Handle("POST "+alerts+"/{id}/"+string(to), rule, f.steer(to))
	}
	m.Handle("POST "+alerts+"/{id}/remind", rule, f.remind)
	m.Handle("GET "+alerts+"/{id}/recipients", rule, f.showRecipients)
	proven := rule
	proven.StepUp = true
	m.Handle("POST "+alerts+"/{id}/report.csv", proven, f.report)
	rule.Passive = true
	m.Handle("GET "+alerts+"/{id}/progress", rule, f.showProgress)
	f.alertsAPI(m.API())
}

// alertsPath is a page below Email Alerts.
func alertsPath(r *http.Request, below string) string {
	return "/" + access.PracticeFrom(r.Context()).Slug + "/clients/email-alerts" + below
}

func (f *Face) alert(r *http.Request) (campaign.Campaign, error) {
	campaignID, err := httpd.PathID(r, "id")
	if err != nil {
		return campaign.Campaign{}, campaign.ErrNotFound
	}
	return f.Campaigns.Get(r.Context(), campaignID)
}

type alertsPage struct {
	Alerts []campaign.Campaign
	Next   string
}

func (f *Face) listAlerts(w http.ResponseWriter, r *http.Request) error {
	all, err := f.Campaigns.List(r.Context(), r.URL.Query().Get("after"), shownAlerts+1)
	if err != nil {
		return err
	}
	page := alertsPage{Alerts: all}
	if len(all) > shownAlerts {
		page.Alerts = all[:shownAlerts]
		page.Next = alertsPath(r, "?after="+all[shownAlerts-1].ID)
	}
	return f.UI.Page(w, r, http.StatusOK, "campaign/alerts", page)
}

// draftPage is the form of a draft.
type draftPage struct {
	ui.Form
	ID        string // "" for a new one
	Mark      int64
	Of        string // name of the e-mail alert whose recipients it is to; "" for any
	Name      string
	Template  string
	Scope     petparent.Scope
	Templates []ui.Choice
	Shows     []ui.Choice
	States    []ui.Choice
	Branches  []ui.Choice
}

func shows() []ui.Choice {
	return []ui.Choice{
		{Label: "Everybody"},
		{Value: string(petparent.ShowNotInvited), Label: "Not invited yet"},
		{Value: string(petparent.ShowInvited), Label: "Invited"},
		{Value: string(petparent.ShowNeverSignedIn), Label: "Have a login and never signed in"},
		{Value: string(petparent.ShowActive), Label: "Use the pet app"},
		{Value: string(petparent.ShowLocked), Label: "Locked"},
	}
}

func invitations() []ui.Choice {
	return []ui.Choice{
		{Label: "Any"},
		{Value: string(petparent.InvitationNone), Label: "Nothing sent"},
		{Value: string(petparent.InvitationQueued), Label: "Waiting to be sent"},
		{Value: string(petparent.InvitationSent), Label: "Sent"},
		{Value: string(petparent.InvitationFailed), Label: "Could not be sent"},
		{Value: string(petparent.InvitationOpened), Label: "Opened"},
		{Value: string(petparent.InvitationEntered), Label: "Signed in, not finished"},
		{Value: string(petparent.InvitationFinished), Label: "Finished"},
	}
}

func (f *Face) draftPage(w http.ResponseWriter, r *http.Request, status int, page draftPage) error {
	ctx := r.Context()
	templates, err := f.Campaigns.Choices(ctx)
	if err != nil {
		return err
	}
	v := access.ViewerFrom(ctx)
	page.Templates = []ui.Choice{{Label: "Choose"}}
	for _, t := range templates {
		if t.ID != mail.Welcome || v.MayEverywhere(access.LoginManage) && v.Has(access.PetApp) || page.Template == t.ID {
			page.Templates = append(page.Templates, ui.Choice{Value: t.ID, Label: t.Name})
		}
	}
	page.Shows, page.States = shows(), invitations()
	if page.Branches, err = f.branches(r); err != nil {
		return err
	}
	if page.Scope.Campaign != "" {
		of, err := f.get(ctx, page.Scope.Campaign)
		if err != nil {
			return err
		}
		page.Of = of.Name
	}
	return f.UI.Page(w, r, status, "campaign/alert_edit", page)
}

func (f *Face) branches(r *http.Request) ([]ui.Choice, error) {
	s := f.Campaigns
	all, err := s.Practices.Branches(r.Context(), s.DB, access.PracticeFrom(r.Context()).ID)
	if err != nil || len(all) < 2 {
		return nil, err
	}
	choices := []ui.Choice{{Label: "All branches"}}
	for _, b := range all {
		choices = append(choices, ui.Choice{Value: b.ID, Label: b.Name})
	}
	return choices, nil
}

func (f *Face) newAlert(w http.ResponseWriter, r *http.Request) error {
	return f.draftPage(w, r, http.StatusOK, draftPage{})
}

func (f *Face) editAlert(w http.ResponseWriter, r *http.Request) error {
	c, err := f.alert(r)
	if err != nil {
		return err
	}
	if c.State != campaign.Draft {
		return campaign.ErrNotDraft
	}
	return f.draftPage(w, r, http.StatusOK, draftPage{ID: c.ID, Mark: c.Mark, Name: c.Name, Template: c.Template, Scope: c.Scope})
}

// typedDraft reads the form of a draft.
func typedDraft(r *http.Request) (draftPage, campaign.DraftInput) {
	form := ui.FormFrom(r)
	sc := petparent.Scope{Filter: petparent.FilterFrom(form.Values), Campaign: form.Get("of")}
	mark, err := strconv.ParseInt(form.Get("mark"), 10, 64)
	if err != nil {
		mark = -1 // of no form of ours
	}
	return draftPage{Form: form, Mark: mark, Name: form.Get("name"), Template: form.Get("template"), Scope: sc},
		campaign.DraftInput{Name: form.Get("name"), Template: form.Get("template"), Scope: sc, Mark: mark}
}

func (f *Face) createAlert(w http.ResponseWriter, r *http.Request) error {
	page, in := typedDraft(r)
	c, err := f.Campaigns.Create(r.Context(), in)
	return f.drafted(w, r, page, c, err)
}

func (f *Face) changeAlert(w http.ResponseWriter, r *http.Request) error {
	campaignID, err := httpd.PathID(r, "id")
	if err != nil {
		return campaign.ErrNotFound
	}
	page, in := typedDraft(r)
	page.ID = campaignID
	c, err := f.Campaigns.Change(r.Context(), campaignID, in)
	return f.drafted(w, r, page, c, err)
}

// drafted leads on to the draft, or shows the form again with what is wrong.
func (f *Face) drafted(w http.ResponseWriter, r *http.Request, page draftPage, c campaign.Campaign, err error) error {
	switch {
	case fault.Is(err, fault.Invalid):
		page.Form = page.With(err)
		if page.complains("of") {
			page.Scope.Campaign = ""
		}
		return f.draftPage(w, r, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	return httpd.Redirect(w, r, alertsPath(r, "/"+c.ID))
}

func (p draftPage) complains(name string) bool {
	for _, c := range p.Complaints {
		if c.Name == name {
			return true
		}
	}
	return false
}

func (f *Face) deleteAlert(w http.ResponseWriter, r *http.Request) error {
	campaignID, err := httpd.PathID(r, "id")
	if err != nil {
		return campaign.ErrNotFound
	}
	if err := f.Campaigns.Delete(r.Context(), campaignID); err != nil {
		return err
	}
	f.UI.Notice(w, r, "The draft is deleted.")
	return httpd.Redirect(w, r, alertsPath(r, ""))
}

// remind drafts another one: to those of this one who never signed in.
func (f *Face) remind(w http.ResponseWriter, r *http.Request) error {
	of, err := f.alert(r)
	if err != nil {
		return err
	}
	const longest = 70
	name := []rune(of.Name)
	if len(name) > longest {
		name = name[:longest]
	}
	c, err := f.Campaigns.Create(r.Context(), campaign.DraftInput{
		Name: "Reminder: " + string(name), Template: mail.Welcome,
		Scope: petparent.Scope{Filter: petparent.Filter{Show: petparent.ShowNeverSignedIn}, Campaign: of.ID},
	})
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "This is a draft: look at who would be reminded, then start it.")
	return httpd.Redirect(w, r, alertsPath(r, "/"+c.ID))
}

// startAlert starts what was looked at. Who pressed a moment later than somebody
// else is shown how far it is.
func (f *Face) startAlert(w http.ResponseWriter, r *http.Request) error {
	campaignID, err := httpd.PathID(r, "id")
	if err != nil {
		return campaign.ErrNotFound
	}
	mark, err := strconv.ParseInt(ui.FormFrom(r).Get("mark"), 10, 64)
	if err != nil {
		mark = -1
	}
	_, err = f.Campaigns.Start(r.Context(), campaignID, mark)
	switch {
	case errors.Is(err, campaign.ErrNotDraft):
		f.UI.Notice(w, r, "Somebody started this already. Here is how far it is.")
	case errors.Is(err, campaign.ErrChanged), errors.Is(err, campaign.ErrNobody):
		f.UI.Notice(w, r, fault.From(err).Message)
	case err != nil:
		return err
	}
	return httpd.Redirect(w, r, alertsPath(r, "/"+campaignID))
}

// steer does one of the things that can be done while it goes on.
func (f *Face) steer(to campaign.Steer) func(http.ResponseWriter, *http.Request) error {
	said := map[campaign.Steer]string{
		campaign.Pause:  "Paused. Nothing more leaves until you resume it.",
		campaign.Resume: "It goes on.",
		campaign.Cancel: "Cancelled. What had not left is dropped.",
		campaign.Again:  "What failed is in the queue again.",
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		campaignID, err := httpd.PathID(r, "id")
		if err != nil {
			return campaign.ErrNotFound
		}
		_, err = f.Campaigns.Steer(r.Context(), campaignID, to)
		switch {
		case errors.Is(err, campaign.ErrNotNow):
			f.UI.Notice(w, r, campaign.ErrNotNow.Message)
		case err != nil:
			return err
		default:
			f.UI.Notice(w, r, said[to])
		}
		return httpd.Redirect(w, r, alertsPath(r, "/"+campaignID))
	}
}

// filterQuery is the filter of an audience, for the list of pet parents.
func filterQuery(sc petparent.Scope, show petparent.Show, reason petparent.Reason) string {
	v := url.Values{}
	for name, value := range map[string]string{"q": sc.Query, "branch": sc.BranchID, "show": string(show), "reason": string(reason)} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return "?" + v.Encode()
}
