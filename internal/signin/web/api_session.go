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
)

func invitationFrom(in *activationInput) onboarding.InvitationInput {
	return onboarding.InvitationInput{Token: in.Body.Token, Chosen: factor.Once(in.Body.NewPassword)}
}

type stepUpOutput struct {
	Body struct {
		Token string `json:"token" doc:"The session's new token; the one before it is void."`
	}
}

func (f *Face) sessionAPI(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.SignedIn}, huma.Operation{
		OperationID: "step-up", Method: http.MethodPost, Path: "/session/step-up", Summary: "Prove oneself again", Tags: []string{"Session"},
	}, func(ctx context.Context, in *struct {
		Body struct {
			Password string `json:"password" maxLength:"1024"`
		}
	}) (*stepUpOutput, error) {
		token, err := f.SignIn.StepUp(ctx, secret.Text(in.Body.Password))
		if err != nil {
			return nil, err
		}
		out := &stepUpOutput{}
		out.Body.Token = token.Reveal()
		return out, nil
	})
}
