package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// tried is how often each kind of wrong sign-in is tried.
	tried = 100
	// patient is how often one account is tried: further tries would wait.
	patient = 4
)

// reportEqual compares the times of answers that must tell nothing: to a wrong
// password, to nobody's login ID, to a disabled account with its right password
// and to an account that has no password yet.
func reportEqual(ctx context.Context, p *place) error {
	server, err := p.serve(ctx, behindProxy)
	if err != nil {
		return err
	}
	err = p.equal(ctx, server)
	return errors.Join(err, server.stop())
}

func (p *place) equal(ctx context.Context, server *process) error {
	l, err := dial(server.address)
	if err != nil {
		return err
	}
	defer l.close()
	kinds := []struct {
		name string
		who  func(n int) person
	}{
		// Every second one: the others may have tried wrong passwords in the storm.
		{"known", func(n int) person { return person{p.people[n/patient*2].login, "not this one", ""} }},
		{"unknown", func(n int) person { return person{fmt.Sprintf("nobody-%d@bench.example", n), "not this one", ""} }},
		{"disabled", func(n int) person { return p.disabled[n/patient] }},
		{"no password", func(n int) person { return person{crowdLogin(n), "not this one", ""} }},
	}
	took := make([][]float64, len(kinds))
	for n := range tried {
		for k, kind := range kinds {
			who := kind.who(n)
			begun := time.Now()
			status, _, err := who.signIn(l, who.password, n*len(kinds)+k)
			if err != nil {
				return err
			}
			if status != 401 {
				return fmt.Errorf("%s: a wrong sign-in was answered with %d", kind.name, status)
			}
			took[k] = append(took[k], float64(time.Since(begun).Microseconds())/1000)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	least, most := 0.0, 0.0
	var words []string
	for k, kind := range kinds {
		slices.Sort(took[k])
		median := took[k][tried/2]
		if least == 0 || median < least {
			least = median
		}
		most = max(most, median)
		words = append(words, fmt.Sprintf("%s %.1f", kind.name, median))
	}
	row(fmt.Sprintf("%d wrong sign-ins of each kind, medians", tried), fmt.Sprintf("%.1f %% apart", 100*(most/least-1)), "≤ 5 %",
		strings.Join(words, ", ")+" ms")
	return nil
}
