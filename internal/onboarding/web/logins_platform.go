package onboardingweb

import (
	"errors"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
	"catflap/internal/practice"
)

// platformRoutes registers the logins for all pet parents of a practice as
// platform support makes them: with numbers, without names.
func (f *Face) platformRoutes(m *httpd.Mux) {
	platform := access.Rule{Audience: access.Platform}
	proven := access.Rule{Audience: access.Platform, StepUp: true}
	passive := access.Rule{Audience: access.Platform, Passive: true}
	const all = "/platform/practices/{id}/logins"
	m.Handle("GET "+all, platform, f.platformLogins)
	m.Handle("POST "+all, proven, f.platformStart)
	m.Handle("GET "+all+"/runs/{run}", platform, f.platformRun)
	m.Handle("GET "+all+"/runs/{run}/progress", passive, f.platformProgress)
}

// clashLine is how many people wait for a decision of the practice, by clash.
type clashLine struct {
	Words     string
	Addresses int
	People    int
}

// clashLines counts conflicts without saying whose they are.
func clashLines(t onboarding.Tally) []clashLine {
	var lines []clashLine
	for _, clash := range []onboarding.Clash{onboarding.ClashShared, onboarding.ClashLogin, onboarding.ClashArchived, onboarding.ClashStaff} {
		line := clashLine{Words: clashWords(clash)}
		for _, c := range t.Conflicts {
			if c.Clash == clash {
				line.Addresses++
				line.People += c.Waiting
			}
		}
		if line.Addresses > 0 {
			lines = append(lines, line)
		}
	}
	return lines
}

type platformPage struct {
	tally
	Practice practice.Practice
	Scope    petparent.Scope
	Branches []ui.Choice
	Clashes  []clashLine
	Runs     []onboarding.LoginRun
	Run      onboarding.LoginRun // on the page of a run
	Barred   string              // why nothing can be started, in words
}

// Base is where the pages begin.
func (p platformPage) Base() string { return "/platform/practices/" + p.Practice.ID + "/logins" }

// Remind says that the run sends reminders.
func (p platformPage) Remind() bool { return p.Run.Kind == onboarding.RunRemind }

func (f *Face) platformPractice(r *http.Request) (practice.Practice, error) {
	practiceID, err := httpd.PathID(r, "id")
	if err != nil {
		return practice.Practice{}, err
	}
	return f.Practices.Get(r.Context(), f.Practices.DB, practiceID)
}

func (f *Face) platformLogins(w http.ResponseWriter, r *http.Request) error {
	p, err := f.platformPractice(r)
	if err != nil {
		return err
	}
	page := platformPage{Practice: p, Scope: branchScope(r.URL.Query().Get("branch"))}
	branches, err := f.Practices.Branches(r.Context(), f.Practices.DB, p.ID)
	if err != nil {
		return err
	}
	if len(branches) > 1 {
		page.Branches = []ui.Choice{{Label: "All branches"}}
		for _, b := range branches {
			page.Branches = append(page.Branches, ui.Choice{Value: b.ID, Label: b.Name})
		}
	}
	plan, err := f.Onboarding.PlanLogins(r.Context(), p.ID, page.Scope)
	switch {
	case errors.Is(err, onboarding.ErrNotInPlan), errors.Is(err, practice.ErrNotOpen):
		page.Barred = barred(err)
	case err != nil:
		return err
	}
	page.tally, page.Clashes = tallyOf(plan.Tally), clashLines(plan.Tally)
	if page.Runs, err = f.Onboarding.Runs(r.Context(), p.ID, shownRuns); err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/platform_logins", page)
}

// barred says to platform support what is in the way.
func barred(err error) string {
	if errors.Is(err, onboarding.ErrNotInPlan) {
		return "Logins for pet parents are not part of this practice's plan. Change the plan first."
	}
	return fault.From(err).Message
}

// branchScope is all that platform support can narrow to: whoever searches sees
// people.
func branchScope(branchID string) petparent.Scope {
	return petparent.Scope{Filter: petparent.Filter{BranchID: branchID}}
}

func (f *Face) platformStart(w http.ResponseWriter, r *http.Request) error {
	p, err := f.platformPractice(r)
	if err != nil {
		return err
	}
	run, err := f.Onboarding.StartLogins(r.Context(), p.ID, branchScope(ui.FormFrom(r).Get("branch")))
	if errors.Is(err, onboarding.ErrRunUnderWay) && run.ID != "" {
		f.UI.Notice(w, r, "Somebody started this already. Here is how far it is.")
		err = nil
	}
	if err != nil {
		return err
	}
	return httpd.Redirect(w, r, "/platform/practices/"+p.ID+"/logins/runs/"+run.ID)
}

func (f *Face) platformRunPage(r *http.Request) (platformPage, error) {
	p, err := f.platformPractice(r)
	if err != nil {
		return platformPage{}, err
	}
	runID, err := httpd.PathID(r, "run")
	if err != nil {
		return platformPage{}, onboarding.ErrRunNotFound
	}
	run, err := f.Onboarding.Run(r.Context(), p.ID, runID)
	return platformPage{Practice: p, Run: run, tally: tallyOf(run.Tally), Clashes: clashLines(run.Tally)}, err
}

func (f *Face) platformRun(w http.ResponseWriter, r *http.Request) error {
	page, err := f.platformRunPage(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/platform_run", page)
}

func (f *Face) platformProgress(w http.ResponseWriter, r *http.Request) error {
	page, err := f.platformRunPage(r)
	if err != nil {
		return err
	}
	return f.UI.Part(w, r, http.StatusOK, "onboarding/platform_run", "platform-progress", page)
}
