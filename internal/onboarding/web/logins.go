package onboardingweb

import (
	"errors"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
)

const (
	// shownRuns is how many earlier runs the page lists.
	shownRuns = 5
	// shownSkipped is how many of those who are left out the page lists.
	shownSkipped = 50
)

func (f *Face) loginRoutes(m *httpd.Mux) {
	rule := access.Rule{Audience: access.Staff, Permission: access.LoginManage, Feature: access.PetApp}
	m.Handle("GET /{practice}/pet-parents/logins", rule, f.showLogins)
	m.Handle("POST /{practice}/pet-parents/logins", rule, f.startLogins)
	m.Handle("POST /{practice}/pet-parents/logins/waiting", rule, f.inviteWaiting)
	m.Handle("GET /{practice}/pet-parents/logins/reminders", rule, f.showReminders)
	m.Handle("POST /{practice}/pet-parents/logins/reminders", rule, f.startReminders)
	m.Handle("POST /{practice}/pet-parents/selection", rule, f.selection)
	f.settleRoutes(m, rule)
	// Below runs/, because /pet-parents/{id}/... belongs to the profile.
	m.Handle("GET /{practice}/pet-parents/logins/runs/{id}", rule, f.showRun)
	proven := rule
	proven.StepUp = true
	m.Handle("POST /{practice}/pet-parents/logins/runs/{id}/report.csv", proven, f.report)
	rule.Passive = true
	m.Handle("GET /{practice}/pet-parents/logins/runs/{id}/progress", rule, f.showProgress)
	f.platformRoutes(m)
	f.loginsAPI(m.API())
	f.platformAPI(m.API())
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
		shown.Reasons = append(shown.Reasons, reasonLine{Reason: r.Reason, Words: r.Reason.Words(), People: r.People})
	}
	return shown
}

type loginsPage struct {
	tally
	scopeForm
	People   int
	Never    int                       // people with a login who never signed in
	Holding  string                    // why mail does not leave, in words
	ForLink  onboarding.WaitingForLink // whose temporary password was withdrawn
	Links    bool                      // welcome e-mails carry an activation link, not a temporary password
	LeftOut  []onboarding.Sharer       // whom staff decided to skip: the first of them
	LeftOuts int
	Runs     []onboarding.LoginRun
}

// showLogins is the dry run: it says what the button would do and does nothing.
func (f *Face) showLogins(w http.ResponseWriter, r *http.Request) error {
	ctx, practiceID := r.Context(), access.PracticeFrom(r.Context()).ID
	scope, err := f.scopeForm(r, "/pet-parents/logins")
	if err != nil {
		return err
	}
	plan, err := f.Onboarding.PlanLogins(ctx, practiceID, scope.Scope)
	if err != nil {
		return err
	}
	policy, err := f.Practices.Policy(ctx, f.Practices.DB, practiceID)
	if err != nil {
		return err
	}
	page := loginsPage{
		tally: tallyOf(plan.Tally), scopeForm: scope, People: plan.People, Holding: f.Onboarding.Mail.Holding(),
		Links: !policy.MailsTemporary(),
	}
	if page.Never, err = f.Onboarding.PetParents.CountNeverSignedIn(ctx, f.Practices.DB, practiceID, scope.Scope); err != nil {
		return err
	}
	if page.ForLink, err = f.Onboarding.WaitingForLink(ctx, practiceID); err != nil {
		return err
	}
	if page.LeftOut, page.LeftOuts, err = f.Onboarding.Skipped(ctx, practiceID, shownSkipped); err != nil {
		return err
	}
	if page.Runs, err = f.Onboarding.Runs(ctx, practiceID, shownRuns); err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/logins", page)
}

func (f *Face) startLogins(w http.ResponseWriter, r *http.Request) error {
	scope, err := f.postedScope(r)
	if err != nil {
		return err
	}
	run, err := f.Onboarding.StartLogins(r.Context(), access.PracticeFrom(r.Context()).ID, scope)
	return f.toRun(w, r, run, err)
}

// toRun leads to the progress of a run that was just started, or of the one that
// goes on already.
func (f *Face) toRun(w http.ResponseWriter, r *http.Request, run onboarding.LoginRun, err error) error {
	if errors.Is(err, onboarding.ErrRunUnderWay) && run.ID != "" {
		f.UI.Notice(w, r, "Somebody started this already. Here is how far it is.")
		err = nil
	}
	if err != nil {
		return err
	}
	return httpd.Redirect(w, r, loginsPath(r, "/runs/"+run.ID))
}

// loginsPath is a page below Logins for all.
func loginsPath(r *http.Request, below string) string {
	return "/" + access.PracticeFrom(r.Context()).Slug + "/pet-parents/logins" + below
}

// inviteWaiting writes to everybody whose temporary password was withdrawn.
func (f *Face) inviteWaiting(w http.ResponseWriter, r *http.Request) error {
	if err := f.Onboarding.InviteWaiting(r.Context(), access.PracticeFrom(r.Context()).ID); err != nil {
		return err
	}
	f.UI.Notice(w, r, "The e-mails are on their way. Who has been written to is not counted here any more.")
	return httpd.Redirect(w, r, loginsPath(r, ""))
}
