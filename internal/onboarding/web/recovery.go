package onboardingweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
)

type recoveryPage struct {
	ui.Form
	Token, Name, Email, Login string
}

// showConfirmRecovery shows what the link is for. It changes nothing: mail
// programs open links by themselves.
func (f *Face) showConfirmRecovery(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	a, err := f.Onboarding.RecoveryOf(r.Context(), access.PracticeFrom(r.Context()).ID, token)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/recovery",
		recoveryPage{Token: token, Name: a.Name, Email: a.PendingEmail, Login: a.LoginID})
}

func (f *Face) confirmRecovery(w http.ResponseWriter, r *http.Request) error {
	p := access.PracticeFrom(r.Context())
	a, err := f.Onboarding.ConfirmRecovery(r.Context(), p, ui.FormFrom(r).Get("token"))
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "onboarding.recovery.done", "Email", a.RecoveryEmail))
	return httpd.Redirect(w, r, "/"+p.Slug+"/login")
}
