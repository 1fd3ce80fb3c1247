package staffweb

import (
	"context"
	"net/http"
	"strconv"

	"catflap/internal/access"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/foundation/ui"
	"catflap/internal/role"
	"catflap/internal/staff"
)

// everywhere stands for all branches in forms, where nothing stands for "not
// chosen yet".
const everywhere = "all"

// offers are the roles that the viewer can give, and where.
type offers struct {
	Roles    []ui.Choice
	Branches []ui.Choice
}

// offers leaves out what the viewer can give nowhere. A pair that is still not
// theirs to give is refused when it is sent.
func (f *Face) offers(ctx context.Context) (offers, error) {
	v := access.ViewerFrom(ctx)
	branches, err := f.branches(ctx)
	if err != nil {
		return offers{}, err
	}
	roles, err := f.roles(ctx)
	if err != nil {
		return offers{}, err
	}
	o := offers{Roles: []ui.Choice{{Label: "Choose a role"}}, Branches: []ui.Choice{{Label: "Choose where"}}}
	var places []string
	if v.MayEverywhere(access.StaffManage) {
		o.Branches = append(o.Branches, ui.Choice{Value: everywhere, Label: "All branches"})
		places = append(places, "")
	}
	for _, b := range branches {
		if v.MayIn(access.StaffManage, b.ID) {
			o.Branches = append(o.Branches, ui.Choice{Value: b.ID, Label: b.Name})
			places = append(places, b.ID)
		}
	}
	for _, r := range roles {
		for _, place := range places {
			if role.MayGive(v, r, place) == nil {
				o.Roles = append(o.Roles, ui.Choice{Value: r.ID, Label: r.Name})
				break
			}
		}
	}
	return o, nil
}

// grantFrom reads a pair of selects; both names end in the suffix.
func grantFrom(form ui.Form, suffix string) (role.Grant, error) {
	roleID, where := form.Get("role"+suffix), form.Get("branch"+suffix)
	var c fault.Complaints
	c.Check(id.Valid(roleID), "role"+suffix, "Choose a role.")
	c.Check(where == everywhere || id.Valid(where), "branch"+suffix, "Choose where it counts.")
	g := role.Grant{RoleID: roleID, BranchID: where}
	if where == everywhere {
		g.BranchID = ""
	}
	return g, c.Err()
}

type grantsPage struct {
	personPage
	offers
	viewer access.Viewer
}

// MayTake reports whether the viewer can take a role that counts in the branch.
func (p grantsPage) MayTake(branchID string) bool {
	return !p.Rights.Self && p.viewer.MayIn(access.StaffManage, branchID)
}

// Everywhere is how forms name all branches.
func (grantsPage) Everywhere() string { return everywhere }

func (f *Face) showGrants(w http.ResponseWriter, r *http.Request) error {
	return f.grantsPage(w, r, http.StatusOK, ui.Form{})
}

func (f *Face) grantsPage(w http.ResponseWriter, r *http.Request, status int, form ui.Form) error {
	shared, err := f.personOf(r)
	if err != nil {
		return err
	}
	shared.Form = form
	o, err := f.offers(r.Context())
	if err != nil {
		return err
	}
	return f.UI.Page(w, r, status, "staff/grants", grantsPage{shared, o, access.ViewerFrom(r.Context())})
}

func (f *Face) give(w http.ResponseWriter, r *http.Request) error {
	return f.changeGrant(w, r, f.Staff.Give, "The role is given. It counts from their next request on.")
}

func (f *Face) take(w http.ResponseWriter, r *http.Request) error {
	return f.changeGrant(w, r, f.Staff.Take, "The role is removed. It ends with their next request.")
}

func (f *Face) changeGrant(w http.ResponseWriter, r *http.Request,
	change func(ctx context.Context, practiceID, accountID string, g role.Grant) error, words string,
) error {
	accountID, err := httpd.PathID(r, "id")
	if err != nil {
		return err
	}
	form := ui.FormFrom(r)
	g, err := grantFrom(form, "")
	if err == nil {
		err = change(r.Context(), practiceOf(r).ID, accountID, g)
	}
	switch {
	case fault.Is(err, fault.Invalid):
		return f.grantsPage(w, r, http.StatusUnprocessableEntity, form.With(err))
	case fault.Is(err, fault.Conflict):
		return f.grantsPage(w, r, http.StatusConflict, form.With(err))
	case err != nil:
		return err
	}
	f.UI.Notice(w, r, words)
	return httpd.Redirect(w, r, f.personPath(r)+"/grants")
}

// invitePage asks for a person and one role after the other.
type invitePage struct {
	ui.Form
	offers
	Rows []string // suffixes of the pairs
}

// mostRows is how many roles fit into one invitation by hand.
const mostRows = 12

func (f *Face) showInvite(w http.ResponseWriter, r *http.Request) error {
	return f.invitePage(w, r, http.StatusOK, ui.Form{}, 1)
}

func (f *Face) invitePage(w http.ResponseWriter, r *http.Request, status int, form ui.Form, rows int) error {
	o, err := f.offers(r.Context())
	if err != nil {
		return err
	}
	page := invitePage{Form: form, offers: o}
	for i := range rows {
		page.Rows = append(page.Rows, suffix(i))
	}
	return f.UI.Page(w, r, status, "staff/invite", page)
}

func suffix(i int) string { return "_" + strconv.Itoa(i+1) }

// More reports whether there is room for another role.
func (p invitePage) More() bool { return len(p.Rows) < mostRows }

func (f *Face) invite(w http.ResponseWriter, r *http.Request) error {
	form := ui.FormFrom(r)
	rows, _ := strconv.Atoi(form.Get("rows"))
	rows = min(max(rows, 1), mostRows)
	if form.Get("more") != "" {
		return f.invitePage(w, r, http.StatusOK, form, min(rows+1, mostRows))
	}
	in := staff.Invitation{Name: form.Get("name"), Email: form.Get("email")}
	var c fault.Complaints
	for i := range rows {
		if i > 0 && form.Get("role"+suffix(i)) == "" && form.Get("branch"+suffix(i)) == "" {
			continue // asked for and not needed
		}
		g, err := grantFrom(form, suffix(i))
		for _, one := range complaints(err) {
			c.Add(one.Name, one.Message)
		}
		in.Grants = append(in.Grants, g)
	}
	err := c.Err()
	if err == nil {
		_, err = f.Staff.Add(r.Context(), practiceOf(r), in)
	}
	if fault.Is(err, fault.Invalid) {
		return f.invitePage(w, r, http.StatusUnprocessableEntity, form.With(err), rows)
	}
	if err != nil {
		return err
	}
	f.UI.Notice(w, r, "The invitation to "+in.Name+" is on its way.")
	return httpd.Redirect(w, r, base(r))
}

func complaints(err error) []fault.Field {
	if err == nil {
		return nil
	}
	return fault.From(err).Fields
}
