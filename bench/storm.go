package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// tries is how often each caller of the storm comes. Four wrong passwords in a
// row are answered without delay.
const tries = 2

// storm counts the answers.
type storm struct {
	right, refused, busy int
}

// reportStorm lets more people sign in at once than Catflap has places for,
// every second one with a wrong password.
func reportStorm(ctx context.Context, p *place) error {
	server, err := p.serve(ctx, behindProxy)
	if err != nil {
		return err
	}
	lines, err := server.lines(len(p.people))
	if err != nil {
		return errors.Join(err, server.stop())
	}
	defer lines.close()
	begun := time.Now()
	s, err := p.storm(ctx, lines)
	if err != nil {
		return errors.Join(err, server.stop())
	}
	took := time.Since(begun)
	row(fmt.Sprintf("storm of %d for %d places", len(lines), capacity()), fmt.Sprintf("%d × 503", s.busy), "some, none wrong",
		fmt.Sprintf("with Retry-After; %d right: 200, %d wrong: 401, in %.1f s", s.right, s.refused, took.Seconds()))
	if most, err := server.memory("VmHWM"); err == nil {
		row("most memory in the storm", mebibytes(most), "≤ 200 MiB", "")
	}
	return server.stop()
}

func (p *place) storm(ctx context.Context, lines lines) (storm, error) {
	var all sync.WaitGroup
	counts, failed := make([]storm, len(lines)), make([]error, len(lines))
	for i := range lines {
		all.Go(func() {
			for range tries {
				if failed[i] == nil && ctx.Err() == nil {
					failed[i] = p.people[i].weather(lines[i], i, &counts[i])
				}
			}
		})
	}
	all.Wait()
	var sum storm
	for _, c := range counts {
		sum.right, sum.refused, sum.busy = sum.right+c.right, sum.refused+c.refused, sum.busy+c.busy
	}
	return sum, errors.Join(errors.Join(failed...), ctx.Err())
}

// weather is one try of one person.
func (p *person) weather(l *line, i int, count *storm) error {
	password, wrong := p.password, i%2 == 1
	if wrong {
		password += "."
	}
	status, session, err := p.signIn(l, password, i)
	switch {
	case err != nil:
		return err
	case status == 503 && l.wait:
		count.busy++
	case status == 401 && wrong:
		count.refused++
	case status == 200 && !wrong:
		count.right++
		p.session = session
		return p.check(l)
	default:
		return fmt.Errorf("a password (wrong: %t) was answered with %d", wrong, status)
	}
	return nil
}
