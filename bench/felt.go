package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	// feltTime is how long a storm is felt in each round, of which there are feltRounds.
	feltTime   = 4 * time.Second
	feltRounds = 3
	// feltCallers sign in, one time after the other, while a check begins every feltEvery.
	feltCallers = 64
	feltEvery   = 20 * time.Millisecond
)

// reportFelt measures what those who are in feel of a storm of sign-ins, beside
// a bare server that hashes in a pool of the same size.
func reportFelt(ctx context.Context, p *place) (err error) {
	server, err := p.serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	if _, err := os.Stat(p.known()); err != nil { // sessions were not measured before
		if _, err := p.firstChecks(ctx, server); err != nil {
			return err
		}
	}
	bare, err := startBare(ctx, p.known())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.stop()) }()
	var own, base []time.Duration
	for range feltRounds {
		for _, one := range []struct {
			at *process
			to *[]time.Duration
		}{{bare, &base}, {server, &own}} {
			took, err := p.feel(ctx, one.at)
			if err != nil {
				return err
			}
			*one.to = append(*one.to, took...)
		}
	}
	row(fmt.Sprintf("session checks while %d sign in", feltCallers), spread(own), "≤ 3, 50 ms", fmt.Sprintf("p50, p99 of %d, 50 a second; bare server with a pool: %s", len(own), spread(base)))
	return nil
}

// spread is the median and what one in a hundred exceeds.
func spread(took []time.Duration) string {
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%.1f, %.1f ms", ms(took[len(took)/2]), ms(took[len(took)*99/100]))
}

// feel is how long each check took, counted from when it was due.
func (p *place) feel(ctx context.Context, at *process) ([]time.Duration, error) {
	signing, err := at.lines(feltCallers)
	if err != nil {
		return nil, err
	}
	defer signing.close()
	asking, err := at.lines(8)
	if err != nil {
		return nil, err
	}
	defer asking.close()
	storm, stop := context.WithCancel(ctx)
	failed := make(chan error, 1)
	go func() {
		failed <- each(feltCallers, func(i int) error {
			for storm.Err() == nil {
				status, _, err := p.people[i].post(signing[i], p.people[i].password, i)
				if err == nil && status != 200 {
					err = fmt.Errorf("a sign-in was answered with %d", status)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}()
	took, err := p.beat(ctx, asking)
	stop()
	return took, errors.Join(err, <-failed)
}

// beat asks for one session after the other, whether or not those before were
// answered.
func (p *place) beat(ctx context.Context, asking lines) ([]time.Duration, error) {
	var mu sync.Mutex
	var took []time.Duration
	begun := time.Now().Add(feltEvery)
	err := each(len(asking), func(i int) error {
		for n := i; ; n += len(asking) {
			due := begun.Add(time.Duration(n) * feltEvery)
			if due.Sub(begun) >= feltTime || ctx.Err() != nil {
				return ctx.Err()
			}
			time.Sleep(time.Until(due))
			status, _, err := asking[i].ask(p.checks[n])
			if err == nil && status != 200 {
				err = fmt.Errorf("a session check was answered with %d", status)
			}
			if err != nil {
				return err
			}
			mu.Lock()
			took = append(took, time.Since(due))
			mu.Unlock()
		}
	})
	return took, err
}

// each runs f for so many callers at once.
func each(callers int, f func(caller int) error) error {
	var all sync.WaitGroup
	failed := make([]error, callers)
	for i := range callers {
		all.Go(func() { failed[i] = f(i) })
	}
	all.Wait()
	return errors.Join(failed...)
}
