package mailweb

import (
	"net/http"
	"slices"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/lang"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
)

// readRule lets those in who choose a template when they write, too.
func readRule() access.Rule {
	return access.Rule{Audience: access.Staff, Permission: access.MailTemplate, Or: access.MailSend}
}

func writeRule() access.Rule {
	return access.Rule{Audience: access.Staff, Permission: access.MailTemplate, AllBranches: true}
}

func (f *Face) templateRoutes(m *httpd.Mux) {
	m.Handle("GET /{practice}/settings/templates", access.Rule{Audience: access.Staff, Permission: access.MailTemplate}, f.listTemplates)
	m.Handle("GET /{practice}/settings/templates/new", writeRule(), f.newTemplate)
	m.Handle("POST /{practice}/settings/templates", writeRule(), f.createTemplate)
	m.Handle("POST /{practice}/settings/templates/try", writeRule(), f.tryText)
	m.Handle("GET /{practice}/settings/templates/{id}", readRule(), f.showTemplate)
	m.Handle("GET /{practice}/settings/templates/{id}/letter", readRule(), f.showLetter)
	m.Handle("GET /{practice}/settings/templates/{id}/edit", writeRule(), f.editText)
	m.Handle("POST /{practice}/settings/templates/{id}/edit", writeRule(), f.saveText)
	m.Handle("POST /{practice}/settings/templates/{id}/rename", writeRule(), f.renameTemplate)
	m.Handle("POST /{practice}/settings/templates/{id}/reset", writeRule(), f.resetTemplate)
	m.Handle("POST /{practice}/settings/templates/{id}/delete", writeRule(), f.deleteTemplate)
	f.templateAPI(m.API())
}

func templatesPath(r *http.Request) string {
	return "/" + access.ViewerFrom(r.Context()).Practice.Slug + "/settings/templates"
}

func mayWrite(r *http.Request) bool {
	return access.ViewerFrom(r.Context()).MayEverywhere(access.MailTemplate)
}

type templatesPage struct {
	Builtin, Own []mail.Template
	Write        bool
}

// Names are the languages as their speakers call them.
func (templatesPage) Names(tags []string) []string { return languageNames(tags) }

func languageNames(tags []string) []string {
	var names []string
	for _, tag := range tags {
		names = append(names, lang.Name(tag))
	}
	return names
}

func languageChoices() []ui.Choice {
	var all []ui.Choice
	for _, tag := range lang.All() {
		all = append(all, ui.Choice{Value: tag, Label: lang.Name(tag)})
	}
	return all
}

func (f *Face) listTemplates(w http.ResponseWriter, r *http.Request) error {
	all, err := f.Mail.Templates(r.Context(), access.ViewerFrom(r.Context()).PracticeID)
	if err != nil {
		return err
	}
	page := templatesPage{Write: mayWrite(r)}
	for _, t := range all {
		if t.Builtin {
			page.Builtin = append(page.Builtin, t)
		} else {
			page.Own = append(page.Own, t)
		}
	}
	return f.UI.Page(w, r, http.StatusOK, "mail/templates", page)
}

// editorPage is where the words of a template are written.
type editorPage struct {
	ui.Form
	Template mail.Template // zero for a new one
	Text     mail.Text
	Lang     string
	Langs    []ui.Choice
	Tokens   []mail.Described
	Typed    *mail.Source // what clashed with the words that somebody else saved
}

// LangName is the language as its speakers call it.
func (p editorPage) LangName() string { return lang.Name(p.Lang) }

// Required reports whether messages lack something without the token.
func (p editorPage) Required(t mail.Described) bool {
	return p.Template.Builtin && t.Required && t.Secret
}

func (f *Face) newTemplate(w http.ResponseWriter, r *http.Request) error {
	return f.editor(w, r, http.StatusOK, mail.Template{}, mail.Text{}, lang.English, ui.Form{})
}

func (f *Face) editor(w http.ResponseWriter, r *http.Request, status int, t mail.Template, text mail.Text, tag string, form ui.Form) error {
	page := editorPage{Form: form, Template: t, Text: text, Lang: tag, Langs: languageChoices(), Tokens: mail.TokensOf(t.ID)}
	if status == http.StatusConflict {
		words := typed(ui.FormFrom(r))
		page.Typed = &words
	}
	ui.AllowFrames(w.Header())
	return f.UI.Page(w, r, status, "mail/template_edit", page)
}

func typed(form ui.Form) mail.Source {
	return mail.Source{Subject: form.Get("subject"), HTML: form.Get("html"), Text: form.Get("text")}
}

func (f *Face) createTemplate(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	text, err := f.Mail.SaveText(r.Context(), mail.TextInput{Name: form.Get("name"), Lang: form.Get("lang"), Source: typed(form)})
	if fault.Is(err, fault.Invalid) {
		return f.editor(w, r, http.StatusUnprocessableEntity, mail.Template{}, mail.Text{}, lang.Or(form.Get("lang")), form.With(err))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "The template is saved. This is how it looks.")
	return httpd.Redirect(w, r, templatesPath(r)+"/"+text.Template+"?lang="+text.Lang)
}

// wanted is the template of the path, and its text in the language that was
// asked for. Where there is none in it, the text is one to begin with.
func (f *Face) wanted(r *http.Request, tag string) (mail.Template, mail.Text, error) {
	v := access.ViewerFrom(r.Context())
	t, err := f.Mail.Template(r.Context(), v.PracticeID, r.PathValue("id"))
	if err != nil {
		return t, mail.Text{}, err
	}
	for _, one := range append([]string{tag, lang.English}, t.Langs...) {
		text, err := f.Mail.Text(r.Context(), v.PracticeID, t.ID, one)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if one != tag {
			text.ID = "" // of another language
		}
		return t, text, err
	}
	return t, mail.Text{}, mail.ErrNoTemplate
}

func (f *Face) editText(w http.ResponseWriter, r *http.Request) error {
	tag := lang.Or(r.URL.Query().Get("lang"))
	t, text, err := f.wanted(r, tag)
	if err != nil {
		return err
	}
	return f.editor(w, r, http.StatusOK, t, text, tag, ui.Form{})
}

func (f *Face) saveText(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	tag := lang.Or(form.Get("lang"))
	t, text, err := f.wanted(r, tag)
	if err != nil {
		return err
	}
	_, err = f.Mail.SaveText(r.Context(), mail.TextInput{Template: t.ID, Lang: form.Get("lang"), Seen: form.Get("seen"), Source: typed(form)})
	switch {
	case fault.Is(err, fault.Invalid):
		text.ID = form.Get("seen")
		return f.editor(w, r, http.StatusUnprocessableEntity, t, text, tag, form.With(err))
	case fault.Is(err, fault.Conflict):
		// Theirs is in the fields; what was typed stands above them.
		return f.editor(w, r, http.StatusConflict, t, text, tag, ui.Form{}.With(err))
	case err != nil:
		return err
	}
	f.UI.Notice(w, r, "Saved. Messages that wait already leave as they were written.")
	return httpd.Redirect(w, r, templatesPath(r)+"/"+t.ID+"?lang="+tag)
}

func (f *Face) renameTemplate(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	return f.changed(w, r, f.Mail.Rename(r.Context(), r.PathValue("id"), form.Get("name"), mark(form)), "Renamed.", "/"+r.PathValue("id"))
}

func (f *Face) resetTemplate(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	return f.changed(w, r, f.Mail.Reset(r.Context(), r.PathValue("id"), form.Get("lang"), mark(form)), "Done.", "/"+r.PathValue("id"))
}

func (f *Face) deleteTemplate(w http.ResponseWriter, r *http.Request) error {
	return f.changed(w, r, f.Mail.Delete(r.Context(), r.PathValue("id"), mark(ui.FormFrom(r))), "The template is deleted.", "")
}

// changed answers after a change: on the page of the template when it was
// refused.
func (f *Face) changed(w http.ResponseWriter, r *http.Request, err error, words, path string) error {
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		status := http.StatusUnprocessableEntity
		if fault.Is(err, fault.Conflict) {
			status = http.StatusConflict
		}
		return f.templatePage(w, r, status, ui.FormFrom(r).With(err))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, words)
	return httpd.Redirect(w, r, templatesPath(r)+path)
}

func has(tags []string, tag string) bool { return slices.Contains(tags, tag) }
