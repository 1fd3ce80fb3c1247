package db

import (
	"testing"
	"time"
)

func TestHears(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		at   time.Time
		want bool
	}{
		"just now":                    {now.Add(-100 * time.Millisecond), true},
		"a second ago":                {now.Add(-time.Second), false},
		"a second ago by the wall":    {now.Add(-time.Second).Round(0), false},
		"the wall clock was set":      {now.Add(time.Minute).Round(0), false},
		"moments ahead by the wall":   {now.Add(100 * time.Millisecond).Round(0), true},
		"never":                       {time.Time{}, false},
		"long ago, and then it slept": {now.Add(-time.Hour).Round(0), false},
	} {
		n := newNews()
		if !c.at.IsZero() {
			n.hearing(c.at)
		}
		if got := n.hears(now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
