package signinweb

import (
	"errors"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/throttle"
	"catflap/internal/foundation/ui"
	"catflap/internal/signin"
)

type loginPage struct {
	ui.Form
	Why     string        // why a session is over, as a stable word
	Current access.Viewer // who is signed in in this browser already
	Here    bool          // at this very practice
}

func (f *Face) loginPage(r *http.Request, form ui.Form) loginPage {
	v := access.ViewerFrom(r.Context())
	page := loginPage{Form: form, Why: r.URL.Query().Get("why")}
	if v.SignedIn() {
		page.Current, page.Here = v, v.PracticeID == access.PracticeFrom(r.Context()).ID
	}
	return page
}

func (f *Face) showLogin(w http.ResponseWriter, r *http.Request) error {
	return f.UI.Page(w, r, http.StatusOK, "signin/login", f.loginPage(r, ui.Form{}))
}

func (f *Face) login(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	practice := access.Practice{}
	if r.PathValue("practice") != "" {
		practice = access.PracticeFrom(r.Context())
	}
	out, err := f.SignIn.Start(r.Context(), practice, signin.Input{
		Login: form.Get("login"), Password: secret.Text(form.Get("password")),
		Shared: form.Get("shared") != "", ReturnPath: within(r, httpd.ReturnPath(r, "")),
	})
	if status, again := loginStatus(err); again {
		return f.UI.Page(w, r, status, "signin/login", f.loginPage(r, form.With(fault.From(err))))
	}
	if err != nil {
		return err
	}
	return f.follow(w, r, out)
}

// loginStatus tells which errors are shown above the form that was sent.
func loginStatus(err error) (int, bool) {
	switch {
	case errors.Is(err, signin.ErrRefused):
		return http.StatusUnauthorized, true
	case errors.Is(err, signin.ErrNoBranch):
		return http.StatusForbidden, true
	case errors.Is(err, throttle.ErrDelayed):
		return http.StatusTooManyRequests, true
	}
	return 0, false
}

type stepPage struct {
	ui.Form
	Step, Of int
	Branches []ui.Choice
	Last     string
	Minimum  int
}

func (f *Face) showBranch(w http.ResponseWriter, r *http.Request) error {
	return f.branchPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) branchPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	out, err := f.SignIn.Current(r.Context())
	if err != nil {
		return err
	}
	if out.Step != signin.ChooseBranch {
		return httpd.Redirect(w, r, stepPath(home(r), out))
	}
	page := stepPage{Form: form, Last: out.State.Account.LastBranchID}
	for _, b := range out.State.Branches {
		page.Branches = append(page.Branches, ui.Choice{Value: b.ID, Label: b.Name, Hue: b.Hue, Branch: true})
	}
	if page.Last == "" {
		page.Last = page.Branches[0].Value
	}
	return f.UI.Page(w, r, status, "signin/branch", page)
}

func (f *Face) chooseBranch(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	out, err := f.SignIn.ChooseBranch(r.Context(), form.Get("branch"))
	if fault.Is(err, fault.Invalid) {
		return f.branchPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if errors.Is(err, signin.ErrOutOfOrder) {
		return f.next(w, r)
	}
	if err != nil {
		return err
	}
	return f.follow(w, r, out)
}

func (f *Face) showNewPassword(w http.ResponseWriter, r *http.Request) error {
	return f.newPasswordPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) newPasswordPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	out, err := f.SignIn.Current(r.Context())
	if err != nil {
		return err
	}
	if out.Step != signin.NewPassword {
		return httpd.Redirect(w, r, stepPath(home(r), out))
	}
	policy, err := f.Practices.Policy(r.Context(), f.Practices.DB, out.State.Account.PracticeID)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "signin/new_password", stepPage{Form: form, Step: 2, Of: 2, Minimum: policy.PasswordMinimum})
}

func (f *Face) newPassword(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	out, err := f.SignIn.ChoosePassword(r.Context(), factor.Twice(form.Get("new_password"), form.Get("repeat_password")))
	if fault.Is(err, fault.Invalid) {
		return f.newPasswordPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if errors.Is(err, signin.ErrOutOfOrder) {
		return f.next(w, r)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "signin.new_password.done"))
	return f.follow(w, r, out)
}
