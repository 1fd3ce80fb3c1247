package deviceweb

import (
	"context"
	"embed"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/device"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/foundation/ui"
	"catflap/internal/practice"
)

// Files are the pages.
//
//go:embed *.html
var Files embed.FS

// Face answers for devices.
type Face struct {
	UI        *ui.UI
	Devices   *device.Service
	Practices *practice.Service
}

// Routes registers the pages.
func (f *Face) Routes(m *httpd.Mux) {
	rule := access.Rule{Audience: access.Staff, Permission: access.SessionManage}
	m.Handle("GET /{practice}/security/shared-computers", rule, f.list)
	m.Handle("POST /{practice}/security/shared-computers", rule, f.remember)
	m.Handle("POST /{practice}/security/shared-computers/{id}/remove", rule, f.remove)
}

type listPage struct {
	ui.Form
	Computers []device.Computer
	Branches  []ui.Choice // in which the viewer may remember one
	Here      device.Computer
	Active    string // the viewer's own branch
}

func (f *Face) list(w http.ResponseWriter, r *http.Request) error {
	return f.listPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) listPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	ctx := recognised(r)
	v := access.ViewerFrom(ctx)
	page := listPage{Form: form, Active: v.Branch.ID}
	var err error
	if page.Computers, err = f.Devices.Computers(ctx); err != nil {
		return err
	}
	if page.Here, err = f.Devices.Here(ctx, f.Devices.DB, v.PracticeID); err != nil {
		return err
	}
	branches, err := f.Practices.Branches(ctx, f.Practices.DB, v.PracticeID)
	if err != nil {
		return err
	}
	for _, b := range branches {
		if v.MayIn(access.SessionManage, b.ID) {
			page.Branches = append(page.Branches, ui.Choice{Value: b.ID, Label: b.Name})
		}
	}
	return f.UI.Page(w, r, status, "device/list", page)
}

// remember makes this very browser a shared computer.
func (f *Face) remember(w http.ResponseWriter, r *http.Request) error {
	form, ctx := ui.FormFrom(r), recognised(r)
	c, token, err := f.Devices.RememberShared(ctx, device.ComputerInput{Name: form.Get("name"), BranchID: form.Get("branch")})
	switch {
	case fault.Is(err, fault.Invalid):
		return f.listPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	case fault.Is(err, fault.Conflict):
		return f.listPage(w, r, http.StatusConflict, form.With(err))
	case err != nil:
		return err
	}
	httpd.SetCookie(w, r, device.Cookie(access.PracticeFrom(ctx)), token.Reveal(), device.Life)
	f.UI.Notice(w, r, "This computer is remembered as "+c.Name+". Your own session began before that, so sign out before you walk away.")
	return httpd.Redirect(w, r, listPath(r))
}

func (f *Face) remove(w http.ResponseWriter, r *http.Request) error {
	computerID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	c, err := f.Devices.RemoveShared(r.Context(), computerID)
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, c.Name+" is not remembered as a shared computer any more.")
	return httpd.Redirect(w, r, listPath(r))
}

func listPath(r *http.Request) string {
	return "/" + access.PracticeFrom(r.Context()).Slug + "/security/shared-computers"
}

// recognised is the context of a request in which its browser is recognised.
func recognised(r *http.Request) context.Context {
	token := httpd.CookieValue(r, device.Cookie(access.PracticeFrom(r.Context())))
	return device.WithBrowser(r.Context(), device.Browser{Token: secret.Text(token), Keeps: true})
}
