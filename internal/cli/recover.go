package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"catflap/internal/app"
	"catflap/internal/config"
	"catflap/internal/recovery"
)

type adminRecoverCommand struct {
	config.Config `embed:""`
	Email         string `required:"" placeholder:"ADDRESS" help:"What the person signs in with."`
	Practice      string `placeholder:"SLUG" help:"The practice they work for; without it a platform administrator is meant."`
	Reason        string `required:"" placeholder:"TEXT" help:"Why. It stands in the record and in e-mails to everybody who could have helped."`
	JSON          bool   `help:"Print JSON."`
}

// recovered is what a script reads.
type recovered struct {
	Name        string    `json:"name"`
	LoginID     string    `json:"login_id"`
	Practice    string    `json:"practice,omitempty"`
	Link        string    `json:"link"`
	ExpiresAt   time.Time `json:"expires_at"`
	FactorReset bool      `json:"factor_reset"`
}

// Run makes the way in and prints the link.
func (c *adminRecoverCommand) Run(w *world) error {
	return withApp(w, &c.Config, func(ctx context.Context, a *app.App) error {
		way, err := a.Recovery.RecoverOnServer(ctx, recovery.OnServer{Slug: c.Practice, Email: c.Email, Reason: c.Reason})
		if err != nil {
			return err
		}
		a.Log.WarnContext(ctx, "a way in was made on the server", "login", way.Account.LoginID, "practice", way.Practice.Slug,
			"account", way.Account.ID, "factor_reset", way.Factor, "reason", c.Reason)
		if c.JSON {
			return json.NewEncoder(w.out).Encode(recovered{
				Name: way.Account.Name, LoginID: way.Account.LoginID, Practice: way.Practice.Slug,
				Link: way.Link.Reveal(), ExpiresAt: way.ExpiresAt.UTC(), FactorReset: way.Factor,
			})
		}
		reset := "There was no second factor. Every session is over."
		if way.Factor {
			reset = "Two-factor authentication is reset, and every session is over. The next sign-in sets it up again."
		}
		_, err = fmt.Fprintf(w.out, "%s\nThe old password does not work any more, also if nobody uses the link in time.\nEverybody who could have helped gets an e-mail.\nOpen this link until %s to choose a new password for %s:\n\n  %s\n",
			reset, way.ExpiresAt.UTC().Format("2 January 2006, 15:04 MST"), way.Account.Name, way.Link.Reveal())
		return err
	})
}
