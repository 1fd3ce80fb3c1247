package lang

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// monthNames are the months as they stand within a date.
var monthNames = map[string][12]string{
	Spanish: {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
	French:  {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	German:  {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
}

// DayMonth is a day without its year, as people write it: "2 January".
func DayMonth(tag string, t time.Time) string {
	months, ok := monthNames[tag]
	if !ok {
		return t.Format("2 January")
	}
	month := months[t.Month()-1]
	switch {
	case tag == Spanish:
		return fmt.Sprintf("%d de %s", t.Day(), month)
	case tag == German:
		return fmt.Sprintf("%d. %s", t.Day(), month)
	case t.Day() == 1:
		return "1er " + month
	}
	return fmt.Sprintf("%d %s", t.Day(), month)
}

// Day is a day as people write it: "2 January 2006". The zero time is "".
func Day(tag string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	between := " "
	if tag == Spanish {
		between = " de "
	}
	return DayMonth(tag, t) + between + strconv.Itoa(t.Year())
}

// Moment is Day with the time of day and the zone. The zero time is "".
func Moment(tag string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Day(tag, t) + ", " + t.Format("15:04 MST")
}

// Number writes a number in groups of three, as people read it: 1,234. Spanish
// and French leave four digits together.
func Number(tag string, n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	mark := ","
	switch tag {
	case German:
		mark = "."
	case Spanish, French: // a narrow space that no line breaks at
		mark = "\u202f"
		if len(s) == 4 {
			return sign + s
		}
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + mark + s[i:]
	}
	return sign + s
}

// Device says the label of a device in a language: "Firefox on Windows". What
// follows it, such as an address, stays.
func Device(tag, label string) string {
	on, unknown := "", ""
	switch tag {
	case Spanish:
		on, unknown = " en ", "Dispositivo desconocido"
	case French:
		on, unknown = " sur ", "Appareil inconnu"
	case German:
		on, unknown = " auf ", "Unbekanntes Gerät"
	default:
		return label
	}
	if rest, found := strings.CutPrefix(label, "Unknown device"); found {
		return unknown + rest
	}
	return strings.Replace(label, " on ", on, 1)
}
