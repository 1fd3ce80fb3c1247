package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// A comparison takes this many rounds, fewer when the machine is too busy to
// finish them in time, but never fewer than two.
const (
	rounds     = 5
	roundTime  = 1500 * time.Millisecond
	comparison = 20 * time.Second
)

// pace is how fast something ran.
type pace struct {
	perSecond float64
	processor time.Duration // used for one; 0 when that is not known
}

// clocked lets so many callers at once run f. No call begins after d; the time
// counts until the last one is done. f gets the number of its caller, and used
// is the processor time that whoever does the work has used so far.
func clocked(ctx context.Context, callers int, d time.Duration, used func() time.Duration, f func(caller int) error) (pace, error) {
	var n atomic.Int64
	var all sync.WaitGroup
	failed := make([]error, callers)
	begun, before := time.Now(), used()
	for i := range callers {
		all.Go(func() {
			for failed[i] == nil && ctx.Err() == nil && time.Since(begun) < d {
				if failed[i] = f(i); failed[i] == nil {
					n.Add(1)
				}
			}
		})
	}
	all.Wait()
	if err := errors.Join(errors.Join(failed...), ctx.Err()); err != nil {
		return pace{}, err
	}
	return pace{
		perSecond: float64(n.Load()) / time.Since(begun).Seconds(),
		processor: (used() - before) / time.Duration(n.Load()),
	}, nil
}

// series are the figures of several rounds.
type series []float64

func (s series) mean() float64 {
	sum := 0.0
	for _, v := range s {
		sum += v
	}
	return sum / float64(len(s))
}

func (s series) deviation() float64 {
	sum, m := 0.0, s.mean()
	for _, v := range s {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(s)-1))
}

func (s series) String() string { return fmt.Sprintf("%.2f ± %.2f", s.mean(), s.deviation()) }

// contest is what comes out of a comparison.
type contest struct {
	ratio     series // of rates
	processor series // of processor times, the other way round: 1 is as cheap as the base
	rate      series // per second
	each      series // processor time, in milliseconds
}

// costs tells of the processor time, where it is known.
func (c contest) costs() string {
	if c.each.mean() == 0 {
		return ""
	}
	return fmt.Sprintf("; by processor time %v, %.2f ms each", c.processor, c.each.mean())
}

// against compares f with base in rounds that take turns: base, f, base, f, ...
// base. Each round of f is divided by the mean of the two around it, so that a
// machine that becomes slower takes both along.
func against(base, f func() (pace, error)) (contest, error) {
	var c contest
	begun := time.Now()
	before, err := base()
	for n := 0; err == nil && n < rounds && (n < 2 || time.Since(begun) < comparison); n++ {
		var got, after pace
		if got, err = f(); err != nil {
			break
		}
		if after, err = base(); err != nil {
			break
		}
		c.ratio = append(c.ratio, 2*got.perSecond/(before.perSecond+after.perSecond))
		c.rate = append(c.rate, got.perSecond)
		c.processor = append(c.processor, float64(before.processor+after.processor)/float64(2*got.processor))
		c.each = append(c.each, float64(got.processor)/float64(time.Millisecond))
		before = after
	}
	return c, err
}
