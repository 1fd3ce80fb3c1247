package ui

import "time"

type timeData struct{ Text, Exact, Machine string }

// newAgo says how long ago (or how far ahead) a time is, with the exact time
// for hovering and for screen readers. The zero time is "never".
func newAgo(v View, t time.Time) (timeData, error) {
	if t.IsZero() {
		text, err := v.T("ui.time.never")
		return timeData{Text: text}, err
	}
	text, err := distance(v, t)
	return timeData{Text: text, Exact: datetime(t), Machine: t.UTC().Format(time.RFC3339)}, err
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
	return date(t), nil
}

func round(d, unit time.Duration) int { return int((d + unit/2) / unit) }

// date is a day as people write it; nothing for the zero time.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 January 2006")
}

// datetime is a moment with its zone; nothing for the zero time.
func datetime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 January 2006, 15:04 MST")
}
