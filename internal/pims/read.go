package pims

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"catflap/internal/foundation/fault"
)

// MaxFile is the size of one file in bytes beyond which it is refused.
const MaxFile = 64 << 20

// File is one file of an export: a table of text, an Excel workbook, or a ZIP
// archive of either. Name is shown to people; a path before it is dropped. A Body
// that can be read from anywhere is not kept in memory.
type File struct {
	Name string
	Body io.Reader
	utf8 bool // whatever the encoding of the others
}

// Options say what the files cannot tell by themselves. Empty ones are
// recognised, except for AsOf.
type Options struct {
	System    string    // "cornerstone", "vetdata", ...; another system's file is then refused
	Encoding  Encoding  // for all files
	Separator string    // for all files
	DateOrder DateOrder // for all files
	// Columns are what a person has chosen, by kind of file and our column: the
	// name in the file, or "" to leave the column out. They need System.
	Columns map[string]map[string]string
	Codes   Codes     // what the practice's own letters mean
	Country string    // ISO 3166 code of phone numbers without one; without it those stay as written
	AsOf    time.Time // when the export was made: later dates are mistakes. Required
}

// Read reads one export, which is one file or several. It is
// read as a stream; what stays in memory is the Export.
//
// A file that cannot be read as a whole gives a fault of kind Invalid or
// TooLarge whose words name the file, the line and the remedy; rows that cannot
// be read are in Export.Rejected.
func Read(ctx context.Context, o Options, files ...File) (*Export, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	files, err := unpack(files)
	if err != nil {
		return nil, err
	}
	tables := make([]*table, 0, len(files))
	for _, f := range files {
		t, err := openTable(f, o)
		if err != nil {
			return nil, err
		}
		if err := fits(tables, t); err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	if len(tables) == 0 {
		return nil, fault.Complain("file", "Choose the file to import.")
	}
	g := newGather()
	g.export.System = tables[0].system.name
	if err := complete(tables); err != nil {
		return nil, err
	}
	for _, t := range inReadingOrder(tables) {
		if err := g.readAll(ctx, t); err != nil {
			return nil, err
		}
	}
	for _, t := range tables {
		if t.info.Records == 0 {
			return nil, t.unreadable("import-empty-file", t.info.HeaderLine,
				"the file has column names but no rows. Export the client list again and check that it names clients.")
		}
		g.export.Files = append(g.export.Files, t.info)
		g.export.Ignored = append(g.export.Ignored, t.titles...)
	}
	return g.finish(), nil
}

// check complains about choices that do not exist.
func (o Options) check() error {
	if o.AsOf.IsZero() {
		return errors.New("pims: Options.AsOf is not set")
	}
	var c fault.Complaints
	c.Check(o.System == "" || slices.ContainsFunc(systems(), func(s system) bool { return s.name == o.System }),
		"system", "Choose one of the systems in the list, or leave it open.")
	c.Check(newDecoder(o.Encoding) != nil, "encoding", "Choose one of the encodings in the list, or leave it open.")
	c.Check(o.Separator == "" || strings.Contains(separators, o.Separator) && len(o.Separator) == 1,
		"separator", "Choose one of the separators in the list, or leave it open.")
	c.Check(slices.Contains([]DateOrder{"", MDY, DMY, YMD}, o.DateOrder),
		"date_order", "Choose MDY, DMY or YMD, or leave it open.")
	c.Check(len(o.Columns) == 0 || o.System != "", "system", "Choose the system whose columns were assigned.")
	c.Check(o.columnsExist(), "columns", "Assign only columns that the chosen system has.")
	c.Check(o.Codes.valid(), "codes", "Choose one of the meanings for each letter.")
	return c.Err()
}

func (o Options) columnsExist() bool {
	for kind, columns := range o.Columns {
		for our := range columns {
			if !slices.ContainsFunc(systems(), func(s system) bool { return s.name == o.System && s.reads(kind, our) }) {
				return false
			}
		}
	}
	return true
}

// reads reports whether the system has such a column and reads it.
func (s system) reads(kind, our string) bool {
	return slices.ContainsFunc(s.files, func(l layout) bool {
		return l.kind == kind && slices.ContainsFunc(l.columns, func(c column) bool {
			return c.name == our && c.use != unread && c.use != never
		})
	})
}

// complete refuses some of the files of a system that writes several.
func complete(tables []*table) error {
	s := tables[0].system
	var missing []string
	for _, l := range s.files {
		have := slices.ContainsFunc(tables, func(t *table) bool { return t.layout.kind == l.kind })
		if !have && !l.spare {
			missing = append(missing, l.kind)
		}
	}
	if missing == nil {
		return nil
	}
	return unreadable("import-missing-file", fmt.Sprintf(
		"%s writes one export as %d files, and the one with the %s is not among those chosen. Choose all files of the export together.",
		s.label, len(s.files), strings.Join(missing, ", the one with the ")))
}

// fits refuses files that do not belong to one export.
func fits(tables []*table, t *table) error {
	for _, u := range tables {
		switch {
		case u.system.name != t.system.name:
			return unreadable("import-mixed-systems", fmt.Sprintf(
				"%s comes from %s and %s from %s. Import them one after the other.",
				u.info.Name, u.system.label, t.info.Name, t.system.label))
		case u.layout.kind == t.layout.kind:
			return unreadable("import-same-file-twice", fmt.Sprintf(
				"%s and %s are the same kind of file. Import the older one first, then the newer one.",
				u.info.Name, t.info.Name))
		}
	}
	return nil
}

// inReadingOrder sorts the tables as their system lists its files.
func inReadingOrder(tables []*table) []*table {
	at := func(t *table) int {
		return slices.IndexFunc(t.system.files, func(l layout) bool { return l.kind == t.layout.kind })
	}
	sorted := slices.Clone(tables)
	slices.SortStableFunc(sorted, func(a, b *table) int { return at(a) - at(b) })
	return sorted
}

func (g *gather) readAll(ctx context.Context, t *table) error {
	for {
		if t.info.Records%256 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		r, header, err := t.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := g.add(r, header); err != nil {
			return err
		}
	}
}

// errTooLarge stops reading beyond MaxFile.
var errTooLarge = errors.New("pims: file beyond MaxFile")

// capped reads at most MaxFile bytes.
type capped struct {
	in io.Reader
	n  int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if c.n += int64(n); c.n > MaxFile {
		return 0, errTooLarge
	}
	return n, err
}

// failed turns an error of the stream into what a person can act upon.
func (t *table) failed(err error) error {
	if errors.Is(err, errTooLarge) {
		return tooLarge(t.info.Name)
	}
	var said *fault.Error
	if errors.As(err, &said) { // of an archive or a workbook
		return err
	}
	return fmt.Errorf("pims: reading %s: %w", t.info.Name, err)
}

func (t *table) missingColumns(c candidate) error {
	quoted := make([]string, len(c.missing))
	for i, m := range c.missing {
		quoted[i] = fmt.Sprintf("%q", m)
	}
	what := "the column " + quoted[0] + " is"
	if n := len(quoted) - 1; n > 0 {
		what = "the columns " + strings.Join(quoted[:n], ", ") + " and " + quoted[n] + " are"
	}
	return t.unreadable("import-missing-column", c.line, fmt.Sprintf(
		"%s missing from this %s file. Export the client list again with all columns and import that file.", what, c.system.label))
}

// unreadable refuses the file; line 0 means the file as a whole.
func (t *table) unreadable(code string, line int, words string) error {
	where := t.info.Name
	if line > 0 {
		where = Place{File: where, Line: line}.String()
	}
	return unreadable(code, where+": "+words)
}

// unreadable refuses an import, beside the field where the file was chosen.
func unreadable(code, words string) error {
	e := fault.New(fault.Invalid, code, words)
	e.Fields = []fault.Field{{Name: "file", Message: words}}
	return e
}
