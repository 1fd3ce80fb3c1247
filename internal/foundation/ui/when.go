package ui

import (
	"fmt"
	"time"
)

type timeData struct{ Text, Exact, Machine string }

// newAgo says how long ago (or how far ahead) a time is, with the exact time
// for hovering and for screen readers. The zero time is "never".
func newAgo(v View, t time.Time) (timeData, error) {
	if t.IsZero() {
		text, err := v.T("ui.time.never")
		return timeData{Text: text}, err
	}
	text, err := distance(v, t)
	return timeData{Text: text, Exact: exactly(t, v.Viewer.Zone()), Machine: t.UTC().Format(time.RFC3339)}, err
}

// distance is in words up to six days, beyond that the date.
func distance(v View, t time.Time) (string, error) {
	d, when := v.Now.Sub(t), "ago"
	if d < 0 {
		d, when = -d, "ahead"
	}
	switch {
	case d < 45*time.Second && when == "ago":
		return v.T("ui.time.now")
	case d < 45*time.Second:
		return v.T("ui.time.soon")
	case d < 59*time.Minute+30*time.Second:
		return v.T("ui.time."+when+".minutes", "Count", max(1, round(d, time.Minute)))
	case d < 23*time.Hour+30*time.Minute:
		return v.T("ui.time."+when+".hours", "Count", max(1, round(d, time.Hour)))
	case d < 6*24*time.Hour+12*time.Hour:
		return v.T("ui.time."+when+".days", "Count", max(1, round(d, 24*time.Hour)))
	}
	return day(t, v.Viewer.Zone()), nil
}

func round(d, unit time.Duration) int { return int((d + unit/2) / unit) }

// date is a day as people write it; nothing for the zero time. In a page,
// {{date . .At}} tells it where the viewer works, {{date .At}} in UTC.
func date(of ...any) (string, error) {
	t, zone, err := moment(of)
	return day(t, zone), err
}

// datetime is date with the time of day and the zone.
func datetime(of ...any) (string, error) {
	t, zone, err := moment(of)
	return exactly(t, zone), err
}

// moment reads a time, or a view whose viewer's zone counts and a time.
func moment(of []any) (t time.Time, zone *time.Location, err error) {
	zone = time.UTC
	if len(of) == 2 {
		if v, ok := of[0].(View); ok {
			zone, of = v.Viewer.Zone(), of[1:]
		} else if f, ok := of[0].(framed); ok {
			zone, of = f.Viewer.Zone(), of[1:]
		}
	}
	if len(of) == 1 {
		if t, ok := of[0].(time.Time); ok {
			return t, zone, nil
		}
	}
	return t, zone, fmt.Errorf("a time is told of a time, or of a view and a time, not of %v", of)
}

// PlainDay is a year-month-day as people write it; what is no day stays as it is.
func PlainDay(text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return day(t, time.UTC)
}

func day(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2 January 2006")
}

func exactly(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2 January 2006, 15:04 MST")
}
