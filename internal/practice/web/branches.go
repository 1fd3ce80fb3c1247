package practiceweb

import (
	"net/http"
	"slices"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/plan"
	"catflap/internal/practice"
)

type branchesPage struct {
	Branches []branchLine
	MayAdd   bool
	Zone     string // of the practice
}

type branchLine struct {
	practice.Branch
	MayChange  bool
	MayNetwork bool
	Off        []string // features that the plan includes and the branch has not, in words
}

// Rule is its network rule in words.
func (l branchLine) Rule() string { return networkName(l.Network.Mode) }

// ZoneName is where its times are told, "" for the practice's.
func (l branchLine) ZoneName() string { return zoneLabel(l.TimeZone) }

func networkName(mode string) string {
	for _, m := range practice.NetworkModes() {
		if m.Mode == mode {
			return m.Name
		}
	}
	return mode
}

func (f *Face) listBranches(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), access.ViewerFrom(r.Context())
	p, err := f.Practices.Get(ctx, f.Practices.DB, v.PracticeID)
	if err != nil {
		return err
	}
	all, err := f.Practices.Branches(ctx, f.Practices.DB, v.PracticeID)
	if err != nil {
		return err
	}
	page := branchesPage{MayAdd: v.MayEverywhere(access.BranchWrite), Zone: zoneLabel(p.TimeZone)}
	for _, b := range all {
		line := branchLine{Branch: b, MayChange: v.MayIn(access.BranchWrite, b.ID), MayNetwork: v.MayIn(access.SecurityManage, b.ID)}
		for _, one := range p.Features() {
			if slices.Contains(b.FeaturesOff, one) {
				line.Off = append(line.Off, plan.FeatureName(one))
			}
		}
		page.Branches = append(page.Branches, line)
	}
	return f.UI.Page(w, r, http.StatusOK, "practice/branches", page)
}

type branchPage struct {
	ui.Form
	Branch     practice.Branch // zero for a new one
	Hues       []ui.Choice
	Zones      []ui.Choice
	Features   []featureLine // of the plan
	MayNetwork bool
	Rule       string
}

// hueNames are what people call the eight colours.
func hueNames() []string {
	return []string{"Lake", "Plum", "Ochre", "Moss", "Slate", "Berry", "Brick", "Iris"}
}

func (f *Face) branchPage(r *http.Request, b practice.Branch, form ui.Form) (branchPage, error) {
	v := access.ViewerFrom(r.Context())
	p, err := f.Practices.Get(r.Context(), f.Practices.DB, v.PracticeID)
	if err != nil {
		return branchPage{}, err
	}
	page := branchPage{
		Form: form, Branch: b, MayNetwork: b.ID != "" && v.MayIn(access.SecurityManage, b.ID), Rule: networkName(b.Network.Mode),
		Zones: append([]ui.Choice{{Label: "As the practice (" + zoneLabel(p.TimeZone) + ")"}}, zones(b.TimeZone)...),
	}
	for i, name := range hueNames() {
		page.Hues = append(page.Hues, ui.Choice{Value: strconv.Itoa(i), Label: name, Branch: true, Hue: i})
	}
	on := func(one access.Feature) bool { return !slices.Contains(b.FeaturesOff, one) }
	for _, line := range features(on) {
		if slices.Contains(p.Features(), access.Feature(line.Key)) {
			page.Features = append(page.Features, line)
		}
	}
	return page, nil
}

// branchInput reads the form. What the plan does not include is not on the
// page, so it stays switched off or on as it was.
func branchInput(form ui.Form, before practice.Branch, bought []access.Feature) practice.BranchInput {
	hue, err := strconv.Atoi(form.Get("hue"))
	if err != nil {
		hue = -1
	}
	in := practice.BranchInput{
		Name: form.Get("name"), Hue: hue, Phone: form.Get("phone"), Email: form.Get("email"), Hours: form.Get("hours"),
		Address: form.Get("address"), TimeZone: form.Get("time_zone"),
	}
	for _, one := range access.Features() {
		off := slices.Contains(before.FeaturesOff, one)
		if slices.Contains(bought, one) {
			off = !slices.Contains(form.Values["features"], string(one))
		}
		if off {
			in.FeaturesOff = append(in.FeaturesOff, one)
		}
	}
	return in
}

func (f *Face) showNewBranch(w http.ResponseWriter, r *http.Request) error {
	all, err := f.Practices.Branches(r.Context(), f.Practices.DB, access.ViewerFrom(r.Context()).PracticeID)
	if err != nil {
		return err
	}
	page, err := f.branchPage(r, practice.Branch{Hue: freeHue(all)}, ui.Form{})
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "practice/branch", page)
}

// freeHue is a colour that the fewest branches have.
func freeHue(all []practice.Branch) int {
	var used [practice.Hues]int
	for _, b := range all {
		used[b.Hue]++
	}
	return slices.Index(used[:], slices.Min(used[:]))
}

func (f *Face) addBranch(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	p, err := f.Practices.Get(r.Context(), f.Practices.DB, access.ViewerFrom(r.Context()).PracticeID)
	if err != nil {
		return err
	}
	b, err := f.Practices.AddBranch(r.Context(), branchInput(form, practice.Branch{}, p.Features()))
	if fault.Is(err, fault.Invalid) {
		page, readErr := f.branchPage(r, practice.Branch{}, form.With(err))
		if readErr != nil {
			return readErr
		}
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "practice/branch", page)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, b.Name+" is open. Give people a role there so that they can work in it.")
	return httpd.Redirect(w, r, settingsPath(r, "branches"))
}

// branch is the one in the path, if the viewer may change things there.
func (f *Face) branch(r *http.Request, p access.Permission) (practice.Branch, error) {
	branchID, err := httpd.PathID(r, "id")
	if err != nil {
		return practice.Branch{}, practice.ErrBranchNotFound
	}
	v := access.ViewerFrom(r.Context())
	b, err := f.Practices.Branch(r.Context(), f.Practices.DB, v.PracticeID, branchID)
	if err == nil && !v.MayIn(p, b.ID) {
		err = practice.ErrNotHere
	}
	return b, err
}

func (f *Face) showBranch(w http.ResponseWriter, r *http.Request) error {
	b, err := f.branch(r, access.BranchWrite)
	if err != nil {
		return err
	}
	page, err := f.branchPage(r, b, ui.Form{})
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "practice/branch", page)
}

func (f *Face) changeBranch(w http.ResponseWriter, r *http.Request) error {
	before, err := f.branch(r, access.BranchWrite)
	if err != nil {
		return err
	}
	p, err := f.Practices.Get(r.Context(), f.Practices.DB, before.PracticeID)
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	b, err := f.Practices.ChangeBranch(r.Context(), before.ID, branchInput(form, before, p.Features()))
	if fault.Is(err, fault.Invalid) {
		page, readErr := f.branchPage(r, before, form.With(err))
		if readErr != nil {
			return readErr
		}
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "practice/branch", page)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, b.Name+" is saved.")
	return httpd.Redirect(w, r, settingsPath(r, "branches"))
}
