package petparentweb

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
)

type ownRecoveryPage struct {
	ui.Form
	Now     string // the address that counts
	Waiting string // the one that has not been confirmed, "" none
}

// ownRecoveryRoutes registers the pet parent's own recovery address. Whoever
// has it comes into the login, so they prove themselves first.
func (f *Face) ownRecoveryRoutes(m *httpd.Mux) {
	rule := access.Rule{Audience: access.Client, Feature: access.PetApp, StepUp: true}
	m.Handle("GET /{practice}/pet-app/recovery", rule, f.showOwnRecovery)
	m.Handle("POST /{practice}/pet-app/recovery", rule, f.askOwnRecovery)
	m.Handle("POST /{practice}/pet-app/recovery/keep", rule, f.keepOwnRecovery)
	ask := operation("change-my-recovery-address", http.MethodPut, "/pet-parents/me/recovery-address",
		"Ask a new address for links and codes to confirm; the former one counts until then")
	ask.DefaultStatus = http.StatusAccepted
	httpd.Register(m.API(), rule, ask, func(ctx context.Context, in *struct {
		Body struct {
			Email string `json:"recovery_email" maxLength:"254"`
		}
	},
	) (*struct{}, error) {
		return nil, f.Onboarding.AskOwnRecovery(ctx, in.Body.Email)
	})
	httpd.Register(m.API(), rule, operation("keep-my-recovery-address", http.MethodDelete, "/pet-parents/me/recovery-address",
		"Forget an address that has not been confirmed"),
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			return nil, f.Onboarding.KeepOwnRecovery(ctx)
		})
}

func (f *Face) showOwnRecovery(w http.ResponseWriter, r *http.Request) error {
	return f.ownRecoveryPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) ownRecoveryPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	v := access.ViewerFrom(r.Context())
	a, err := f.Onboarding.Accounts.Get(r.Context(), f.PetParents.DB, v.PracticeID, v.AccountID)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "petparent/own_recovery", ownRecoveryPage{Form: form, Now: a.RecoveryEmail, Waiting: a.PendingEmail})
}

func (f *Face) askOwnRecovery(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	err := f.Onboarding.AskOwnRecovery(r.Context(), form.Get("recovery_email"))
	switch {
	case fault.Is(err, fault.Invalid):
		return f.ownRecoveryPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	case fault.Is(err, fault.TooMany):
		return f.ownRecoveryPage(w, r, http.StatusTooManyRequests, form.With(err))
	case fault.Is(err, fault.Conflict), fault.Is(err, fault.Forbidden):
		return f.ownRecoveryPage(w, r, http.StatusConflict, form.With(err))
	case err != nil:
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "petparent.recovery.asked", "Email", form.Get("recovery_email")))
	return httpd.Redirect(w, r, base(r)+"/pet-app")
}

func (f *Face) keepOwnRecovery(w http.ResponseWriter, r *http.Request) error {
	if err := f.Onboarding.KeepOwnRecovery(r.Context()); err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "petparent.recovery.kept"))
	return httpd.Redirect(w, r, base(r)+"/pet-app")
}
