package factorweb

import (
	"context"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/device"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
)

// emailPage chooses codes by e-mail as a factor.
type emailPage struct {
	ui.Form
	standing
	Sent bool
}

func (f *Face) showEmail(w http.ResponseWriter, r *http.Request) error {
	return f.emailPage(w, r, http.StatusOK, ui.Form{}, r.URL.Query().Get("sent") != "")
}

func (f *Face) emailPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form, sent bool) error {
	s, err := f.standing(r.Context())
	if err != nil {
		return err
	}
	if !s.MayEmail() {
		return factor.ErrFactorOff
	}
	if s.Email() {
		return f.lead(w, r, "")
	}
	return f.UI.Page(w, r, status, "factor/email", emailPage{Form: form, standing: s, Sent: sent})
}

func (f *Face) sendEmailCode(w http.ResponseWriter, r *http.Request) error {
	err := f.mailCode(r.Context())
	if fault.Is(err, fault.TooMany) {
		return f.emailPage(w, r, http.StatusTooManyRequests, ui.Form{}.With(err), true)
	}
	if err != nil {
		return err
	}
	return f.lead(w, r, "/email?sent=yes")
}

// mailCode sends the code with which codes by e-mail are chosen.
func (f *Face) mailCode(ctx context.Context) error {
	s, err := f.standing(ctx)
	if err != nil {
		return err
	}
	if !s.MayEmail() {
		return factor.ErrFactorOff
	}
	v := access.ViewerFrom(ctx)
	return f.Factors.DB.Write(ctx, func(tx *db.Tx) error {
		here, err := f.Devices.Mark(recognised(ctx), tx, v.PracticeID, v.AccountID)
		if err != nil {
			return err
		}
		return f.Factors.SendCode(ctx, tx, v.Practice, s.Account, factor.Choosing(v.SessionID), here)
	})
}

// recognised is a context in which the device is known that a request comes from.
func recognised(ctx context.Context) context.Context {
	token := httpd.CookieIn(ctx, device.Cookie(access.PracticeFrom(ctx)))
	return device.WithBrowser(ctx, device.Browser{Token: secret.Text(token)})
}

func (f *Face) chooseEmail(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	done, err := f.takeEmail(r.Context(), form.Get("code"))
	if fault.Is(err, fault.Invalid) {
		return f.emailPage(w, r, http.StatusUnprocessableEntity, form.With(err), true)
	}
	if err != nil {
		return err
	}
	if len(done.Codes) == 0 { // there are some already
		f.UI.Notice(w, r, f.UI.Text(r, "factor.email.on"))
		return f.lead(w, r, "")
	}
	p := f.codesPage(r, factor.Fresh(done.Codes))
	p.Title, p.Done = f.UI.Text(r, "factor.verified.title"), f.UI.Text(r, "factor.email.on")
	return f.UI.Page(w, r, http.StatusOK, "factor/codes", p)
}

// takeEmail looks at the code. A wrong one is counted, so what it changes is
// kept.
func (f *Face) takeEmail(ctx context.Context, code string) (done factor.Verified, err error) {
	a, err := f.account(ctx)
	if err != nil {
		return done, err
	}
	v := access.ViewerFrom(ctx)
	var refused error
	err = f.Factors.DB.Write(ctx, func(tx *db.Tx) error {
		refused = nil // of a former run
		done, err = f.Factors.ChooseEmail(ctx, tx, v.Practice, a, v.SessionID, code)
		if fault.Is(err, fault.Invalid) {
			refused, err = err, nil
			return err
		}
		if err == nil {
			err = f.mayChange(ctx, tx, done)
		}
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return factor.Verified{}, err
	}
	return done, nil
}

func (f *Face) dropEmail(w http.ResponseWriter, r *http.Request) error {
	if err := f.stopEmail(r.Context()); err != nil {
		return err
	}
	f.UI.Notice(w, r, f.UI.Text(r, "factor.email.dropped"))
	return f.lead(w, r, "")
}

func (f *Face) stopEmail(ctx context.Context) error {
	a, err := f.account(ctx)
	if err != nil {
		return err
	}
	return f.Factors.DropEmail(ctx, access.ViewerFrom(ctx).Practice, a)
}
