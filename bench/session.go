package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

const (
	sessionPath = "/api/v1/session"
	// connections is how many ask for sessions at once.
	connections = 64
	// endEvery is how often a session is ended while others are checked.
	endEvery = 50 * time.Millisecond
)

// reportSessions compares the check of a session with the bare handler, while
// a crowd is signed in and now and then somebody's session ends.
func reportSessions(ctx context.Context, p *place) (err error) {
	server, err := p.serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	empty, _ := server.memory("VmRSS")
	first, err := p.firstChecks(ctx, server)
	if err != nil {
		return err
	}
	row(fmt.Sprintf("first check of each of %d sessions", crowded), fmt.Sprintf("%.0f checks/s", first.perSecond), "reported",
		fmt.Sprintf("from the database, %d connections", connections))
	bare, err := startBare(ctx, p.known())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.stop()) }()

	ended := 0
	c, err := against(
		func() (pace, error) { return p.askSessions(ctx, bare) },
		func() (pace, error) { return p.askWhileEnding(ctx, server, &ended) },
	)
	if err != nil {
		return err
	}
	row("session checks ÷ bare handler", c.ratio.String(), "≥ 0.60", fmt.Sprintf("%.0f checks/s%s", c.rate.mean(), c.costs()))
	row("ended meanwhile, refused at the next request", fmt.Sprintf("%d of %d", ended, ended), "all", "")
	if full, err := server.memory("VmRSS"); err == nil {
		row("memory with all of them remembered", mebibytes(full), "reported", mebibytes(empty)+" before")
	}
	return nil
}

// known is the file with what the bare handler is to answer.
func (p *place) known() string { return filepath.Join(p.data, "known") }

// firstChecks asks once for every session of the crowd and writes the answers
// down for the bare handler.
func (p *place) firstChecks(ctx context.Context, server *process) (pace, error) {
	all, err := server.lines(connections)
	if err != nil {
		return pace{}, err
	}
	defer all.close()
	answers := make([]string, crowded)
	begun := time.Now()
	err = each(connections, func(caller int) error {
		for n := caller; n < crowded; n += connections {
			status, body, err := all[caller].ask(request("GET", sessionPath, p.tokens[n], nil))
			if err != nil || status != 200 {
				return errors.Join(fmt.Errorf("the first check was answered with %d", status), err, ctx.Err())
			}
			answers[n] = string(body)
		}
		return nil
	})
	took := pace{perSecond: crowded / time.Since(begun).Seconds()}
	if err != nil {
		return took, err
	}
	f, err := os.Create(p.known())
	if err != nil {
		return took, err
	}
	w := bufio.NewWriter(f)
	for n, answer := range answers {
		// A JSON encoder may end its text with a line break.
		fmt.Fprintf(w, "%s\t%s\n", p.tokens[n], answer[:len(answer)-len("\n")])
	}
	return took, errors.Join(w.Flush(), f.Close())
}

// askSessions is how many sessions are checked per second, in random order.
func (p *place) askSessions(ctx context.Context, at *process) (pace, error) {
	all, err := at.lines(connections)
	if err != nil {
		return pace{}, err
	}
	defer all.close()
	return clocked(ctx, connections, roundTime, at.used, func(i int) error {
		status, _, err := all[i].ask(p.checks[rand.IntN(crowded)])
		if err == nil && status != 200 {
			err = fmt.Errorf("a session check was answered with %d", status)
		}
		return err
	})
}

// askWhileEnding does the same while sessions end, and insists that each is
// refused from then on.
func (p *place) askWhileEnding(ctx context.Context, at *process, ended *int) (pace, error) {
	ending, stop := context.WithCancel(ctx)
	failed := make(chan error, 1)
	go func() { failed <- p.endSessions(ending, at, ended) }()
	got, err := p.askSessions(ctx, at)
	stop()
	return got, errors.Join(err, <-failed)
}

func (p *place) endSessions(ctx context.Context, at *process, ended *int) error {
	two, err := at.lines(2)
	if err != nil {
		return err
	}
	defer two.close()
	every := time.NewTicker(endEvery)
	defer every.Stop()
	for ; *ended < leaving; *ended++ {
		select {
		case <-every.C:
		case <-ctx.Done():
			return nil
		}
		token := p.tokens[crowded+*ended]
		for _, step := range []struct {
			at     *line
			method string
			want   int
		}{{two[0], "GET", 200}, {two[1], "DELETE", 204}, {two[0], "GET", 401}} {
			status, _, err := step.at.ask(request(step.method, sessionPath, token, nil))
			if err != nil {
				return err
			}
			if status != step.want {
				return fmt.Errorf("%s of a session that ends was answered with %d instead of %d", step.method, status, step.want)
			}
		}
	}
	return nil
}
