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
	codes   Codes
	columns map[string]int // of those that are read, by the layout's name
	surplus int            // empty cells that rows have beyond the column names
	titles  []Place        // rows above the column names
	names   []string       // of the header, as written
	country string
	asOf    time.Time
	rows    *rowReader
	decoder decoder
	size    *capped
	never   []bool             // by column: not kept of rejected rows
	phones  map[phoneKey]Phone // texts already read: owners of several pets repeat theirs
}

// phoneKey is a number as written, with the country to read it by.
type phoneKey struct{ text, country string }

// openTable recognises a file and stands behind its header.
func openTable(f File, o Options) (*table, error) {
	t := &table{country: strings.ToUpper(o.Country), asOf: o.AsOf, codes: o.Codes, size: &capped{in: f.Body}, phones: map[phoneKey]Phone{}}
	t.info.Name = baseName(f.Name)
	in := bufio.NewReaderSize(t.size, sampleBytes)
	sample, err := in.Peek(sampleBytes)
	whole := errors.Is(err, io.EOF)
	if err != nil && !whole {
		return nil, t.failed(err)
	}
	enc := o.Encoding
	if f.utf8 {
		enc = UTF8
	}
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
	t.info.Sure.Encoding = sureOfEncoding(sample, enc, o.Encoding)
	if err := t.recognise(text, o); err != nil {
		return nil, err
	}
	t.chooseOrder(text, o)
	t.rows = newRowReader(transform.NewReader(in, t.decoder), t.info.Separator[0])
	for t.rows.line <= t.info.HeaderLine {
		line := t.rows.line
		raw, err := t.rows.next()
		if err != nil {
			return nil, t.failed(err)
		}
		if line < t.info.HeaderLine && slices.ContainsFunc(raw.cells, func(c []byte) bool { return !isBlank(c) }) {
			t.titles = append(t.titles, Place{File: t.info.Name, Line: line})
		}
	}
	return t, nil
}

// next reads the next row that is not blank. Its reject is set when it cannot
// be a row of this table; header says that it repeats the column names.
func (t *table) next() (r *row, header bool, err error) {
	for {
		raw, err := t.rows.next()
		if err != nil {
			t.info.Encoding, t.info.Bytes = t.decoder.encoding(), t.size.n
			if _, late := t.decoder.(*asciiFirst); late && t.info.Encoding != UTF8 {
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
		if !broken && isFooter(raw.cells) {
			t.titles = append(t.titles, Place{File: t.info.Name, Line: raw.line})
			continue
		}
		if t.info.Records++; t.info.Records == 1 {
			t.surplus = t.blankSurplus(raw.cells)
		}
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
	case len(extra) > r.table.surplus || slices.ContainsFunc(extra, func(c []byte) bool { return !isBlank(c) }):
		r.reject(TooManyFields, fmt.Sprintf("The row has %d cells, the column names are %d. Put cells that contain the separator in quotation marks, or export again.", have, want))
	}
}

// blankSurplus is how many empty cells the first row has beyond the column names.
// Programs that end each row with separators end all of them so; in a single row
// surplus cells have shifted others.
func (t *table) blankSurplus(cells [][]byte) int {
	n := 0
	for i := len(cells) - 1; i >= t.info.Columns && isBlank(cells[i]); i-- {
		n++
	}
	return n
}

// phone reads a number, remembering the last few hundred.
func (t *table) phone(text, country string) (Phone, Code) {
	if country == "" {
		country = t.country
	}
	key := phoneKey{text, country}
	p, ok := t.phones[key]
	if !ok {
		var code Code
		if p, code = readPhone(text, country); code == BadPhone {
			return p, code
		}
		if len(t.phones) >= 512 {
			clear(t.phones)
		}
		t.phones[key] = p
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
