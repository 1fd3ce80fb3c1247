package cli

import (
	"cmp"
	"context"
	"net/netip"
	"os/signal"
	"runtime"
	"syscall"

	"catflap/internal/access"
	"catflap/internal/app"
	"catflap/internal/config"
	"catflap/internal/foundation/clock"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
	"catflap/internal/mail"
)

func untilSignal() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
}

// withApp runs a command on Catflap as its settings have it, and closes it
// afterwards. The context says that it is the command line that asks.
func withApp(w *world, c *config.Config, run func(context.Context, *app.App) error) error {
	if err := w.settings(c); err != nil {
		return err
	}
	a, err := open(w, c)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	return run(access.WithViewer(w.ctx, access.System("command line")), a)
}

// open builds Catflap from its settings: database up to date, key ring proven.
func open(w *world, c *config.Config) (*app.App, error) {
	log := c.Logger(w.log)
	d, err := db.Open(w.ctx, string(c.Database), log)
	if err != nil {
		return nil, err
	}
	a, err := build(w.ctx, c, d, w)
	if err != nil {
		d.Close()
		return nil, err
	}
	return a, nil
}

func build(ctx context.Context, c *config.Config, d *db.DB, w *world) (*app.App, error) {
	if err := d.Migrate(ctx); err != nil {
		return nil, err
	}
	ring, err := app.OpenRing(ctx, d, c.KeyRing())
	if err != nil {
		return nil, err
	}
	return app.New(app.Options{
		DB: d, Ring: ring, Clock: clock.System{}, Log: c.Logger(w.log), PublicURL: &c.PublicURL.URL,
		TrustedProxies: []netip.Prefix(c.TrustedProxies), Transport: transport(c), MailFrom: &c.MailFrom.Address,
		MailLimits: mail.Limits{PerPractice: c.MailPracticeLimit, PerDomain: c.MailDomainLimit},
		Country:    string(c.Country), Hashing: hashing(c), Menu: c.Menu.Entries,
	})
}

// hashing lets Go run as many goroutines at once as passwords are being hashed
// on top of what it does by itself. So hashing never keeps a request from
// running: which of the two gets a processor is up to the system, which knows
// that hashing gives way. Without anything to hash it would only cost.
func hashing(c *config.Config) secret.Options {
	usual := runtime.GOMAXPROCS(0)
	workers := cmp.Or(c.HashWorkers, usual)
	return secret.Options{Workers: workers, Queue: c.HashQueue, Spell: func(lasts bool) {
		if lasts {
			runtime.GOMAXPROCS(usual + workers)
		} else {
			runtime.GOMAXPROCS(usual)
		}
	}}
}

// transport is the mail server that is set, else the built-in mailbox on
// localhost, else a queue that waits.
func transport(c *config.Config) mail.Transport {
	switch {
	case c.SMTP.Set():
		return mail.NewSMTP(mail.SMTPSettings{
			Host: c.SMTP.Host, Port: c.SMTP.Port, Implicit: c.SMTP.TLS, Plaintext: mail.Loopback(c.SMTP.Host),
			User: c.SMTP.User, Password: c.SMTP.Password, Bounces: c.MailBounces.Address.Address,
		}, mail.MailHost(&c.PublicURL.URL))
	case c.PublicURL.Local():
		return &mail.Mailbox{}
	}
	return mail.Hold{}
}
