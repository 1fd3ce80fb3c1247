package signinweb

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/device"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/signin"
)

type loginPage struct {
	ui.Form
	Why     string          // why a session is over, as a stable word
	Current access.Viewer   // who is signed in in this browser already
	Here    bool            // at this very practice
	For     string          // whose page the return path is, as it was sent
	Shared  device.Computer // the shared computer that this one is remembered as
}

func (f *Face) loginPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	ctx := fromPage(r)
	v := access.ViewerFrom(ctx)
	page := loginPage{Form: form, Why: r.URL.Query().Get("why"), For: form.Get("for")}
	if page.For == "" {
		page.For = r.URL.Query().Get("for")
	}
	shared, err := f.SignIn.Devices.Here(ctx, f.SignIn.DB, access.PracticeFrom(ctx).ID)
	if err != nil {
		return err
	}
	page.Shared = shared
	if v.SignedIn() {
		page.Current, page.Here = v, v.PracticeID == access.PracticeFrom(ctx).ID
	}
	return f.UI.Page(w, r, status, "signin/login", page)
}

// showLogin also notes that somebody came from a welcome e-mail.
func (f *Face) showLogin(w http.ResponseWriter, r *http.Request) error {
	if invitation := r.URL.Query().Get(onboarding.InvitationParam); invitation != "" && r.Method == http.MethodGet {
		if err := f.Onboarding.NoteOpened(r.Context(), access.PracticeFrom(r.Context()).ID, invitation); err != nil {
			return err
		}
	}
	return f.loginPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) login(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	practice := access.Practice{}
	if r.PathValue("practice") != "" {
		practice = access.PracticeFrom(r.Context())
	}
	out, err := f.SignIn.Start(fromPage(r), practice, signin.Input{
		Login: form.Get("login"), Password: secret.Text(form.Get("password")), Shared: form.Get("shared") != "",
		ReturnPath: beyond(r, within(r, httpd.ReturnPath(r, ""))), ReturnFor: form.Get("for"),
	})
	if status, again := loginStatus(err); again {
		httpd.SayWait(w.Header(), fault.From(err).RetryAfter)
		return f.loginPage(w, r, status, form.With(err))
	}
	if err != nil {
		return err
	}
	f.sayElsewhere(w, r, out)
	return f.follow(w, r, out)
}

// beyond is a return path that a step of a sign-in which ended is none of.
func beyond(r *http.Request, local string) string {
	if strings.HasPrefix(local, home(r)+"/login") {
		return ""
	}
	return local
}

// sayElsewhere explains why somebody is not in the branch they were in last.
func (f *Face) sayElsewhere(w http.ResponseWriter, r *http.Request, out signin.Outcome) {
	if out.Step != signin.Done {
		return
	}
	st := out.State
	for _, b := range st.Barred {
		if b.ID == st.Account.LastBranchID {
			f.UI.Notice(w, r, f.UI.Text(r, "signin.branch.elsewhere", "Last", b.Name, "Branch", st.Branches[0].Name))
		}
	}
}

// barred shows on the sign-in page what keeps somebody out who proved everything.
func (f *Face) barred(w http.ResponseWriter, r *http.Request, err error) (bool, error) {
	if !errors.Is(err, signin.ErrNoBranch) && !errors.Is(err, signin.ErrOffNetwork) {
		return false, nil
	}
	return true, f.loginPage(w, r, http.StatusForbidden, ui.Form{}.With(err))
}

// loginStatus tells which errors are shown above the form that was sent.
func loginStatus(err error) (int, bool) {
	switch {
	case errors.Is(err, signin.ErrRefused):
		return http.StatusUnauthorized, true
	case errors.Is(err, signin.ErrNoBranch), errors.Is(err, signin.ErrOffNetwork):
		return http.StatusForbidden, true
	case fault.Is(err, fault.TooMany):
		return http.StatusTooManyRequests, true
	}
	return 0, false
}

type stepPage struct {
	ui.Form
	Step, Of int
	Branches []ui.Choice
	Last     string
	Barred   []string // branches that the network bars, with the reason
	Minimum  int
}

func (f *Face) showBranch(w http.ResponseWriter, r *http.Request) error {
	return f.branchPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) branchPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	out, ok, err := f.waits(w, r, signin.ChooseBranch)
	if !ok {
		return err
	}
	shared, err := f.SignIn.Devices.Here(fromPage(r), f.SignIn.DB, out.State.Account.PracticeID)
	if err != nil {
		return err
	}
	page := stepPage{Form: form}
	for _, b := range out.State.Branches {
		page.Branches = append(page.Branches, ui.Choice{Value: b.ID, Label: b.Name, Hue: b.Hue, Branch: true})
	}
	page.Last = preselected(page.Branches, shared.BranchID, out.State.Account.LastBranchID)
	for _, b := range out.State.Barred {
		page.Barred = append(page.Barred, f.UI.Text(r, "signin.branch.barred", "Branch", b.Name))
	}
	return f.UI.Page(w, r, status, "signin/branch", page)
}

// preselected is the first of the wanted branches that can be chosen, else the
// first in the list.
func preselected(branches []ui.Choice, wanted ...string) string {
	for _, want := range wanted {
		if want != "" && slices.ContainsFunc(branches, func(c ui.Choice) bool { return c.Value == want }) {
			return want
		}
	}
	return branches[0].Value
}

func (f *Face) chooseBranch(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	out, err := f.SignIn.ChooseBranch(fromPage(r), form.Get("branch"))
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
	out, ok, err := f.waits(w, r, signin.NewPassword)
	if !ok {
		return err
	}
	minimum, err := f.SignIn.Factors.MinimumFor(r.Context(), f.Practices.DB, out.State.Account)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "signin/new_password", stepPage{Form: form, Step: 2, Of: 2, Minimum: minimum})
}

func (f *Face) newPassword(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	out, err := f.SignIn.ChoosePassword(fromPage(r), factor.Twice(form.Get("new_password"), form.Get("repeat_password")))
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
