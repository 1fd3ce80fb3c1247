package signinweb

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
	"catflap/internal/signin"
)

// way is one method of a second proof, to be chosen by a link.
type way struct {
	Label, Href string
	Current     bool
}

// codeFields is how a page asks for a second proof; the zero value does not.
type codeFields struct {
	Label   string // of the choice
	Ways    []way
	Method  factor.Method // the one that is chosen
	Address string        // where codes by e-mail go, not all of it readable
	Sends   bool          // no code was mailed yet, so that comes first
	Backup  bool          // a backup code is one of the ways
	ID      string        // of the field, "" for the usual one
	Focus   string
}

// More reports whether there is a choice.
func (c codeFields) More() bool { return len(c.Ways) > 1 }

// codeFields asks by the method that the page's address or form names, else by
// the first there is. The links of the choice lead to the page at path and keep the
// values in kept.
func (f *Face) codeFields(r *http.Request, path string, asked signin.Asked, form ui.Form, kept url.Values) codeFields {
	if len(asked.Methods) == 0 {
		return codeFields{}
	}
	wanted := factor.Method(form.Get("method"))
	if wanted == "" {
		wanted = factor.Method(r.URL.Query().Get("method"))
	}
	if !slices.Contains(asked.Methods, wanted) {
		wanted = asked.Methods[0]
	}
	c := codeFields{
		Label: f.UI.Text(r, "signin.code.ways"), Method: wanted, Address: asked.Address,
		Sends:  wanted == factor.ByEmailCode && !asked.Waits && len(form.Complaints) == 0,
		Backup: slices.Contains(asked.Methods, factor.ByBackupCode),
	}
	for _, m := range asked.Methods {
		q := url.Values{"method": {string(m)}}
		for name, values := range kept {
			q[name] = values
		}
		c.Ways = append(c.Ways, way{Label: f.UI.Text(r, "signin.code.by."+string(m)), Href: home(r) + path + "?" + q.Encode(), Current: m == wanted})
	}
	return c
}

type secondPage struct {
	ui.Form
	Code codeFields
	Help string // who helps: that depends on the kind of account
}

func (f *Face) showSecond(w http.ResponseWriter, r *http.Request) error {
	return f.secondPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) secondPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	out, ok, err := f.waits(w, r, signin.SecondFactor)
	if !ok {
		return err
	}
	asked, err := f.SignIn.Asked(r.Context(), out.State)
	if err != nil {
		return err
	}
	page := secondPage{Form: form, Code: f.codeFields(r, "/login/second-factor", asked, form, nil), Help: string(out.State.Account.Kind)}
	page.Code.Focus = "yes"
	return f.UI.Page(w, r, status, "signin/second_factor", page)
}

func (f *Face) second(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	out, err := f.SignIn.ProveSecond(fromPage(r), factor.Method(form.Get("method")), secret.Text(form.Get("code")))
	if status, shown := proofStatus(w, err); shown {
		return f.secondPage(w, r, status, form.With(err))
	}
	if errors.Is(err, signin.ErrOutOfOrder) {
		return f.next(w, r)
	}
	if barred, shown := f.barred(w, r, err); barred {
		return shown
	}
	if err != nil {
		return err
	}
	f.sayElsewhere(w, r, out)
	return f.follow(w, r, out)
}

func (f *Face) emailCode(w http.ResponseWriter, r *http.Request) error {
	err := f.SignIn.SendCode(fromPage(r))
	if status, shown := proofStatus(w, err); shown {
		return f.secondPage(w, r, status, ui.Form{Values: url.Values{"method": {string(factor.ByEmailCode)}}}.With(err))
	}
	if errors.Is(err, signin.ErrOutOfOrder) {
		return f.next(w, r)
	}
	if err != nil {
		return err
	}
	out, err := f.SignIn.Current(r.Context())
	if err != nil {
		return err
	}
	asked, err := f.SignIn.Asked(r.Context(), out.State)
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "signin.code.sent", "Address", asked.Address))
	return httpd.Redirect(w, r, home(r)+"/login/second-factor?method="+string(factor.ByEmailCode))
}

// proofStatus tells which errors of a proof are shown above its form, and says
// how long to wait.
func proofStatus(w http.ResponseWriter, err error) (int, bool) {
	switch {
	case fault.Is(err, fault.Invalid):
		return http.StatusUnprocessableEntity, true
	case errors.Is(err, signin.ErrNoMethod):
		return http.StatusConflict, true
	case fault.Is(err, fault.TooMany):
		httpd.SayWait(w.Header(), fault.From(err).RetryAfter)
		return http.StatusTooManyRequests, true
	}
	return 0, false
}

func (f *Face) secondAPI(a *httpd.API) {
	pending := access.Rule{Audience: access.Pending}
	httpd.Register(a, pending, huma.Operation{
		OperationID: "sign-in-second-factor", Method: http.MethodPost, Path: "/sign-in/second-factor",
		Summary: "Give the second proof", Tags: []string{"Sign-in"},
	}, func(ctx context.Context, in *struct {
		Body struct {
			Method factor.Method `json:"method" enum:"totp,email_code,backup_code"`
			Code   string        `json:"code" maxLength:"100"`
		}
	}) (*conversation, error) {
		return say(f.SignIn.ProveSecond(fromProgram(ctx), in.Body.Method, secret.Text(in.Body.Code)))
	})
	httpd.Register(a, pending, huma.Operation{
		OperationID: "sign-in-email-code", Method: http.MethodPost, Path: "/sign-in/email-code", DefaultStatus: http.StatusAccepted,
		Summary: "Mail a code that this sign-in takes, in place of a former one", Tags: []string{"Sign-in"},
	}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, f.SignIn.SendCode(fromProgram(ctx))
	})
}
