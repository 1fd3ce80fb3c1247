package signinweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/onboarding"
	"catflap/internal/signin"
)

func invitationFrom(in *activationInput) onboarding.InvitationInput {
	return onboarding.InvitationInput{Token: in.Body.Token, Chosen: factor.Once(in.Body.NewPassword)}
}

type tokenOutput struct {
	Body struct {
		Token string `json:"token" doc:"The session's new token; the one before it is void."`
	}
}

func sayToken(token secret.Text, err error) (*tokenOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &tokenOutput{}
	out.Body.Token = token.Reveal()
	return out, nil
}

type proofInput struct {
	Body struct {
		Password string `json:"password" maxLength:"1024"`
	}
}

func (f *Face) sessionAPI(a *httpd.API) {
	op := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodPost, Path: "/session/" + path, Summary: summary, Tags: []string{"Session"}}
	}
	locked := access.Rule{Audience: access.Staff, AnyBranch: true, Locked: true}
	httpd.Register(a, access.Rule{Audience: access.SignedIn, AnyBranch: true}, op("step-up", "step-up", "Prove oneself again"),
		func(ctx context.Context, in *struct {
			Body struct {
				Password string        `json:"password" maxLength:"1024"`
				Method   factor.Method `json:"method,omitempty" enum:"totp,email_code,backup_code" doc:"By which the code proves; the first that there is when left out."`
				Code     string        `json:"code,omitempty" maxLength:"100" doc:"Needed where a second factor exists."`
			}
		}) (*tokenOutput, error) {
			return sayToken(f.SignIn.StepUp(fromProgram(ctx), signin.Again{
				Password: secret.Text(in.Body.Password), Method: in.Body.Method, Code: secret.Text(in.Body.Code),
			}))
		})
	mailing := op("step-up-email-code", "step-up/email-code", "Mail a code that a step-up of this session takes")
	mailing.DefaultStatus = http.StatusAccepted
	httpd.Register(a, access.Rule{Audience: access.SignedIn, AnyBranch: true}, mailing,
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			return nil, f.SignIn.SendStepUpCode(fromProgram(ctx))
		})
	httpd.Register(a, access.Rule{Audience: access.Staff, AnyBranch: true}, op("switch-branch", "branch", "Work in another branch"),
		func(ctx context.Context, in *struct {
			Body struct {
				Branch string `json:"branch" doc:"Its id."`
			}
		}) (*tokenOutput, error) {
			token, _, err := f.SignIn.SwitchBranch(ctx, in.Body.Branch)
			return sayToken(token, err)
		})
	httpd.Register(a, locked, op("lock", "lock", "Lock the session until its person's password is given"),
		func(ctx context.Context, _ *struct{}) (*struct{}, error) { return nil, f.SignIn.Lock(ctx) })
	httpd.Register(a, locked, op("unlock", "unlock", "Unlock the session"),
		func(ctx context.Context, in *proofInput) (*tokenOutput, error) {
			return sayToken(f.SignIn.Unlock(ctx, secret.Text(in.Body.Password)))
		})
}
