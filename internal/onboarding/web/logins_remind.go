package onboardingweb

import (
	"net/http"

	"catflap/internal/access"
)

type remindersPage struct {
	tally
	scopeForm
	People  int
	Holding string
	Links   bool
}

// showReminders says whom the button would write to, and does nothing.
func (f *Face) showReminders(w http.ResponseWriter, r *http.Request) error {
	practiceID := access.PracticeFrom(r.Context()).ID
	scope, err := f.scopeForm(r, "/pet-parents/logins/reminders")
	if err != nil {
		return err
	}
	plan, err := f.Onboarding.PlanReminders(r.Context(), practiceID, scope.Scope)
	if err != nil {
		return err
	}
	policy, err := f.Practices.Policy(r.Context(), f.Practices.DB, practiceID)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/reminders", remindersPage{
		tally: tallyOf(plan.Tally), scopeForm: scope, People: plan.People, Holding: f.Onboarding.Mail.Holding(), Links: !policy.MailsTemporary(),
	})
}

func (f *Face) startReminders(w http.ResponseWriter, r *http.Request) error {
	scope, err := f.postedScope(r)
	if err != nil {
		return err
	}
	run, err := f.Onboarding.StartReminders(r.Context(), access.PracticeFrom(r.Context()).ID, scope)
	return f.toRun(w, r, run, err)
}
