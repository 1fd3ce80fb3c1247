package export

import (
	"fmt"
	"strings"
)

// readme says what is in the export, line by line.
func (e *Export) readme(included, left []file) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("Export of %s (/%s), made on %s by Catflap.", e.practice.Name, e.practice.Slug, e.at.Format("2 January 2006, 15:04 MST"))
	line("")
	line("Files")
	for _, f := range included {
		line("  %-20s %s", f.name, f.about)
	}
	if len(left) > 0 {
		line("")
		line("Left out, because whoever made this export may not see it:")
		for _, f := range left {
			line("  %-20s needs the permission %s", f.name, f.permission)
		}
	}
	line("")
	line("How to read them")
	line("  CSV files are RFC 4180 in UTF-8, with the names of the columns in the first line.")
	line("  Times are UTC, like %s. An empty cell says that something is not known or has not happened.", "2026-03-01T09:30:00Z")
	line("  A cell that begins with = + - @ or an apostrophe has one apostrophe in front, so that no")
	line("  spreadsheet runs it; so has what follows a semicolon, a tab or a line break inside a cell. A")
	line("  program takes one apostrophe away where a cell begins with one, and after each of these.")
	line("  Several e-mail addresses or phone numbers in one cell are separated by a semicolon and a space.")
	line("  Identifiers (id, household_id, account_id ...) connect the files.")
	line("")
	line("Not in here: passwords, temporary passwords, codes, keys and tokens, in any form. People choose new")
	line("passwords wherever they go next.")
	line("")
	line("This file holds personal data of people. Keep it where nobody else reads it, and delete it when it")
	line("has done its work.")
	return b.String()
}
