package signinweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"catflap/internal/access"
	"catflap/internal/factor"
	"catflap/internal/foundation/httpd"
	"catflap/internal/foundation/secret"
	"catflap/internal/signin"
)

// conversation is every answer of the sign-in.
type conversation struct {
	Body conversationBody
}

type conversationBody struct {
	Next      signin.Step     `json:"next" enum:"second_factor,set_up_second_factor,accept_terms,confirm_details,new_password,choose_branch,done" doc:"What the sign-in waits for."`
	SignIn    string          `json:"sign_in,omitempty" doc:"Opaque token until done; send it as bearer."`
	ExpiresAt *time.Time      `json:"expires_at,omitempty" doc:"When the pending sign-in is over."`
	Methods   []factor.Method `json:"methods,omitempty" enum:"totp,email_code,backup_code" doc:"With second_factor: by which the code can prove, the usual one first. With set_up_second_factor: what would do."`
	Branches  []branchBody    `json:"branches,omitempty" doc:"With choose_branch: where the person may work."`
	Session   *sessionTokens  `json:"session,omitempty" doc:"Only with done."`
}

type branchBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type sessionTokens struct {
	Token         string    `json:"token" doc:"Send it as bearer."`
	ExpiresAt     time.Time `json:"expires_at" doc:"The absolute limit."`
	IdleExpiresAt time.Time `json:"idle_expires_at" doc:"When it ends if nothing happens."`
}

// say puts an outcome into the one shape.
func say(out signin.Outcome, err error) (*conversation, error) {
	if err != nil {
		return nil, err
	}
	c := &conversation{Body: conversationBody{Next: out.Step}}
	if out.Step == signin.Done {
		c.Body.Session = &sessionTokens{
			Token: out.SessionToken.Reveal(), ExpiresAt: out.Session.ExpiresAt, IdleExpiresAt: out.Session.IdleAt(),
		}
		return c, nil
	}
	c.Body.SignIn, c.Body.ExpiresAt = out.Token.Reveal(), &out.State.ExpiresAt
	switch out.Step {
	case signin.SecondFactor:
		c.Body.Methods = out.State.Methods
	case signin.SetUpSecond:
		c.Body.Methods = []factor.Method{factor.ByAuthenticator}
		if out.State.EmailChoice {
			c.Body.Methods = append(c.Body.Methods, factor.ByEmailCode)
		}
	case signin.StoreCodes: // a page waits to hear that its codes are stored
		c.Body.Next = signin.SetUpSecond
	case signin.ChooseBranch:
		for _, b := range out.State.Branches {
			c.Body.Branches = append(c.Body.Branches, branchBody{ID: b.ID, Name: b.Name})
		}
	}
	return c, nil
}

type startBody struct {
	Login    string `json:"login" maxLength:"254"`
	Password string `json:"password" maxLength:"1024"`
	Keep     bool   `json:"keep_signed_in,omitempty" doc:"Pet parents, where the practice allows it: pauses do not end the session. Never with shared_device."`
	Shared   bool   `json:"shared_device,omitempty" doc:"A computer that others use too: shorter idle limit."`
}

type startInput struct {
	Practice string `path:"practice" doc:"The practice's slug."`
	Body     startBody
}

type platformStartInput struct {
	Body startBody
}

type activationInput struct {
	Body struct {
		Token       string `json:"token" maxLength:"200"`
		NewPassword string `json:"new_password,omitempty" maxLength:"1024" doc:"Staff and platform invitations only."`
		Keep        bool   `json:"keep_signed_in,omitempty" doc:"Activation links only; as for sign-in."`
	}
}

func (f *Face) api(a *httpd.API) {
	public, pending := access.Rule{Audience: access.Public}, access.Rule{Audience: access.Pending}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Sign-in"}}
	}
	httpd.Register(a, public, op("sign-in", http.MethodPost, "/practices/{practice}/sign-in", "Begin a sign-in"),
		func(ctx context.Context, in *startInput) (*conversation, error) {
			return say(f.SignIn.Start(fromProgram(ctx), access.PracticeFrom(ctx), in.Body.input()))
		})
	httpd.Register(a, public, op("platform-sign-in", http.MethodPost, "/platform/sign-in", "Begin a sign-in of platform support"),
		func(ctx context.Context, in *platformStartInput) (*conversation, error) {
			return say(f.SignIn.Start(fromProgram(ctx), access.Practice{}, in.Body.input()))
		})
	httpd.Register(a, public, op("activation", http.MethodPost, "/activation", "Use an invitation or activation link"), f.activation)
	httpd.Register(a, pending, op("sign-in-state", http.MethodGet, "/sign-in", "Where this sign-in stands"),
		func(ctx context.Context, _ *struct{}) (*conversation, error) { return say(f.SignIn.Current(ctx)) })
	httpd.Register(a, pending, op("sign-in-new-password", http.MethodPost, "/sign-in/new-password", "Choose the own password"),
		func(ctx context.Context, in *struct {
			Body struct {
				NewPassword string `json:"new_password" maxLength:"1024"`
			}
		}) (*conversation, error) {
			return say(f.SignIn.ChoosePassword(fromProgram(ctx), factor.Once(in.Body.NewPassword)))
		})
	httpd.Register(a, pending, op("sign-in-branch", http.MethodPost, "/sign-in/branch", "Choose the branch"),
		func(ctx context.Context, in *struct {
			Body struct {
				Branch string `json:"branch"`
			}
		}) (*conversation, error) {
			return say(f.SignIn.ChooseBranch(fromProgram(ctx), in.Body.Branch))
		})
	f.secondAPI(a)
	f.setupAPI(a)
	f.termsAPI(a)
	f.detailsAPI(a)
	f.sessionAPI(a)
}

func (b startBody) input() signin.Input {
	return signin.Input{Login: b.Login, Password: secret.Text(b.Password), Shared: b.Shared, Keep: b.Keep}
}

// activationOutput is empty (204) for invitations, the conversation for pet
// parents.
type activationOutput struct {
	Status int
	Body   *conversationBody
}

// activation takes both kinds of first links: with a password it is an
// invitation, without one the beginning of a pet parent's first sign-in.
func (f *Face) activation(ctx context.Context, in *activationInput) (*activationOutput, error) {
	if in.Body.NewPassword != "" {
		err := f.Onboarding.AcceptAnywhere(ctx, invitationFrom(in))
		return &activationOutput{Status: http.StatusNoContent}, err
	}
	out, err := f.SignIn.StartByLinkAnywhere(ctx, in.Body.Token, in.Body.Keep)
	c, err := say(out, err)
	if err != nil {
		return nil, err
	}
	return &activationOutput{Status: http.StatusOK, Body: &c.Body}, nil
}
