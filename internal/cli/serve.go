package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"

	"catflap/internal/app"
	"catflap/internal/config"
	"catflap/internal/foundation/httpd"
)

type serveCommand struct {
	config.Config `embed:""`
}

// Run serves until a signal comes.
func (c *serveCommand) Run(w *world) error {
	if err := w.settings(&c.Config); err != nil {
		return err
	}
	return run(w, &c.Config, func(a *app.App) error {
		link, err := a.SetupURL(w.ctx)
		if err != nil {
			return err
		}
		if link != "" {
			fmt.Fprintf(w.out, "This server has no administrator yet. Open this link once to set it up:\n\n  %s\n\n", link)
		}
		_, err = fmt.Fprintf(w.out, "Catflap answers on %s\n", c.PublicURL.String())
		return err
	})
}

// run takes the address, builds Catflap, lets the command prepare, and serves.
func run(w *world, c *config.Config, prepare func(*app.App) error) error {
	l, err := httpd.Listen(string(c.Listen))
	if err != nil {
		return err
	}
	defer l.Close()
	a, err := open(w, c)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	if err := prepare(a); err != nil {
		return err
	}
	return serve(w.ctx, a, c, l)
}

// serve runs the web side and the workers until ctx ends or one of them fails.
func serve(ctx context.Context, a *app.App, c *config.Config, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if words := a.Mail.Holding(); words != "" {
		a.Log.Warn("mail waits", "reason", words)
	}
	a.Log.Info("ready", "listen", l.Addr().String(), "public_url", c.PublicURL.String(), slog.String("database", c.Database.String()))
	go debug.FreeOSMemory() // what only the start needed goes back to the system
	failed := make(chan error, 2)
	go func() { failed <- a.Work(ctx) }()
	go func() {
		failed <- httpd.Server{Handler: a.Handler(), Log: a.Log, CertFile: c.TLSCert, KeyFile: c.TLSKey}.Serve(ctx, l)
	}()
	first := <-failed
	cancel()
	return errors.Join(first, <-failed)
}

type migrateCommand struct {
	config.Config `embed:""`
}

// Run brings the database up to date.
func (c *migrateCommand) Run(w *world) error {
	return withApp(w, &c.Config, func(context.Context, *app.App) error {
		_, err := fmt.Fprintln(w.out, "The database is up to date.")
		return err
	})
}
