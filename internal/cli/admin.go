package cli

import (
	"context"
	"fmt"

	"catflap/internal/app"
	"catflap/internal/config"
)

type adminCreateCommand struct {
	config.Config `embed:""`
	Email         string `required:"" placeholder:"ADDRESS" help:"The e-mail address to sign in with."`
	Name          string `required:"" placeholder:"NAME" help:"The name of the person."`
}

// Run makes the administrator and prints the link for the password.
func (c *adminCreateCommand) Run(w *world) error {
	return withApp(w, &c.Config, func(ctx context.Context, a *app.App) error {
		token, err := a.Onboarding.CreateAdministrator(ctx, c.Name, c.Email)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.out, "Open this link within seven days to choose the password of %s:\n\n  %s\n",
			c.Email, a.URL("/platform/activate?token="+token.Reveal()))
		return err
	})
}
