package signinweb

import (
	"errors"
	"net/http"
	"net/url"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/signin"
)

type switchPage struct {
	ui.Form
	Branches []ui.Choice // the others
	Only     string      // the one that there is no choice besides
}

func (f *Face) showSwitch(w http.ResponseWriter, r *http.Request) error {
	return f.switchPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) switchPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	others, err := f.SignIn.OtherBranches(r.Context(), access.ViewerFrom(r.Context()))
	if err != nil {
		return err
	}
	page := switchPage{Form: form}
	for _, b := range others {
		page.Branches = append(page.Branches, ui.Choice{Value: b.ID, Label: b.Name, Hue: b.Hue, Branch: true})
	}
	if len(others) == 1 {
		page.Only = others[0].ID
	}
	return f.UI.Page(w, r, status, "signin/switch", page)
}

// switchBranch leads to the start page of the other branch: the page they were
// on may not be open to them there.
func (f *Face) switchBranch(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	token, to, err := f.SignIn.SwitchBranch(r.Context(), form.Get("branch"))
	switch {
	case errors.Is(err, signin.ErrHereAlready):
		return httpd.Redirect(w, r, home(r)+"/start")
	case fault.Is(err, fault.Invalid):
		return f.switchPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	case errors.Is(err, signin.ErrBranchNetwork):
		return f.switchPage(w, r, http.StatusConflict, form.With(err))
	case err != nil:
		return err
	}
	httpd.SetSession(w, r, token.Reveal(), 0)
	f.UI.Notice(w, r, f.UI.Text(r, "signin.switch.done", "Branch", to.Name))
	return httpd.Redirect(w, r, home(r)+"/start")
}

// returnTo is the query that hands a return path on, "" without one.
func returnTo(path string) string {
	if path == "" {
		return ""
	}
	return "?" + url.Values{"return": {path}}.Encode()
}
