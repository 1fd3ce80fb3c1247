package onboardingweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/httpd"
	"catflap/internal/onboarding"
)

type setupInput struct {
	Body struct {
		Token       string `json:"token" maxLength:"200" doc:"From the one-time link that the server printed."`
		Name        string `json:"name" maxLength:"200"`
		Email       string `json:"email" maxLength:"254"`
		NewPassword string `json:"new_password" maxLength:"1024"`
	}
}

func (f *Face) setupAPI(a *httpd.API) {
	httpd.Register(a, access.Rule{Audience: access.Public}, huma.Operation{
		OperationID: "setup", Method: http.MethodPost, Path: "/setup", DefaultStatus: http.StatusNoContent,
		Summary: "Make the first platform administrator; works once", Tags: []string{"Platform"},
	}, func(ctx context.Context, in *setupInput) (*struct{}, error) {
		return nil, f.Onboarding.Setup(ctx, in.Body.Token, onboarding.AdministratorInput{
			Name: in.Body.Name, Email: in.Body.Email, Chosen: factor.Once(in.Body.NewPassword),
		})
	})
}
