package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"catflap/internal/foundation/db/dbtest"
)

// The whole of it takes at most limit. On a machine so busy that less than
// reserve is left, the next figure is left out.
const (
	limit   = 4 * time.Minute
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
	switch {
	case len(args) == 2 && args[0] == bareCommand:
		return serveBare(ctx, args[1], os.Stdin)
	case len(args) != 0:
		return errors.New("it takes no arguments; run it as go run ./bench")
	}
	return measure(ctx)
}

// measure runs everything and prints as it goes.
func measure(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "catflap-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	b, err := build(ctx, folder)
	if err != nil {
		return err
	}
	fmt.Printf("%d processors, %s, %s/%s. Mean of up to %d rounds ± standard deviation.\n",
		runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, rounds)

	if err := measureOn(ctx, b, "SQLite", ""); err != nil {
		return err
	}
	server, err := dbtest.StartServer()
	if err != nil {
		fmt.Printf("\nPostgreSQL: not measured (%v)\n", err)
		return nil
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	return measureOn(ctx, b, "PostgreSQL", server.URL())
}

// measureOn runs everything on one database; url is empty for a SQLite file.
func measureOn(ctx context.Context, b binary, name, url string) error {
	p, err := newPlace(ctx, b, url)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n", name)
	for _, f := range []func(context.Context, *place) error{reportStart, reportSignIns, reportSessions, reportStorm} {
		if end, _ := ctx.Deadline(); time.Until(end) < reserve {
			fmt.Println("  The rest was not measured: this machine is too busy to do it in time.")
			return nil
		}
		if err := f(ctx, p); err != nil {
			return errors.Join(err, p.explain())
		}
	}
	return nil
}
