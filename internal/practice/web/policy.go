package practiceweb

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
)

// policyRule is who reads the policy; who changes it proves themselves first.
func policyRule(stepUp bool) access.Rule {
	return access.Rule{Audience: access.Staff, Permission: access.SecurityManage, AllBranches: true, StepUp: stepUp}
}

func (f *Face) policyRoutes(m *httpd.Mux) {
	m.Handle("GET /{practice}/security/policy", policyRule(false), f.showPolicy)
	// The proof is asked for before somebody types, not when they save.
	m.Handle("GET /{practice}/security/policy/change", policyRule(true), f.showPolicyForm)
	m.Handle("POST /{practice}/security/policy/change", policyRule(true), f.changePolicy)
	m.Handle("GET /{practice}/security/policy/strict", policyRule(true), f.showStrict)
	m.Handle("POST /{practice}/security/policy/strict", policyRule(true), f.switchStrict)
	f.policyAPI(m.API())
}

type policyPage struct {
	ui.Form
	Groups   []settingGroup
	Roles    []secondLine
	Strict   bool
	StrictBy practice.LastChange
	Revision string
	Waiting  onboarding.WaitingForLink
}

type settingGroup struct {
	Name  string
	Lines []settingLine
}

// settingLine is a setting with what this practice made of it.
type settingLine struct {
	practice.Setting
	Chosen  string // its value
	Last    practice.LastChange
	Overlay string // what strict mode makes of it, in words; "" when it counts as chosen
}

// Says is what was chosen, in words.
func (l settingLine) Says() string {
	words := l.Say(l.Chosen)
	return strings.ToUpper(words[:1]) + words[1:]
}

// Standard is the default in words.
func (l settingLine) Standard() string { return l.Say(l.Default()) }

// Choices are the options for the form.
func (l settingLine) Choices() []ui.Choice {
	var all []ui.Choice
	for _, o := range l.Options {
		all = append(all, ui.Choice{Value: o.Value, Label: o.Label})
	}
	return all
}

// Hint is what stands at the field.
func (l settingLine) Hint() string {
	hint := l.Means + " Default: " + l.Standard()
	if b := l.Bounds(); b != "" && l.Kind == practice.Number {
		hint += ", possible " + b
	}
	return hint + "."
}

// policyPageOf puts the settings into their groups; strict mode has a place of
// its own.
func policyPageOf(v practice.PolicyView, ours func(string) string) policyPage {
	page := policyPage{Strict: v.Chosen.Strict, StrictBy: v.Changes[practice.StrictSetting], Revision: v.Revision}
	for _, s := range practice.Settings() {
		if s.Name == practice.StrictSetting {
			continue
		}
		line := settingLine{Setting: worded(s, ours), Chosen: s.Value(v.Chosen), Last: v.Changes[s.Name]}
		if now := s.Value(v.InForce); now != line.Chosen {
			line.Overlay = s.Say(now)
		}
		at := slices.IndexFunc(page.Groups, func(g settingGroup) bool { return g.Name == line.Group })
		if at < 0 {
			at = len(page.Groups)
			page.Groups = append(page.Groups, settingGroup{Name: line.Group})
		}
		page.Groups[at].Lines = append(page.Groups[at].Lines, line)
	}
	return page
}

// worded is a setting in the words of the practice. Its values stay: one of them
// chooses those words.
func worded(s practice.Setting, ours func(string) string) practice.Setting {
	s.Group, s.Label, s.Means = ours(s.Group), ours(s.Label), ours(s.Means)
	return s
}

// policy reads the page of the viewer's practice.
func (f *Face) policy(r *http.Request) (policyPage, error) {
	v, err := f.Practices.PolicyOf(r.Context(), f.Practices.DB, access.ViewerFrom(r.Context()).PracticeID)
	if err != nil {
		return policyPage{}, err
	}
	page := policyPageOf(v, func(words string) string { return f.UI.Ours(r.Context(), words) })
	page.Roles, err = f.seconds(r.Context(), v.Changes)
	return page, err
}

func policyPath(r *http.Request) string {
	return "/" + access.ViewerFrom(r.Context()).Practice.Slug + "/security/policy"
}

func (f *Face) showPolicy(w http.ResponseWriter, r *http.Request) error {
	page, err := f.policy(r)
	if err != nil {
		return err
	}
	if page.Waiting, err = f.Onboarding.WaitingForLink(r.Context(), access.ViewerFrom(r.Context()).PracticeID); err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "practice/policy", page)
}

func (f *Face) showPolicyForm(w http.ResponseWriter, r *http.Request) error {
	page, err := f.policy(r)
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, http.StatusOK, "practice/policy_change", page)
}

func (f *Face) changePolicy(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	in := practice.PolicyInput{Values: map[string]string{}, Revision: form.Get("revision")}
	for _, s := range practice.Settings() {
		switch {
		case s.Name == practice.StrictSetting:
		case s.Kind == practice.Switch && form.Get(s.Name) == "":
			in.Values[s.Name] = "no" // what a browser says of an empty box
		default:
			in.Values[s.Name] = form.Get(s.Name)
		}
	}
	in.Besides = f.Roles.DecideSecond(access.ViewerFrom(r.Context()).PracticeID, secondWishes(form))
	sure, err := f.confirmed(w, r, form, in)
	if err == nil && !sure {
		return nil
	}
	var out onboarding.PolicyChange
	if err == nil {
		out, err = f.Onboarding.ChangePolicy(r.Context(), in)
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		page, readErr := f.policy(r)
		if readErr != nil {
			return readErr
		}
		if fault.Is(err, fault.Conflict) {
			page.Form = ui.Form{}.With(err) // what is stored, not what was typed
			return f.UI.Page(w, r, http.StatusConflict, "practice/policy_change", page)
		}
		page.Form = form.With(err)
		return f.UI.Page(w, r, http.StatusUnprocessableEntity, "practice/policy_change", page)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, savedWords(len(out.Changed)))
	return httpd.Redirect(w, r, policyPath(r))
}

func savedWords(n int) string {
	switch n {
	case 0:
		return "Nothing was different, so nothing was changed."
	case 1:
		return "The policy is saved: one setting changed."
	}
	return "The policy is saved: " + strconv.Itoa(n) + " settings changed."
}

type strictPage struct {
	ui.Form
	Strict        bool
	Revision      string
	Affected      onboarding.StrictEffect // by switching it on
	ClientMinimum int
	Returns       []settingLine // what counts again when it is switched off
}

func (f *Face) showStrict(w http.ResponseWriter, r *http.Request) error {
	return f.strictPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) strictPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	practiceID := access.ViewerFrom(r.Context()).PracticeID
	view, err := f.Practices.PolicyOf(r.Context(), f.Practices.DB, practiceID)
	if err != nil {
		return err
	}
	strict := view.Chosen
	strict.Strict = true
	page := strictPage{Form: form, Strict: view.Chosen.Strict, Revision: view.Revision, ClientMinimum: strict.InForce().ClientMinimum}
	for _, s := range practice.Settings() {
		if s.Strict != "" && s.Value(view.Chosen) != s.Strict {
			page.Returns = append(page.Returns, settingLine{Setting: worded(s, func(words string) string { return f.UI.Ours(r.Context(), words) }), Chosen: s.Value(view.Chosen)})
		}
	}
	if page.Affected, err = f.Onboarding.StrictPreview(r.Context(), practiceID); err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "practice/strict", page)
}

func (f *Face) switchStrict(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	out, err := f.Onboarding.ChangePolicy(r.Context(), practice.PolicyInput{
		Values: map[string]string{practice.StrictSetting: form.Get("strict")}, Revision: form.Get("revision"),
	})
	if fault.Is(err, fault.Invalid) {
		return f.strictPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	}
	if fault.Is(err, fault.Conflict) {
		return f.strictPage(w, r, http.StatusConflict, ui.Form{}.With(err))
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, strictWords(out))
	return httpd.Redirect(w, r, policyPath(r))
}

func strictWords(out onboarding.PolicyChange) string {
	switch {
	case len(out.Changed) == 0:
		return "Strict mode was that way already."
	case !out.After.Strict:
		return "Strict mode is off. What you chose before counts again."
	}
	words := "Strict mode is on."
	switch out.Withdrawn {
	case 0:
	case 1:
		words += " One temporary password was destroyed."
	default:
		words += " " + strconv.FormatInt(out.Withdrawn, 10) + " temporary passwords were destroyed."
	}
	switch out.Hidden {
	case 0:
	case 1:
		words += " The backup codes of one person cannot be shown any more."
	default:
		words += " The backup codes of " + strconv.Itoa(out.Hidden) + " people cannot be shown any more."
	}
	return words
}
