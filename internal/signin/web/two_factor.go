package signinweb

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/signin"
)

// setupRoutes registers the wizard that a sign-in can demand. Every page and
// every form of it asks the state whether it is its turn.
func (f *Face) setupRoutes(m *httpd.Mux, base string) {
	pending := access.Rule{Audience: access.Pending}
	at := base + "/login/two-factor"
	m.Handle("GET "+at, pending, f.showHow)
	m.Handle("POST "+at+"/start", pending, f.startSetup)
	m.Handle("GET "+at+"/scan", pending, f.showScan)
	m.Handle("GET "+at+"/verify", pending, f.showVerify)
	m.Handle("POST "+at+"/verify", pending, f.verify)
	m.Handle("POST "+at+"/cancel", pending, f.cancelSetup)
	m.Handle("GET "+at+"/incomplete", pending, f.showIncomplete)
	m.Handle("GET "+at+"/email", pending, f.showEmailChoice)
	m.Handle("POST "+at+"/email/send", pending, f.sendEmailChoice)
	m.Handle("POST "+at+"/email", pending, f.chooseEmail)
	m.Handle("GET "+at+"/codes", pending, f.showCodes)
	m.Handle("POST "+at+"/codes", pending, f.codesAgain)
	m.Handle("POST "+at+"/codes/file", pending, f.codesFile)
	m.Handle("POST "+at+"/stored", pending, f.stored)
}

type setupPage struct {
	ui.Form
	Why            string // key of the text that says why
	Underway, Over bool
	Left           time.Time // when a set-up was begun that nobody finished; zero: none, or it is this one
	Email          bool      // codes by e-mail would do
	Setup          factor.Setup
	Sent           bool   // a code by e-mail works
	Address        string // where it went, not all of it readable
}

// why is the text that says why a factor is set up now.
func why(st signin.State) string {
	switch {
	case st.Second == factor.BySkip:
		return "signin.setup.why_skip"
	case st.Owed:
		return "signin.setup.why_reset"
	case st.Factor:
		return "signin.setup.why_other"
	case st.Account.Kind == access.KindPlatform:
		return "signin.setup.why_platform"
	case st.Account.Kind == access.KindClient:
		return "signin.setup.why_client"
	}
	return "signin.setup.why_required"
}

func (f *Face) showHow(w http.ResponseWriter, r *http.Request) error {
	out, ok, err := f.waits(w, r, signin.SetUpSecond)
	if !ok {
		return err
	}
	_, err = f.SignIn.SetUpUnderway(r.Context())
	if err != nil && !errors.Is(err, factor.ErrSetupOver) {
		return err
	}
	page := setupPage{
		Why: why(out.State), Underway: err == nil, Over: err != nil && r.URL.Query().Get("over") != "", Email: out.State.EmailChoice,
	}
	if !page.Underway {
		page.Left = out.State.Unfinished
	}
	return f.UI.Page(w, r, http.StatusOK, "signin/two_factor", page)
}

// startSetup goes on with what was begun in this sign-in, so that two tabs show
// the same key.
func (f *Face) startSetup(w http.ResponseWriter, r *http.Request) error {
	_, err := f.SignIn.SetUpUnderway(r.Context())
	if errors.Is(err, factor.ErrSetupOver) {
		_, err = f.SignIn.SetUp(r.Context())
	}
	if err != nil {
		return f.leadSetup(w, r, err)
	}
	return httpd.Redirect(w, r, home(r)+"/login/two-factor/scan")
}

// leadSetup leads whoever is out of step to where they can go on.
func (f *Face) leadSetup(w http.ResponseWriter, r *http.Request, err error) error {
	switch {
	case errors.Is(err, signin.ErrOutOfOrder):
		return f.next(w, r)
	case errors.Is(err, factor.ErrSetupOver):
		return httpd.Redirect(w, r, home(r)+"/login/two-factor?over=yes")
	}
	return err
}

func (f *Face) showScan(w http.ResponseWriter, r *http.Request) error {
	return f.setupPage(w, r, http.StatusOK, "signin/two_factor_scan", ui.Form{})
}

func (f *Face) showVerify(w http.ResponseWriter, r *http.Request) error {
	return f.setupPage(w, r, http.StatusOK, "signin/two_factor_verify", ui.Form{})
}

func (f *Face) setupPage(w http.ResponseWriter, r *http.Request, status int, name string, form ui.Form) error {
	n, err := f.SignIn.SetUpUnderway(r.Context())
	if err != nil {
		return f.leadSetup(w, r, err)
	}
	return f.UI.Page(w, r, status, name, setupPage{Form: form, Setup: n})
}

func (f *Face) verify(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	done, _, err := f.SignIn.VerifySetUp(fromPage(r), form.Get("setup"), form.Get("code"), false)
	if fault.Is(err, fault.Invalid) {
		return f.setupPage(w, r, http.StatusUnprocessableEntity, "signin/two_factor_verify", form.With(err))
	}
	if err != nil {
		return f.leadSetup(w, r, err)
	}
	return f.codesPage(w, r, http.StatusOK, codesPage{
		Codes: factor.Fresh(done.Codes), Title: f.UI.Text(r, "factor.verified.title"), Done: f.UI.Text(r, "factor.verified.text"),
	})
}

func (f *Face) cancelSetup(w http.ResponseWriter, r *http.Request) error {
	if err := f.SignIn.CancelSetUp(r.Context()); err != nil {
		return f.leadSetup(w, r, err)
	}
	return httpd.Redirect(w, r, home(r)+"/login/two-factor/incomplete")
}

func (f *Face) showIncomplete(w http.ResponseWriter, r *http.Request) error {
	if _, ok, err := f.waits(w, r, signin.SetUpSecond); !ok {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "signin/two_factor_incomplete", setupPage{})
}

func (f *Face) showEmailChoice(w http.ResponseWriter, r *http.Request) error {
	return f.emailChoice(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) emailChoice(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	out, ok, err := f.waits(w, r, signin.SetUpSecond)
	if !ok {
		return err
	}
	if !out.State.EmailChoice {
		return factor.ErrFactorOff
	}
	a := out.State.Account
	sent, err := f.SignIn.Factors.CodeWaits(r.Context(), f.SignIn.DB, a, factor.Choosing(out.State.ID))
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "signin/two_factor_email", setupPage{
		Form: form, Sent: sent || len(form.Complaints) > 0, Address: account.Masked(a.RecoveryEmail),
	})
}

func (f *Face) sendEmailChoice(w http.ResponseWriter, r *http.Request) error {
	err := f.SignIn.SendSetUpCode(fromPage(r))
	if status, shown := proofStatus(w, err); shown {
		return f.emailChoice(w, r, status, ui.Form{}.With(err))
	}
	if err != nil {
		return f.leadSetup(w, r, err)
	}
	return httpd.Redirect(w, r, home(r)+"/login/two-factor/email")
}

func (f *Face) chooseEmail(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	done, out, err := f.SignIn.VerifyEmail(fromPage(r), form.Get("code"), false)
	if fault.Is(err, fault.Invalid) {
		return f.emailChoice(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if err != nil {
		return f.leadSetup(w, r, err)
	}
	if len(done.Codes) == 0 {
		return f.follow(w, r, out)
	}
	return f.codesPage(w, r, http.StatusOK, codesPage{
		Codes: factor.Fresh(done.Codes), Title: f.UI.Text(r, "factor.verified.title"), Done: f.UI.Text(r, "factor.email.on"),
	})
}

// codesPage shows the backup codes that were just made, or how to see them again.
type codesPage struct {
	ui.Form
	Codes       []factor.ShownCode
	Title, Done string
	Place       string
	At          time.Time
}

func (f *Face) codesPage(w http.ResponseWriter, r *http.Request, status int, p codesPage) error {
	p.Place, p.At = cmp.Or(access.PracticeFrom(r.Context()).Name, "Catflap"), f.SignIn.Clock.Now()
	return f.UI.Page(w, r, status, "signin/two_factor_codes", p)
}

func (f *Face) showCodes(w http.ResponseWriter, r *http.Request) error {
	if _, ok, err := f.waits(w, r, signin.StoreCodes); !ok {
		return err
	}
	return f.codesPage(w, r, http.StatusOK, codesPage{})
}

func (f *Face) codesAgain(w http.ResponseWriter, r *http.Request) error {
	codes, fresh, err := f.SignIn.CodesAgain(r.Context())
	if err != nil {
		return f.leadSetup(w, r, err)
	}
	p := codesPage{Codes: codes}
	if fresh {
		p.Title, p.Done = f.UI.Text(r, "factor.made.title"), f.UI.Text(r, "factor.made.text")
	}
	return f.codesPage(w, r, http.StatusOK, p)
}

// codesFile sends the codes back that the page has shown, as a file.
func (f *Face) codesFile(w http.ResponseWriter, r *http.Request) error {
	v := access.ViewerFrom(r.Context())
	if _, ok, err := f.waits(w, r, signin.StoreCodes); !ok {
		return err
	}
	sheet, err := factor.CodeSheet(v.Lang, v.Practice, v.LoginID, f.SignIn.Clock.Now().In(v.Zone()), ui.FormFrom(r).Values["code"])
	if err != nil {
		return err
	}
	return httpd.TextFile(w, "backup-codes.txt", sheet.Reveal())
}

// stored goes on once the person says that the backup codes are stored.
func (f *Face) stored(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	if form.Get("stored") == "" {
		if _, ok, err := f.waits(w, r, signin.StoreCodes); !ok {
			return err
		}
		form = form.With(fault.Complain("stored", f.UI.Text(r, "signin.setup.tick")))
		return f.codesPage(w, r, http.StatusUnprocessableEntity, codesPage{Form: form})
	}
	out, err := f.SignIn.CodesStored(fromPage(r))
	if barred, shown := f.barred(w, r, err); barred {
		return shown
	}
	if err != nil {
		return f.leadSetup(w, r, err)
	}
	f.sayElsewhere(w, r, out)
	return f.follow(w, r, out)
}

type setupOutput struct {
	Body struct {
		Setup     string    `json:"setup" doc:"Names this set-up; send it with the code."`
		ExpiresAt time.Time `json:"expires_at" doc:"When it is over; the sign-in may be over before."`
		Secret    string    `json:"secret" doc:"The key in base 32."`
		URI       string    `json:"otpauth_uri"`
		Picture   string    `json:"qr_svg" doc:"The same as a QR code."`
	}
}

type verifiedOutput struct {
	Body struct {
		conversationBody
		Codes []string `json:"backup_codes" doc:"Shown now and not again here."`
	}
}

func (f *Face) setupAPI(a *httpd.API) {
	pending := access.Rule{Audience: access.Pending}
	op := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodPost, Path: path, Summary: summary, Tags: []string{"Sign-in"}}
	}
	httpd.Register(a, pending, op("sign-in-two-factor", "/sign-in/two-factor", "Begin the set-up that the sign-in demands"),
		func(ctx context.Context, _ *struct{}) (*setupOutput, error) {
			n, err := f.SignIn.SetUp(ctx)
			if err != nil {
				return nil, err
			}
			out := &setupOutput{}
			out.Body.Setup, out.Body.ExpiresAt, out.Body.Secret, out.Body.URI = n.ID, n.ExpiresAt, n.Key.Text(), n.Key.URI(n.Label)
			out.Body.Picture, err = n.Key.QR(n.Label)
			return out, err
		})
	httpd.Register(a, pending, op("sign-in-two-factor-verify", "/sign-in/two-factor/verify", "Finish it with a code of the app"),
		func(ctx context.Context, in *struct {
			Body struct {
				Setup string `json:"setup" maxLength:"64"`
				Code  string `json:"code" maxLength:"100"`
			}
		}) (*verifiedOutput, error) {
			return sayVerified(f.SignIn.VerifySetUp(fromProgram(ctx), in.Body.Setup, in.Body.Code, true))
		})
	send := op("sign-in-two-factor-email-code", "/sign-in/two-factor/email-code", "Mail a code with which codes by e-mail become the second factor")
	send.DefaultStatus = http.StatusAccepted
	httpd.Register(a, pending, send, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, f.SignIn.SendSetUpCode(ctx)
	})
	choose := op("sign-in-two-factor-email", "/sign-in/two-factor/email", "Choose codes by e-mail as the second factor, with the one that was mailed")
	choose.Method = http.MethodPut
	httpd.Register(a, pending, choose, func(ctx context.Context, in *struct {
		Body struct {
			Code string `json:"code" maxLength:"100"`
		}
	}) (*verifiedOutput, error) {
		return sayVerified(f.SignIn.VerifyEmail(fromProgram(ctx), in.Body.Code, true))
	})
}

// sayVerified is the answer to a finished set-up: the next step, and the backup
// codes.
func sayVerified(done factor.Verified, next signin.Outcome, err error) (*verifiedOutput, error) {
	c, err := say(next, err)
	if err != nil {
		return nil, err
	}
	out := &verifiedOutput{}
	out.Body.conversationBody = c.Body
	for _, code := range done.Codes {
		out.Body.Codes = append(out.Body.Codes, code.Reveal())
	}
	return out, nil
}
