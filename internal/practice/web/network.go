package practiceweb

import (
	"net/http"
	"strconv"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/practice"
)

type networkPage struct {
	ui.Form
	Branch   practice.Branch
	Modes    []ui.Choice
	Networks string
	From     string // where the viewer comes from
	Inside   bool   // and whether that is in the networks
	Here     bool   // the viewer works in this branch at the moment
}

func (f *Face) networkPage(w http.ResponseWriter, r *http.Request, status int, b practice.Branch, form ui.Form) error {
	from := access.OriginFrom(r.Context()).IP
	page := networkPage{
		Form: form, Branch: b, Networks: b.Network.Text("\n"), From: from, Inside: b.Network.Within(from),
		Here: access.ViewerFrom(r.Context()).Branch.ID == b.ID,
	}
	for _, m := range practice.NetworkModes() {
		page.Modes = append(page.Modes, ui.Choice{Value: m.Mode, Label: m.Name, Note: m.Means})
	}
	return f.UI.Page(w, r, status, "practice/network", page)
}

func (f *Face) showNetwork(w http.ResponseWriter, r *http.Request) error {
	b, err := f.branch(r, access.SecurityManage)
	if err != nil {
		return err
	}
	return f.networkPage(w, r, http.StatusOK, b, ui.Form{})
}

func (f *Face) changeNetwork(w http.ResponseWriter, r *http.Request) error {
	b, err := f.branch(r, access.SecurityManage)
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	ended, err := f.Sessions.ChangeNetwork(r.Context(), b.ID, practice.NetworkInput{
		Mode: form.Get("mode"), Networks: strings.FieldsFunc(form.Get("networks"), func(c rune) bool { return c == '\n' || c == ',' }),
	}, form.Get("shut_me_out") == "yes")
	if fault.Is(err, fault.Invalid) {
		return f.networkPage(w, r, http.StatusUnprocessableEntity, b, form.With(err))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "The network rule of "+b.Name+" is saved."+endedWords(ended))
	if access.ViewerFrom(r.Context()).MayIn(access.BranchWrite, b.ID) {
		return httpd.Redirect(w, r, settingsPath(r, "branches"))
	}
	return httpd.Redirect(w, r, settingsPath(r, "branches", b.ID, "network"))
}

func endedWords(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " It ended one session from elsewhere."
	}
	return " It ended " + strconv.Itoa(n) + " sessions from elsewhere."
}
