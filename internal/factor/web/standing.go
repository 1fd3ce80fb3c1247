package factorweb

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/factor"
	"catflap/internal/foundation/httpd"
)

// standing is how somebody stands: what they have, what the policy says, and
// what is under way.
type standing struct {
	Account  account.Account
	Second   factor.Second
	Demand   factor.Demand
	Methods  []factor.Method
	Grace    time.Time // until when nobody insists, for who has to have a factor and has none
	Underway bool      // a set-up of this session
	Over     bool      // they come from a set-up that is over
}

// App reports whether an authenticator app is set up.
func (s standing) App() bool { return !s.Second.AuthenticatorAt.IsZero() }

// Email reports whether codes by e-mail are their own choice.
func (s standing) Email() bool { return !s.Second.EmailSince.IsZero() }

// MayEmail reports whether they can choose codes by e-mail.
func (s standing) MayEmail() bool {
	return s.Demand.Offered() && s.Demand.EmailCode && s.Account.RecoveryEmail != ""
}

// InPlace reports whether a code by e-mail does in place of the app.
func (s standing) InPlace() bool { return s.App() && slices.Contains(s.Methods, factor.ByEmailCode) }

// Few reports whether too few backup codes are left to rely on.
func (s standing) Few() bool { return s.Second.Any() && s.Second.Unused <= factor.FewCodes }

// Left is a set-up that nobody finished, unless it is still under way here.
func (s standing) Left() bool { return !s.Second.Unfinished.IsZero() && !s.Underway }

// Barred reports whether the practice does not want them to have a factor.
func (s standing) Barred() bool { return !s.Demand.Offered() && !s.Second.Any() && !s.Second.Owed }

// Demanded is why deactivating is refused.
func (s standing) Demanded() string {
	if !s.Demand.Required() {
		return ""
	}
	return factor.ErrDemanded.Message
}

func (f *Face) standing(ctx context.Context) (s standing, err error) {
	v, r := access.ViewerFrom(ctx), f.Factors.DB
	if s.Account, err = f.account(ctx); err != nil {
		return s, err
	}
	at, err := f.Factors.StandOf(ctx, r, s.Account)
	if err != nil {
		return s, err
	}
	s.Second, s.Demand, s.Methods = at.Second, at.Demand, at.Methods
	if s.Demand.Required() && !s.Second.Any() {
		s.Grace = s.Second.Deadline(s.Demand, f.Factors.Clock.Now())
	}
	_, err = f.Factors.Setup(ctx, r, v.Practice, s.Account, v.SessionID)
	s.Underway = err == nil
	if errors.Is(err, factor.ErrSetupOver) {
		err = nil
	}
	return s, err
}

// show is the wizard's first page for who has no factor, and what there is for
// who has one.
func (f *Face) show(w http.ResponseWriter, r *http.Request) error {
	s, err := f.standing(r.Context())
	if err != nil {
		return err
	}
	s.Over = r.URL.Query().Get("why") == over
	if s.Second.Any() {
		return f.UI.Page(w, r, http.StatusOK, "factor/on", s)
	}
	return f.UI.Page(w, r, http.StatusOK, "factor/how", s)
}

// showNew is the first page of a set-up beside what there is.
func (f *Face) showNew(w http.ResponseWriter, r *http.Request) error {
	s, err := f.standing(r.Context())
	if err != nil {
		return err
	}
	if !s.Second.Any() {
		return f.lead(w, r, "")
	}
	return f.UI.Page(w, r, http.StatusOK, "factor/how", s)
}

// over is the "why" of who is led away from a set-up that is over.
const over = "over"

// lead goes to one of the pages.
func (f *Face) lead(w http.ResponseWriter, r *http.Request, to string) error {
	return httpd.Redirect(w, r, home(access.ViewerFrom(r.Context()))+path+to)
}

// leadOver leads who comes back to a set-up that is over to what became of it;
// any other error stays one.
func (f *Face) leadOver(w http.ResponseWriter, r *http.Request, err error) error {
	if errors.Is(err, factor.ErrSetupOver) {
		return f.lead(w, r, "?why="+over)
	}
	return err
}
