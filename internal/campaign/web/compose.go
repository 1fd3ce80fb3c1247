package campaignweb

import (
	"embed"
	"errors"
	"net/http"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/campaign"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
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
	send := access.Rule{Audience: access.Staff, Permission: access.MailSend}
	m.Handle("GET /{practice}/pet-parents/{id}/communication/compose", send, f.show)
	m.Handle("POST /{practice}/pet-parents/{id}/communication/compose", send, f.act)
	f.api(m.API())
	f.alertRoutes(m)
}

type composePage struct {
	ui.Form
	Person   campaign.Addressee
	People   []campaign.Addressee
	To       []string
	Choices  []ui.Choice
	Template string // whose words stand in the fields; "" for none
	Subject  string
	Body     string
	HTML     bool // the body is HTML
	Mark     string
	Preview  *mail.Preview
}

// Chosen reports whether a person is ticked.
func (p composePage) Chosen(petParentID string) bool { return slices.Contains(p.To, petParentID) }

// Warned reports whether somebody is there whom bulk mail leaves out.
func (p composePage) Warned() bool {
	return slices.ContainsFunc(p.People, func(a campaign.Addressee) bool { return a.Barred == "" && len(a.Warnings) > 0 })
}

func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	return f.page(w, r, http.StatusOK, composePage{To: []string{petParentID}, Mark: id.New()}, petParentID)
}

func (f *Face) page(w http.ResponseWriter, r *http.Request, status int, page composePage, petParentID string) (err error) {
	ctx := r.Context()
	if page.People, err = f.Campaigns.Addressees(ctx, petParentID, page.Template == mail.Welcome); err != nil {
		return err
	}
	page.Person = page.People[0]
	templates, err := f.Campaigns.Choices(ctx)
	if err != nil {
		return err
	}
	v := access.ViewerFrom(ctx)
	page.Choices = []ui.Choice{{Value: "", Label: "No template"}}
	for _, t := range templates {
		if t.ID != mail.Welcome || v.May(access.LoginManage) && v.Has(access.PetApp) {
			page.Choices = append(page.Choices, ui.Choice{Value: t.ID, Label: t.Name})
		}
	}
	return f.UI.Page(w, r, status, "campaign/compose", page)
}

// act puts a template's words into the form, shows what would be sent, or sends
// it. Nothing typed is lost by any of them.
func (f *Face) act(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	page := composePage{
		Form: form, To: form.Values["to"], Template: form.Get("used"), Subject: form.Get("subject"), Body: form.Get("body"),
		HTML: form.Get("format") == "html", Mark: form.Get("mark"),
	}
	if form.Get("do") == "use" {
		page.Template = form.Get("template")
		if page.Template != "" {
			_, text, err := f.Campaigns.Usual(ctx, page.Template)
			if err != nil {
				return err
			}
			page.Subject, page.Body, page.HTML = text.Subject, text.HTML, true
		}
		page.Values = nil // the fields show the template's words
		return f.page(w, r, http.StatusOK, page, petParentID)
	}
	in := campaign.ComposeInput{
		Mark: page.Mark, PetParent: petParentID, To: page.To, Template: page.Template, Despite: form.Get("despite") != "",
		Words: mail.Source{Subject: page.Subject, Text: page.Body},
	}
	if page.HTML {
		in.Words = mail.Source{Subject: page.Subject, HTML: page.Body}
	}
	if form.Get("do") == "preview" {
		people, err := f.Campaigns.Addressees(ctx, petParentID, false)
		if err != nil {
			return err
		}
		to := people[0].Profile
		for _, a := range people {
			if len(page.To) > 0 && a.Profile.ID == page.To[0] {
				to = a.Profile
			}
		}
		shown, err := f.Campaigns.Preview(ctx, in, to)
		if err == nil {
			page.Preview = &shown
			return f.page(w, r, http.StatusOK, page, petParentID)
		}
		return f.refused(w, r, page, petParentID, err)
	}
	if in.Words.Subject == "" && in.Words.HTML == "" && in.Words.Text == "" {
		in.Template = "" // an emptied form is not the template
	}
	sent, err := f.Campaigns.Compose(ctx, in)
	if errors.Is(err, campaign.ErrSentAlready) {
		f.UI.Notice(w, r, campaign.ErrSentAlready.Message)
	} else if err != nil {
		return f.refused(w, r, page, petParentID, err)
	} else {
		var names []string
		for _, a := range sent {
			names = append(names, a.Profile.Name())
		}
		f.UI.Notice(w, r, "The message is on its way to "+strings.Join(names, ", ")+".")
	}
	back := strings.TrimSuffix(r.URL.Path, "/compose")
	if !access.ViewerFrom(ctx).May(access.MailRead) {
		back = strings.TrimSuffix(back, "/communication")
	}
	return httpd.Redirect(w, r, back)
}

// refused shows the form again with what is wrong; anything but a complaint or
// a conflict is answered as everywhere.
func (f *Face) refused(w http.ResponseWriter, r *http.Request, page composePage, petParentID string, err error) error {
	status := http.StatusUnprocessableEntity
	switch {
	case fault.Is(err, fault.Conflict):
		status = http.StatusConflict
	case !fault.Is(err, fault.Invalid):
		return err
	}
	page.Form = page.With(err)
	for i, c := range page.Complaints {
		if c.Name == "html" || c.Name == "text" {
			page.Complaints[i].Name = "body"
		}
	}
	return f.page(w, r, status, page, petParentID)
}
