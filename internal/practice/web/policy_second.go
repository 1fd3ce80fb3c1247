package practiceweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"catflap/internal/access"
	"catflap/internal/foundation/ui"
	"catflap/internal/onboarding"
	"catflap/internal/practice"
	"catflap/internal/role"
)

// secondLine is what the policy says about the second factor of one role.
type secondLine struct {
	role.Role
	Usual role.Second
	Last  practice.LastChange
}

// Field names a field of the role in the form.
func (l secondLine) Field() string { return role.SecondField + l.ID }

// GraceField is the field of its grace.
func (l secondLine) GraceField() string { return role.GraceField + l.ID }

// EmailField is the field of its codes by e-mail.
func (l secondLine) EmailField() string { return role.EmailField + l.ID }

// Mode is off, optional or required.
func (l secondLine) Mode() string { return string(l.Second.Mode) }

// Required reports whether people with the role have to have one.
func (l secondLine) Required() bool { return l.Second.Mode == practice.SecondRequired }

// Grace is what stands in the form: what counts where it is required, or would
// usually count if it were.
func (l secondLine) Grace() int {
	if l.Required() {
		return l.Second.Grace
	}
	return role.UsualGrace
}

// Says is what was chosen, in words.
func (l secondLine) Says() string { return upper(l.Second.String()) }

// Standard is the default in words.
func (l secondLine) Standard() string { return l.Usual.String() }

// Most is the longest grace.
func (secondLine) Most() int { return role.MostGrace }

func upper(words string) string { return strings.ToUpper(words[:1]) + words[1:] }

// seconds reads what the policy says about each role of the viewer's practice.
func (f *Face) seconds(ctx context.Context, changes map[string]practice.LastChange) ([]secondLine, error) {
	roles, err := f.Roles.List(ctx, f.Roles.DB, access.ViewerFrom(ctx).PracticeID)
	var lines []secondLine
	for _, r := range roles {
		lines = append(lines, secondLine{Role: r, Usual: role.UsualSecond(r.Permissions), Last: changes[role.SecondField+r.ID]})
	}
	return lines, err
}

// secondWishes reads the fields of the roles that the form has; a role that was
// added meanwhile stays as it is.
func secondWishes(form ui.Form) map[string]role.SecondWish {
	wishes := map[string]role.SecondWish{}
	for name := range form.Values {
		id, found := strings.CutPrefix(name, role.SecondField)
		if !found {
			continue
		}
		mode := practice.SecondMode(form.Get(name))
		email := form.Get(role.EmailField+id) == "yes"
		wish := role.SecondWish{Mode: &mode, EmailCode: &email}
		if mode == practice.SecondRequired {
			days, err := strconv.Atoi(strings.TrimSpace(form.Get(role.GraceField + id)))
			if err != nil {
				days = -1 // which is out of bounds
			}
			wish.Grace = &days
		}
		wishes[id] = wish
	}
	return wishes
}

// confirmPage is the question before a change that concerns people's second
// factors.
type confirmPage struct {
	Effect onboarding.SecondEffect
	Values []confirmValue // the form as it was sent
}

type confirmValue struct{ Name, Value string }

// confirmed reports whether a change concerns nobody, or was looked at; else it
// asks.
func (f *Face) confirmed(w http.ResponseWriter, r *http.Request, form ui.Form, in practice.PolicyInput) (bool, error) {
	if form.Get("confirmed") == "yes" {
		return true, nil
	}
	effect, err := f.Onboarding.PreviewPolicy(r.Context(), in)
	if err != nil || !effect.Any() {
		return err == nil, err
	}
	page := confirmPage{Effect: effect}
	for name, values := range form.Values {
		if name == "form" {
			continue
		}
		for _, v := range values {
			page.Values = append(page.Values, confirmValue{name, v})
		}
	}
	slices.SortFunc(page.Values, func(a, b confirmValue) int { return strings.Compare(a.Name, b.Name) })
	return false, f.UI.Page(w, r, http.StatusOK, "practice/policy_confirm", page)
}
