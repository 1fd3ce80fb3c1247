package cell

import "strings"

// formulas are what spreadsheets take for the beginning of a formula, and the
// apostrophe, which is doubled so that it can be taken away again.
const formulas = "'=+-@＝＋－＠"

// ends are where some spreadsheets begin another cell or line, whatever separates
// the cells of the file: in much of Europe that is a semicolon.
const ends = ";\t\r\n"

// Harmless puts an apostrophe before whatever a spreadsheet would run: at the
// beginning of the text, and after each semicolon, tab and end of line in it.
// Taking one apostrophe away in each of these places gives the text back.
func Harmless(text string) string {
	var b strings.Builder
	if strings.IndexAny(text, "\t\r\n") == 0 { // some skip these and look at what follows
		b.WriteByte('\'')
	}
	begins := true
	for _, r := range text {
		if begins && strings.ContainsRune(formulas, r) {
			b.WriteByte('\'')
		}
		b.WriteRune(r)
		begins = strings.ContainsRune(ends, r)
	}
	return b.String()
}
