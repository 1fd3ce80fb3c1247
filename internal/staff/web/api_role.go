package staffweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/role"
)

type rolesOutput struct {
	Body struct {
		Items []roleBody `json:"items" nullable:"false"`
	}
}

type roleOutput struct {
	Body roleBody
}

type roleWish struct {
	Name        string              `json:"name"`
	Landing     string              `json:"landing,omitempty"`
	Permissions []access.Permission `json:"permissions" maxItems:"100" doc:"All that the role is to allow"`
}

type addRoleInput struct {
	Body roleWish
}

type changeRoleInput struct {
	ID   string `path:"id"`
	Body roleWish
}

func (w roleWish) input() role.Input {
	return role.Input{Name: w.Name, Landing: w.Landing, Permissions: w.Permissions}
}

func roleOperation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Roles"}}
}

func (f *Face) roleAPI(a *httpd.API) {
	rule := access.Rule{Audience: access.Staff, Permission: access.RoleManage, AllBranches: true, StepUp: true}
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.StaffRead},
		roleOperation("roles", http.MethodGet, "/roles", "All roles of the practice"), f.apiRoles)
	created := roleOperation("add-role", http.MethodPost, "/roles", "Add an own role; it allows nothing that you lack")
	created.DefaultStatus = http.StatusCreated
	httpd.Register(a, rule, created, f.apiAddRole)
	httpd.Register(a, rule, roleOperation("change-role", http.MethodPut, "/roles/{id}",
		"Change a role for everybody who holds it; gives and takes nothing that you lack"), f.apiChangeRole)
	httpd.Register(a, rule, roleOperation("delete-role", http.MethodDelete, "/roles/{id}", "Delete an own role that nobody holds"), f.apiDeleteRole)
}

func (f *Face) apiRoles(ctx context.Context, _ *struct{}) (*rolesOutput, error) {
	all, err := f.roles(ctx)
	if err != nil {
		return nil, err
	}
	holders, err := f.Roles.Holders(ctx, f.Roles.DB, access.ViewerFrom(ctx).PracticeID)
	if err != nil {
		return nil, err
	}
	out := &rolesOutput{}
	out.Body.Items = make([]roleBody, 0, len(all))
	for _, r := range all {
		out.Body.Items = append(out.Body.Items, roleFrom(r, holders[r.ID]))
	}
	return out, nil
}

func (f *Face) roleAnswer(ctx context.Context, r role.Role, err error) (*roleOutput, error) {
	if err != nil {
		return nil, err
	}
	holders, err := f.Roles.Holders(ctx, f.Roles.DB, r.PracticeID)
	return &roleOutput{Body: roleFrom(r, holders[r.ID])}, err
}

func (f *Face) apiAddRole(ctx context.Context, in *addRoleInput) (*roleOutput, error) {
	if err := f.checkLanding(in.Body.Landing, ""); err != nil {
		return nil, err
	}
	r, err := f.Roles.Add(ctx, access.ViewerFrom(ctx).PracticeID, in.Body.input())
	return f.roleAnswer(ctx, r, err)
}

func (f *Face) apiChangeRole(ctx context.Context, in *changeRoleInput) (*roleOutput, error) {
	if !id.Valid(in.ID) {
		return nil, role.ErrNotFound
	}
	practiceID := access.ViewerFrom(ctx).PracticeID
	former, err := f.Roles.Get(ctx, f.Roles.DB, practiceID, in.ID)
	if err != nil {
		return nil, err
	}
	if err := f.checkLanding(in.Body.Landing, former.Landing); err != nil {
		return nil, err
	}
	r, err := f.Roles.Update(ctx, practiceID, in.ID, in.Body.input())
	return f.roleAnswer(ctx, r, err)
}

func (f *Face) apiDeleteRole(ctx context.Context, in *idInput) (*struct{}, error) {
	if !id.Valid(in.ID) {
		return nil, role.ErrNotFound
	}
	return nil, f.Roles.Remove(ctx, access.ViewerFrom(ctx).PracticeID, in.ID)
}
