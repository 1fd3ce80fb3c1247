package petparentweb

import (
	"context"
	"net/http"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/fault"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/onboarding"
	"catflap/internal/petparent"
)

// editedBody is a login as the System Login Editor shows it.
type editedBody struct {
	Exists          bool           `json:"exists" doc:"Whether there is a login; PUT creates one where there is none."`
	LoginID         string         `json:"login_id,omitempty"`
	Active          bool           `json:"active"`
	RecoveryEmail   string         `json:"recovery_email,omitempty" doc:"Where the welcome e-mail and links to a new password go."`
	PendingRecovery string         `json:"pending_recovery_email,omitempty" doc:"Becomes the recovery address once its mailbox has confirmed."`
	OnboardedAt     *time.Time     `json:"onboarded_at,omitempty" doc:"When the first sign-in was completed."`
	LastSignInAt    *time.Time     `json:"last_sign_in_at,omitempty"`
	Temporary       *temporaryBody `json:"temporary_password,omitempty" doc:"Its state; itself only in the answer to its issue, where nobody can look at it later."`
	Suggestions     []string       `json:"suggestions" nullable:"false" doc:"Login IDs that are free."`
	Revision        string         `json:"revision" doc:"Changes with every change of the login."`
	Saved           *savedBody     `json:"saved,omitempty" doc:"What the call did."`
}

type savedBody struct {
	Created  bool     `json:"created"`
	Changed  []string `json:"changed" nullable:"false" doc:"Fields that differed."`
	MailedTo string   `json:"mailed_to,omitempty" doc:"Where the welcome e-mail goes."`
	Asked    string   `json:"asked,omitempty" doc:"The address that has to confirm first."`
}

type editedOutput struct{ Body editedBody }

type wishBody struct {
	Generate bool   `json:"generate,omitempty" doc:"Have a readable one made."`
	Typed    string `json:"typed,omitempty" maxLength:"512" doc:"This one, of at least 8 characters."`
}

type editInput struct {
	ID   string `path:"id"`
	Body struct {
		LoginID       *string   `json:"login_id,omitempty" maxLength:"254" doc:"An e-mail address or a username; needed where there is no login yet."`
		Active        *bool     `json:"active,omitempty" doc:"false ends every session, link and temporary password."`
		RecoveryEmail *string   `json:"recovery_email,omitempty" maxLength:"254" doc:"After the first sign-in the mailbox has to confirm before it counts."`
		Temporary     *wishBody `json:"temporary_password,omitempty" doc:"After the first sign-in only for people without any e-mail address."`
		Welcome       bool      `json:"welcome,omitempty" doc:"Send the welcome e-mail now; it carries a fresh temporary password or a link."`
		Revision      string    `json:"revision,omitempty" maxLength:"40" doc:"Of the login that was read; a change in between is a conflict."`
	}
}

type availableInput struct {
	ID    string `path:"id"`
	Login string `query:"login" required:"true" maxLength:"254"`
}

type availableOutput struct {
	Body struct {
		Available bool   `json:"available"`
		Problem   string `json:"problem,omitempty" doc:"Why it is not, in words."`
		HeldBy    string `json:"held_by,omitempty" doc:"The pet parent who signs in with it."`
	}
}

type sentOutput struct {
	Body struct {
		SentTo string `json:"sent_to"`
	}
}

func (f *Face) loginAPI(a *httpd.API) {
	manage := access.Rule{Audience: access.Staff, Permission: access.LoginManage, Feature: access.PetApp}
	proven := manage
	proven.StepUp = true
	httpd.Register(a, manage, operation("pet-parent-login", http.MethodGet, "/pet-parents/{id}/login",
		"The login of a pet parent, with login IDs that are free"), f.apiLogin)
	httpd.Register(a, proven, operation("pet-parent-login-save", http.MethodPut, "/pet-parents/{id}/login",
		"Create or change the login; what is left out stays as it is"), f.apiSaveLogin)
	httpd.Register(a, manage, operation("pet-parent-login-available", http.MethodGet, "/pet-parents/{id}/login/available",
		"Whether a login ID is free for this pet parent"), f.apiAvailable)
	sent := operation("pet-parent-login-reset-link", http.MethodPost, "/pet-parents/{id}/login/reset-link",
		"Send a link to a new password; refused before the first sign-in")
	sent.DefaultStatus = http.StatusAccepted
	httpd.Register(a, manage, sent, f.apiSendReset)
	httpd.Register(a, proven, operation("pet-parent-login-keep-recovery", http.MethodDelete, "/pet-parents/{id}/login/pending-recovery-email",
		"Keep the recovery address: forget the one that has not been confirmed"), f.apiKeepRecovery)
}

func (f *Face) editedFrom(ctx context.Context, petParentID string) (*editedOutput, error) {
	p, err := f.login(ctx, petParentID)
	if err != nil {
		return nil, err
	}
	out := &editedOutput{Body: editedBody{
		Exists: p.Exists(), LoginID: p.Account.LoginID, Active: p.Account.Active, RecoveryEmail: p.Account.RecoveryEmail,
		PendingRecovery: p.Account.PendingEmail, OnboardedAt: clock.OrNil(p.Account.OnboardedAt), LastSignInAt: clock.OrNil(p.Account.LastSignInAt),
		Temporary: temporaryFrom(p.Temporary, p.Person.Invitation, f.Clock.Now()), Suggestions: append([]string{}, p.Suggested...), Revision: p.Revision,
	}}
	return out, nil
}

func (f *Face) apiLogin(ctx context.Context, in *idInput) (*editedOutput, error) {
	if err := in.check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	return f.editedFrom(ctx, in.ID)
}

func (f *Face) apiSaveLogin(ctx context.Context, in *editInput) (*editedOutput, error) {
	if err := (idInput{in.ID}).check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	wish := onboarding.LoginInput{
		Login: in.Body.LoginID, Recovery: in.Body.RecoveryEmail, Active: in.Body.Active, Welcome: in.Body.Welcome, Revision: in.Body.Revision,
	}
	if t := in.Body.Temporary; t != nil {
		switch {
		case t.Generate == (t.Typed != ""):
			return nil, fault.Complain(onboarding.FieldTemporary, "Either have one generated or say which one.")
		case t.Generate:
			wish.Temporary = onboarding.MakeTemporary
		default:
			wish.Temporary, wish.Typed = onboarding.TypeTemporary, secret.Text(t.Typed)
		}
	}
	saved, err := f.Onboarding.SaveLogin(ctx, access.ViewerFrom(ctx).Practice, in.ID, wish)
	if err != nil {
		return nil, err
	}
	out, err := f.editedFrom(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out.Body.Saved = &savedBody{Created: saved.Created, Changed: append([]string{}, saved.Changed...), MailedTo: saved.Mailed, Asked: saved.Asked}
	if out.Body.Temporary != nil {
		out.Body.Temporary.Plain = saved.Once.Reveal()
	}
	return out, nil
}

func (f *Face) apiAvailable(ctx context.Context, in *availableInput) (*availableOutput, error) {
	if err := (idInput{in.ID}).check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	check, err := f.Onboarding.CheckLogin(ctx, access.ViewerFrom(ctx).PracticeID, in.ID, in.Login)
	if err != nil {
		return nil, err
	}
	out := &availableOutput{}
	out.Body.Available, out.Body.Problem, out.Body.HeldBy = check.Free, check.Problem, check.HeldBy
	return out, nil
}

func (f *Face) apiSendReset(ctx context.Context, in *idInput) (*sentOutput, error) {
	if err := in.check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	a, err := f.Recovery.SendReset(ctx, access.ViewerFrom(ctx).Practice, in.ID)
	if err != nil {
		return nil, err
	}
	out := &sentOutput{}
	out.Body.SentTo = a.RecoveryEmail
	return out, nil
}

func (f *Face) apiKeepRecovery(ctx context.Context, in *idInput) (*editedOutput, error) {
	if err := in.check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	if err := f.Onboarding.KeepRecovery(ctx, access.ViewerFrom(ctx).PracticeID, in.ID); err != nil {
		return nil, err
	}
	return f.editedFrom(ctx, in.ID)
}
