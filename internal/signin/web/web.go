package signinweb

import (
	"embed"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
	"catflap/internal/session"
	"catflap/internal/signin"
)

// Files are the pages and texts.
//
//go:embed *.html text.*.json said.*.json
var Files embed.FS

// Face answers for signin.
type Face struct {
	UI         *ui.UI
	SignIn     *signin.Service
	Sessions   *session.Service
	Onboarding *onboarding.Service
	Practices  *practice.Service
	// Cause says the exact reason of a refusal in the record as a sentence.
	Cause func(audit.Line) string
}

// Routes registers the pages and the JSON conversation.
func (f *Face) Routes(m *httpd.Mux) {
	public := access.Rule{Audience: access.Public}
	pending := access.Rule{Audience: access.Pending}
	for base, own := range map[string]access.Audience{"/{practice}": access.Staff | access.Client, "/platform": access.Platform} {
		signedIn := access.Rule{Audience: own, AnyBranch: true}
		leaving := access.Rule{Audience: own, AnyBranch: true, Locked: true}
		m.Handle("GET "+base+"/login", public, f.showLogin)
		m.Handle("POST "+base+"/login", public, f.login)
		m.Handle("GET "+base+"/account/confirm", signedIn, f.showConfirm)
		m.Handle("POST "+base+"/account/confirm", signedIn, f.confirm)
		m.Handle("POST "+base+"/account/confirm/code", signedIn, f.confirmCode)
		m.Handle("GET "+base+"/login/next", pending, f.next)
		m.Handle("GET "+base+"/login/second-factor", pending, f.showSecond)
		m.Handle("POST "+base+"/login/second-factor", pending, f.second)
		m.Handle("POST "+base+"/login/email-code", pending, f.emailCode)
		f.setupRoutes(m, base)
		m.Handle("POST "+base+"/sign-out", leaving, f.signOut)
		m.Handle("GET "+base+"/account/state", access.Rule{Audience: own, Passive: true, Locked: true}, f.state)
		m.Handle("POST "+base+"/account/stay", signedIn, f.stay)
	}
	staff := access.Rule{Audience: access.Staff, AnyBranch: true}
	locked := access.Rule{Audience: access.Staff, AnyBranch: true, Locked: true}
	m.Handle("GET /{practice}/account/branch", staff, f.showSwitch)
	m.Handle("POST /{practice}/account/branch", staff, f.switchBranch)
	m.Handle("POST /{practice}/account/lock", locked, f.lock)
	m.Handle("GET /{practice}/account/locked", locked, f.showLocked)
	m.Handle("POST /{practice}/account/unlock", locked, f.unlock)
	m.Handle("POST /{practice}/account/switch-user", locked, f.switchUser)
	m.Handle("GET /{practice}/start", access.Rule{Audience: access.Staff | access.Client}, f.start)
	m.Handle("GET /{practice}/login/terms", pending, f.showTerms)
	m.Handle("POST /{practice}/login/terms", pending, f.acceptTerms)
	m.Handle("GET /{practice}/login/details", pending, f.showDetails)
	m.Handle("POST /{practice}/login/details", pending, f.confirmDetails)
	m.Handle("GET /{practice}/login/new-password", pending, f.showNewPassword)
	m.Handle("POST /{practice}/login/new-password", pending, f.newPassword)
	m.Handle("GET /{practice}/login/branch", pending, f.showBranch)
	m.Handle("POST /{practice}/login/branch", pending, f.chooseBranch)
	f.reportRoutes(m)
	f.api(m.API())
}

// home is where a base's pages begin.
func home(r *http.Request) string {
	if p := access.PracticeFrom(r.Context()); p.Slug != "" {
		return "/" + p.Slug
	}
	return "/platform"
}

// next leads a pending person to the step that waits for them.
func (f *Face) next(w http.ResponseWriter, r *http.Request) error {
	out, err := f.SignIn.Current(r.Context())
	if err != nil {
		return err
	}
	return httpd.Redirect(w, r, stepPath(home(r), out))
}

// waits is where the sign-in stands, if it waits for the step; else the browser
// is led to the step that it waits for, and ok is false.
func (f *Face) waits(w http.ResponseWriter, r *http.Request, step signin.Step) (out signin.Outcome, ok bool, err error) {
	out, err = f.SignIn.Current(r.Context())
	if err == nil && out.Step != step {
		return out, false, httpd.Redirect(w, r, stepPath(home(r), out))
	}
	return out, err == nil, err
}

func stepPath(home string, out signin.Outcome) string {
	switch out.Step {
	case signin.SecondFactor:
		return home + "/login/second-factor"
	case signin.SetUpSecond:
		return home + "/login/two-factor"
	case signin.StoreCodes:
		return home + "/login/two-factor/codes"
	case signin.AcceptTerms:
		return home + "/login/terms"
	case signin.ConfirmDetails:
		return home + "/login/details"
	case signin.NewPassword:
		return home + "/login/new-password"
	case signin.ChooseBranch:
		return home + "/login/branch"
	case signin.Done:
		switch {
		case out.State.Second == factor.ByBackupCode: // the phone may be lost; this sign-in proves enough to replace it
			return home + "/account/two-factor"
		case out.State.ReturnPath != "" && out.State.ReturnPath != home+"/":
			return out.State.ReturnPath
		case home == "/platform":
			return home + "/"
		}
		return home + "/start"
	}
	return home + "/login"
}

// follow gives the browser the tokens that an operation made and leads on.
func (f *Face) follow(w http.ResponseWriter, r *http.Request, out signin.Outcome) error {
	if out.Token != "" {
		httpd.ClearSession(w, r)
		httpd.SetPending(w, r, out.Token.Reveal())
	}
	if out.SessionToken != "" {
		httpd.ClearPending(w, r)
		var maxAge time.Duration // until the browser closes
		if out.Session.Kept {
			maxAge = out.Session.ExpiresAt.Sub(out.Session.CreatedAt)
		}
		httpd.SetSession(w, r, out.SessionToken.Reveal(), maxAge)
		f.keepDevice(w, r, out)
		f.UI.Arrived(w, r, out.Session.ID)
		if out.State.Second == factor.ByBackupCode {
			f.UI.Notice(w, r, f.UI.Text(r, "signin.second.by_backup"))
		}
	}
	return httpd.Redirect(w, r, stepPath(home(r), out))
}

// within keeps a return path inside the practice that is signed in to. Browsers
// resolve dots, also encoded ones, so a path with any is none of ours.
func within(r *http.Request, local string) string {
	u, err := url.Parse(local)
	if err != nil || !utf8.ValidString(local) || !strings.HasPrefix(u.Path, home(r)+"/") {
		return ""
	}
	if path.Clean(u.Path) != strings.TrimSuffix(u.Path, "/") {
		return ""
	}
	return local
}
