package recoveryweb

import (
	"context"
	"net/http"
	"slices"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/factor"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/recovery"
)

// desk is where a kind of people is helped with a lost second factor.
type desk struct {
	kind access.Kind
	path string      // of the pages
	api  string      // of the operations
	rule access.Rule // without step-up
}

// desks are the three of them. Programs never help: step-up keeps them out.
func desks() []desk {
	return []desk{
		{access.KindStaff, "/{practice}/staff/{id}/two-factor", "/staff/{id}/two-factor",
			access.Rule{Audience: access.Staff, Permission: access.SecurityManage}},
		{access.KindClient, "/{practice}/pet-parents/{id}/login/two-factor", "/pet-parents/{id}/login/two-factor",
			access.Rule{Audience: access.Staff, Permission: access.FactorHelp, Or: access.SecurityManage, Feature: access.PetApp}},
		{access.KindPlatform, "/platform/administrators/{id}/two-factor", "/platform/administrators/{id}/two-factor",
			access.Rule{Audience: access.Platform}},
	}
}

// proven is the rule with step-up.
func (d desk) proven() access.Rule {
	d.rule.StepUp = true
	return d.rule
}

// lostRoutes are the pages about somebody's lost second factor.
func (f *Face) lostRoutes(m *httpd.Mux) {
	m.Handle("GET /platform/administrators", access.Rule{Audience: access.Platform}, f.listAdministrators)
	for _, d := range desks() {
		m.Handle("GET "+d.path, d.rule, f.showLost(d))
		m.Handle("GET "+d.path+"/skip", d.proven(), f.showHelp(d, "recovery/lost_skip"))
		m.Handle("POST "+d.path+"/skip", d.proven(), f.skip(d))
		m.Handle("POST "+d.path+"/skip/cancel", d.proven(), f.cancelSkip(d))
		m.Handle("GET "+d.path+"/reset", d.proven(), f.showHelp(d, "recovery/lost_reset"))
		m.Handle("POST "+d.path+"/reset", d.proven(), f.resetFactor(d))
	}
}

type lostPage struct {
	ui.Form
	Lost      recovery.Lost
	Client    bool
	Off       bool // second factors are switched off for this person
	Base      string
	Back      string
	BackLabel string
}

// Words say why the viewer cannot help.
func (p lostPage) Words() string { return fault.From(p.Lost.Bar).Message }

// EmailCodes reports whether a code by e-mail proves a sign-in.
func (p lostPage) EmailCodes() bool { return slices.Contains(p.Lost.Methods, factor.ByEmailCode) }

// LastHelp is what was done last, and by whom.
func (p lostPage) LastHelp() string {
	by := p.Lost.Last.By
	if by == "" {
		by = "Somebody"
	}
	switch p.Lost.Last.Action {
	case audit.FactorSkipped:
		return by + " let them skip it once"
	case audit.LoginRecovered:
		return "A way in was made on the server itself"
	}
	return by + " reset it"
}

// whom is who is meant by the path.
func (d desk) whom(r *http.Request) (recovery.Whom, error) {
	id, err := httpd.PathID(r, "id")
	return recovery.Whom{Kind: d.kind, ID: id}, err
}

// lostPage reads whom the path is about, as far as the viewer may know.
func (f *Face) lostPage(ctx context.Context, d desk, who recovery.Whom) (lostPage, error) {
	l, err := f.Recovery.Lost(ctx, who)
	if err != nil {
		return lostPage{}, err
	}
	demand, err := f.Recovery.Factors.DemandOf(ctx, f.Recovery.DB, l.Account)
	p := lostPage{Lost: l, Client: d.kind == access.KindClient, Off: !demand.Offered()}
	home := "/" + access.ViewerFrom(ctx).Practice.Slug
	switch d.kind {
	case access.KindStaff:
		p.Back, p.BackLabel = home+"/staff/"+who.ID, "Back to "+l.Account.Name
		p.Base = p.Back + "/two-factor"
	case access.KindClient:
		p.Back, p.BackLabel = home+"/pet-parents/"+who.ID, "Back to "+l.Account.Name
		p.Base = p.Back + "/login/two-factor"
	default:
		p.Back, p.BackLabel = "/platform/administrators", "All administrators"
		p.Base = p.Back + "/" + who.ID + "/two-factor"
	}
	return p, err
}

func (f *Face) showLost(d desk) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := d.whom(r)
		if err != nil {
			return err
		}
		page, err := f.lostPage(r.Context(), d, who)
		if err != nil {
			return err
		}
		return f.UI.Page(w, r, http.StatusOK, "recovery/lost", page)
	}
}

// showHelp is a form that only those see who may send it.
func (f *Face) showHelp(d desk, name string) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := d.whom(r)
		if err != nil {
			return err
		}
		page, err := f.lostPage(r.Context(), d, who)
		if err == nil {
			err = page.Lost.Bar
		}
		if err != nil {
			return err
		}
		return f.UI.Page(w, r, http.StatusOK, name, page)
	}
}

func (f *Face) skip(d desk) httpd.Handler {
	return f.helping(d, "recovery/lost_skip", f.Recovery.SkipFactor,
		"The next sign-in within 24 hours works without the second factor. It has to begin anew on the sign-in page. They were told by e-mail.")
}

func (f *Face) resetFactor(d desk) httpd.Handler {
	return f.helping(d, "recovery/lost_reset", f.Recovery.ResetFactor,
		"Two-factor authentication is reset, and every session of theirs is over. They were told by e-mail.")
}

// helping does what a form asks for, and shows the form again with what is wrong.
func (f *Face) helping(d desk, name string, do func(context.Context, recovery.Whom, recovery.HelpInput) error, done string) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := d.whom(r)
		if err != nil {
			return err
		}
		form := ui.FormFrom(r)
		err = do(r.Context(), who, recovery.HelpInput{Reason: form.Get("reason"), Identity: form.Get("identity")})
		return f.helped(w, r, d, who, name, form, err, done)
	}
}

func (f *Face) cancelSkip(d desk) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := d.whom(r)
		if err != nil {
			return err
		}
		return f.helped(w, r, d, who, "recovery/lost", ui.FormFrom(r), f.Recovery.CancelSkip(r.Context(), who),
			"It is taken back. The second factor is asked for again.")
	}
}

func (f *Face) helped(w http.ResponseWriter, r *http.Request, d desk, who recovery.Whom, name string, form ui.Form, err error, done string) error {
	status := 0
	switch {
	case fault.Is(err, fault.Invalid):
		status = http.StatusUnprocessableEntity
	case fault.Is(err, fault.Conflict):
		status, name = http.StatusConflict, "recovery/lost"
	case err != nil:
		return err
	}
	page, failed := f.lostPage(r.Context(), d, who)
	if failed != nil {
		return failed
	}
	if status != 0 {
		page.Form = form.With(err)
		return f.UI.Page(w, r, status, name, page)
	}
	f.UI.Notice(w, r, done)
	return httpd.Redirect(w, r, page.Base)
}

type administratorsPage struct {
	All   []recovery.Administrator
	Alone bool // nobody but the viewer could help
}

func (f *Face) listAdministrators(w http.ResponseWriter, r *http.Request) error {
	all, err := f.Recovery.Administrators(r.Context())
	if err != nil {
		return err
	}
	page := administratorsPage{All: all, Alone: true}
	for _, one := range all {
		if one.ID != access.ViewerFrom(r.Context()).AccountID && one.Active && one.Onboarded() {
			page.Alone = false
		}
	}
	return f.UI.Page(w, r, http.StatusOK, "recovery/administrators", page)
}
