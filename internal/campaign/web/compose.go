package campaignweb

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/campaign"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// composePage is the page Compose Email.
type composePage struct {
	ui.Form
	campaign.Composition
	People    []campaign.Addressee
	Choices   []ui.Choice
	Tokens    []mail.Described
	Mark      string
	Preview   *mail.Preview
	PreviewTo campaign.Addressee
	LetterURL string // of the preview
}

// Person is whose profile it is.
func (p composePage) Person() petparent.Profile { return p.People[0].Profile }

// Chosen reports whether a person is ticked.
func (p composePage) Chosen(petParentID string) bool { return slices.Contains(p.To, petParentID) }

// Warned reports whether somebody is there whom bulk mail leaves out.
func (p composePage) Warned() bool {
	return slices.ContainsFunc(p.People, func(a campaign.Addressee) bool { return a.Barred == "" && len(a.Warnings) > 0 })
}

// Reads are the words of the page as the core reads them.
func (p composePage) reads() campaign.ComposeInput {
	in := campaign.ComposeInput{
		Mark: p.Mark, PetParent: p.PetParent, To: p.To, Template: p.Template, Despite: p.Despite, Plain: !p.Brings,
		Words: mail.Source{Subject: p.Subject, Text: p.Body},
	}
	if p.HTML {
		in.Words = mail.Source{Subject: p.Subject, HTML: p.Body}
	}
	if strings.TrimSpace(p.Subject+p.Body) == "" {
		in.Template = "" // an emptied form is not the template
	}
	return in
}

// told are the complaints as this page has fields: one for the message, of which
// the form that was typed counts. The other one was made of it.
func (p composePage) told(all []fault.Field) (shown []fault.Field) {
	typed, made := "text", "html"
	if p.HTML {
		typed, made = made, typed
	}
	both := slices.ContainsFunc(all, func(c fault.Field) bool { return c.Name == typed })
	for _, c := range all {
		if c.Name == made && both {
			continue
		}
		if c.Name == typed || c.Name == made {
			c.Name = "body"
		}
		shown = append(shown, c)
	}
	return shown
}

// show is an empty form; or with a template, with the words of a message that
// was sent, or with what was typed before.
func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	ctx, q := r.Context(), r.URL.Query()
	page := composePage{Composition: campaign.Composition{PetParent: petParentID, To: []string{petParentID}}, Mark: id.New()}
	switch {
	case q.Get("kept") != "":
		page.Mark = q.Get("kept")
		page.Composition, err = f.Campaigns.Kept(ctx, petParentID, page.Mark)
	case q.Get("again") != "":
		page.Composition, err = f.Campaigns.Again(ctx, petParentID, q.Get("again"))
	case q.Get("template") != "":
		err = f.use(ctx, &page, q.Get("template"))
	}
	if err != nil {
		return err
	}
	return f.page(w, r, http.StatusOK, page)
}

// use puts the words of a template into the page.
func (f *Face) use(ctx context.Context, page *composePage, templateID string) error {
	if page.Template = templateID; templateID == "" {
		return nil
	}
	_, text, err := f.Campaigns.Usual(ctx, templateID)
	page.Subject, page.Body, page.HTML = text.Subject, text.HTML, true
	return err
}

// page shows the form. Whether it brings credentials is said on it, and sent
// back with it.
func (f *Face) page(w http.ResponseWriter, r *http.Request, status int, page composePage) (err error) {
	ctx, v := r.Context(), access.ViewerFrom(r.Context())
	if page.Brings, err = f.Campaigns.Brings(ctx, page.reads()); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if page.People, err = f.Campaigns.Addressees(ctx, page.PetParent, page.Brings); err != nil {
		return err
	}
	templates, err := f.Campaigns.Choices(ctx)
	if err != nil {
		return err
	}
	page.Choices = []ui.Choice{{Value: "", Label: "No template"}}
	for _, t := range templates {
		if t.ID != mail.Welcome || v.May(access.LoginManage) && v.Has(access.PetApp) {
			page.Choices = append(page.Choices, ui.Choice{Value: t.ID, Label: t.Name})
		}
	}
	if page.Tokens, err = f.Campaigns.TokensFor(ctx, page.Template); err != nil {
		return err
	}
	if page.Preview != nil {
		ui.AllowFrames(w.Header())
	}
	return f.UI.Page(w, r, status, "campaign/compose", page)
}

// errNoSend answers to who may manage logins and not write.
var errNoSend = fault.New(fault.Forbidden, "permission-missing",
	"Your role in this branch does not allow this. Ask an administrator of your practice if you need it.")

func (f *Face) actProven(w http.ResponseWriter, r *http.Request) error {
	if !access.ViewerFrom(r.Context()).May(access.MailSend) {
		return errNoSend
	}
	return f.act(w, r)
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
	page := composePage{Form: form, Mark: form.Get("mark"), Composition: campaign.Composition{
		PetParent: petParentID, To: form.Values["to"], Template: form.Get("used"), Subject: form.Get("subject"), Body: form.Get("body"),
		HTML: form.Get("format") == "html", Despite: form.Get("despite") != "", Brings: form.Get("brings") != "",
	}}
	switch form.Get("do") {
	case "use":
		if err := f.use(ctx, &page, form.Get("template")); err != nil {
			return err
		}
		page.Values = nil // the fields show the template's words
		return f.page(w, r, http.StatusOK, page)
	case "preview":
		return f.preview(w, r, page)
	}
	return f.send(w, r, page)
}

// preview keeps what was typed, so that the frames can show it.
func (f *Face) preview(w http.ResponseWriter, r *http.Request, page composePage) error {
	ctx := r.Context()
	to, err := f.first(ctx, page.Composition)
	if err != nil {
		return err
	}
	shown, err := f.Campaigns.Preview(ctx, page.reads(), to)
	if err == nil {
		err = f.Campaigns.Keep(ctx, page.Mark, page.Composition)
	}
	if err != nil {
		return f.refused(w, r, page, err)
	}
	page.Preview, page.PreviewTo = &shown, to
	page.LetterURL = composePath(r, page.PetParent) + "/letter?" + url.Values{"kept": {page.Mark}}.Encode()
	return f.page(w, r, http.StatusOK, page)
}

// first is whom a preview is for: who was ticked first.
func (f *Face) first(ctx context.Context, d campaign.Composition) (campaign.Addressee, error) {
	in := composePage{Composition: d}.reads()
	brings, err := f.Campaigns.Brings(ctx, in)
	if err != nil {
		return campaign.Addressee{}, err
	}
	people, err := f.Campaigns.Addressees(ctx, d.PetParent, brings)
	if err != nil {
		return campaign.Addressee{}, err
	}
	for _, a := range people {
		if slices.Contains(d.To, a.Profile.ID) {
			return a, nil
		}
	}
	return people[0], nil
}

// showLetter is the HTML of a preview, for its frames.
func (f *Face) showLetter(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	d, err := f.Campaigns.Kept(r.Context(), petParentID, r.URL.Query().Get("kept"))
	if err != nil {
		return err
	}
	to, err := f.first(r.Context(), d)
	if err != nil {
		return err
	}
	shown, err := f.Campaigns.Preview(r.Context(), composePage{Composition: d}.reads(), to)
	if err != nil {
		return err
	}
	ui.Letter(w, http.StatusOK, f.Origin, shown.HTML)
	return nil
}

func (f *Face) send(w http.ResponseWriter, r *http.Request, page composePage) error {
	ctx := r.Context()
	sent, err := f.Campaigns.Compose(ctx, page.reads())
	switch {
	case errors.Is(err, campaign.ErrSentAlready):
		f.UI.Notice(w, r, campaign.ErrSentAlready.Message)
	case errors.Is(err, campaign.ErrUnproven):
		return f.askProof(w, r, page)
	case err != nil:
		return f.refused(w, r, page, err)
	default:
		f.UI.Notice(w, r, "The message is on its way to "+names(sent)+".")
	}
	back := profilePath(r, page.PetParent)
	if access.ViewerFrom(ctx).May(access.MailRead) {
		back += "/communication"
	}
	return httpd.Redirect(w, r, back)
}

// askProof keeps what was typed, leads to the page that asks for the password,
// and from there back to the form as it was.
func (f *Face) askProof(w http.ResponseWriter, r *http.Request, page composePage) error {
	if err := f.Campaigns.Keep(r.Context(), page.Mark, page.Composition); err != nil {
		return f.refused(w, r, page, err)
	}
	back := composePath(r, page.PetParent) + "?" + url.Values{"kept": {page.Mark}}.Encode()
	return httpd.Redirect(w, r, base(r)+"/account/confirm?"+url.Values{"return": {back}, "again": {"yes"}}.Encode())
}

func names(all []campaign.Addressee) string {
	var list []string
	for _, a := range all {
		list = append(list, a.Profile.Name())
	}
	return strings.Join(list, ", ")
}

// refused shows the form again with what is wrong; anything but a complaint or
// a conflict is answered as everywhere.
func (f *Face) refused(w http.ResponseWriter, r *http.Request, page composePage, err error) error {
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, mail.ErrNoTemplate):
		status, page.Template = http.StatusConflict, "" // deleted meanwhile; the words stay
	case fault.Is(err, fault.Conflict):
		status = http.StatusConflict
	case !fault.Is(err, fault.Invalid):
		return err
	}
	page.Form = page.With(err)
	page.Complaints = page.told(page.Complaints)
	return f.page(w, r, status, page)
}

func base(r *http.Request) string { return "/" + access.ViewerFrom(r.Context()).Practice.Slug }

func profilePath(r *http.Request, petParentID string) string {
	return base(r) + "/pet-parents/" + petParentID
}

func composePath(r *http.Request, petParentID string) string {
	return profilePath(r, petParentID) + "/communication/compose"
}
