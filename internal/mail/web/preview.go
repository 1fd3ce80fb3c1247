package mailweb

import (
	"context"
	"html"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"catflap/internal/access"
	"catflap/internal/campaign"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/lang"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/petparent"
)

// offered is how many people a search for a recipient shows.
const offered = 8

type templatePage struct {
	ui.Form
	Template  mail.Template
	Text      mail.Text
	Lang      string
	Langs     []ui.Choice
	Preview   mail.Preview
	To        string // whom the preview is to; "" for examples
	Person    string // id
	Query     string
	Found     []petparent.Suggestion
	More      bool
	Search    bool // the viewer may look for people
	Write     bool
	Own       bool // the practice has words of its own in this language
	LetterURL string
}

// LangName is the language as its speakers call it.
func (p templatePage) LangName() string { return lang.Name(p.Lang) }

// TextLang is the language that the words shown are in.
func (p templatePage) TextLang() string { return lang.Name(p.Text.Lang) }

// Link leads to the same page with something else chosen.
func (p templatePage) Link(tag, person string) string {
	q := url.Values{"lang": {tag}}
	if person != "" {
		q.Set("person", person)
	}
	return "?" + q.Encode()
}

func mark(form ui.Form) int64 {
	n, err := strconv.ParseInt(form.Get("mark"), 10, 64)
	if err != nil {
		return -1 // of no form of ours
	}
	return n
}

func (f *Face) showTemplate(w http.ResponseWriter, r *http.Request) error {
	return f.templatePage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) templatePage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	ctx, q, v := r.Context(), r.URL.Query(), access.ViewerFrom(r.Context())
	tag := lang.Or(q.Get("lang"), form.Get("lang"))
	t, text, err := f.wanted(r, tag)
	if err != nil {
		return err
	}
	page := templatePage{
		Form: form, Template: t, Text: text, Lang: tag, Langs: languageChoices(), Query: strings.TrimSpace(q.Get("q")), Person: q.Get("person"),
		Search: v.May(access.PetParentRead) && v.Has(access.PetApp), Write: mayWrite(r), Own: has(t.Langs, tag),
	}
	shown, to, err := f.preview(ctx, t, text.Lang, text.Source, page.Person)
	if err != nil {
		return err
	}
	page.Preview, page.To = shown, to
	page.LetterURL = templatesPath(r) + "/" + t.ID + "/letter" + page.Link(tag, page.Person)
	if page.Search && page.Query != "" {
		if page.Found, page.More, err = f.PetParents.Suggest(ctx, v.PracticeID, page.Query, offered); err != nil {
			return err
		}
	}
	ui.AllowFrames(w.Header())
	return f.UI.Page(w, r, status, "mail/template", page)
}

// preview fills the words for a person, or with examples for "".
func (f *Face) preview(ctx context.Context, t mail.Template, tag string, words mail.Source, personID string) (shown mail.Preview, to string, err error) {
	v := access.ViewerFrom(ctx)
	in := mail.PreviewInput{PracticeID: v.PracticeID, Template: t.ID, Lang: tag, Source: words}
	examples := map[string]string{}
	for _, d := range mail.TokensOf(t.ID) {
		examples[d.Name] = d.Example
	}
	loginURL := f.LoginURL(v.Practice.Slug)
	house, err := campaign.HouseOf(ctx, f.Practices, f.Practices.DB, v.PracticeID, loginURL)
	if err != nil {
		return mail.Preview{}, "", err
	}
	real := map[string]string{"practice": house.Practice.Name, "login_url": loginURL}
	if personID != "" {
		if !v.May(access.PetParentRead) || !v.Has(access.PetApp) {
			return mail.Preview{}, "", petparent.ErrNotFound
		}
		p, err := f.PetParents.Profile(ctx, f.PetParents.DB, v.PracticeID, personID)
		if err != nil {
			return mail.Preview{}, "", err
		}
		real, to, in.To = house.Tokens(campaign.RecipientOf(p)), p.Name(), p.Email
		if !t.Builtin {
			examples = nil // what is missing shall be seen
		}
	} else {
		for name, value := range house.Tokens(campaign.Recipient{}) {
			if strings.HasPrefix(name, "practice") && value != "" {
				real[name] = value
			}
		}
	}
	in.Tokens = map[string]string{}
	maps.Copy(in.Tokens, examples)
	maps.Copy(in.Tokens, real)
	shown, err = f.Mail.Preview(ctx, in)
	return shown, to, err
}

// showLetter is the HTML of a preview, alone.
func (f *Face) showLetter(w http.ResponseWriter, r *http.Request) error {
	t, text, err := f.wanted(r, lang.Or(r.URL.Query().Get("lang")))
	if err != nil {
		return err
	}
	shown, _, err := f.preview(r.Context(), t, text.Lang, text.Source, r.URL.Query().Get("person"))
	if err != nil {
		return err
	}
	ui.Letter(w, http.StatusOK, f.Origin, shown.HTML)
	return nil
}

// tryText answers into the frame below the editor: what was typed, as a letter,
// or what is wrong with it. Nothing is saved.
func (f *Face) tryText(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	t := mail.Template{}
	if id := form.Get("template"); id != "" {
		var err error
		if t, err = f.Mail.Template(r.Context(), access.ViewerFrom(r.Context()).PracticeID, id); err != nil {
			return err
		}
	}
	shown, _, err := f.preview(r.Context(), t, form.Get("lang"), typed(form), "")
	if fault.Is(err, fault.Invalid) {
		var list strings.Builder
		for _, one := range fault.From(err).Fields {
			list.WriteString("<li>" + html.EscapeString(map[string]string{"html": "Message", "text": "Text version", "subject": "Subject"}[one.Name]+": "+one.Message) + "</li>")
		}
		ui.Letter(w, http.StatusUnprocessableEntity, f.Origin, `<!doctype html><html lang="en"><meta charset="utf-8"><title>Preview</title>`+
			`<body style="font-family:sans-serif"><h1 style="font-size:1.2em">This cannot be saved yet</h1><ul>`+list.String()+`</ul></body></html>`)
		return nil
	}
	if err != nil {
		return err
	}
	ui.Letter(w, http.StatusOK, f.Origin, shown.HTML)
	return nil
}
