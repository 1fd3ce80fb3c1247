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

const (
	rounds    = 5
	roundTime = 2 * time.Second
)

// rate is how many f run per second with so many callers at once. No call
// begins after d; the time counts until the last one is done. f gets the number
// of its caller.
func rate(ctx context.Context, callers int, d time.Duration, f func(caller int) error) (float64, error) {
	var n atomic.Int64
	var all sync.WaitGroup
	failed := make([]error, callers)
	begun := time.Now()
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
	return float64(n.Load()) / time.Since(begun).Seconds(), errors.Join(errors.Join(failed...), ctx.Err())
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

func (s series) String() string { return fmt.Sprintf("%.3f ± %.3f", s.mean(), s.deviation()) }

// against compares rates in rounds that take turns: base, f, base, f, ... base.
// Each round of f is divided by the mean of the two rounds around it, so that a
// machine that becomes slower takes both along.
func against(base, f func() (float64, error)) (ratios, rates series, err error) {
	before, err := base()
	for range rounds {
		if err != nil {
			break
		}
		var got, after float64
		if got, err = f(); err != nil {
			break
		}
		after, err = base()
		ratios, rates = append(ratios, 2*got/(before+after)), append(rates, got)
		before = after
	}
	return ratios, rates, err
}
