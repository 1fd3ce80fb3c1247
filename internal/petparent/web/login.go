package petparentweb

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
	"catflap/internal/mail"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
)

func (f *Face) loginRoutes(m *httpd.Mux) {
	manage := access.Rule{Audience: access.Staff, Permission: access.LoginManage, Feature: access.PetApp}
	proven := manage
	proven.StepUp = true
	// The proof is asked for before somebody types, not when they save.
	m.Handle("GET /{practice}/pet-parents/{id}/login", proven, f.showLogin)
	m.Handle("POST /{practice}/pet-parents/{id}/login", proven, f.saveLogin)
	m.Handle("GET /{practice}/pet-parents/{id}/login/available", manage, f.loginAvailable)
	m.Handle("POST /{practice}/pet-parents/{id}/login/reset-link", manage, f.sendReset)
	m.Handle("POST /{practice}/pet-parents/{id}/login/keep-recovery", proven, f.keepRecovery)
	f.loginAPI(m.API())
}

// Fields of the form that no fault names.
const (
	temporaryField = "temporary"
	revisionField  = "revision"
)

// loginPage is the System Login Editor.
type loginPage struct {
	profilePage
	Account   account.Account // zero: no login yet
	Temporary factor.Temporary
	State     string // of the temporary password
	Policy    practice.Policy
	Suggested []string
	Login     string // as it is, or as it is proposed
	Recovery  string
	Revision  string
	once      secret.Text
}

// Exists reports whether there is a login.
func (p loginPage) Exists() bool { return p.Account.ID != "" }

// Done reports whether the first sign-in is complete.
func (p loginPage) Done() bool { return p.Account.Onboarded() }

// Once is the temporary password that was issued just now and that nobody can
// look at later; "" on every other page.
func (p loginPage) Once() string { return p.once.Reveal() }

// Hands reports whether a temporary password can be chosen here at all.
func (p loginPage) Hands() bool {
	if !p.Policy.Temporary {
		return false
	}
	return !p.Done() || p.NoMailbox()
}

// NoMailbox reports whether there is no e-mail address to write to.
func (p loginPage) NoMailbox() bool {
	return p.Account.RecoveryEmail == "" && !mail.ValidAddress(p.Person.Email)
}

// Wish is the choice about the temporary password that stands there first.
func (p loginPage) Wish() onboarding.Wish {
	if !p.Exists() && p.NoMailbox() && p.Policy.Temporary {
		return onboarding.MakeTemporary
	}
	return onboarding.LeaveTemporary
}

// Wishes are the choices about the temporary password.
func (p loginPage) Wishes() []ui.Choice {
	none := ui.Choice{Label: "None"}
	if p.State != "" && !p.Done() {
		none.Label = "Leave it as it is"
	}
	all := []ui.Choice{none, {Value: string(onboarding.MakeTemporary), Label: "Generate a readable one"},
		{Value: string(onboarding.TypeTemporary), Label: "Type one below"}}
	if !p.Done() && p.Policy.MailsTemporary() {
		all[0].Note = "The welcome e-mail brings one of its own."
	}
	return all
}

// Invites reports whether the welcome e-mail is offered, and Invited whether the
// box is ticked from the start.
func (p loginPage) Invites() bool { return !p.Done() }

// Invited ticks the box for somebody who has no login and can be mailed.
func (p loginPage) Invited() bool {
	return !p.Exists() && mail.ValidAddress(p.Person.Email) && len(p.Person.NotMailable) == 0
}

// Carries says what the welcome e-mail brings.
func (p loginPage) Carries() string {
	switch {
	case !p.Policy.MailsTemporary():
		return "It carries the login ID and a link that begins the first sign-in."
	case p.Policy.ActivationLink:
		return "It carries the login ID, a fresh temporary password and a link that does the same."
	}
	return "It carries the login ID and a fresh temporary password."
}

// login reads the page; the login may be missing.
func (f *Face) login(ctx context.Context, petParentID string) (loginPage, error) {
	shared, err := f.profile(ctx, petParentID)
	if err != nil {
		return loginPage{}, err
	}
	p := loginPage{profilePage: shared}
	practiceID := shared.Person.PracticeID
	if p.Policy, err = f.Practices.Policy(ctx, f.Practices.DB, practiceID); err != nil {
		return p, err
	}
	if shared.Person.AccountID != "" {
		if p.Account, err = f.Onboarding.Accounts.Get(ctx, f.Onboarding.DB, practiceID, shared.Person.AccountID); err != nil {
			return p, err
		}
		if p.Temporary, err = f.Factors.TemporaryOf(ctx, f.Factors.DB, practiceID, p.Account.ID); err != nil {
			return p, err
		}
		p.State = temporaryState(p.Temporary, f.Clock.Now())
	}
	if p.Suggested, err = f.Onboarding.SuggestLogins(ctx, practiceID, petParentID); err != nil {
		return p, err
	}
	p.Login, p.Recovery, p.Revision = p.Account.LoginID, p.Account.RecoveryEmail, onboarding.LoginRevision(p.Account)
	if !p.Exists() {
		if len(p.Suggested) > 0 {
			p.Login = p.Suggested[0]
		}
		if mail.ValidAddress(shared.Person.Email) {
			p.Recovery = shared.Person.Email
		}
	}
	return p, nil
}

func (f *Face) loginOf(r *http.Request) (loginPage, error) {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return loginPage{}, err
	}
	return f.login(r.Context(), petParentID)
}

func (f *Face) showLogin(w http.ResponseWriter, r *http.Request) error {
	page, err := f.loginOf(r)
	if err != nil {
		return err
	}
	// Without JavaScript a suggestion is a link that fills the field.
	if wanted := strings.TrimSpace(r.URL.Query().Get("login")); wanted != "" {
		page.Login = wanted
	}
	return f.UI.Page(w, r, http.StatusOK, "petparent/login", page)
}

func (f *Face) saveLogin(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	in, err := loginInput(form)
	var out onboarding.LoginSaved
	if err == nil {
		out, err = f.Onboarding.SaveLogin(r.Context(), access.ViewerFrom(r.Context()).Practice, petParentID, in)
	}
	if err != nil {
		return f.notSaved(w, r, form, in, err)
	}
	if out.Once == "" {
		f.UI.Notice(w, r, savedWords(out))
		return httpd.Redirect(w, r, profilePath(r, petParentID))
	}
	page, err := f.login(r.Context(), petParentID)
	if err != nil {
		return err
	}
	page.once = out.Once
	return f.UI.Page(w, r, http.StatusOK, "petparent/login", page)
}

// loginInput reads the form. A box that is not ticked is not sent.
func loginInput(form ui.Form) (onboarding.LoginInput, error) {
	login, recovery, active := form.Get(onboarding.FieldLogin), form.Get(onboarding.FieldRecovery), form.Get(onboarding.FieldActive) != ""
	in := onboarding.LoginInput{
		Login: &login, Recovery: &recovery, Active: &active, Temporary: onboarding.Wish(form.Get(temporaryField)),
		Typed: secret.Text(form.Get(onboarding.FieldTemporary)), Welcome: form.Get(onboarding.FieldWelcome) != "",
		Revision: form.Get(revisionField),
	}
	switch {
	case in.Typed != "" && in.Temporary == onboarding.MakeTemporary:
		return in, fault.Complain(onboarding.FieldTemporary, "You typed a temporary password and chose to have one generated. Choose one of the two.")
	case in.Typed != "":
		in.Temporary = onboarding.TypeTemporary
	}
	return in, nil
}

// notSaved shows the editor again, with what was typed; what somebody else
// changed meanwhile as it is now.
func (f *Face) notSaved(w http.ResponseWriter, r *http.Request, form ui.Form, in onboarding.LoginInput, err error) error {
	if errors.Is(err, account.ErrLoginTaken) {
		check, checkErr := f.Onboarding.CheckLogin(r.Context(), practiceOf(r), r.PathValue("id"), *in.Login)
		if checkErr != nil {
			return checkErr
		}
		if check.Problem == "" { // free again
			check.Problem = fault.From(err).Message
		}
		err = fault.Complain(onboarding.FieldLogin, check.Problem)
	}
	status := http.StatusUnprocessableEntity
	switch {
	case fault.Is(err, fault.Invalid):
	case fault.Is(err, fault.Conflict):
		status = http.StatusConflict
	case errors.Is(err, onboarding.ErrHandOver):
		status = http.StatusForbidden
	case fault.Is(err, fault.TooMany):
		status = http.StatusTooManyRequests
	default:
		return err
	}
	page, readErr := f.loginOf(r)
	if readErr != nil {
		return readErr
	}
	if page.Form = form.With(err); errors.Is(err, onboarding.ErrLoginMoved) || errors.Is(err, onboarding.ErrHasLogin) {
		page.Form = ui.Form{}.With(err)
	}
	return f.UI.Page(w, r, status, "petparent/login", page)
}

// savedWords says what a save came to and what is to be done next.
func savedWords(out onboarding.LoginSaved) string {
	var words []string
	switch {
	case out.Created && out.Account.Active:
		words = append(words, "The login "+out.Account.LoginID+" is created.")
	case out.Created:
		words = append(words, "The login "+out.Account.LoginID+" is created and switched off.")
	case out.Off:
		words = append(words, "The login is switched off. Every session, link and temporary password of it has ended.")
	case out.On:
		words = append(words, "The login is switched on again.")
	case len(out.Changed) > 0:
		words = append(words, "The login is saved.")
	}
	if lost := slices.Contains(out.Changed, onboarding.FieldRecovery) && !out.Created && !out.Account.Onboarded(); lost && out.Mailed == "" && !out.Issued {
		words = append(words, "What was sent to the former address does not work any more: send the welcome e-mail again.")
	}
	if out.Mailed != "" {
		words = append(words, "A welcome e-mail is on its way to "+out.Mailed+".")
	}
	if out.Asked != "" {
		words = append(words, "A message asks "+out.Asked+" to confirm. Until then the recovery address stays as it was.")
	}
	switch {
	case out.Issued && out.Account.Onboarded():
		words = append(words, "The temporary password you typed opens the choice of a new password. Pass it on.")
	case out.Issued:
		words = append(words, "A temporary password is ready: pass it on.")
	}
	if len(words) == 0 {
		return "Nothing was different, so nothing was changed."
	}
	return strings.Join(words, " ")
}

type availablePage struct {
	onboarding.LoginCheck
	Typed bool
}

// loginAvailable says while somebody types whether the login ID is free.
func (f *Face) loginAvailable(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	login := strings.TrimSpace(r.URL.Query().Get(onboarding.FieldLogin))
	check, err := f.Onboarding.CheckLogin(r.Context(), practiceOf(r), petParentID, login)
	if err != nil {
		return err
	}
	return f.UI.Part(w, r, http.StatusOK, "petparent/login", "login-state", availablePage{LoginCheck: check, Typed: login != ""})
}

func (f *Face) sendReset(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	a, err := f.Recovery.SendReset(r.Context(), access.ViewerFrom(r.Context()).Practice, petParentID)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.TooMany) {
		return f.notSaved(w, r, ui.Form{}, onboarding.LoginInput{}, err)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "A link to a new password is on its way to "+a.RecoveryEmail+". It works for "+factor.Reset.Span()+".")
	return httpd.Redirect(w, r, profilePath(r, petParentID))
}

func (f *Face) keepRecovery(w http.ResponseWriter, r *http.Request) error {
	petParentID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	if err := f.Onboarding.KeepRecovery(r.Context(), practiceOf(r), petParentID); err != nil {
		return err
	}
	f.UI.Notice(w, r, "The recovery address stays as it is.")
	return httpd.Redirect(w, r, profilePath(r, petParentID)+"/login")
}
