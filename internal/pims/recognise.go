package pims

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// candidate is one way to read the header.
type candidate struct {
	system    system
	layout    layout
	separator byte
	line      int
	names     []string
	hits      int
	missing   []string // required columns
	columns   map[string]int
	forbidden string // a column that a person chose and nobody may
}

// better prefers complete readings, then those that explain more columns.
func (c *candidate) better(than *candidate) bool {
	if than.hits > 0 && (len(c.missing) == 0) != (len(than.missing) == 0) {
		return len(c.missing) == 0
	}
	return c.hits > than.hits
}

// recognise finds system, separator and header in the beginning of the file.
// A person's choice of a system comes first: others are only looked at to say
// what the file is instead.
func (t *table) recognise(text []byte, o Options) error {
	if isBlank(text) {
		return t.unreadable("import-empty-file", 0, "the file is empty. Export the client list again and check that it names clients.")
	}
	best, second := readings(text, o)
	switch {
	case best.hits == 0 || len(best.missing) > 0 && best.hits < 3:
		return t.unreadable("import-no-header", 1, noNames)
	case len(best.missing) > 0:
		return t.missingColumns(best)
	case o.System != "" && o.System != best.system.name:
		return t.unreadable("import-other-system", best.line, fmt.Sprintf(
			"the column names are those of %s. Choose that system, or leave the choice open, and import the file again.", best.system.label))
	case best.forbidden != "":
		return t.unreadable("import-never-column", best.line, fmt.Sprintf(
			"the column %q holds what must not be kept, such as alarms, keys or card numbers. Choose another column.", best.forbidden))
	}
	t.sureOfSystem(best, second, o)
	t.use(best)
	return nil
}

// readings are the best reading of the beginning of a file, and the best one
// by another system or separator. A person's choice of a system comes first.
func readings(text []byte, o Options) (best, second candidate) {
	if o.System != "" {
		best, second = candidates(text, o, o.System)
	}
	if best.hits == 0 || len(best.missing) > 0 {
		if other, next := candidates(text, o, ""); other.better(&best) {
			best, second = other, next
		}
	}
	return best, second
}

// sureOfSystem compares the best reading with the best one by another system or
// another separator.
func (t *table) sureOfSystem(best, second candidate, o Options) {
	t.info.Sure.System, t.info.Sure.Separator = Sure, Sure
	if second.hits > 0 && second.separator != best.separator {
		t.info.Sure.Separator = Probably
	}
	switch {
	case o.System != "" || second.hits == 0 || len(second.missing) > 0 || second.hits*2 <= best.hits:
	case second.hits < best.hits:
		t.info.Sure.System = Probably
	default:
		t.info.Sure.System = Asked
		t.info.Open = append(t.info.Open, Question{Kind: AsksSystem, File: t.info.Name, Samples: []string{best.system.label, second.system.label},
			Words: "Choose the practice system: the columns of " + t.info.Name + " fit more than one."})
	}
}

// separators are what may stand between cells.
const separators = ",;\t|"

// candidates gives the best reading of the header, and the best one by another
// system or separator. wanted limits the systems.
func candidates(text []byte, o Options, wanted string) (best, second candidate) {
	all := systems()
	for _, separator := range []byte(first(o.Separator, separators)) {
		rows := newRowReader(bytes.NewReader(text), separator)
		for range headerRows {
			r, err := rows.next()
			if err != nil {
				break
			}
			names := make([]string, len(r.cells))
			for i, cell := range r.cells {
				names[i] = clean(cell)
			}
			for _, s := range all {
				if wanted != "" && wanted != s.name {
					continue
				}
				for _, l := range s.files {
					c := candidate{system: s, layout: l, separator: separator, line: r.line}
					var mapped map[string]string
					if wanted != "" {
						mapped = o.Columns[l.kind]
					}
					c.match(names, mapped)
					switch other := s.name != best.system.name || separator != best.separator; {
					case c.hits < 2:
					case c.better(&best):
						if other {
							second = best
						}
						best = c
					case other && c.better(&second):
						second = c
					}
				}
			}
		}
	}
	return best, second
}

// match finds the layout's columns among the header's names.
// mapped is what a person has chosen for our columns; it overrules the names.
func (c *candidate) match(names []string, mapped map[string]string) {
	c.names, c.columns = names, make(map[string]int, len(c.layout.columns))
	have := make(map[string]int, len(names))
	for i, n := range names {
		if k := plainName(n); k != "" {
			if _, twice := have[k]; !twice {
				have[k] = i
			}
		}
	}
	taken := map[int]bool{}
	find := func(name string) (int, bool) {
		i, ok := have[plainName(name)]
		return i, ok && !taken[i]
	}
	for _, our := range slices.Sorted(maps.Keys(mapped)) {
		if i, ok := have[plainName(mapped[our])]; ok {
			c.columns[our], taken[i] = i, true
			if neverStored(names[i]) || c.layout.never(names[i]) {
				c.forbidden = names[i]
			}
		}
	}
	for _, col := range c.layout.columns { // own names before aliases
		if _, chosen := mapped[col.name]; chosen {
			continue
		}
		if i, ok := find(col.name); ok {
			c.columns[col.name], taken[i] = i, true
		}
	}
	for _, col := range c.layout.columns {
		if _, chosen := mapped[col.name]; chosen {
			continue
		}
		if _, ok := c.columns[col.name]; ok {
			continue
		}
		for _, a := range col.aliases {
			if i, ok := find(a); ok {
				c.columns[col.name], taken[i] = i, true
				break
			}
		}
	}
	c.hits = len(c.columns)
	for _, col := range c.layout.columns {
		if _, ok := c.columns[col.name]; !ok && col.use == required {
			c.missing = append(c.missing, col.name)
		}
	}
}

// plainName is a column name by which spellings are compared: "E-Mail" and
// "email", "Client ID", "client_id" and "ClientID" are alike.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, fold(s))
}

// use takes a candidate as what the file is.
func (t *table) use(c candidate) {
	t.system, t.layout, t.names = c.system, c.layout, c.names
	t.info.Separator = string(c.separator)
	t.info.HeaderLine = c.line
	t.info.Columns = len(c.names)
	t.columns, t.info.Kind, t.info.Found = c.columns, c.layout.kind, map[string]string{}
	for _, col := range c.layout.columns {
		if i, ok := c.columns[col.name]; ok && col.use != unread && col.use != never {
			t.info.Found[col.name] = c.names[i]
		}
	}
	t.info.Corrected = isCorrected(c.names)
	t.never = make([]bool, len(c.names))
	for i, n := range c.names {
		switch t.never[i] = true; {
		case neverRead(c, i):
			t.info.Never = append(t.info.Never, n)
		case !isOurs(n):
			t.never[i] = false
			t.info.Names = append(t.info.Names, n)
		}
	}
	for _, col := range c.layout.columns {
		if _, ok := t.columns[col.name]; !ok && (col.use == optional || col.use == dates) {
			t.info.Missing = append(t.info.Missing, col.name)
		}
	}
}

// chooseOrder lets the dates of the sample tell in which order they are written.
func (t *table) chooseOrder(text []byte, o Options) {
	t.info.Sure.DateOrder = Sure
	if t.info.DateOrder = o.DateOrder; o.DateOrder != "" {
		return
	}
	var columns []int
	for _, col := range t.layout.columns {
		if i, ok := t.columns[col.name]; ok && (col.use == dates || col.use == tells) {
			columns = append(columns, i)
		}
	}
	var votes orderVotes
	rows := newRowReader(bytes.NewReader(text), t.info.Separator[0])
	for {
		r, err := rows.next()
		if err != nil {
			break
		}
		for _, i := range columns {
			if r.line > t.info.HeaderLine && len(r.cells) == t.info.Columns {
				text := clean(r.cells[i])
				if t.system.bareDates {
					text = spread(text)
				}
				votes.add(text)
			}
		}
	}
	t.info.DateOrder, t.info.DateGuessed = votes.order(t.system.dateOrder, t.country)
	if t.info.Sure.DateOrder = votes.sure(t.info.DateGuessed); t.info.DateGuessed {
		t.info.Open = append(t.info.Open, Question{Kind: AsksDateOrder, File: t.info.Name, Samples: votes.samples,
			Words: "Say which comes first in the dates of " + t.info.Name + ", the day or the month: no date in it decides."})
	}
}
