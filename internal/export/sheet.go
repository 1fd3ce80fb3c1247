package export

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"catflap/internal/foundation/cell"
)

// sheet is a CSV file (RFC 4180, UTF-8) under way.
type sheet struct{ out *csv.Writer }

func newSheet(w io.Writer, columns ...string) (sheet, error) {
	s := sheet{csv.NewWriter(w)}
	s.out.UseCRLF = true
	return s, s.out.Write(columns)
}

// row writes one record; cells are text, numbers, yes or no, or moments.
func (s sheet) row(cells ...any) error {
	texts := make([]string, len(cells))
	for i, c := range cells {
		switch v := c.(type) {
		case string:
			texts[i] = cell.Harmless(v)
		case int:
			texts[i] = strconv.Itoa(v)
		case bool:
			texts[i] = strconv.FormatBool(v)
		case *bool:
			if v != nil {
				texts[i] = strconv.FormatBool(*v)
			}
		case time.Time:
			if !v.IsZero() {
				texts[i] = v.UTC().Format(time.RFC3339)
			}
		}
	}
	return s.out.Write(texts)
}

func (s sheet) end() error {
	s.out.Flush()
	return s.out.Error()
}

// walk calls each for every record, part by part.
func walk[T any](next func(after T) ([]T, error), each func(T) error) error {
	var last T
	for {
		records, err := next(last)
		if err != nil {
			return err
		}
		for _, one := range records {
			if err := each(one); err != nil {
				return err
			}
			last = one
		}
		if len(records) < part {
			return nil
		}
	}
}
