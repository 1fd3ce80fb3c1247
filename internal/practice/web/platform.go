package practiceweb

import (
	"net/http"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/plan"
	"catflap/internal/practice"
)

// platformRoutes registers what platform support does with one practice.
func (f *Face) platformRoutes(m *httpd.Mux) {
	platform := access.Rule{Audience: access.Platform}
	proven := access.Rule{Audience: access.Platform, StepUp: true}
	const one = "/platform/practices/{id}"
	m.Handle("GET "+one, platform, f.show)
	m.Handle("POST "+one+"/invite", platform, f.inviteAgain)
	m.Handle("GET "+one+"/plan", proven, f.showPlan)
	m.Handle("POST "+one+"/plan", proven, f.changePlan)
	m.Handle("GET "+one+"/suspend", proven, f.showSuspend)
	m.Handle("POST "+one+"/suspend", proven, f.suspend)
	m.Handle("GET "+one+"/close", proven, f.showClose)
	m.Handle("POST "+one+"/close", proven, f.close)
	m.Handle("POST "+one+"/reopen", proven, f.reopen)
}

// onePage is what the pages about one practice show.
type onePage struct {
	ui.Form
	Practice practice.Practice
	Plan     plan.Plan
	Features []string // in words
	Branches []practice.Branch
	Plans    []ui.Choice
	LoginURL string
}

// Base is where the pages about this practice begin.
func (p onePage) Base() string { return "/platform/practices/" + p.Practice.ID }

// page reads the practice in the path.
func (f *Face) page(r *http.Request) (onePage, error) {
	practiceID, err := httpd.PathID(r, "id")
	if err != nil {
		return onePage{}, err
	}
	p, err := f.Practices.Get(r.Context(), f.Practices.DB, practiceID)
	if err != nil {
		return onePage{}, err
	}
	branches, err := f.Practices.Branches(r.Context(), f.Practices.DB, practiceID)
	if err != nil {
		return onePage{}, err
	}
	bought, _ := plan.Find(p.Plan)
	page := onePage{
		Practice: p, Plan: bought, Features: featureWords(bought.Features), Branches: branches, LoginURL: f.LoginURL(p.Slug),
	}
	for _, one := range plan.All() {
		page.Plans = append(page.Plans, ui.Choice{Value: one.Key, Label: one.Name, Note: planNote(bought, one)})
	}
	return page, nil
}

// planNote says what a plan includes and what a change to it brings and takes.
func planNote(now, next plan.Plan) string {
	note := "Includes " + listed(featureWords(next.Features)) + "."
	if now.Key == next.Key {
		return note + " This is the plan they have."
	}
	var comes, goes []access.Feature
	for _, one := range access.Features() {
		switch {
		case next.Includes(one) && !now.Includes(one):
			comes = append(comes, one)
		case now.Includes(one) && !next.Includes(one):
			goes = append(goes, one)
		}
	}
	if len(comes) > 0 {
		note += " New: " + listed(featureWords(comes)) + "."
	}
	if len(goes) > 0 {
		note += " No more: " + listed(featureWords(goes)) + "."
	}
	return note
}

// featureWords are features as people call them.
func featureWords(all []access.Feature) []string {
	words := make([]string, len(all))
	for i, one := range all {
		words[i] = plan.FeatureName(one)
	}
	return words
}

func listed(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	return f.showOne(w, r, "practice/show")
}

func (f *Face) showPlan(w http.ResponseWriter, r *http.Request) error {
	return f.showOne(w, r, "practice/plan")
}

func (f *Face) showSuspend(w http.ResponseWriter, r *http.Request) error {
	return f.showOne(w, r, "practice/suspend")
}

func (f *Face) showClose(w http.ResponseWriter, r *http.Request) error {
	return f.showOne(w, r, "practice/close")
}

func (f *Face) showOne(w http.ResponseWriter, r *http.Request, name string) error {
	page, err := f.page(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, name, page)
}

func (f *Face) changePlan(w http.ResponseWriter, r *http.Request) error {
	chosen := ui.FormFrom(r).Get("plan")
	return f.change(w, r, "practice/plan", onboarding.PracticeChange{Plan: chosen}, nil, "The plan is changed. It counts from the next click of everybody there.")
}

func (f *Face) suspend(w http.ResponseWriter, r *http.Request) error {
	in := onboarding.PracticeChange{Status: practice.Suspended, Reason: ui.FormFrom(r).Get("reason")}
	return f.change(w, r, "practice/suspend", in, nil, "The practice is suspended. Everybody there has been signed out.")
}

func (f *Face) reopen(w http.ResponseWriter, r *http.Request) error {
	return f.change(w, r, "practice/show", onboarding.PracticeChange{Status: practice.Active}, nil,
		"The practice is open again. Its people can sign in, and mail that waited is on its way.")
}

func (f *Face) close(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	confirmed := func(p practice.Practice) error {
		if strings.TrimSpace(form.Get("slug")) != p.Slug {
			return fault.Complain("slug", "Type "+p.Slug+" to confirm that this is the practice you mean.")
		}
		return nil
	}
	in := onboarding.PracticeChange{Status: practice.Closed, Reason: form.Get("reason")}
	return f.change(w, r, "practice/close", in, confirmed, "The practice is closed. Its data stays until it is erased.")
}

// change changes the practice in the path after its check, and shows the page
// again with what is wrong.
func (f *Face) change(w http.ResponseWriter, r *http.Request, name string, in onboarding.PracticeChange,
	check func(practice.Practice) error, done string) error {
	page, err := f.page(r)
	if err != nil {
		return err
	}
	if check != nil {
		err = check(page.Practice)
	}
	if err == nil && in.Status != "" && in.Status == page.Practice.Status {
		err = practice.ErrStatus
	}
	if err == nil {
		_, err = f.Onboarding.ChangePractice(r.Context(), page.Practice.ID, in)
	}
	if fault.Is(err, fault.Invalid) {
		page.Form = ui.FormFrom(r).With(err)
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, name, page)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, done)
	return httpd.Redirect(w, r, page.Base())
}

func (f *Face) inviteAgain(w http.ResponseWriter, r *http.Request) error {
	practiceID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	if err := f.Onboarding.InviteAdministratorAgain(r.Context(), practiceID); err != nil {
		return err
	}
	f.UI.Notice(w, r, "A fresh invitation is on its way. The link in the earlier one does not work any more.")
	return httpd.Redirect(w, r, "/platform/practices/"+practiceID)
}
