package petparentweb

import (
	"context"
	"net/http"
	"time"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/httpd"
	"catflap/internal/petparent"
)

type revealOutput struct {
	Body struct {
		TemporaryPassword string     `json:"temporary_password"`
		ExpiresAt         *time.Time `json:"expires_at,omitempty"`
	}
}

func (f *Face) temporaryAPI(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.LoginManage, Feature: access.PetApp, StepUp: true},
		operation("issue-temporary-password", http.MethodPost, "/pet-parents/{id}/login/temporary-password",
			"Issue a new temporary password and mail it; refused after the first sign-in"), f.apiIssue)
	httpd.Register(a, access.Rule{Audience: access.Staff, Permission: access.TemporaryReveal, Feature: access.PetApp, StepUp: true},
		operation("reveal-temporary-password", http.MethodPost, "/pet-parents/{id}/login/temporary-password/reveal",
			"Show the temporary password; that it was shown is recorded first"), f.apiReveal)
}

func (f *Face) apiIssue(ctx context.Context, in *idInput) (*profileOutput, error) {
	if err := in.check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	once, err := f.Onboarding.Reissue(ctx, access.ViewerFrom(ctx).Practice, in.ID)
	if err != nil {
		return nil, err
	}
	out, err := f.answer(ctx, in.ID)
	if err == nil && out.Body.TemporaryPassword != nil {
		out.Body.TemporaryPassword.Plain = once.Reveal()
	}
	return out, err
}

func (f *Face) apiReveal(ctx context.Context, in *idInput) (*revealOutput, error) {
	if err := in.check(petparent.ErrNotFound); err != nil {
		return nil, err
	}
	page, err := f.profile(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	t, err := f.temporaryOf(ctx, page.Person)
	if err != nil {
		return nil, err
	}
	if t.ID == "" {
		return nil, factor.ErrNoTemporary
	}
	plain, err := f.reveal(ctx, page.Person)
	if err != nil {
		return nil, err
	}
	out := &revealOutput{}
	out.Body.TemporaryPassword, out.Body.ExpiresAt = plain.Reveal(), clock.OrNil(t.ExpiresAt)
	return out, nil
}
