package staffweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/account"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/id"
	"catflap/internal/staff"
)

type idInput struct {
	ID string `path:"id"`
}

// check answers "not found" for what is no identifier of ours.
func (in idInput) check() error {
	if !id.Valid(in.ID) {
		return account.ErrNotFound
	}
	return nil
}

type peopleInput struct {
	Query  string      `query:"q" maxLength:"200" doc:"Words of name or e-mail; all must match"`
	State  staff.State `query:"state" enum:"active,invited,leaving,deactivated"`
	Role   string      `query:"role" maxLength:"64" doc:"Role held, by id"`
	Branch string      `query:"branch" maxLength:"64" doc:"Branch worked in, by id"`
	Cursor string      `query:"cursor" maxLength:"2000"`
	Limit  int         `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type peopleOutput struct {
	Body struct {
		Items []staffBody `json:"items" nullable:"false"`
		Next  string      `json:"next,omitempty" doc:"Cursor of the next part."`
	}
}

type personOutput struct {
	Body personBody
}

type inviteInput struct {
	Body struct {
		Name   string      `json:"name"`
		Email  string      `json:"email" doc:"Becomes login ID and recovery address"`
		Grants []grantBody `json:"grants" minItems:"1" maxItems:"200"`
	}
}

type changeInput struct {
	ID   string `path:"id"`
	Body struct {
		Name   string      `json:"name"`
		Grants []grantBody `json:"grants" maxItems:"200" doc:"All that the person is to hold"`
	}
}

type emailInput struct {
	ID   string `path:"id"`
	Body struct {
		Email string `json:"email"`
	}
}

type deactivateInput struct {
	ID   string `path:"id"`
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"500"`
	}
}

type leavesInput struct {
	ID   string `path:"id"`
	Body struct {
		On string `json:"on" doc:"Last day, year-month-day; empty takes it back"`
	}
}

type endedOutput struct {
	Body struct {
		Ended int64 `json:"ended"`
	}
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Staff"}}
}

func (f *Face) api(a *httpd.API) {
	read := access.Rule{Audience: access.Staff, Permission: access.StaffRead}
	manage := access.Rule{Audience: access.Staff, Permission: access.StaffManage}
	proven := access.Rule{Audience: access.Staff, Permission: access.StaffManage, StepUp: true}
	httpd.Register(a, read, operation("staff", http.MethodGet, "/staff", "People who work here, by name"), f.apiList)
	created := operation("invite-staff", http.MethodPost, "/staff", "Invite a person; mails the invitation")
	created.DefaultStatus = http.StatusCreated
	httpd.Register(a, proven, created, f.apiInvite)
	httpd.Register(a, read, operation("staff-person", http.MethodGet, "/staff/{id}", "One person"), f.apiGet)
	httpd.Register(a, proven, operation("change-staff", http.MethodPut, "/staff/{id}", "Change name and roles, all or nothing"), f.apiChange)
	httpd.Register(a, manage, operation("invite-staff-again", http.MethodPost, "/staff/{id}/invite-again",
		"Mail a fresh invitation to somebody who has not chosen a password"), f.apiInviteAgain)
	httpd.Register(a, proven, operation("change-staff-email", http.MethodPut, "/staff/{id}/email",
		"Change login ID and recovery address; the new mailbox has to confirm unless the person is only invited"), f.apiEmail)
	httpd.Register(a, proven, operation("deactivate-staff", http.MethodPost, "/staff/{id}/deactivate",
		"Deactivate a person; their sessions end at once"), f.apiDeactivate)
	httpd.Register(a, proven, operation("reactivate-staff", http.MethodPost, "/staff/{id}/reactivate",
		"Reactivate a person, with the roles they had"), f.apiReactivate)
	httpd.Register(a, proven, operation("staff-leaves", http.MethodPut, "/staff/{id}/leaves",
		"Set the day at whose end a person is deactivated"), f.apiLeaves)
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.SessionManage},
		operation("end-staff-sessions", http.MethodDelete, "/staff/{id}/sessions", "End all sessions of a person"), f.apiEndSessions)
	f.roleAPI(a)
}

func (f *Face) apiList(ctx context.Context, in *peopleInput) (*peopleOutput, error) {
	part, err := f.Staff.List(ctx, access.ViewerFrom(ctx).PracticeID,
		staff.Filter{Query: in.Query, State: in.State, RoleID: in.Role, BranchID: in.Branch}, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &peopleOutput{}
	out.Body.Items, out.Body.Next = make([]staffBody, 0, len(part.Rows)), part.Next
	for _, row := range part.Rows {
		out.Body.Items = append(out.Body.Items, staffFrom(row, inPractice(ctx).Zone()))
	}
	return out, nil
}

func (f *Face) apiGet(ctx context.Context, in *idInput) (*personOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return f.answer(ctx, in.ID, nil)
}

// answer tells how a person is after what was done.
func (f *Face) answer(ctx context.Context, accountID string, err error) (*personOutput, error) {
	if err != nil {
		return nil, err
	}
	row, err := f.Staff.Get(ctx, access.ViewerFrom(ctx).PracticeID, accountID)
	if err != nil {
		return nil, err
	}
	held, err := f.Staff.StillHolds(ctx, row.Account)
	if err != nil {
		return nil, err
	}
	until, err := f.Staff.InvitedUntil(ctx, row.Account)
	return &personOutput{Body: personBody{
		staffBody: staffFrom(row, inPractice(ctx).Zone()), Sessions: held.Sessions, Keys: held.Keys, InvitedUntil: clock.OrNil(until),
	}}, err
}

func (f *Face) apiInvite(ctx context.Context, in *inviteInput) (*personOutput, error) {
	a, err := f.Staff.Add(ctx, access.ViewerFrom(ctx).Practice, staff.Invitation{
		Name: in.Body.Name, Email: in.Body.Email, Grants: grantsOf(in.Body.Grants),
	})
	return f.answer(ctx, a.ID, err)
}

func (f *Face) apiChange(ctx context.Context, in *changeInput) (*personOutput, error) {
	err := (idInput{in.ID}).check()
	if err == nil {
		err = f.Staff.Change(ctx, access.ViewerFrom(ctx).PracticeID, in.ID, in.Body.Name, grantsOf(in.Body.Grants))
	}
	return f.answer(ctx, in.ID, err)
}

func (f *Face) apiInviteAgain(ctx context.Context, in *idInput) (*personOutput, error) {
	err := in.check()
	if err == nil {
		err = f.Staff.InviteAgain(ctx, access.ViewerFrom(ctx).Practice, in.ID)
	}
	return f.answer(ctx, in.ID, err)
}

func (f *Face) apiEmail(ctx context.Context, in *emailInput) (*personOutput, error) {
	err := (idInput{in.ID}).check()
	if err == nil {
		_, err = f.Staff.ChangeEmail(ctx, access.ViewerFrom(ctx).Practice, in.ID, in.Body.Email)
	}
	return f.answer(ctx, in.ID, err)
}

func (f *Face) apiDeactivate(ctx context.Context, in *deactivateInput) (*personOutput, error) {
	reason := ""
	if in.Body != nil {
		reason = in.Body.Reason
	}
	err := (idInput{in.ID}).check()
	if err == nil {
		err = f.Staff.Deactivate(ctx, access.ViewerFrom(ctx).PracticeID, in.ID, reason)
	}
	return f.answer(ctx, in.ID, err)
}

func (f *Face) apiReactivate(ctx context.Context, in *idInput) (*personOutput, error) {
	err := in.check()
	if err == nil {
		err = f.Staff.Reactivate(ctx, access.ViewerFrom(ctx).PracticeID, in.ID)
	}
	return f.answer(ctx, in.ID, err)
}

func (f *Face) apiLeaves(ctx context.Context, in *leavesInput) (*personOutput, error) {
	err := (idInput{in.ID}).check()
	if err == nil {
		err = f.Staff.SetLeaving(ctx, access.ViewerFrom(ctx).PracticeID, in.ID, in.Body.On)
	}
	return f.answer(ctx, in.ID, err)
}

func (f *Face) apiEndSessions(ctx context.Context, in *idInput) (*endedOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	out := &endedOutput{}
	var err error
	out.Body.Ended, err = f.Staff.EndSessions(ctx, access.ViewerFrom(ctx).PracticeID, in.ID)
	return out, err
}
