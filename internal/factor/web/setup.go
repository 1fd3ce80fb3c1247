package factorweb

import (
	"context"
	"errors"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/ui"
	"catflap/internal/session"
)

// setupPage is a step of the wizard.
type setupPage struct {
	ui.Form
	Setup    factor.Setup
	Replaces bool // another key, which counts until this one is verified
}

// underway finds the set-up of the viewer's session. factor.ErrSetupOver.
func (f *Face) underway(ctx context.Context) (factor.Setup, error) {
	a, err := f.account(ctx)
	if err != nil {
		return factor.Setup{}, err
	}
	v := access.ViewerFrom(ctx)
	return f.Factors.Setup(ctx, f.Factors.DB, v.Practice, a, v.SessionID)
}

// begin goes on with the set-up of the session if there is one: two tabs show
// the same key, and so does whoever comes back.
func (f *Face) begin(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	_, err := f.underway(ctx)
	if errors.Is(err, factor.ErrSetupOver) {
		_, err = f.newSetup(ctx)
	}
	if err != nil {
		return err
	}
	return f.lead(w, r, "/scan")
}

func (f *Face) newSetup(ctx context.Context) (factor.Setup, error) {
	a, err := f.account(ctx)
	if err != nil {
		return factor.Setup{}, err
	}
	v := access.ViewerFrom(ctx)
	return f.Factors.BeginSetup(ctx, v.Practice, a, v.SessionID)
}

func (f *Face) showScan(w http.ResponseWriter, r *http.Request) error {
	return f.setupPage(w, r, http.StatusOK, "factor/scan", ui.Form{})
}

func (f *Face) showVerify(w http.ResponseWriter, r *http.Request) error {
	return f.setupPage(w, r, http.StatusOK, "factor/verify", ui.Form{})
}

func (f *Face) setupPage(w http.ResponseWriter, r *http.Request, status int, page string, form ui.Form) error {
	ctx := r.Context()
	n, err := f.underway(ctx)
	if err != nil {
		return f.leadOver(w, r, err)
	}
	v := access.ViewerFrom(ctx)
	second, err := f.Factors.SecondOf(ctx, f.Factors.DB, v.PracticeID, v.AccountID)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, page, setupPage{Form: form, Setup: n, Replaces: !second.AuthenticatorAt.IsZero()})
}

// verify makes the key count and shows the backup codes that come with it. The
// form names its set-up: one that was begun again elsewhere has another key.
func (f *Face) verify(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	done, err := f.finishSetup(r.Context(), form.Get("setup"), form.Get("code"))
	if fault.Is(err, fault.Invalid) {
		return f.setupPage(w, r, http.StatusUnprocessableEntity, "factor/verify", form.With(err))
	}
	if err != nil {
		return f.leadOver(w, r, err)
	}
	title, text := "factor.verified.title", "factor.verified.text"
	if done.Replaced {
		title, text = "factor.replaced.title", "factor.replaced.text"
	}
	p := f.codesPage(r, factor.Fresh(done.Codes))
	p.Step, p.Title, p.Done = true, f.UI.Text(r, title), f.UI.Text(r, text)
	return f.UI.Page(w, r, http.StatusOK, "factor/codes", p)
}

func (f *Face) finishSetup(ctx context.Context, setupID, code string) (done factor.Verified, err error) {
	a, err := f.account(ctx)
	if err != nil {
		return done, err
	}
	v := access.ViewerFrom(ctx)
	err = f.Factors.DB.Write(ctx, func(tx *db.Tx) error {
		done, err = f.Factors.VerifySetup(ctx, tx, v.Practice, a, v.SessionID, setupID, code)
		if err == nil {
			err = f.mayChange(ctx, tx, done)
		}
		return err
	})
	if err != nil {
		return factor.Verified{}, err
	}
	return done, nil
}

// errStale answers for a set-up that would change what somebody signs in with
// on a proof that is too old: they may have left the wizard open. It is undone
// as a whole, and the set-up waits. The code is that of the guard.
var errStale = fault.New(fault.StepUp, "step-up-required",
	"This changes what you sign in with, and it is a while since you confirmed that it is you. Confirm it again, then type a code once more; what you have begun is kept.")

// mayChange refuses to change a factor that is there on a proof that counts no
// more. A first factor takes nothing from anybody. Whoever came in by a backup
// code and began at once has nothing to prove it again with but another one.
func (f *Face) mayChange(ctx context.Context, tx *db.Tx, done factor.Verified) error {
	v := access.ViewerFrom(ctx)
	if !done.Changed || v.Proven(f.Factors.Clock.Now()) {
		return nil
	}
	if v.Second == string(factor.ByBackupCode) && !done.Begun.IsZero() {
		here, err := f.Sessions.Get(ctx, tx, v.PracticeID, v.SessionID)
		if err != nil {
			return err
		}
		if done.Begun.Before(here.CreatedAt.Add(session.ProofLife)) {
			return nil
		}
	}
	return errStale
}

func (f *Face) cancel(w http.ResponseWriter, r *http.Request) error {
	if err := f.giveUp(r.Context()); err != nil {
		return err
	}
	return f.lead(w, r, "/incomplete")
}

func (f *Face) giveUp(ctx context.Context) error {
	a, err := f.account(ctx)
	if err != nil {
		return err
	}
	_, err = f.Factors.CancelSetup(ctx, a, access.ViewerFrom(ctx).SessionID)
	return err
}

func (f *Face) showIncomplete(w http.ResponseWriter, r *http.Request) error {
	s, err := f.standing(r.Context())
	if err != nil {
		return err
	}
	if s.Underway { // they came back by the browser's button; nothing was given up
		return f.lead(w, r, "/scan")
	}
	return f.UI.Page(w, r, http.StatusOK, "factor/incomplete", s)
}
