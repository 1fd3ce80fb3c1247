package onboardingweb

import (
	"embed"
	"errors"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
	"catflap/internal/signin"
)

// Files are the pages and texts.
//
//go:embed *.html text.en.json
var Files embed.FS

// Face answers for onboarding.
type Face struct {
	UI         *ui.UI
	Onboarding *onboarding.Service
	Practices  *practice.Service
	Factors    *factor.Service
	SignIn     *signin.Service
}

// Routes registers the pages.
func (f *Face) Routes(m *httpd.Mux) {
	public := access.Rule{Audience: access.Public}
	m.Handle("GET /setup", public, f.showSetup)
	m.Handle("POST /setup", public, f.setup)
	for _, base := range []string{"/{practice}", "/platform"} {
		m.Handle("GET "+base+"/activate", public, f.showActivate)
		m.Handle("POST "+base+"/activate", public, f.activate)
	}
	m.Handle("POST /{practice}/activate/begin", public, f.begin)
	f.loginRoutes(m)
	f.setupAPI(m.API())
}

type setupPage struct {
	ui.Form
	Token   string
	Minimum int
}

func (f *Face) showSetup(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if err := f.Onboarding.CheckSetup(r.Context(), token); err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "onboarding/setup", setupPage{Token: token, Minimum: practice.DefaultPolicy().PasswordMinimum})
}

func (f *Face) setup(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	token := form.Get("token")
	err := f.Onboarding.Setup(r.Context(), token, onboarding.AdministratorInput{
		Name: form.Get("name"), Email: form.Get("email"),
		Chosen: factor.Twice(form.Get("new_password"), form.Get("repeat_password")),
	})
	if fault.Is(err, fault.Invalid) {
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "onboarding/setup",
			setupPage{Form: form.With(err), Token: token, Minimum: practice.DefaultPolicy().PasswordMinimum})
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "Catflap is set up. Sign in as platform administrator.")
	return httpd.Redirect(w, r, "/platform/login")
}

type activatePage struct {
	ui.Form
	Token   string
	Name    string
	Login   string
	Client  bool // a pet parent begins the first sign-in instead of typing a password here
	Minimum int
}

// practiceOf is the practice in the path; zero for the platform's own pages.
func practiceOf(r *http.Request) access.Practice {
	if r.PathValue("practice") == "" {
		return access.Practice{}
	}
	return access.PracticeFrom(r.Context())
}

// showActivate shows what the link is for. It uses nothing up, because mail
// programs open links by themselves; that a pet parent's was opened is noted.
func (f *Face) showActivate(w http.ResponseWriter, r *http.Request) error {
	if p := practiceOf(r); p.ID != "" && r.Method == http.MethodGet {
		if err := f.Onboarding.NoteLinkOpened(r.Context(), p.ID, r.URL.Query().Get("token")); err != nil {
			return err
		}
	}
	return f.activatePage(w, r, http.StatusOK, ui.Form{}, r.URL.Query().Get("token"))
}

func (f *Face) activatePage(w http.ResponseWriter, r *http.Request, status int, form ui.Form, token string) error {
	p := practiceOf(r)
	page := activatePage{Form: form, Token: token}
	a, err := f.Onboarding.Invited(r.Context(), p.ID, token)
	if errors.Is(err, factor.ErrLinkVoid) && p.ID != "" {
		a, err = f.SignIn.Activated(r.Context(), p.ID, token)
		page.Client = true
	}
	if err != nil {
		return err
	}
	page.Name, page.Login = a.Name, a.LoginID
	if page.Minimum, err = f.Factors.MinimumFor(r.Context(), f.Practices.DB, a); err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "onboarding/activate", page)
}

// activate stores the first password of an invited person.
func (f *Face) activate(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	token := form.Get("token")
	p := practiceOf(r)
	err := f.Onboarding.AcceptInvitation(r.Context(), p.ID, onboarding.InvitationInput{
		Token: token, Chosen: factor.Twice(form.Get("new_password"), form.Get("repeat_password")),
	})
	if fault.Is(err, fault.Invalid) {
		return f.activatePage(w, r, http.StatusUnprocessableEntity, form.With(err), token)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "onboarding.activate.done"))
	if p.Slug != "" {
		return httpd.Redirect(w, r, "/"+p.Slug+"/login")
	}
	return httpd.Redirect(w, r, "/platform/login")
}

// begin starts the first sign-in of a pet parent with an activation link.
func (f *Face) begin(w http.ResponseWriter, r *http.Request) error {
	p := practiceOf(r)
	out, err := f.SignIn.StartByLink(r.Context(), p.ID, ui.FormFrom(r).Get("token"))
	if err != nil {
		return err
	}
	httpd.ClearSession(w, r)
	httpd.SetPending(w, r, out.Token.Reveal())
	return httpd.Redirect(w, r, "/"+p.Slug+"/login/next")
}
