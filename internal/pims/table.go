package pims

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"catflap/internal/foundation/cell"
)

const (
	sampleBytes = 1 << 20 // read ahead to recognise a file
	headerRows  = 20      // the column names stand in one of the first rows
)

// table is one recognised file, ready to be read row by row.
type table struct {
	info    FileInfo
	system  system
	layout  layout
	columns map[string]int // by lower-case name
	names   []string       // of the header, as written
	country string
	asOf    time.Time
	rows    *rowReader
	decoder decoder
	size    *capped
	never   []bool           // by column: not kept of rejected rows
	phones  map[string]Phone // texts already read: owners of several pets repeat theirs
}

// openTable recognises a file and stands behind its header.
func openTable(f File, o Options) (*table, error) {
	t := &table{country: strings.ToUpper(o.Country), asOf: o.AsOf, size: &capped{in: f.Body}, phones: map[string]Phone{}}
	t.info.Name = baseName(f.Name)
	in := bufio.NewReaderSize(t.size, sampleBytes)
	sample, err := in.Peek(sampleBytes)
	whole := errors.Is(err, io.EOF)
	if err != nil && !whole {
		return nil, t.failed(err)
	}
	enc := o.Encoding
	if enc == "" {
		enc = recogniseEncoding(sample, whole)
	}
	if words := notATable(sample, enc); words != "" {
		return nil, t.unreadable("import-not-a-table", 0, words)
	}
	t.decoder = newDecoder(enc)
	text, _, err := transform.Bytes(newDecoder(enc), sample)
	if err != nil {
		return nil, t.failed(err)
	}
	if err := t.recognise(text, o); err != nil {
		return nil, err
	}
	t.chooseOrder(text, o)
	t.rows = newRowReader(transform.NewReader(in, t.decoder), t.info.Separator[0])
	for t.rows.line <= t.info.HeaderLine {
		if _, err := t.rows.next(); err != nil {
			return nil, t.failed(err)
		}
	}
	return t, nil
}

// candidate is one way to read the header.
type candidate struct {
	system    system
	layout    layout
	separator byte
	line      int
	names     []string
	mapped    map[string]string // our columns and the file's, where somebody chose
	hits      int
	missing   []string // required columns
}

// better prefers complete readings, then those that explain more columns.
func (c *candidate) better(than *candidate) bool {
	if than.hits > 0 && (len(c.missing) == 0) != (len(than.missing) == 0) {
		return len(c.missing) == 0
	}
	return c.hits > than.hits
}

// recognise finds system, separator and header in the beginning of the file.
func (t *table) recognise(text []byte, o Options) error {
	if isBlank(text) {
		return t.unreadable("import-empty-file", 0, "the file is empty. Export the client list again and check that it names clients.")
	}
	best := bestReading(text, o)
	switch {
	case best.hits == 0 || len(best.missing) > 0 && best.hits < 3:
		return t.unreadable("import-no-header", 1, noNames)
	case len(best.missing) > 0:
		return t.missingColumns(best)
	case o.System != "" && o.System != best.system.name:
		return t.unreadable("import-other-system", best.line, fmt.Sprintf(
			"the column names are those of %s. Choose that system, or leave the choice open, and import the file again.", best.system.label))
	}
	t.use(best)
	t.info.Sure = Sureness{System: Probably, Encoding: Sure, Separator: Sure, DateOrder: Sure}
	if best.hits*5 >= len(best.layout.columns)*4 {
		t.info.Sure.System = Sure
	}
	return nil
}

// separators are what may stand between cells.
const separators = ",;\t|"

// bestReading is the reading of the beginning of a file that explains most of its
// columns.
func bestReading(text []byte, o Options) candidate {
	var best candidate
	for _, separator := range []byte(first(o.Separator, separators)) {
		rows := newRowReader(bytes.NewReader(text), separator)
		for range headerRows {
			r, err := rows.next()
			if err != nil {
				break
			}
			for _, s := range systems() {
				if len(o.Columns) > 0 && o.System != "" && s.name != o.System {
					continue // the columns that were chosen are those of that system
				}
				for _, l := range s.files {
					c := candidate{system: s, layout: l, separator: separator, line: r.line, mapped: o.Columns[l.kind]}
					c.match(r.cells)
					if c.hits > 1 && c.better(&best) {
						best = c
					}
				}
			}
		}
	}
	return best
}

func (c *candidate) match(cells [][]byte) {
	have := map[string]bool{}
	for _, cell := range cells {
		n := clean(cell)
		c.names = append(c.names, n)
		have[fold(n)] = true
	}
	for _, col := range c.layout.columns {
		name := col.name
		if theirs, chosen := c.mapped[name]; chosen {
			name = fold(theirs)
		}
		if name != "" && have[name] {
			c.hits++
		} else if col.use == required {
			c.missing = append(c.missing, col.name)
		}
	}
}

// use takes a candidate as what the file is.
func (t *table) use(c candidate) {
	t.system, t.layout, t.names = c.system, c.layout, c.names
	t.info.Kind = c.layout.kind
	t.info.Corrected = isCorrected(c.names)
	t.info.Separator = string(c.separator)
	t.info.HeaderLine = c.line
	t.info.Columns = len(c.names)
	t.columns = make(map[string]int, len(c.names))
	for i, n := range c.names {
		if _, twice := t.columns[fold(n)]; !twice {
			t.columns[fold(n)] = i
		}
	}
	t.chosen(c.mapped)
	t.never = make([]bool, len(c.names))
	for i, n := range c.names {
		switch t.never[i] = true; {
		case neverStored(n):
			t.info.Never = append(t.info.Never, n)
			delete(t.columns, fold(n))
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
				votes.add(clean(r.cells[i]))
			}
		}
	}
	t.info.DateOrder, t.info.DateGuessed = votes.order(t.system.dateOrder, t.country)
	if t.info.DateGuessed {
		t.info.Sure.DateOrder = Asked
		t.info.Open = append(t.info.Open, Question{Kind: AsksDateOrder, File: t.info.Name, Samples: votes.samples,
			Words: "Say which comes first in the dates of " + t.info.Name + ", the day or the month: no date in it decides."})
	}
}

// next reads the next row that is not blank. Its reject is set when it cannot
// be a row of this table; header says that it repeats the column names.
func (t *table) next() (r *row, header bool, err error) {
	for {
		raw, err := t.rows.next()
		if err != nil {
			t.info.Encoding, t.info.Bytes = t.decoder.encoding(), t.size.n
			if t.info.Encoding == Windows1252 {
				t.info.Sure.Encoding = Probably
			}
			if errors.Is(err, io.EOF) {
				return nil, false, io.EOF
			}
			return nil, false, t.failed(err)
		}
		if t.info.Corrected {
			for i, c := range raw.cells {
				raw.cells[i] = []byte(cell.Back(string(c)))
			}
		}
		broken := raw.tooLong || raw.unclosed
		if !broken && !slices.ContainsFunc(raw.cells, func(c []byte) bool { return !isBlank(c) }) {
			continue
		}
		t.info.Records++
		r := &row{table: t, cells: raw.cells, place: Place{t.info.Name, raw.line, t.info.Records}}
		if !broken && t.repeatsHeader(raw.cells) {
			return r, true, nil
		}
		r.check(raw)
		return r, false, nil
	}
}

func (t *table) repeatsHeader(cells [][]byte) bool {
	if len(cells) != len(t.names) {
		return false
	}
	for i, c := range cells {
		if fold(clean(c)) != fold(t.names[i]) {
			return false
		}
	}
	return true
}

// check rejects rows that are damaged or ragged.
func (r *row) check(raw rawRow) {
	have, want := len(raw.cells), r.table.info.Columns
	extra := raw.cells[min(have, want):]
	has := func(bad func([]byte) bool) bool { return slices.ContainsFunc(raw.cells, bad) }
	switch {
	case raw.tooLong:
		r.reject(FieldTooLong, "The row is longer than any row of a client list. Look for a missing line break and export again.")
	case raw.cutOff && (raw.unclosed || have < want):
		r.reject(TruncatedRow, "The file ends in the middle of this row. Export it again.")
	case raw.unclosed:
		r.reject(UnclosedQuote, "A cell begins with a quotation mark that is never closed. Close or remove it and import the file again.")
	case has(func(c []byte) bool { return bytes.IndexByte(c, 0) >= 0 }):
		r.reject(NULByte, "The row contains NUL characters, a sign of damage. Export the file again; if they stay, type these values again in your practice system.")
	case has(func(c []byte) bool { return !utf8.Valid(c) }):
		r.reject(InvalidEncoding, fmt.Sprintf("Some characters cannot be read as %s. Save the export as UTF-8 and import it again.",
			r.table.decoder.encoding().Label()))
	case have < want:
		r.reject(TooFewFields, fmt.Sprintf("The row has %d cells, the column names are %d. Look for a line break inside a cell, correct the row or export again.", have, want))
	case slices.ContainsFunc(extra, func(c []byte) bool { return !isBlank(c) }):
		r.reject(TooManyFields, fmt.Sprintf("The row has %d cells, the column names are %d. Put cells that contain the separator in quotation marks, or export again.", have, want))
	}
}

// phone reads a number, remembering the last few hundred.
func (t *table) phone(text string) (Phone, Code) {
	p, ok := t.phones[text]
	if !ok {
		var code Code
		if p, code = readPhone(text, t.country); code == BadPhone {
			return p, code
		}
		if len(t.phones) >= 512 {
			clear(t.phones)
		}
		t.phones[text] = p
	}
	if p.E164 == "" {
		return p, IncompletePhone
	}
	return p, ""
}

// shown is a column's name as the file writes it.
func (t *table) shown(column string) string {
	if i, ok := t.columns[column]; ok {
		return t.names[i]
	}
	return column
}
