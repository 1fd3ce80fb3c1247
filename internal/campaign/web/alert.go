package campaignweb

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"catflap/internal/access"
	"catflap/internal/campaign"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// planPage is a draft: whom it would go to, and what they would read.
type planPage struct {
	Campaign  campaign.Campaign
	Audience  string
	Plan      campaign.Plan
	Reasons   []reasonLine
	Gone      bool // its template does not exist any more
	Preview   mail.Preview
	To        petparent.Addressed
	LetterURL string
	Another   string // leads to the preview for the next person
	MayStart  bool
	Holding   string
}

type reasonLine struct {
	Words  string
	People int
	List   string // query of the list of pet parents; "" where no filter shows them
}

func reasonLines(sc petparent.Scope, counts []campaign.ReasonCount) []reasonLine {
	var lines []reasonLine
	for _, c := range counts {
		l := reasonLine{Words: c.Reason.Words(), People: c.People}
		switch reason := petparent.Reason(c.Reason); {
		case slices.Contains(petparent.Reasons(), reason):
			l.List = filterQuery(sc, petparent.ShowNotMailable, reason)
		case c.Reason == campaign.NoLogin:
			l.List = filterQuery(sc, petparent.ShowNotInvited, "")
		case c.Reason == campaign.SignedIn:
			l.List = filterQuery(sc, petparent.ShowActive, "")
		}
		lines = append(lines, l)
	}
	return lines
}

// progressPage is one that was started.
type progressPage struct {
	campaign.Progress
	Audience string
	Lines    []reasonLine
	Remind   bool // the viewer may draft a reminder
}

// Left says how long it still takes, "" when nobody can tell.
func (p progressPage) Left() string {
	switch d := p.Remaining; {
	case d == 0:
		return ""
	case d < time.Minute:
		return "less than a minute"
	case d < 90*time.Second:
		return "about a minute"
	case d < 100*time.Minute:
		return "about " + strconv.Itoa(int(d.Round(time.Minute).Minutes())) + " minutes"
	default:
		return "about " + strconv.Itoa(int(d.Round(time.Hour).Hours())) + " hours"
	}
}

func (f *Face) showAlert(w http.ResponseWriter, r *http.Request) error {
	c, err := f.alert(r)
	if err != nil {
		return err
	}
	if c.State == campaign.Draft {
		return f.showPlan(w, r, c)
	}
	page, err := f.progress(r, c.ID)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "campaign/alert", page)
}

func (f *Face) progress(r *http.Request, campaignID string) (progressPage, error) {
	p, err := f.Campaigns.Progress(r.Context(), campaignID)
	if err != nil {
		return progressPage{}, err
	}
	v := access.ViewerFrom(r.Context())
	page := progressPage{Progress: p, Lines: reasonLines(petparent.Scope{}, p.ReasonCounts()), Remind: v.MayEverywhere(access.LoginManage) && v.Has(access.PetApp)}
	page.Audience, err = f.audience(r, p.Campaign)
	return page, err
}

// showProgress is what the page asks for by itself. When something has changed
// that the rest of the page shows, it is loaded anew.
func (f *Face) showProgress(w http.ResponseWriter, r *http.Request) error {
	campaignID, err := httpd.PathID(r, "id")
	if err != nil {
		return campaign.ErrNotFound
	}
	page, err := f.progress(r, campaignID)
	if err != nil {
		return err
	}
	if seen := r.URL.Query().Get("state"); seen != string(page.State) && !(seen == string(campaign.Preparing) && page.State == campaign.Running) {
		w.Header().Set("HX-Refresh", "true")
	}
	return f.UI.Part(w, r, http.StatusOK, "campaign/alert", "alert-progress", page)
}

func (f *Face) showPlan(w http.ResponseWriter, r *http.Request, c campaign.Campaign) error {
	ctx, after := r.Context(), r.URL.Query().Get("after")
	page := planPage{Campaign: c, Holding: f.Mail.Holding()}
	var err error
	if page.Audience, err = f.audience(r, c); err != nil {
		return err
	}
	if after == "" {
		page.Plan, err = f.Campaigns.Plan(ctx, c)
	} else { // another preview of the same
		page.Plan, err = f.Campaigns.SeenPlan(ctx, c)
	}
	if fault.Is(err, fault.NotFound) {
		page.Gone = true
		return f.UI.Page(w, r, http.StatusOK, "campaign/alert_draft", page)
	}
	if err != nil {
		return err
	}
	v := access.ViewerFrom(ctx)
	page.MayStart = !page.Plan.Credentials || v.MayEverywhere(access.LoginManage) && v.Has(access.PetApp)
	page.Reasons = reasonLines(c.Scope, page.Plan.ReasonCounts())
	if page.Plan.Write > 0 {
		page.Preview, page.To, err = f.Campaigns.Sample(ctx, c, after)
		if errors.Is(err, campaign.ErrNobody) && after != "" {
			after = "" // behind the last one comes the first
			page.Preview, page.To, err = f.Campaigns.Sample(ctx, c, after)
		}
		if err != nil {
			return err
		}
		page.LetterURL = alertsPath(r, "/"+c.ID+"/letter?after="+after)
		page.Another = alertsPath(r, "/"+c.ID+"?after="+page.To.ID+"#preview")
		ui.AllowFrames(w.Header())
	}
	return f.UI.Page(w, r, http.StatusOK, "campaign/alert_draft", page)
}

// audience is whom a campaign is to, in words.
func (f *Face) audience(r *http.Request, c campaign.Campaign) (string, error) {
	words := "all pet parents"
	if c.Scope.Campaign != "" {
		of, err := f.get(r.Context(), c.Scope.Campaign)
		if err != nil && !errors.Is(err, campaign.ErrNotFound) {
			return "", err
		}
		words = "recipients of " + of.Name
	}
	label := func(choices []ui.Choice, value string) string {
		i := slices.IndexFunc(choices, func(c ui.Choice) bool { return c.Value == value && value != "" })
		if i < 0 {
			return ""
		}
		return choices[i].Label
	}
	branches, err := f.branches(r)
	if err != nil {
		return "", err
	}
	for _, part := range []struct{ before, words string }{
		{"", label(shows(), string(c.Scope.Show))}, {"invitation: ", label(invitations(), string(c.Scope.Invitation))},
		{"", label(branches, c.Scope.BranchID)}, {"search: ", c.Scope.Query},
	} {
		if part.words != "" {
			words += ", " + part.before + part.words
		}
	}
	return words, nil
}

// showSample is the HTML of a preview, for its frames.
func (f *Face) showSample(w http.ResponseWriter, r *http.Request) error {
	c, err := f.alert(r)
	if err != nil {
		return err
	}
	if c.State != campaign.Draft {
		return campaign.ErrNotDraft
	}
	shown, _, err := f.Campaigns.Sample(r.Context(), c, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	ui.Letter(w, http.StatusOK, f.Origin, shown.HTML)
	return nil
}

func (f *Face) sendTest(w http.ResponseWriter, r *http.Request) error {
	campaignID, err := httpd.PathID(r, "id")
	if err != nil {
		return campaign.ErrNotFound
	}
	address, err := f.Campaigns.SendTest(r.Context(), campaignID)
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "A test message is on its way to "+address+".")
	return httpd.Redirect(w, r, alertsPath(r, "/"+campaignID))
}
