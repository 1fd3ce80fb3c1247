package pims

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

const workbookPart = "xl/workbook.xml"

var errWorkbook = errors.New("pims: not a workbook that can be read")

// Limits of a sheet. Excel has more of both than any client list.
const (
	maxSheetColumns = 1_000
	maxSheetRows    = 1 << 20
	maxEmptyRows    = 10_000 // one after the other
)

// workbook is what the cells of a sheet refer to (ECMA-376, SpreadsheetML).
type workbook struct {
	shared []string
	styles []cellStyle
	epoch  time.Time // of dates
}

// cellStyle is how a number is shown, as far as it changes what it says.
type cellStyle struct {
	date   bool
	digits int // leading zeros up to this width: 00000
}

// openWorkbook reads the first visible sheet as comma-separated text in UTF-8,
// one line a row, so that a row's line is its number in the sheet.
func openWorkbook(z *zip.Reader) (io.Reader, error) {
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			State string `xml:"state,attr"`
			ID    string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var links struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := errors.Join(part(z, workbookPart, &book), part(z, "xl/_rels/workbook.xml.rels", &links)); err != nil {
		return nil, err
	}
	w := &workbook{epoch: time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)}
	if d := book.Properties.Date1904; d == "1" || d == "true" {
		w.epoch = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	for _, s := range book.Sheets {
		if s.State != "" && s.State != "visible" {
			continue
		}
		for _, l := range links.All {
			if l.ID != s.ID {
				continue
			}
			target := strings.TrimPrefix(l.Target, "/")
			if !strings.HasPrefix(l.Target, "/") {
				target = path.Join("xl", l.Target)
			}
			f := entry(z, target)
			if f == nil {
				return nil, errWorkbook
			}
			if err := errors.Join(w.readShared(z), w.readStyles(z)); err != nil {
				return nil, err
			}
			in, err := f.Open()
			if err != nil {
				return nil, err
			}
			return &sheetReader{book: w, xml: xml.NewDecoder(in)}, nil
		}
	}
	return nil, errWorkbook
}

// part decodes a whole part of the workbook.
func part(z *zip.Reader, name string, into any) error {
	f := entry(z, name)
	if f == nil || f.UncompressedSize64 > MaxFile {
		return errWorkbook
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	return xml.NewDecoder(in).Decode(into)
}

// richText is a run of text, or several with formats of their own.
type richText struct {
	Plain string   `xml:"t"`
	Runs  []string `xml:"r>t"`
}

func (t richText) String() string { return t.Plain + strings.Join(t.Runs, "") }

func (w *workbook) readShared(z *zip.Reader) error {
	if entry(z, "xl/sharedStrings.xml") == nil {
		return nil
	}
	var all struct {
		Items []richText `xml:"si"`
	}
	if err := part(z, "xl/sharedStrings.xml", &all); err != nil {
		return err
	}
	w.shared = make([]string, len(all.Items))
	for i, t := range all.Items {
		w.shared[i] = t.String()
	}
	return nil
}

func (w *workbook) readStyles(z *zip.Reader) error {
	if entry(z, "xl/styles.xml") == nil {
		return nil
	}
	var all struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := part(z, "xl/styles.xml", &all); err != nil {
		return err
	}
	codes := map[int]string{}
	for _, f := range all.Formats {
		codes[f.ID] = f.Code
	}
	for _, c := range all.Cells {
		w.styles = append(w.styles, styleOf(c.Format, codes[c.Format]))
	}
	return nil
}

// styleOf reads a number format. Those without a code are built in.
func styleOf(id int, code string) cellStyle {
	if code == "" {
		return cellStyle{date: id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58}
	}
	if strings.Trim(code, "0") == "" && len(code) <= 20 {
		return cellStyle{digits: len(code)}
	}
	quoted, bracket := false, false
	for _, r := range strings.ToLower(code) {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '[' || r == ']':
			bracket = r == '['
		case bracket:
		case r == 'd' || r == 'y':
			return cellStyle{date: true}
		case r == ';':
			return cellStyle{}
		}
	}
	return cellStyle{}
}

// sheetReader turns the rows of a sheet into lines of text while they are read.
type sheetReader struct {
	book   *workbook
	xml    *xml.Decoder
	row    int // the last one written
	widest int // cells of a row so far; shorter rows are filled up
	out    []byte
	err    error
}

func (s *sheetReader) Read(p []byte) (int, error) {
	for len(s.out) == 0 && s.err == nil {
		s.out, s.err = s.next(s.out[:0])
	}
	if len(s.out) == 0 {
		return 0, s.err
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

// sheetRow is one row as the sheet has it.
type sheetRow struct {
	Number string      `xml:"r,attr"`
	Cells  []sheetCell `xml:"c"`
}

type sheetCell struct {
	Place  string   `xml:"r,attr"` // "B7"
	Type   string   `xml:"t,attr"`
	Style  int      `xml:"s,attr"`
	Value  string   `xml:"v"`
	Inline richText `xml:"is"`
}

func brokenSheet() error {
	return unreadable("import-broken-workbook",
		"This Excel workbook is damaged. Open it, save the client list as \"CSV UTF-8\" and import that file.")
}

// next appends the next row.
func (s *sheetReader) next(out []byte) ([]byte, error) {
	for {
		token, err := s.xml.Token()
		if errors.Is(err, io.EOF) {
			return out, io.EOF
		} else if err != nil {
			return out, brokenSheet()
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "row" {
			continue
		}
		var row sheetRow
		if err := s.xml.DecodeElement(&row, &start); err != nil {
			return out, brokenSheet()
		}
		number := s.row + 1
		if n, err := strconv.Atoi(row.Number); err == nil && n > s.row {
			number = n
		}
		if number > maxSheetRows || number-s.row > maxEmptyRows {
			return out, brokenSheet()
		}
		for s.row++; s.row < number; s.row++ {
			out = append(out, '\n')
		}
		return s.line(out, row.Cells)
	}
}

func (s *sheetReader) line(out []byte, cells []sheetCell) ([]byte, error) {
	at := 0
	for _, c := range cells {
		column := columnOf(c.Place, at)
		if column < at || column >= maxSheetColumns {
			return out, brokenSheet()
		}
		for ; at < column; at++ {
			out = append(out, ',')
		}
		if text := s.book.text(c); text != "" {
			// A line feed would begin a line; a lone CR is text and counts as a break.
			text = strings.NewReplacer(`"`, `""`, "\r\n", "\r", "\n", "\r").Replace(text)
			out = append(append(append(out, '"'), text...), '"')
		}
		out = append(out, ',')
		at++
	}
	for ; at < s.widest; at++ {
		out = append(out, ',')
	}
	s.widest = max(s.widest, at)
	if at > 0 {
		out = out[:len(out)-1] // no separator after the last cell
	}
	return append(out, '\n'), nil
}

// columnOf reads the letters of "AB7"; without them it is the next column.
func columnOf(place string, next int) int {
	n := 0
	for _, r := range place {
		if r < 'A' || r > 'Z' || n > maxSheetColumns {
			break
		}
		n = n*26 + int(r-'A') + 1
	}
	if n == 0 {
		return next
	}
	return n - 1
}

// text is what a cell says, in the words that other exports use.
func (w *workbook) text(c sheetCell) string {
	switch c.Type {
	case "s":
		if i, err := strconv.Atoi(c.Value); err == nil && i >= 0 && i < len(w.shared) {
			return w.shared[i]
		}
		return ""
	case "inlineStr":
		return c.Inline.String()
	case "b":
		return map[string]string{"1": "yes", "0": "no"}[c.Value]
	case "e": // #N/A and its like say nothing
		return ""
	case "str", "d":
		return c.Value
	}
	v, err := strconv.ParseFloat(c.Value, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1e15 {
		return c.Value
	}
	var style cellStyle
	if c.Style >= 0 && c.Style < len(w.styles) {
		style = w.styles[c.Style]
	}
	if style.date && v >= 0 && v < 3e6 {
		return w.epoch.AddDate(0, 0, int(v)).Format(isoDate)
	}
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if n := style.digits - len(text); n > 0 && v >= 0 && v == math.Trunc(v) {
		text = strings.Repeat("0", n) + text
	}
	return text
}
