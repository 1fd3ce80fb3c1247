package practiceweb

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/practice"
)

type termsPage struct {
	ui.Form
	Now      practice.Terms
	Shown    practice.Terms // what the fields begin with
	Accepted int            // pet parents who accepted Now
}

// Next is the number that the next version has.
func (p termsPage) Next() int { return p.Now.Version + 1 }

func (f *Face) termsRoutes(m *httpd.Mux) {
	m.Handle("GET /{practice}/settings/terms", detailsRule(), f.showTerms)
	m.Handle("POST /{practice}/settings/terms", detailsRule(), f.publishTerms)
	op := func(id, method, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/practice/terms", Summary: summary, Tags: []string{"Practice"}}
	}
	httpd.Register(m.API(), detailsRule(), op("own-terms", http.MethodGet, "What pet parents accept, and how many have"), f.apiTerms)
	httpd.Register(m.API(), detailsRule(), op("publish-terms", http.MethodPut, "Publish a version; everybody accepts it at the next sign-in"), f.apiPublishTerms)
}

func (f *Face) showTerms(w http.ResponseWriter, r *http.Request) error {
	return f.termsPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) termsPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) (err error) {
	practiceID := access.ViewerFrom(r.Context()).PracticeID
	page := termsPage{Form: form}
	if page.Now, err = f.Practices.Terms(r.Context(), f.Practices.DB, practiceID); err != nil {
		return err
	}
	page.Shown = page.Now
	if !page.Shown.Terms.There() {
		page.Shown.Terms.Title = "Terms of use"
	}
	if !page.Shown.Privacy.There() {
		page.Shown.Privacy.Title = "Privacy notice"
	}
	if page.Now.Version > 0 {
		if page.Accepted, err = f.Onboarding.CountAccepted(r.Context(), practiceID, page.Now.Version); err != nil {
			return err
		}
	}
	return f.UI.Page(w, r, status, "practice/terms", page)
}

func (f *Face) publishTerms(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	version, err := strconv.Atoi(form.Get("version"))
	if err != nil {
		version = -1 // of no form of ours
	}
	document := func(prefix string) practice.Document {
		return practice.Document{Title: form.Get(prefix + "title"), Text: form.Get(prefix + "text"), URL: form.Get(prefix + "url")}
	}
	t, published, err := f.Practices.PublishTerms(r.Context(),
		practice.TermsInput{Terms: document("terms_"), Privacy: document("privacy_"), Version: version})
	switch {
	case fault.Is(err, fault.Invalid):
		return f.termsPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	case fault.Is(err, fault.Conflict):
		return f.termsPage(w, r, http.StatusConflict, ui.Form{}.With(err))
	case err != nil:
		return err
	}
	words := "Nothing was different, so nothing was published."
	switch {
	case published && t.Asked():
		words = "Version " + strconv.Itoa(t.Version) + " is published. Pet parents accept it at their next sign-in."
	case published:
		words = "Pet parents are asked for nothing any more."
	}
	f.UI.Notice(w, r, words)
	return httpd.Redirect(w, r, settingsPath(r, "terms"))
}

// DocumentFields is one text that pet parents are shown.
type DocumentFields struct {
	Title string `json:"title" maxLength:"800"`
	Text  string `json:"text,omitempty" maxLength:"400000" doc:"Plain, on several lines"`
	URL   string `json:"url,omitempty" maxLength:"2000" doc:"Where it stands, instead of text"`
}

func (d *DocumentFields) document() practice.Document {
	if d == nil {
		return practice.Document{}
	}
	return practice.Document{Title: d.Title, Text: d.Text, URL: d.URL}
}

func documentFrom(d practice.Document) *DocumentFields {
	if !d.There() {
		return nil
	}
	return &DocumentFields{Title: d.Title, Text: d.Text, URL: d.URL}
}

type ownTermsOutput struct {
	Body struct {
		Version     int             `json:"version" doc:"0: nothing was published"`
		PublishedAt *time.Time      `json:"published_at,omitempty"`
		PublishedBy string          `json:"published_by,omitempty" doc:"How the account is called"`
		Terms       *DocumentFields `json:"terms,omitempty"`
		Privacy     *DocumentFields `json:"privacy,omitempty"`
		Accepted    int             `json:"accepted" doc:"Pet parents who accepted this version"`
	}
}

func (f *Face) apiTerms(ctx context.Context, _ *struct{}) (*ownTermsOutput, error) {
	practiceID := access.ViewerFrom(ctx).PracticeID
	t, err := f.Practices.Terms(ctx, f.Practices.DB, practiceID)
	if err != nil {
		return nil, err
	}
	out := &ownTermsOutput{}
	out.Body.Version, out.Body.PublishedBy = t.Version, t.PublisherName
	out.Body.Terms, out.Body.Privacy = documentFrom(t.Terms), documentFrom(t.Privacy)
	if t.Version > 0 {
		out.Body.PublishedAt = &t.PublishedAt
	}
	out.Body.Accepted, err = f.Onboarding.CountAccepted(ctx, practiceID, t.Version)
	return out, err
}

func (f *Face) apiPublishTerms(ctx context.Context, in *struct {
	Body struct {
		Terms   *DocumentFields `json:"terms,omitempty" doc:"Left out: there are none"`
		Privacy *DocumentFields `json:"privacy,omitempty" doc:"Left out: there is none"`
		Version int             `json:"version" doc:"The version that was read; 409 terms-changed when there is a newer one"`
	}
}) (*ownTermsOutput, error) {
	b := in.Body
	_, _, err := f.Practices.PublishTerms(ctx, practice.TermsInput{Terms: b.Terms.document(), Privacy: b.Privacy.document(), Version: b.Version})
	if err != nil {
		return nil, err
	}
	return f.apiTerms(ctx, nil)
}
