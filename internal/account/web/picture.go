package accountweb

import (
	"context"
	"strconv"
	"time"

	"catflap/internal/access"
	"catflap/internal/audit"
	"catflap/internal/petparent"
)

// pictureDays is how many days the picture of sign-ins shows, today included.
const pictureDays = 14

// The picture of sign-ins is drawn in units that the browser stretches to the
// width of the page: dayWidth for a day, pictureHeight for the most in a day.
const (
	dayWidth      = 10.0
	barWidth      = 3.4
	pictureHeight = 100.0
	leastHeight   = 2.0 // one in a thousand is still seen
)

// pictures adds what those who run the practice see.
func (f *Face) pictures(ctx context.Context, v access.Viewer, page *homePage) error {
	if v.May(access.AuditRead) || v.May(access.SecurityManage) {
		bounds := days(f.Desk.Clock.Now(), v.Practice.Zone)
		within, err := f.watched(ctx, v)
		if err != nil {
			return err
		}
		numbers, err := f.Audit.SignIns(ctx, v.PracticeID, within, bounds)
		if err != nil {
			return err
		}
		page.Days = newDaysPicture(bounds, numbers)
	}
	if v.May(access.StaffManage) && v.May(access.PetParentRead) && v.Has(access.PetApp) {
		n, err := f.PetParents.Funnel(ctx, v.PracticeID)
		if err != nil {
			return err
		}
		page.Funnel = funnel(n, "/"+v.Practice.Slug+"/pet-parents/pet-app")
	}
	if v.May(access.SecurityManage) {
		with, of, err := f.Desk.Staff.CountProtected(ctx, v.PracticeID)
		if err != nil {
			return err
		}
		b := newBar("Staff with a second factor", "", with, of)
		page.Adoption = &b
	}
	return nil
}

// funnel is how far everybody has come, with the way to those who go no further
// than a step.
func funnel(n petparent.Funnel, list string) []bar {
	step := func(label, note string, number int, ends ...end) bar {
		b := newBar(label, note, number, n.Known)
		for _, e := range ends {
			if e.Number > 0 {
				e.Href = list + "?" + petparent.Filter{Invitation: e.state}.Values().Encode()
				b.Ends = append(b.Ends, e)
			}
		}
		return b
	}
	return []bar{
		step("Imported", "on record", n.Known,
			end{state: petparent.InvitationNone, Number: n.Known - n.Invited, One: "not invited", Many: "not invited"}),
		step("Invited", "a login was made for them", n.Invited,
			end{state: petparent.InvitationQueued, Number: n.Queued, One: "e-mail waits", Many: "e-mails wait"},
			end{state: petparent.InvitationFailed, Number: n.Invited - n.Queued - n.Delivered, One: "could not be sent", Many: "could not be sent"}),
		step("Delivered", "they have what they sign in with", n.Delivered,
			end{state: petparent.InvitationSent, Number: n.Delivered - n.Opened, One: "has not opened it", Many: "have not opened it"}),
		step("Opened", "opened the page it leads to", n.Opened,
			end{state: petparent.InvitationOpened, Number: n.Opened - n.SignedIn, One: "has not signed in", Many: "have not signed in"}),
		step("Signed in", "came in with it", n.SignedIn,
			end{state: petparent.InvitationEntered, Number: n.SignedIn - n.Finished, One: "has not finished", Many: "have not finished"}),
		step("Finished", "chose a password of their own", n.Finished,
			end{state: petparent.InvitationFinished, Number: n.Finished, One: "is in", Many: "are in"}),
	}
}

// watched are the branches whose sign-ins the viewer counts.
func (f *Face) watched(ctx context.Context, v access.Viewer) (audit.Branches, error) {
	if v.MayEverywhere(access.AuditRead) || v.MayEverywhere(access.SecurityManage) {
		return "", nil
	}
	all, err := f.Practices.Branches(ctx, f.Practices.DB, v.PracticeID)
	if err != nil {
		return "", err
	}
	var own []string
	for _, b := range all {
		if v.MayIn(access.AuditRead, b.ID) || v.MayIn(access.SecurityManage, b.ID) {
			own = append(own, b.ID)
		}
	}
	return audit.In(own), nil
}

// days are the midnights between which the days of the picture lie, in the
// practice's time zone, oldest first. A day may have 23 or 25 hours.
func days(now time.Time, zone *time.Location) []time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	bounds := make([]time.Time, 0, pictureDays+1)
	for i := 1 - pictureDays; i <= 1; i++ {
		bounds = append(bounds, time.Date(y, m, d+i, 0, 0, 0, 0, zone))
	}
	return bounds
}

// daysPicture is sign-ins and refusals as pairs of bars.
type daysPicture struct {
	Days          []dayBars
	Done, Refused int // of all days
	Most          int // in a day, of either
	Zone          string
	Width         float64
}

type dayBars struct {
	Day     time.Time
	Month   bool // the month is written below: at the first bar and where a month begins
	Done    column
	Refused column
}

// column is one bar and its number.
type column struct {
	Number              int
	X, Y, Width, Height float64
}

func newDaysPicture(bounds []time.Time, numbers []audit.SignIns) *daysPicture {
	p := &daysPicture{Zone: bounds[0].Location().String(), Width: dayWidth * float64(len(numbers))}
	for _, n := range numbers {
		p.Done, p.Refused, p.Most = p.Done+n.Done, p.Refused+n.Refused, max(p.Most, n.Done, n.Refused)
	}
	for i, n := range numbers {
		left := dayWidth*float64(i) + (dayWidth-2*barWidth-1)/2
		p.Days = append(p.Days, dayBars{
			Day: bounds[i], Month: i == 0 || bounds[i].Day() == 1,
			Done: p.column(n.Done, left), Refused: p.column(n.Refused, left+barWidth+1),
		})
	}
	return p
}

func (p *daysPicture) column(n int, x float64) column {
	c := column{Number: n, X: x, Width: barWidth}
	if n > 0 {
		c.Height = max(leastHeight, pictureHeight*float64(n)/float64(p.Most))
	}
	c.Y = pictureHeight - c.Height
	return c
}

// bar is a part of a whole.
type bar struct {
	Label, Note string
	Number, Of  int
	Ends        []end // those who have come so far and no further
}

// end is where some have got to.
type end struct {
	Number    int
	One, Many string // what is said of them
	Href      string // the list of them
	state     petparent.Invitation
}

func newBar(label, note string, n, of int) bar {
	return bar{Label: label, Note: note, Number: n, Of: of}
}

// Percent is the length of the bar. Only all is 100, and only none is 0.
func (b bar) Percent() int {
	switch {
	case b.Number <= 0 || b.Of <= 0:
		return 0
	case b.Number >= b.Of:
		return 100
	}
	return min(99, max(1, 100*b.Number/b.Of))
}

// Length is Percent as SVG takes it.
func (b bar) Length() string { return strconv.Itoa(b.Percent()) + "%" }
