package pims

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Limits of one row. Practices write long comments, but not longer than these;
// beyond them a quotation mark was forgotten.
const (
	maxRowBytes = 256 << 10
	maxRowLines = 200
)

// rowReader splits decoded text into rows and cells, as RFC 4180 says and real
// exports bend it: a quotation mark inside a cell that does not begin with one is
// text, a lone CR is text, and a cell that is never closed costs one line, not
// the rest of the file.
type rowReader struct {
	in        *bufio.Reader
	separator byte
	line      int      // of the next line to be read
	waiting   [][]byte // lines to be read again
	lines     [][]byte // of the row under way
	text      []byte   // content of its cells
	ends      []int    // where each cell ends in text
	cells     [][]byte
}

// rawRow is one row. Its cells are valid until the next one is read.
type rawRow struct {
	line     int
	cells    [][]byte
	tooLong  bool // beyond maxRowBytes; has no cells
	unclosed bool // a quotation mark was never closed; has no cells
	cutOff   bool // the file ends here, without a line end
}

func newRowReader(in io.Reader, separator byte) *rowReader {
	return &rowReader{in: bufio.NewReaderSize(in, 64<<10), separator: separator, line: 1}
}

// next reads one row; io.EOF when there is none.
func (t *rowReader) next() (rawRow, error) {
	row := rawRow{line: t.line}
	t.lines, t.text, t.ends = t.lines[:0], t.text[:0], t.ends[:0]
	size, quoted := 0, false
	for {
		line, err := t.readLine()
		if err != nil {
			if !errors.Is(err, io.EOF) || len(t.lines) == 0 {
				return row, err
			}
			return t.giveUp(row), nil
		}
		if size += len(line); len(line) > maxRowBytes && len(t.lines) == 0 {
			row.tooLong = true
			return row, nil
		}
		if len(t.lines) == 0 {
			line = dropMarks(line)
		}
		t.lines = append(t.lines, line)
		if size > maxRowBytes || len(t.lines) > maxRowLines {
			return t.giveUp(row), nil
		}
		if quoted = t.split(line, quoted); !quoted {
			row.cutOff = !bytes.HasSuffix(line, []byte("\n"))
			row.cells = t.cut()
			return row, nil
		}
	}
}

// giveUp drops the first line of an unclosed row and has the others read again.
func (t *rowReader) giveUp(row rawRow) rawRow {
	again := make([][]byte, 0, len(t.lines)-1+len(t.waiting))
	again = append(again, t.lines[1:]...)
	t.waiting = append(again, t.waiting...)
	t.line = row.line + 1
	row.unclosed = true
	row.cutOff = len(t.waiting) == 0 && !bytes.HasSuffix(t.lines[0], []byte("\n"))
	return row
}

// readLine reads up to and with a line feed. A line beyond maxRowBytes comes
// without its middle.
func (t *rowReader) readLine() ([]byte, error) {
	if len(t.waiting) > 0 {
		line := t.waiting[0]
		t.waiting = t.waiting[1:]
		t.line++
		return line, nil
	}
	var line []byte
	for {
		part, err := t.in.ReadSlice('\n')
		if len(line) <= maxRowBytes {
			line = append(line, part...)
		}
		switch {
		case err == nil:
			t.line++
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			t.line++
			return line, nil
		default:
			return nil, err
		}
	}
}

// dropMarks removes byte order marks at the start of a row, also those whose
// bytes were read as Windows-1252: "copy a.csv+b.csv c.csv" leaves them there.
func dropMarks(line []byte) []byte {
	for {
		short := bytes.TrimPrefix(bytes.TrimPrefix(line, []byte("\ufeff")), []byte("ï»¿"))
		if len(short) == len(line) {
			return line
		}
		line = short
	}
}

// split adds the cells of one line; quoted says that a quoted cell was open
// before it, and the result that one is open after it.
func (t *rowReader) split(line []byte, quoted bool) bool {
	body := bytes.TrimSuffix(line, []byte("\n"))
	body = bytes.TrimSuffix(body, []byte("\r"))
	for i := 0; ; {
		if !quoted && i < len(body) && body[i] == '"' {
			quoted = true
			i++
		}
		if quoted {
			n, closed := t.quoted(body[i:])
			i += n
			if !closed {
				t.text = append(t.text, line[len(body):]...)
				return true
			}
			quoted = false
		} else {
			n := bytes.IndexByte(body[i:], t.separator)
			if n < 0 {
				n = len(body) - i
			}
			t.text = append(t.text, body[i:i+n]...)
			i += n
		}
		t.ends = append(t.ends, len(t.text))
		if i >= len(body) {
			return false
		}
		i++ // the separator
		if i == len(body) {
			t.ends = append(t.ends, len(t.text))
			return false
		}
	}
}

// quoted adds the content of a quoted cell. It returns how far it came, which is
// a separator or the end when the cell was closed.
func (t *rowReader) quoted(s []byte) (n int, closed bool) {
	for n < len(s) {
		q := bytes.IndexByte(s[n:], '"')
		if q < 0 {
			break
		}
		t.text = append(t.text, s[n:n+q]...)
		n += q + 1
		if n < len(s) && s[n] == '"' {
			t.text = append(t.text, '"')
			n++
			continue
		}
		end := n
		for end < len(s) && s[end] == ' ' {
			end++
		}
		if end == len(s) || s[end] == t.separator {
			return end, true
		}
		t.text = append(t.text, '"') // a quotation mark that was not doubled
	}
	t.text = append(t.text, s[n:]...)
	return len(s), false
}

// cut gives the cells of the row under way.
func (t *rowReader) cut() [][]byte {
	t.cells = t.cells[:0]
	from := 0
	for _, to := range t.ends {
		t.cells = append(t.cells, t.text[from:to:to])
		from = to
	}
	return t.cells
}
