package signinweb

import (
	"net/http"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/signin"
)

type whyPage struct {
	ui.Form
	signin.Explanation
	Client   bool
	Barriers []barrier
	Lines    []whyLine
	Sign     string // address of the report about this person, "" when the viewer may not read it
}

// barrier is one obstacle in words.
type barrier struct{ Title, Text, Do string }

// whyLine is one refusal in words.
type whyLine struct {
	audit.Line
	When, Cause string
}

func (f *Face) why(w http.ResponseWriter, r *http.Request) error {
	return f.whyPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) whyPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	e, err := f.SignIn.Explain(ctx, accountID)
	if err != nil {
		return err
	}
	v := access.ViewerFrom(ctx)
	page := whyPage{Form: form, Explanation: e, Client: e.Account.Kind == access.KindClient}
	for _, o := range e.Obstacles {
		page.Barriers = append(page.Barriers, explain(v, e, o))
	}
	for _, l := range e.Refusals {
		page.Lines = append(page.Lines, whyLine{Line: l, When: exactly(v, l.LastAt), Cause: f.Cause(l)})
	}
	if v.May(access.AuditRead) {
		page.Sign = home(r) + "/security/sign-ins?person=" + e.Account.ID
	}
	return f.UI.Page(w, r, status, "signin/why", page)
}

func (f *Face) openAgain(w http.ResponseWriter, r *http.Request) error {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	a, err := f.SignIn.OpenAgain(r.Context(), accountID)
	if fault.Is(err, fault.Conflict) {
		return f.whyPage(w, r, http.StatusConflict, ui.FormFrom(r).With(err))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "The wrong tries are forgotten. "+a.Name+" can try again at once, and was told by e-mail if there is an address.")
	return httpd.Redirect(w, r, home(r)+"/security/why/"+a.ID)
}
