package staffweb

import (
	"strconv"
	"time"

	"catflap/internal/staff"
)

// The picture is drawn in units that the browser stretches to the width of the
// page: weekWidth for a week, pictureHeight for everybody.
const (
	weekWidth     = 10.0
	weekBar       = 6.0
	pictureHeight = 100.0
	leastHeight   = 2.0 // one in a thousand is still seen
)

// adoption is how the second factor came to be used, as bars in front of bars.
type adoption struct {
	Weeks []weekBars
	Roles []roleBar
	Now   weekBars
	Most  int
	Width float64
}

type weekBars struct {
	End       time.Time
	Month     bool // the month is written below
	With, Of  int
	Percent   int
	X, Width  float64
	Done, All column
}

// column is one bar.
type column struct{ Y, Height float64 }

type roleBar struct {
	Name     string
	With, Of int
	Percent  int
}

// Number tells whether there is anything to draw.
func (b roleBar) Number() int { return b.With }

// Length is Percent as SVG takes it.
func (b roleBar) Length() string { return strconv.Itoa(b.Percent) + "%" }

func newAdoption(a staff.Adoption, zone *time.Location) *adoption {
	p := &adoption{Width: weekWidth * float64(len(a.Weeks))}
	for _, w := range a.Weeks {
		p.Most = max(p.Most, w.Of)
	}
	for i, w := range a.Weeks {
		end := w.End.In(zone)
		p.Weeks = append(p.Weeks, weekBars{
			End: end, Month: i == 0 || end.Day() <= 7, With: w.With, Of: w.Of, Percent: percent(w.With, w.Of),
			X: weekWidth*float64(i) + (weekWidth-weekBar)/2, Width: weekBar, Done: p.column(w.With), All: p.column(w.Of),
		})
	}
	p.Now = p.Weeks[len(p.Weeks)-1]
	for _, r := range a.Roles {
		p.Roles = append(p.Roles, roleBar{r.Name, r.With, r.Of, percent(r.With, r.Of)})
	}
	return p
}

func (p *adoption) column(n int) (c column) {
	if n > 0 {
		c.Height = max(leastHeight, pictureHeight*float64(n)/float64(p.Most))
	}
	c.Y = pictureHeight - c.Height
	return c
}

// percent is a part of a whole. Only all is 100, and only none is 0.
func percent(n, of int) int {
	switch {
	case n <= 0 || of <= 0:
		return 0
	case n >= of:
		return 100
	}
	return min(99, max(1, 100*n/of))
}
