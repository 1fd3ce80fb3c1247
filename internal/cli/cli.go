package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"catflap/internal/config"
	"catflap/internal/foundation/fault"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// commands is the whole command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run the server."`
	Demo    demoCommand    `cmd:"" help:"Run a demonstration with sample data that is gone afterwards."`
	Config  configCommand  `cmd:"" help:"Print the settings in effect, secrets masked."`
	Migrate migrateCommand `cmd:"" help:"Bring the database up to date and stop."`
	Admin   struct {
		Create  adminCreateCommand  `cmd:"" help:"Make a platform administrator and print a one-time link for the password."`
		Recover adminRecoverCommand `cmd:"" help:"Let somebody in again whom nobody else can help: reset two-factor, end sessions, print a one-time link to a new password."`
	} `cmd:"" help:"Administrators, and the last way in."`
	Import importCommand `cmd:"" help:"Import the clients of a practice system, for a scheduler: safe to repeat, and while the server runs."`
	Keys   struct {
		List   keysListCommand   `cmd:"" help:"List the keys and what needs them."`
		Rotate keysRotateCommand `cmd:"" help:"Make a new key, and seal what is stored anew under it, while servers run."`
	} `cmd:"" help:"The key ring, which protects what is secret in the database."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// world is what a command may touch of the outside.
type world struct {
	ctx     context.Context
	out     io.Writer
	log     io.Writer
	loader  *config.Loader
	kong    *kong.Context
	version string
}

// settings completes and checks the settings of a command.
func (w *world) settings(c *config.Config) error { return w.loader.Finish(w.kong, c) }

// Run runs one command line (without the program's name) and returns the exit
// code. Results go to out, log lines and complaints to log.
func Run(ctx context.Context, args, environ []string, out, log io.Writer, version string) int {
	loader := config.NewLoader(environ)
	var c commands
	exited := -1
	options := append(loader.Options(),
		kong.Name("catflap"),
		kong.Description("Login, security and client onboarding for animal-care practices."),
		kong.Writers(out, log), kong.Exit(func(code int) { exited = code; panic(stop{}) }))
	parser, err := kong.New(&c, options...)
	if err != nil {
		return complain(log, err)
	}
	k, err := parse(parser, args)
	switch {
	case exited >= 0:
		return exited
	case err != nil:
		fmt.Fprintf(log, "catflap: %v\nRun \"catflap --help\" to see what there is.\n", err)
		return exitUsage
	}
	w := &world{ctx: ctx, out: out, log: log, loader: loader, kong: k, version: version}
	if err := k.Run(w); err != nil {
		return complain(log, err)
	}
	return exitDone
}

// stop ends parsing after --help without ending the process.
type stop struct{}

func parse(p *kong.Kong, args []string) (k *kong.Context, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(stop); !ok {
				panic(r)
			}
		}
	}()
	return p.Parse(args)
}

// complain prints what is wrong and what to do, field by field.
func complain(log io.Writer, err error) int {
	f := fault.From(err)
	if f.Kind == fault.Internal {
		fmt.Fprintf(log, "catflap: %v\n", errors.Unwrap(f))
		return exitFailed
	}
	fmt.Fprintf(log, "catflap: %s\n", f.Message)
	for _, field := range f.Fields {
		fmt.Fprintf(log, "  %s: %s\n", field.Name, field.Message)
	}
	if f.Cause != nil {
		fmt.Fprintf(log, "  (%v)\n", f.Cause)
	}
	return exitFailed
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(w *world) error {
	_, err := fmt.Fprintln(w.out, "catflap", w.version)
	return err
}

type configCommand struct {
	config.Config `embed:""`
	JSON          bool `help:"Print JSON."`
}

// Run prints the settings.
func (c *configCommand) Run(w *world) error {
	if err := w.settings(&c.Config); err != nil {
		return err
	}
	if c.JSON {
		return c.PrintJSON(w.out)
	}
	return c.Print(w.out)
}

// Main is the program: it listens to SIGINT and SIGTERM and exits.
func Main(version string) {
	ctx, cancel := untilSignal()
	code := Run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr, version)
	cancel()
	os.Exit(code)
}
