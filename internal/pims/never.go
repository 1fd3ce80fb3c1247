package pims

import (
	"slices"
	"strings"
	"unicode"
)

// neverParts are parts of names of columns that nobody here may keep, whatever
// the system: how to get into a house, and numbers that money hangs on.
var neverParts = []string{
	"alarm", "gatecode", "doorcode", "entrycode", "accesscode", "garagecode", "lockbox", "keybox", "haskey", "keyhook", "nokey",
	"keycode", "keynumber", "keylocation", "housekey", "neighbor", "neighbour", "creditcard", "cardnumber", "cardno", "cardexp",
	"cvv", "cvc", "iban", "bankaccount", "socialsecurity", "ssn", "password", "passport", "driverlicen", "driverslicen",
}

// neverStored tells such a column by its name.
func neverStored(name string) bool {
	n := plainName(name)
	if n == "key" || slices.ContainsFunc(neverParts, func(p string) bool { return strings.Contains(n, p) }) {
		return true
	}
	words := strings.FieldsFunc(fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains([]string{"gate", "keys", "pin", "card"}, w) })
}

// never tells the columns that this layout lists as such.
func (l layout) never(name string) bool {
	return slices.ContainsFunc(l.columns, func(c column) bool { return c.use == never && plainName(c.name) == plainName(name) })
}

// neverRead reports whether a column of the header must not be read.
func neverRead(c candidate, i int) bool {
	for _, col := range c.layout.columns {
		if at, ok := c.columns[col.name]; ok && at == i {
			return col.use == never
		}
	}
	return neverStored(c.names[i])
}

// footerWords begin the lines that reports print below their rows.
var footerWords = []string{"total", "grand total", "printed", "page ", "end of report", "report ", "records:", "count:"}

// isFooter tells a line below the table: its first cell speaks and the others are
// empty.
func isFooter(cells [][]byte) bool {
	if len(cells) == 0 || slices.ContainsFunc(cells[1:], func(c []byte) bool { return !isBlank(c) }) {
		return false
	}
	s := fold(clean(cells[0]))
	return slices.ContainsFunc(footerWords, func(w string) bool { return strings.HasPrefix(s, w) })
}
