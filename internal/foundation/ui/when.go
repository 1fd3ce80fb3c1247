package ui

import (
	"fmt"
	"net/http"
	"time"

	"catflap/internal/foundation/lang"
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
	return timeData{Text: text, Exact: lang.Moment(v.Lang, t.In(v.Viewer.Zone())), Machine: t.UTC().Format(time.RFC3339)}, err
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
	return lang.Day(v.Lang, t.In(v.Viewer.Zone())), nil
}

func round(d, unit time.Duration) int { return int((d + unit/2) / unit) }

// date is a day as people write it; nothing for the zero time. In a page,
// {{date . .At}} tells it where and how the viewer reads it, {{date .At}} in UTC
// and English.
func date(of ...any) (string, error) {
	t, tag, err := moment(of)
	return lang.Day(tag, t), err
}

// datetime is date with the time of day and the zone.
func datetime(of ...any) (string, error) {
	t, tag, err := moment(of)
	return lang.Moment(tag, t), err
}

// moment reads a time, or a view whose viewer's zone and language count and a time.
func moment(of []any) (t time.Time, tag string, err error) {
	zone, tag := time.UTC, lang.English
	if v, ok := viewIn(of); ok {
		zone, tag, of = v.Viewer.Zone(), v.Lang, of[1:]
	}
	if len(of) == 1 {
		if t, ok := of[0].(time.Time); ok {
			if !t.IsZero() {
				t = t.In(zone)
			}
			return t, tag, nil
		}
	}
	return t, tag, fmt.Errorf("a time is told of a time, or of a view and a time, not of %v", of)
}

// viewIn is the view that stands before a value.
func viewIn(of []any) (View, bool) {
	if len(of) != 2 {
		return View{}, false
	}
	switch v := of[0].(type) {
	case View:
		return v, true
	case framed:
		return v.View, true
	}
	return View{}, false
}

// PlainDay is a year-month-day as people write it in English; what is no day
// stays as it is.
func PlainDay(text string) string { return plainDay(lang.English, text) }

// Day is PlainDay in the language of the request.
func (u *UI) Day(r *http.Request, text string) string { return plainDay(langOf(r), text) }

func plainDay(tag, text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return lang.Day(tag, t)
}
