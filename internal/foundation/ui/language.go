package ui

import (
	"net/http"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/lang"
)

// langOf is the language of the answer to a request: the viewer's own, for
// somebody who is not known yet what their browser asks for. The pages of the
// platform are in English.
func langOf(r *http.Request) string {
	ctx := r.Context()
	v := access.ViewerFrom(ctx)
	switch {
	case v.Lang != "":
		return lang.Or(v.Lang)
	case v.Audience() != 0, r.URL.Path == "/setup", r.URL.Path == "/platform", strings.HasPrefix(r.URL.Path, "/platform/"):
		return lang.English
	}
	return lang.Or(access.OriginFrom(ctx).Lang())
}

// sayLanguage tells a browser and what stands between in which language it was
// answered, and what that depended on (RFC 9110, sections 8.5 and 12.5.5).
func sayLanguage(h http.Header, tag string) {
	h.Set("Content-Language", tag)
	h.Set("Vary", "Accept-Language, Cookie")
}

// SaidTo answers a program with what went wrong in the language of the answer,
// as far as it was translated. The code, which programs read, stays, and so do
// the words for pet parents.
func (u *UI) SaidTo(h http.Header, r *http.Request, e *fault.Error) *fault.Error {
	sayLanguage(h, langOf(r))
	return u.saidIn(speech{tag: langOf(r)}, e)
}

func (u *UI) saidIn(s speech, e *fault.Error) *fault.Error {
	if e == nil || s == (speech{tag: lang.English}) {
		return e
	}
	said := *e
	said.Message = u.say(s, e.Message)
	said.Fields = u.complaintsIn(s, e.Fields)
	return &said
}

func (u *UI) complaintsIn(s speech, all []fault.Field) []fault.Field {
	if len(all) == 0 || s == (speech{tag: lang.English}) {
		return all
	}
	said := make([]fault.Field, len(all))
	for i, c := range all {
		said[i] = fault.Field{Name: c.Name, Message: u.say(s, c.Message)}
	}
	return said
}

// tongue is one language of the choice at the foot of a page.
type tongue struct {
	Tag, Name string
	Current   bool
}

// Languages are the languages that a page can be read in, for a choice at its
// foot: on pages of pet parents and of those who are not signed in yet. A page
// that answers a form has none, since what was typed there would be lost.
func (v View) Languages() []tongue {
	nobody := v.Viewer.Kind == ""
	theirs := v.Practice.Slug != "" && (nobody || v.Viewer.Kind == access.KindClient)
	if v.Here == "" || !theirs && !(nobody && v.front()) {
		return nil
	}
	var all []tongue
	for _, tag := range lang.All() {
		all = append(all, tongue{Tag: tag, Name: lang.Name(tag), Current: tag == v.Lang})
	}
	return all
}

// front reports whether this is the page of no practice, where people look for
// theirs.
func (v View) front() bool { return v.Path == "/" }

// LanguageHref is where the choice is sent: somebody who is signed in changes
// the language of their account too.
func (v View) LanguageHref() string {
	if v.Viewer.SignedIn() && v.Viewer.PracticeID == v.Practice.ID {
		return v.URL("/account/language")
	}
	if v.front() {
		return "/" // any other path might be the name of a practice
	}
	return v.URL("/language")
}

// Day is a year-month-day as people write it; what is no day stays as it is.
func (v View) Day(text string) string { return plainDay(v.Lang, text) }

// Said is what a core says in English, in the language and wording of the page.
func (v View) Said(words string) string { return v.ui.say(v.speech(), words) }

// Device says what a session was made on.
func (v View) Device(label string) string { return lang.Device(v.Lang, label) }
