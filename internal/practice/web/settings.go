package practiceweb

import (
	"net/http"
	"slices"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/plan"
	"catflap/internal/practice"
)

// The rules of the settings. Routes about one branch ask for the permission
// where the viewer is; the core asks for it in that branch.
func detailsRule() access.Rule {
	return access.Rule{Audience: access.Staff, Permission: access.PracticeWrite, AllBranches: true}
}

func branchRule() access.Rule {
	return access.Rule{Audience: access.Staff, Permission: access.BranchWrite}
}

// branchesRule also lets in those who look after the networks only.
func branchesRule() access.Rule {
	return access.Rule{Audience: access.Staff, Permission: access.BranchWrite, Or: access.SecurityManage}
}

func addBranchRule() access.Rule {
	return access.Rule{Audience: access.Staff, Permission: access.BranchWrite, AllBranches: true}
}

func networkRule() access.Rule {
	return access.Rule{Audience: access.Staff, Permission: access.SecurityManage, StepUp: true}
}

func (f *Face) settingRoutes(m *httpd.Mux) {
	m.Handle("GET /{practice}/settings/practice", detailsRule(), f.showDetails)
	m.Handle("POST /{practice}/settings/practice", detailsRule(), f.changeDetails)
	m.Handle("GET /{practice}/settings/branches", branchesRule(), f.listBranches)
	m.Handle("GET /{practice}/settings/branches/new", addBranchRule(), f.showNewBranch)
	m.Handle("POST /{practice}/settings/branches", addBranchRule(), f.addBranch)
	m.Handle("GET /{practice}/settings/branches/{id}", branchRule(), f.showBranch)
	m.Handle("POST /{practice}/settings/branches/{id}", branchRule(), f.changeBranch)
	m.Handle("GET /{practice}/settings/branches/{id}/network", networkRule(), f.showNetwork)
	m.Handle("POST /{practice}/settings/branches/{id}/network", networkRule(), f.changeNetwork)
	f.termsRoutes(m)
	f.lookRoutes(m)
	f.settingsAPI(m.API())
}

type detailsPage struct {
	ui.Form
	Details  practice.Details
	Kind     string
	Plan     string
	Features []featureLine
	Zones    []ui.Choice
	LoginURL string
}

// featureLine is a feature and whether it is there.
type featureLine struct {
	Key, Name, Means string
	On               bool
}

// features lists all features; on says which of them are there.
func features(on func(access.Feature) bool) []featureLine {
	var all []featureLine
	for _, one := range access.Features() {
		all = append(all, featureLine{Key: string(one), Name: plan.FeatureName(one), Means: plan.FeatureMeans(one), On: on(one)})
	}
	return all
}

// zones are the time zones to choose from, and the one that is set if it is
// none of them.
func zones(set string) []ui.Choice {
	names := practice.ZoneNames()
	if set != "" && !slices.Contains(names, set) {
		names = append([]string{set}, names...)
	}
	all := make([]ui.Choice, 0, len(names)+1)
	for _, n := range names {
		all = append(all, ui.Choice{Value: n, Label: zoneLabel(n)})
	}
	return all
}

func zoneLabel(name string) string { return strings.ReplaceAll(name, "_", " ") }

func settingsPath(r *http.Request, more ...string) string {
	return "/" + access.ViewerFrom(r.Context()).Practice.Slug + "/settings/" + strings.Join(more, "/")
}

func (f *Face) showDetails(w http.ResponseWriter, r *http.Request) error {
	return f.detailsPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) detailsPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	p, err := f.Practices.Get(r.Context(), f.Practices.DB, access.ViewerFrom(r.Context()).PracticeID)
	if err != nil {
		return err
	}
	bought, _ := plan.Find(p.Plan)
	return f.UI.Page(w, r, status, "practice/details", detailsPage{
		Form: form, Details: p.Details(), Kind: p.KindName(), Plan: bought.Name, Features: features(bought.Includes),
		Zones: zones(p.TimeZone), LoginURL: f.LoginURL(p.Slug),
	})
}

func (f *Face) changeDetails(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	_, err := f.Practices.ChangeDetails(r.Context(), practice.Details{
		Name: form.Get("name"), Phone: form.Get("phone"), Email: form.Get("email"), Hours: form.Get("hours"), TimeZone: form.Get("time_zone"),
	})
	if fault.Is(err, fault.Invalid) {
		return f.detailsPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "Saved.")
	return httpd.Redirect(w, r, settingsPath(r, "practice"))
}
