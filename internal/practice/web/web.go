package practiceweb

import (
	"embed"
	"net/http"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/plan"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/session"
)

// Files are the pages.
//
//go:embed *.html
var Files embed.FS

// pageSize is how many practices a list shows at once.
const pageSize = 50

// Face answers for practices.
type Face struct {
	UI         *ui.UI
	Practices  *practice.Service
	Roles      *role.Service
	Sessions   *session.Service
	Onboarding *onboarding.Service
	LoginURL   func(slug string) string
}

// Routes registers the pages and the JSON operations.
func (f *Face) Routes(m *httpd.Mux) {
	platform := access.Rule{Audience: access.Platform}
	m.Handle("GET /platform/{$}", platform, f.list)
	m.Handle("GET /platform", platform, f.list)
	m.Handle("GET /platform/practices", platform, f.list)
	m.Handle("GET /platform/practices/new", platform, f.showNew)
	m.Handle("POST /platform/practices", platform, f.create)
	f.platformRoutes(m)
	f.api(m.API())
	f.policyRoutes(m)
	f.settingRoutes(m)
}

type listPage struct {
	Practices []practice.Practice
	Next      string
}

func (f *Face) list(w http.ResponseWriter, r *http.Request) error {
	all, err := f.Practices.List(r.Context(), r.URL.Query().Get("after"), pageSize+1)
	if err != nil {
		return err
	}
	page := listPage{Practices: all}
	if len(all) > pageSize {
		page.Practices = all[:pageSize]
		page.Next = "/platform/?after=" + all[pageSize-1].Slug
	}
	return f.UI.Page(w, r, http.StatusOK, "practice/list", page)
}

type newPage struct {
	ui.Form
	Kinds []ui.Choice
	Plans []ui.Choice
}

func newPageFor(form ui.Form) newPage {
	p := newPage{Form: form}
	for _, k := range practice.Kinds() {
		p.Kinds = append(p.Kinds, ui.Choice{Value: k.Kind, Label: k.Name})
	}
	for _, one := range plan.All() {
		p.Plans = append(p.Plans, ui.Choice{Value: one.Key, Label: one.Name})
	}
	return p
}

func (f *Face) showNew(w http.ResponseWriter, r *http.Request) error {
	return f.UI.Page(w, r, http.StatusOK, "practice/new", newPageFor(ui.Form{}))
}

func (f *Face) create(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	p, err := f.Onboarding.OpenPractice(r.Context(), onboarding.PracticeInput{
		Input: practice.Input{
			Name: form.Get("name"), Slug: form.Get("slug"), Kind: form.Get("kind"), Plan: form.Get("plan"),
			Phone: form.Get("phone"), Email: form.Get("email"), Hours: form.Get("hours"),
			Branches: strings.Split(form.Get("branches"), "\n"),
		},
		AdministratorName: form.Get("administrator_name"), AdministratorEmail: form.Get("administrator_email"),
	})
	if fault.Is(err, fault.Invalid) {
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "practice/new", newPageFor(form.With(err)))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, p.Name+" is open. The invitation to its administrator is on its way.")
	return httpd.Redirect(w, r, "/platform/practices/"+p.ID)
}
