package onboardingweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
)

type termsPage struct {
	Terms    practice.Terms
	Accepted onboarding.Acceptance // by the viewer, if they are a pet parent of the practice
}

// termsRoutes registers what everybody may read before they accept it.
func (f *Face) termsRoutes(m *httpd.Mux) {
	public := access.Rule{Audience: access.Public}
	m.Handle("GET /{practice}/terms", public, f.showTerms)
	httpd.Register(m.API(), public, huma.Operation{
		OperationID: "terms", Method: http.MethodGet, Path: "/practices/{practice}/terms", Tags: []string{"Practice"},
		Summary: "The terms and privacy notice that pet parents accept",
	}, f.apiTerms)
}

func (f *Face) showTerms(w http.ResponseWriter, r *http.Request) (err error) {
	p, v := practiceOf(r), access.ViewerFrom(r.Context())
	var page termsPage
	if page.Terms, err = f.Practices.Terms(r.Context(), f.Practices.DB, p.ID); err != nil {
		return err
	}
	if v.SignedIn() && v.Kind == access.KindClient && v.PracticeID == p.ID {
		if page.Accepted, err = f.Onboarding.AcceptedTerms(r.Context(), f.Onboarding.DB, p.ID, v.AccountID); err != nil {
			return err
		}
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/terms", page)
}

type documentBody struct {
	Title string `json:"title"`
	Text  string `json:"text,omitempty" doc:"Plain, on several lines"`
	URL   string `json:"url,omitempty" doc:"Where it stands, instead of text"`
}

type termsOutput struct {
	Body struct {
		Version     int           `json:"version" doc:"0: nothing was published"`
		PublishedAt *time.Time    `json:"published_at,omitempty"`
		Terms       *documentBody `json:"terms,omitempty"`
		Privacy     *documentBody `json:"privacy,omitempty"`
	}
}

func (f *Face) apiTerms(ctx context.Context, _ *struct {
	Practice string `path:"practice" doc:"The practice's slug."`
}) (*termsOutput, error) {
	t, err := f.Practices.Terms(ctx, f.Practices.DB, access.PracticeFrom(ctx).ID)
	out := &termsOutput{}
	b := &out.Body
	b.Version = t.Version
	if t.Version > 0 {
		b.PublishedAt = &t.PublishedAt
	}
	for _, d := range []struct {
		from practice.Document
		to   **documentBody
	}{{t.Terms, &b.Terms}, {t.Privacy, &b.Privacy}} {
		if d.from.There() {
			*d.to = &documentBody{Title: d.from.Title, Text: d.from.Text, URL: d.from.URL}
		}
	}
	return out, err
}
