package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

const sessionPath = "/api/v1/session"

// reportSessions compares the check of a session with the bare handler.
func reportSessions(ctx context.Context, p *place) (err error) {
	server, err := p.serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	bare, err := startBare(ctx, p.people)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.stop()) }()

	callers := 8 * runtime.NumCPU()
	ask := func(at *process) func() (pace, error) {
		return func() (pace, error) { return p.askSessions(ctx, at, callers) }
	}
	c, err := against(ask(bare), ask(server))
	if err != nil {
		return err
	}
	row(fmt.Sprintf("session checks ÷ bare handler, %d at once", callers), c.ratio.String(), "reported",
		fmt.Sprintf("%.0f checks/s%s", c.rate.mean(), c.costs()))
	return nil
}

// askSessions is how many sessions are checked per second. Each caller has a
// connection and uses the tokens of all who are signed in.
func (p *place) askSessions(ctx context.Context, at *process, callers int) (pace, error) {
	lines, err := at.lines(callers)
	if err != nil {
		return pace{}, err
	}
	defer lines.close()
	requests := p.sessionRequests()
	next := make([]int, callers)
	return clocked(ctx, callers, roundTime/2, at.used, func(i int) error {
		next[i]++
		status, _, err := lines[i].ask(requests[(i+next[i])%len(requests)])
		if err == nil && status != 200 {
			err = fmt.Errorf("a session check was answered with %d", status)
		}
		return err
	})
}

// sessionRequests asks for the session of everybody who is signed in.
func (p *place) sessionRequests() [][]byte {
	var all [][]byte
	for _, who := range p.people {
		if who.session != "" {
			all = append(all, request("GET", sessionPath, who.session, nil))
		}
	}
	return all
}
