package staffweb

import (
	"net/http"
	"slices"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/role"
)

type rolesPage struct {
	Roles []roleLine
	All   int // permissions there are
	Edit  bool
}

type roleLine struct {
	role.Role
	Holders int
}

// Allows is what the role allows, in words.
func (l roleLine) Allows() []string {
	words := make([]string, len(l.Permissions))
	for i, p := range l.Permissions {
		words[i] = role.Words(p)
	}
	return words
}

func (f *Face) listRoles(w http.ResponseWriter, r *http.Request) error {
	all, err := f.roles(r.Context())
	if err != nil {
		return err
	}
	holders, err := f.Roles.Holders(r.Context(), f.Roles.DB, practiceOf(r).ID)
	if err != nil {
		return err
	}
	page := rolesPage{All: len(access.Permissions()), Edit: access.ViewerFrom(r.Context()).MayEverywhere(access.RoleManage)}
	for _, one := range all {
		page.Roles = append(page.Roles, roleLine{one, holders[one.ID]})
	}
	return f.UI.Page(w, r, http.StatusOK, "staff/roles", page)
}

type rolePage struct {
	ui.Form
	Role     role.Role // zero for a new one
	Holders  int
	Groups   []role.Group
	Landings []ui.Choice
	viewer   access.Viewer
}

// Allows reports whether the role has the permission.
func (p rolePage) Allows(one access.Permission) bool { return slices.Contains(p.Role.Permissions, one) }

// Own reports whether the viewer can give or take the permission.
func (p rolePage) Own(one access.Permission) bool { return p.viewer.MayEverywhere(one) }

// Lacking reports whether there is anything that the viewer cannot give or take.
func (p rolePage) Lacking() bool {
	return slices.ContainsFunc(access.Permissions(), func(one access.Permission) bool { return !p.Own(one) })
}

func (f *Face) rolePage(w http.ResponseWriter, r *http.Request, status int, form ui.Form, one role.Role) error {
	page := rolePage{
		Form: form, Role: one, Groups: role.Groups(), viewer: access.ViewerFrom(r.Context()),
		Landings: append([]ui.Choice{{Label: "The usual first page"}}, f.Landings()...),
	}
	for i, l := range page.Landings {
		page.Landings[i].Label = f.UI.Ours(r.Context(), l.Label)
	}
	if one.ID != "" {
		holders, err := f.Roles.Holders(r.Context(), f.Roles.DB, practiceOf(r).ID)
		if err != nil {
			return err
		}
		page.Holders = holders[one.ID]
	}
	return f.UI.Page(w, r, status, "staff/role", page)
}

func (f *Face) showNewRole(w http.ResponseWriter, r *http.Request) error {
	return f.rolePage(w, r, http.StatusOK, ui.Form{}, role.Role{})
}

// roleOf reads the role in the path.
func (f *Face) roleOf(r *http.Request) (role.Role, error) {
	roleID, err := httpd.PathID(r, "id")
	if err != nil {
		return role.Role{}, err
	}
	return f.Roles.Get(r.Context(), f.Roles.DB, practiceOf(r).ID, roleID)
}

func (f *Face) showRole(w http.ResponseWriter, r *http.Request) error {
	one, err := f.roleOf(r)
	if err != nil {
		return err
	}
	return f.rolePage(w, r, http.StatusOK, ui.Form{}, one)
}

// inputFrom reads the form. What the viewer cannot give or take stands there
// greyed out and is not sent, so it stays as it is.
func inputFrom(r *http.Request, form ui.Form, former role.Role) role.Input {
	v := access.ViewerFrom(r.Context())
	for _, p := range former.Permissions {
		if !v.MayEverywhere(p) && !slices.Contains(form.Values["permissions"], string(p)) {
			form.Values["permissions"] = append(form.Values["permissions"], string(p))
		}
	}
	in := role.Input{Name: form.Get("name"), Landing: form.Get("landing")}
	for _, p := range form.Values["permissions"] {
		in.Permissions = append(in.Permissions, access.Permission(p))
	}
	return in
}

// checkLanding complains about a page that is not offered; the one that the
// role has already may stay.
func (f *Face) checkLanding(landing, former string) error {
	if landing == "" || landing == former || slices.ContainsFunc(f.Landings(), func(c ui.Choice) bool { return c.Value == landing }) {
		return nil
	}
	return fault.Complain("landing", "Choose one of the pages in the list.")
}

func (f *Face) addRole(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	in := inputFrom(r, form, role.Role{})
	err := f.checkLanding(in.Landing, "")
	if err == nil {
		_, err = f.Roles.Add(r.Context(), practiceOf(r).ID, in)
	}
	if fault.Is(err, fault.Invalid) {
		return f.rolePage(w, r, http.StatusUnprocessableEntity, form.With(err), role.Role{})
	}
	return f.roleDone(w, r, err, "The role is added. Give it to somebody on their page.")
}

func (f *Face) updateRole(w http.ResponseWriter, r *http.Request) error {
	former, err := f.roleOf(r)
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	in := inputFrom(r, form, former)
	if err = f.checkLanding(in.Landing, former.Landing); err == nil {
		_, err = f.Roles.Update(r.Context(), practiceOf(r).ID, former.ID, in)
	}
	switch {
	case fault.Is(err, fault.Invalid):
		return f.rolePage(w, r, http.StatusUnprocessableEntity, form.With(err), former)
	case fault.Is(err, fault.Conflict):
		return f.rolePage(w, r, http.StatusConflict, form.With(err), former)
	}
	return f.roleDone(w, r, err, "The role is saved. It counts from everybody's next request on.")
}

func (f *Face) removeRole(w http.ResponseWriter, r *http.Request) error {
	one, err := f.roleOf(r)
	if err == nil {
		err = f.Roles.Remove(r.Context(), practiceOf(r).ID, one.ID)
	}
	return f.roleDone(w, r, err, "The role is deleted.")
}

func (f *Face) roleDone(w http.ResponseWriter, r *http.Request, err error, words string) error {
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, words)
	return httpd.Redirect(w, r, base(r)+"/roles")
}
