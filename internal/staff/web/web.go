package staffweb

import (
	"context"
	"embed"
	"net/http"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/ui"
	"catflap/internal/practice"
	"catflap/internal/role"
	"catflap/internal/staff"
)

// Files are the pages.
//
//go:embed *.html text.*.json
var Files embed.FS

// Face answers for staff and roles.
type Face struct {
	UI        *ui.UI
	Staff     *staff.Service
	Roles     *role.Service
	Practices *practice.Service
	// Landings lists the pages that a role can begin with: paths below the
	// practice, without the usual one.
	Landings func() []ui.Choice
}

// Routes registers the pages and the JSON operations. The words after
// /staff/roles/ are none of those after /staff/{id}/.
func (f *Face) Routes(m *httpd.Mux) {
	read := access.Rule{Audience: access.Staff, Permission: access.StaffRead}
	manage := access.Rule{Audience: access.Staff, Permission: access.StaffManage}
	proven := access.Rule{Audience: access.Staff, Permission: access.StaffManage, StepUp: true}
	roles := access.Rule{Audience: access.Staff, Permission: access.RoleManage, AllBranches: true, StepUp: true}

	m.Handle("GET /{practice}/staff", read, f.list)
	m.Handle("GET /{practice}/staff/invite", proven, f.showInvite)
	m.Handle("POST /{practice}/staff/invite", proven, f.invite)
	m.Handle("GET /{practice}/staff/{id}", read, f.show)
	m.Handle("POST /{practice}/staff/{id}/invite-again", manage, f.inviteAgain)
	m.Handle("GET /{practice}/staff/{id}/name", manage, f.showName)
	m.Handle("POST /{practice}/staff/{id}/name", manage, f.rename)
	m.Handle("GET /{practice}/staff/{id}/email", proven, f.showEmail)
	m.Handle("POST /{practice}/staff/{id}/email", proven, f.changeEmail)
	m.Handle("POST /{practice}/staff/{id}/email/cancel", proven, f.cancelEmail)
	m.Handle("GET /{practice}/staff/{id}/grants", proven, f.showGrants)
	m.Handle("POST /{practice}/staff/{id}/grants", proven, f.give)
	m.Handle("POST /{practice}/staff/{id}/grants/take", proven, f.take)
	m.Handle("GET /{practice}/staff/{id}/leaves", proven, f.showLeaves)
	m.Handle("POST /{practice}/staff/{id}/leaves", proven, f.leaves)
	m.Handle("POST /{practice}/staff/{id}/leaves/cancel", proven, f.stays)
	m.Handle("GET /{practice}/staff/{id}/deactivate", proven, f.showDeactivate)
	m.Handle("POST /{practice}/staff/{id}/deactivate", proven, f.deactivate)
	m.Handle("POST /{practice}/staff/{id}/reactivate", proven, f.reactivate)
	m.Handle("POST /{practice}/staff/{id}/end-sessions",
		access.Rule{Audience: access.Staff, Permission: access.SessionManage}, f.endSessions)

	m.Handle("GET /{practice}/staff/roles", read, f.listRoles)
	m.Handle("GET /{practice}/staff/roles/new", roles, f.showNewRole)
	m.Handle("POST /{practice}/staff/roles/new", roles, f.addRole)
	m.Handle("GET /{practice}/staff/roles/edit/{id}", roles, f.showRole)
	m.Handle("POST /{practice}/staff/roles/edit/{id}", roles, f.updateRole)
	m.Handle("POST /{practice}/staff/roles/delete/{id}", roles, f.removeRole)

	m.Handle("GET /{practice}/confirm-email", access.Rule{Audience: access.Public}, f.showConfirmEmail)
	m.Handle("POST /{practice}/confirm-email", access.Rule{Audience: access.Public}, f.confirmEmail)
	f.api(m.API())
	f.twoFactorRoutes(m)
}

// practiceOf is the practice of the viewer, which the guard has compared with
// the path.
func practiceOf(r *http.Request) access.Practice { return access.ViewerFrom(r.Context()).Practice }

func base(r *http.Request) string { return "/" + practiceOf(r).Slug + "/staff" }

// branches lists the branches of the viewer's practice, by name.
func (f *Face) branches(ctx context.Context) ([]practice.Branch, error) {
	return f.Practices.Branches(ctx, f.Practices.DB, access.ViewerFrom(ctx).PracticeID)
}

// roles lists the roles of the viewer's practice.
func (f *Face) roles(ctx context.Context) ([]role.Role, error) {
	return f.Roles.List(ctx, f.Roles.DB, access.ViewerFrom(ctx).PracticeID)
}
