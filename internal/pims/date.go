package pims

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// DateOrder is how the days of a file are written. A date that begins with a
// four-digit year is always read as year, month, day.
type DateOrder string

// The orders.
const (
	MDY DateOrder = "MDY" // 6/30/2026
	DMY DateOrder = "DMY" // 30/6/2026
	YMD DateOrder = "YMD" // 2026-06-30
)

// Label is the order as people know it.
func (o DateOrder) Label() string {
	switch o {
	case MDY:
		return "month/day/year"
	case DMY:
		return "day/month/year"
	}
	return "year-month-day"
}

const (
	isoDate      = "2006-01-02"
	earliestYear = 1950 // older ones are empty dates of some database (12/30/1899)
)

// readDate gives YYYY-MM-DD, or "" and why there is no date.
func readDate(text string, order DateOrder, asOf time.Time) (string, Code) {
	p, ok := dateParts(text)
	if !ok {
		return "", BadDate
	}
	y, m, d := p.in(order)
	year, ok := fullYear(y, asOf)
	if !ok {
		return "", BadDate
	}
	month, day := number(m), number(d)
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Year() != year || int(t.Month()) != month || t.Day() != day || year < earliestYear {
		return "", BadDate
	}
	if t.After(asOf) {
		return "", FutureDate
	}
	return t.Format(isoDate), ""
}

// Reading is a date as it reads in an order, in words; "" when it is none so.
func (o DateOrder) Reading(text string) string {
	iso, _ := readDate(text, o, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	day, err := time.Parse(isoDate, iso)
	if err != nil {
		return ""
	}
	return day.Format("2 January 2006")
}

// parts are the three numbers of a date as written, one to four digits each.
type parts [3]string

// dateParts splits "2026-06-30", "6/30/26" or "30.06.2026"; a time of day after
// a space or a T is dropped.
func dateParts(text string) (parts, bool) {
	if i := strings.IndexAny(text, " T"); i > 0 {
		text = text[:i]
	}
	if len(text) == 8 && allDigits(text) {
		return parts{text[:4], text[4:6], text[6:]}, true
	}
	f := strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == '-' || r == '.' })
	if len(f) != 3 {
		return parts{}, false
	}
	for _, s := range f {
		if len(s) > 4 || strings.ContainsFunc(s, func(r rune) bool { return !isDigit(r) }) {
			return parts{}, false
		}
	}
	return parts(f), true
}

// allDigits reports text of digits only.
func allDigits(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !isDigit(r) })
}

// spread writes MMDDYY, whose leading zero may be lost, as MM/DD/YY.
func spread(text string) string {
	if n := len(text); n < 5 || n > 6 || !allDigits(text) {
		return text
	}
	n := len(text)
	return text[:n-4] + "/" + text[n-4:n-2] + "/" + text[n-2:]
}

// yearFirst tells the dates that can be read in one way only.
func (p parts) yearFirst() bool { return len(p[0]) == 4 }

func (p parts) in(order DateOrder) (y, m, d string) {
	switch {
	case p.yearFirst() || order == YMD:
		return p[0], p[1], p[2]
	case order == DMY:
		return p[2], p[1], p[0]
	}
	return p[2], p[0], p[1]
}

// fullYear reads two-digit years up to that of the export as 20xx, else 19xx.
func fullYear(s string, asOf time.Time) (int, bool) {
	n := number(s)
	switch len(s) {
	case 4:
		return n, true
	case 1, 2:
		if 2000+n <= asOf.Year() {
			return 2000 + n, true
		}
		return 1900 + n, true
	}
	return 0, false
}

// number reads up to four digits, which dateParts has checked.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// orderVotes collects what the dates of a file say about their order.
type orderVotes struct {
	mdy, dmy, ymd, open int
	samples             []string // of the open ones, as written
}

func (v *orderVotes) add(text string) {
	p, ok := dateParts(text)
	if !ok {
		return
	}
	a, b := number(p[0]), number(p[1])
	switch {
	case p.yearFirst():
		v.ymd++
	case a == b || a == 0 || b == 0 || a > 31 || b > 31 || a > 12 && b > 12:
	case a > 12:
		v.dmy++
	case b > 12:
		v.mdy++
	default:
		v.open++
		if len(v.samples) < showAsked && !slices.Contains(v.samples, text) {
			v.samples = append(v.samples, text)
		}
	}
}

// sure says how far the order can be trusted.
func (v *orderVotes) sure(guessed bool) How {
	switch {
	case guessed:
		return Asked
	case v.mdy > 0 && v.dmy > 0:
		return Probably
	}
	return Sure
}

// order decides. usual is what the system writes, country breaks a tie for
// systems that write year first; guessed means that no date has decided.
func (v *orderVotes) order(usual DateOrder, country string) (order DateOrder, guessed bool) {
	switch {
	case v.mdy > v.dmy:
		return MDY, false
	case v.dmy > v.mdy:
		return DMY, false
	case v.open+v.mdy == 0 && v.ymd > 0:
		return YMD, false
	case usual != YMD || v.open+v.mdy == 0:
		return usual, v.open+v.mdy > 0
	case country == "US":
		return MDY, true
	}
	return DMY, true
}
