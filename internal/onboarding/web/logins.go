package onboardingweb

import (
	"errors"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
)

// shownRuns is how many earlier runs the page lists.
const shownRuns = 5

func (f *Face) loginRoutes(m *httpd.Mux) {
	rule := access.Rule{Audience: access.Staff, Permission: access.LoginManage, Feature: access.PetApp}
	m.Handle("GET /{practice}/pet-parents/logins", rule, f.showLogins)
	m.Handle("POST /{practice}/pet-parents/logins", rule, f.startLogins)
	m.Handle("POST /{practice}/pet-parents/logins/waiting", rule, f.inviteWaiting)
	// Below runs/, because /pet-parents/{id}/... belongs to the profile.
	m.Handle("GET /{practice}/pet-parents/logins/runs/{id}", rule, f.showRun)
	rule.Passive = true
	m.Handle("GET /{practice}/pet-parents/logins/runs/{id}/progress", rule, f.showProgress)
	f.loginsAPI(m.API())
}

// tally is what the dry run and the report show alike.
type tally struct {
	onboarding.Tally
	Reasons []reasonLine
}

type reasonLine struct {
	Reason petparent.Reason
	Words  string
	People int
}

func tallyOf(t onboarding.Tally) tally {
	shown := tally{Tally: t}
	for _, r := range t.ReasonCounts() {
		shown.Reasons = append(shown.Reasons, reasonLine{Reason: r.Reason, Words: reasonWords(r.Reason), People: r.People})
	}
	return shown
}

func reasonWords(r petparent.Reason) string {
	switch r {
	case petparent.ReasonDeleted:
		return "Deleted in the practice system"
	case petparent.ReasonInactive:
		return "Inactive in the practice system"
	case petparent.ReasonOptOut:
		return "Opted out of e-mail"
	case petparent.ReasonNoEmail:
		return "No e-mail address"
	case petparent.ReasonInvalid:
		return "E-mail address that cannot be right"
	case petparent.ReasonDeceased:
		return "All of their pets have died"
	}
	return string(r)
}

type loginsPage struct {
	tally
	People  int
	Holding string                    // why mail does not leave, in words
	ForLink onboarding.WaitingForLink // whose temporary password was withdrawn
	Links   bool                      // welcome e-mails carry an activation link, not a temporary password
	Runs    []onboarding.LoginRun
}

// showLogins is the dry run: it says what the button would do and does nothing.
func (f *Face) showLogins(w http.ResponseWriter, r *http.Request) error {
	practiceID := access.PracticeFrom(r.Context()).ID
	plan, err := f.Onboarding.PlanLogins(r.Context(), practiceID)
	if err != nil {
		return err
	}
	policy, err := f.Practices.Policy(r.Context(), f.Practices.DB, practiceID)
	if err != nil {
		return err
	}
	waiting, err := f.Onboarding.WaitingForLink(r.Context(), practiceID)
	if err != nil {
		return err
	}
	runs, err := f.Onboarding.Runs(r.Context(), practiceID, shownRuns)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/logins", loginsPage{
		tally: tallyOf(plan.Tally), People: plan.People, Holding: f.Onboarding.Mail.Holding(),
		ForLink: waiting, Links: !policy.MailsTemporary(), Runs: runs,
	})
}

func (f *Face) startLogins(w http.ResponseWriter, r *http.Request) error {
	p := access.PracticeFrom(r.Context())
	run, err := f.Onboarding.StartLogins(r.Context(), p.ID)
	if errors.Is(err, onboarding.ErrRunUnderWay) && run.ID != "" {
		f.UI.Notice(w, r, "Somebody started this already. Here is how far it is.")
		err = nil
	}
	if err != nil {
		return err
	}
	return httpd.Redirect(w, r, "/"+p.Slug+"/pet-parents/logins/runs/"+run.ID)
}

// inviteWaiting writes to everybody whose temporary password was withdrawn.
func (f *Face) inviteWaiting(w http.ResponseWriter, r *http.Request) error {
	p := access.PracticeFrom(r.Context())
	if err := f.Onboarding.InviteWaiting(r.Context(), p.ID); err != nil {
		return err
	}
	f.UI.Notice(w, r, "The e-mails are on their way. Who has been written to is not counted here any more.")
	return httpd.Redirect(w, r, "/"+p.Slug+"/pet-parents/logins")
}

type runPage struct {
	tally
	Run onboarding.LoginRun
}

func (f *Face) run(r *http.Request) (runPage, error) {
	runID, err := httpd.PathID(r, "id")
	if err != nil {
		return runPage{}, onboarding.ErrRunNotFound
	}
	run, err := f.Onboarding.Run(r.Context(), access.PracticeFrom(r.Context()).ID, runID)
	return runPage{tally: tallyOf(run.Tally), Run: run}, err
}

func (f *Face) showRun(w http.ResponseWriter, r *http.Request) error {
	page, err := f.run(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/logins_run", page)
}

// showProgress is what the page asks for by itself while a run is under way.
func (f *Face) showProgress(w http.ResponseWriter, r *http.Request) error {
	page, err := f.run(r)
	if err != nil {
		return err
	}
	return f.UI.Part(w, r, http.StatusOK, "onboarding/logins_run", "progress-and-report", page)
}
