package signinweb

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
	"catflap/internal/signin"
)

type termsPage struct {
	ui.Form
	Step, Of int
	First    bool // of the steps of a first sign-in
	Terms    practice.Terms
	Practice practice.Practice
}

// Accept is the key of what the box says.
func (p termsPage) Accept() string {
	switch {
	case !p.Terms.Privacy.There():
		return "signin.terms.accept_terms"
	case !p.Terms.Terms.There():
		return "signin.terms.accept_privacy"
	}
	return "signin.terms.accept_both"
}

func (f *Face) showTerms(w http.ResponseWriter, r *http.Request) error {
	return f.termsPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) termsPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	out, ok, err := f.waits(w, r, signin.AcceptTerms)
	if !ok {
		return err
	}
	practiceID := out.State.Account.PracticeID
	page := termsPage{Form: form, First: !out.State.Account.Onboarded()}
	page.Step, page.Of = firstStep(out.State, signin.AcceptTerms)
	if page.Terms, err = f.Practices.Terms(r.Context(), f.Practices.DB, practiceID); err != nil {
		return err
	}
	if page.Practice, err = f.Practices.Get(r.Context(), f.Practices.DB, practiceID); err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "signin/terms", page)
}

// firstStep is which of how many a step of a first sign-in is.
func firstStep(st signin.State, step signin.Step) (at, of int) {
	at, of = map[signin.Step]int{signin.AcceptTerms: 0, signin.ConfirmDetails: 1, signin.NewPassword: 2}[step], 2
	if st.TermsVersion > 0 {
		at, of = at+1, of+1
	}
	return at, of
}

func (f *Face) acceptTerms(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	if form.Get("accept") == "" {
		err := fault.Complain("accept", f.UI.Text(r, "signin.terms.tick"))
		return f.termsPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	version, err := strconv.Atoi(form.Get("version"))
	if err != nil {
		version = 0 // of no form of ours
	}
	out, err := f.SignIn.AcceptTerms(fromPage(r), version)
	switch {
	case errors.Is(err, onboarding.ErrTermsNewer):
		return f.termsPage(w, r, http.StatusConflict, ui.Form{}.With(err))
	case errors.Is(err, signin.ErrOutOfOrder):
		return f.next(w, r)
	case err != nil:
		return err
	}
	return f.follow(w, r, out)
}

type documentBody struct {
	Title string `json:"title"`
	Text  string `json:"text,omitempty" doc:"Plain, on several lines"`
	URL   string `json:"url,omitempty" doc:"Where it stands, instead of text"`
}

type termsOutput struct {
	Body struct {
		Version int           `json:"version" doc:"Send it with the acceptance"`
		Terms   *documentBody `json:"terms,omitempty" doc:"To accept"`
		Privacy *documentBody `json:"privacy,omitempty" doc:"To take note of"`
	}
}

func (f *Face) termsAPI(a *httpd.API) {
	op := func(id, method, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/sign-in/terms", Summary: summary, Tags: []string{"Sign-in"}}
	}
	pending := access.Rule{Audience: access.Pending}
	httpd.Register(a, pending, op("sign-in-terms", http.MethodGet, "The practice's terms and privacy notice, to accept"),
		func(ctx context.Context, _ *struct{}) (*termsOutput, error) {
			out, err := f.SignIn.Current(ctx)
			if err != nil {
				return nil, err
			}
			if out.Step != signin.AcceptTerms {
				return nil, signin.ErrOutOfOrder
			}
			t, err := f.Practices.Terms(ctx, f.Practices.DB, out.State.Account.PracticeID)
			answer := &termsOutput{}
			answer.Body.Version, answer.Body.Terms, answer.Body.Privacy = t.Version, documentFrom(t.Terms), documentFrom(t.Privacy)
			return answer, err
		})
	httpd.Register(a, pending, op("sign-in-accept-terms", http.MethodPost, "Accept them"),
		func(ctx context.Context, in *struct {
			Body struct {
				Version int `json:"version" doc:"The one that was shown; 409 terms-newer when there is a newer one"`
			}
		}) (*conversation, error) {
			return say(f.SignIn.AcceptTerms(fromProgram(ctx), in.Body.Version))
		})
}

func documentFrom(d practice.Document) *documentBody {
	if !d.There() {
		return nil
	}
	return &documentBody{Title: d.Title, Text: d.Text, URL: d.URL}
}
