package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"

	"catflap/internal/foundation/db/dbtest"
)

// The whole of it takes at most limit. On a machine so busy that less than
// reserve is left, the next figure is left out.
const (
	limit   = 20 * time.Minute
	reserve = 45 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, limit)
	err := run(ctx, os.Args[1:])
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == bareCommand {
		return serveBare(ctx, args[1], os.Stdin)
	}
	if len(args) == 2 && args[0] == bareSearchCommand {
		return serveBareSearch(ctx, args[1])
	}
	if len(args) == 2 && args[0] == sinkCommand {
		return serveSink(ctx, args[1])
	}
	for _, a := range args {
		if !slices.ContainsFunc(figures(), func(f figure) bool { return f.name == a }) && !slices.Contains(databases, a) {
			return fmt.Errorf("there is nothing named %q to measure", a)
		}
	}
	return measure(ctx, func(name string, all []string) bool {
		named := slices.ContainsFunc(args, func(a string) bool { return slices.Contains(all, a) })
		return !named || slices.Contains(args, name)
	})
}

// databases are the words for measuring on one database only.
var databases = []string{"sqlite", "postgresql"}

// figure is one thing that is measured, and the word for measuring it alone.
type figure struct {
	name   string
	report func(context.Context, *place) error
	empty  bool // needs neither people in the place nor the binary
}

func figures() []figure {
	return []figure{
		{name: "start", report: reportStart}, {name: "sign-ins", report: reportSignIns}, {name: "sessions", report: reportSessions},
		{name: "felt", report: reportFelt}, {name: "storm", report: reportStorm}, {name: "equal", report: reportEqual},
		{name: "mail-felt", report: reportMailFelt},
		{name: "search", report: reportSearch},
		{name: "logins", report: reportLogins, empty: true},
		{name: "mail", report: reportMail, empty: true},
		{name: "campaign", report: reportCampaign, empty: true},
	}
}

func names() []string {
	var all []string
	for _, f := range figures() {
		all = append(all, f.name)
	}
	return all
}

// choice tells whether the one of all is to be measured.
type choice func(name string, all []string) bool

// measure runs everything that is chosen and prints as it goes.
func measure(ctx context.Context, chosen choice) (err error) {
	folder, err := os.MkdirTemp("", "catflap-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	b := binary{folder: folder}
	if slices.ContainsFunc(figures(), func(f figure) bool { return !f.empty && chosen(f.name, names()) }) {
		if b, err = build(ctx, folder); err != nil {
			return err
		}
	}
	fmt.Printf("%d processors, %s, %s/%s. Mean of up to %d rounds ± standard deviation.\n",
		runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, rounds)

	if chosen("sqlite", databases) {
		if err := measureOn(ctx, b, "SQLite", "", chosen); err != nil {
			return err
		}
	}
	if !chosen("postgresql", databases) {
		return nil
	}
	server, err := dbtest.StartServer()
	if err != nil {
		fmt.Printf("\nPostgreSQL: not measured (%v)\n", err)
		return nil
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	return measureOn(ctx, b, "PostgreSQL", server.URL(), chosen)
}

// measureOn runs everything on one database; url is empty for a SQLite file.
func measureOn(ctx context.Context, b binary, name, url string, chosen choice) error {
	p, err := newPlace(ctx, b, url)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n", name)
	filled := false
	for _, f := range figures() {
		if !chosen(f.name, names()) {
			continue
		}
		if !filled && !f.empty {
			if err := p.open(ctx, p.fill); err != nil {
				return err
			}
			filled = true
		}
		if end, _ := ctx.Deadline(); time.Until(end) < reserve {
			fmt.Println("  The rest was not measured: this machine is too busy to do it in time.")
			return nil
		}
		if err := f.report(ctx, p); err != nil {
			return errors.Join(err, p.explain())
		}
	}
	return nil
}
